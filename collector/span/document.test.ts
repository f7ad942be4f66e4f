/** The examples of docs/spans.md: each is taken as it stands there, and does what the text says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { collectorConfig } from '../../crds/collector-config.ts';
import { netflowCollector } from '../../crds/netflowcollector.ts';
import { PROFILE_NAMES } from '../../crds/spans/profiles.ts';
import { readNetworks } from '../networks/networks.ts';
import { createHarness } from '../pipeline/pipeline.fixture.ts';
import { packetOf } from '../select/flows.fixture.ts';

const DOCUMENT = readFileSync(new URL('../../docs/spans.md', import.meta.url), 'utf8');
const blocks = (language: string) =>
  [...DOCUMENT.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text]) => text);
const [sampling, services, minimal, constants, networks, resource] = blocks('yaml');
const [csv] = blocks('csv');

/** The attributes of a flow from 10.20.30.1 to 198.51.100.7, as an example has it. */
function attributesBy(example: string, { address = '10.0.0.1', ingress = 1 } = {}) {
  const table = readNetworks(Buffer.from(csv), () => true);
  const { receive, flows } = createHarness(parse(example), { networks: table });
  receive(packetOf({ source: '10.20.30.1', destination: '198.51.100.7', ingress }), { address });
  return flows()[0].attributes;
}

suite('the examples', () => {
  test('estimate what an exporter saw', () => {
    const { 'flow.sampling.interval': interval, ...attributes } = attributesBy(sampling, {
      address: '10.1.0.1',
      ingress: 7,
    });
    assert.equal(interval, 4_000n);
    assert.equal(attributes['flow.bytes.estimate'], BigInt(attributes['flow.bytes.delta'] as bigint) * 4_000n);
    assert.equal(attributesBy(sampling)['flow.sampling.interval'], 1_000n);
    assert.equal(attributesBy(sampling, { address: '192.0.2.1' })['flow.sampling.interval'], 1n);
  });

  test('name services', () => {
    assert.deepEqual(collectorConfig.parse(parse(services)).spans.services?.columns, ['service', 'site']);
  });

  test('rename what is left of a profile', () => {
    assert.deepEqual(Object.keys(attributesBy(minimal)).sort(), [
      'destination.port',
      'dst_ip',
      'flow.bytes.delta',
      'flow.direction',
      'flow.packets.delta',
      'netflow.exporter.address',
      'network.transport',
      'source.port',
      'src_ip',
    ]);
  });

  for (const [what, of, expected] of [
    ['of that exporter and interface', {}, ['europe', 'zrh1', 'core1', 'uplink']],
    ['of another interface', { ingress: 3 }, ['europe', 'zrh1', 'core1', undefined]],
    ['of another exporter', { address: '10.0.0.2' }, ['europe', 'zrh1', 'core1', undefined]],
    ['of an exporter elsewhere', { address: '192.0.2.1' }, ['europe', undefined, undefined, undefined]],
  ] as const) {
    test(`add constants to flows ${what}`, () => {
      const names = ['region', 'netflow.exporter.site', 'netflow.exporter.name', 'netflow.interface.ingress.name'];
      const attributes = attributesBy(constants, of);
      assert.deepEqual(
        names.map((name) => attributes[name]),
        expected,
      );
    });
  }

  test('name both ends', () => {
    const attributes = attributesBy(networks);
    const names = ['source.site', 'source.service', 'destination.site', 'destination.service'];
    assert.deepEqual(
      names.map((name) => attributes[name]),
      ['zrh1', 'dns', 'ams1', 'backup'],
    );
  });

  test('are a resource', () => {
    const { spec } = netflowCollector.parse(parse(resource));
    assert.equal(spec.spans.attributes.networks?.configMapKeyRef.key, 'networks.csv.gz');
  });
});

test('every name of a profile is documented', () => {
  for (const names of Object.values(PROFILE_NAMES))
    for (const name of names.values()) assert.ok(DOCUMENT.includes(`\`${name}\``), name);
});
