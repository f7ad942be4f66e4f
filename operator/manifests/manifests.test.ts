import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parse, stringify } from 'yaml';
import * as z from 'zod';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import { withChange } from '../../crds/netflowcollector/mistakes.fixture.ts';
import { type NetflowCollector, netflowCollector } from '../../crds/netflowcollector.ts';
import { collectorConfigOf, configFileOf } from './collector-config.ts';
import { buildDaemonSet } from './daemon-set.ts';
import { buildManifests, type ManifestContext } from './manifests.ts';
import { buildPodMonitor } from './pod-monitor.ts';
import { full, minimal } from './resources.fixture.ts';

const CONTEXT: ManifestContext = {
  defaults: {
    image: 'registry.example/netflow2traces-collector:0.1.0',
    pullPolicy: 'IfNotPresent',
    pullSecrets: ['mirror'],
    podMonitor: { labels: { release: 'monitoring' }, interval: '30s' },
  },
  credentials: { 'headers.json': '{"authorization":"Bearer t"}' },
  podMonitors: true,
  reports: {
    endpoint: 'https://netflow2traces-reports.netflow-system.svc:8443',
    ca: '(PEM)\n',
    templates: Buffer.from('(gzip)'),
  },
};

suite('each object is as its golden file says; UPDATE_GOLDEN=1 renews it', () => {
  const objects = [minimal, full].flatMap((resource) => buildManifests(resource, CONTEXT));
  const byFile = Map.groupBy(objects, goldenFile);
  for (const [file, documents] of byFile) {
    test(file, () => {
      const path = join(import.meta.dirname, file);
      const text = documents.map((document) => stringify(document, { lineWidth: 0 })).join('---\n');
      if (process.env.UPDATE_GOLDEN) writeFileSync(path, text);
      assert.equal(existsSync(path) ? readFileSync(path, 'utf8') : '', text);
    });
  }

  test('and there is no other golden file', () => {
    const there = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.golden.yaml'));
    assert.deepEqual(there.sort(), [...byFile.keys()].sort());
  });
});

suite('the configuration file', () => {
  for (const resource of [minimal, full]) {
    test(`of ${resource.metadata.name} is what the collector accepts, and comes to the same`, () => {
      assert.deepEqual(
        collectorConfig.parse(parse(configFileOf(resource))),
        withoutUndefined(collectorConfigOf(resource)),
      );
    });
  }

  test('leaves out what the collector has as its default', () => {
    const written = parse(configFileOf(minimal)) as CollectorConfigInput;
    assert.deepEqual(Object.keys(written).sort(), ['health', 'otlp', 'reports', 'templates']);
  });
});

suite('pods are replaced', () => {
  const template = (resource: NetflowCollector) =>
    JSON.stringify(buildDaemonSet(resource, CONTEXT.defaults).spec!.template);
  const key = (name: string) => ({ secretKeyRef: { name, key: 'k' } });
  for (const [what, replaced, change] of [
    ['another port', true, { 'spec.listeners.0.port': 2056 }],
    ['another endpoint', true, { 'spec.otlp.endpoint': 'https://other.example' }],
    ['the first authority', true, { 'spec.otlp.tls.ca': undefined }],
    ['another disk', true, { 'spec.otlp.queue.disk': '8Gi' }],
    ['another filter', false, { 'spec.selection.filter': 'true' }],
    ['other attributes', false, { 'spec.spans.attributes.exclude': ['destination.*'] }],
    ['no names of networks', true, { 'spec.spans.attributes.networks': undefined }],
    ['no elements', true, { 'spec.elements': undefined }],
    ['other allowed sources', false, { 'spec.allowedSources': [] }],
    ['another header', false, { 'spec.otlp.headers': [{ name: 'a', value: 'b' }] }],
    ['another password', false, { 'spec.otlp.basicAuth.password': key('other') }],
    ['a token for a password', false, { 'spec.otlp.basicAuth': undefined, 'spec.otlp.bearerToken': key('other') }],
    ['another authority', false, { 'spec.otlp.tls.ca': key('other') }],
    ['another client certificate', false, { 'spec.otlp.tls.clientCertificate.secretName': 'other' }],
    ['another Service', false, { 'spec.service.annotations': {} }],
    ['no PodMonitor', false, { 'spec.metrics.podMonitor': false }],
    ['another pace', false, { 'spec.pod.rollout': { maxSurge: 1, maxUnavailable: 0 } }],
  ] as const) {
    test(`${replaced ? 'for' : 'not for'} ${what}`, () => {
      const changed = netflowCollector.parse(withChange(z.encode(netflowCollector, full), change));
      assert.equal(template(changed) !== template(full), replaced);
    });
  }
});

test('pods declare no ports, so that a successor finds room on the node', () => {
  assert.doesNotMatch(JSON.stringify(buildDaemonSet(full, CONTEXT.defaults)), /"(containerPort|hostPort|ports)"/);
});

test('the labels of an object are ours before those that a Prometheus wants', () => {
  const labels = { 'app.kubernetes.io/name': 'other', release: 'monitoring' };
  const { metadata } = buildPodMonitor(full, { podMonitor: { labels } });
  assert.equal(metadata!.labels!['app.kubernetes.io/name'], 'netflow2traces');
  assert.equal(metadata!.labels!.release, 'monitoring');
});

test('where the operator is told nothing of pulling, Kubernetes decides', () => {
  const image = 'registry.example/collector:1';
  const { containers, imagePullSecrets } = buildDaemonSet(minimal, { image, pullSecrets: [] }).spec!.template.spec!;
  assert.deepEqual([containers[0].imagePullPolicy, imagePullSecrets], [undefined, []]);
});

test('a spool without a folder of the node is an emptyDir, a little larger', () => {
  const spool = { 'spec.otlp.queue.hostPath': undefined };
  const resource = netflowCollector.parse(withChange(z.encode(netflowCollector, full), spool));
  const { volumes } = buildDaemonSet(resource, CONTEXT.defaults).spec!.template.spec!;
  const volume = volumes!.find(({ name }) => name === 'spool');
  assert.deepEqual(volume, { name: 'spool', emptyDir: { sizeLimit: String(4 * 2 ** 30 + 64 * 2 ** 20) } });
});

test('resources that share a folder of the node have one of their own in it', () => {
  const folders = ['a', 'b'].map((name) => {
    const { queue } = collectorConfigOf({ ...full, metadata: { ...full.metadata, name } }).otlp;
    return queue.directory;
  });
  assert.notEqual(folders[0], folders[1]);
  for (const folder of folders) assert.match(folder!, /^\/var\/spool\/netflow2traces\/[0-9a-f]{16}$/);
});

test('no PodMonitor is made where the cluster has none', () => {
  const kinds = buildManifests(full, { ...CONTEXT, podMonitors: false }).map(({ kind }) => kind);
  assert.ok(!kinds.includes('PodMonitor'));
});

/** `metrics-service.golden.yaml`, `reports.golden.yaml`: named as the builder's file. */
function goldenFile({ kind, metadata }: KubernetesObject): string {
  if (metadata!.name!.endsWith('-reports')) return 'reports.golden.yaml';
  const prefix = metadata!.name!.endsWith('-metrics') ? 'metrics-' : '';
  return `${prefix}${kind!.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase()}.golden.yaml`;
}

function withoutUndefined(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}
