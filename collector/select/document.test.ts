/** The examples of docs/selection.md, on flows of which each says by its name what it is. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { TYPED_ATTRIBUTES } from '../../crds/selection/attributes.ts';
import { createHarness } from '../pipeline/pipeline.fixture.ts';
import { type Flow, packetOf } from './flows.fixture.ts';

const DOCUMENT = readFileSync(new URL('../../docs/selection.md', import.meta.url), 'utf8');
const examples = [...DOCUMENT.matchAll(/^### (.*)\n\n```yaml\n([\s\S]*?)```/gm)].map(([, title, yaml]) => ({
  title,
  yaml,
}));

const FLOWS: Record<string, Partial<Flow>> = {
  web: {},
  dns: { destinationPort: 53, protocol: 17 },
  'dns answer': { source: '192.0.2.1', destination: '10.0.0.1', sourcePort: 53, destinationPort: 50_000, protocol: 17 },
  inside: { destination: '10.30.0.5' },
  'to the subnet': { source: '192.0.2.7', destination: '10.20.1.2' },
  'from the subnet': { source: '10.20.1.2' },
  denied: { source: '192.0.2.66', destination: '10.0.0.1', tcpFlags: 2, firewallEvent: 3 },
  'other interface': { ingress: 9 },
  customer: { destinationAs: 64_500 },
  multicast: { destination: '224.0.0.251', destinationPort: 5_353, protocol: 17 },
  broadcast: { destination: '255.255.255.255', destinationPort: 67, protocol: 17 },
  snmp: { destination: '10.0.0.9', destinationPort: 161, protocol: 17 },
  large: { bytes: 16 * 2 ** 20 },
};
const all = Object.keys(FLOWS);
const allBut = (...names: string[]) => all.filter((name) => !names.includes(name));

/** What is kept for certain, by example. */
const KEPT: Record<string, string[]> = {
  'Leave out DNS': allBut('dns', 'dns answer'),
  'One subnet only, in either direction': ['to the subnet', 'from the subnet'],
  'What enters or leaves the network, not what stays inside': allBut('inside', 'snmp'),
  'Denied flows only': ['denied'],
  "What a firewall denies or raises an alert for, by IANA's numbers": ['denied'],
  'One exporter, or some of its interfaces': allBut('other interface'),
  'Connections that were tried and never answered: SYN without ACK': ['denied'],
  "One customer's AS": ['customer'],
  'No multicast, no broadcast, no monitoring': allBut('multicast', 'broadcast', 'snmp'),
  'One flow in a hundred, but every large one': ['large'],
  'No more than 5,000 flows a second, whatever happens': all,
  'Everything that was denied, little of DNS, a tenth of the rest': ['denied'],
};

suite('the examples', () => {
  test('are all here', () => {
    assert.deepEqual(
      examples.map(({ title }) => title),
      Object.keys(KEPT),
    );
  });

  for (const { title, yaml } of examples) {
    test(title, () => {
      const { receive, flows, count } = createHarness(parse(yaml));
      const kept = all.filter((name) => {
        const before = flows().length;
        receive(packetOf(FLOWS[name]));
        return flows().length > before && flows().at(-1)!.traceState === '';
      });
      assert.deepEqual(kept, KEPT[title]);
      assert.equal(count('selectionErrors'), 0);
    });
  }
});

test('what has a type of its own is what spans are documented to say', () => {
  const spans = readFileSync(new URL('../../docs/spans.md', import.meta.url), 'utf8');
  for (const name of TYPED_ATTRIBUTES) assert.ok(spans.includes(`\`${name}\``), name);
});
