/** Whatever an exporter sends, flow metrics are the sums of what the reference says of each flow. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import { clip } from '../../crds/common/text.ts';
import type { Attributes } from '../otlp/decode.ts';
import { LOOPBACK, throughPipeline, throughReference } from '../reference/compare.ts';
import { EXPORT_TIME, exporterStory, fixedPacket } from './arbitraries.ts';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 300);

/** Short prefixes, since most random addresses are in no long one. */
const NETWORKS = [
  { prefix: '0.0.0.0/1', values: { site: 'low', country: 'ch' } },
  { prefix: '128.0.0.0/2', values: { site: '', country: 'de' } },
  { prefix: '8000::/1', values: { site: 'high', country: '' } },
];

const SETS = {
  ends: ['source.address', 'destination.address', 'netflow.exporter.address'],
  services: ['network.transport', 'network.type', 'server.port', 'client.address', 'flow.direction'],
  places: ['netflow.interface.ingress.name', 'netflow.interface.egress.index', 'netflow.application.name'],
  networks: ['source.site', 'destination.country', 'client.site', 'server.country'],
  others: [
    'client.port',
    'source.mac',
    'netflow.application.id',
    'flow.end_reason',
    'flow.tcp.flags.bits',
    'netflow.bgpNextHopIPv4Address',
  ],
  marks: ['flow.ip.dscp.id', 'netflow.vlan.id', 'source.as.number', 'source.port', 'network.interface.direction'],
};
type Set = keyof typeof SETS;
const FILTERS = [undefined, 'flow.packets.delta != 1', "network.transport in ['tcp', 'udp'] || !has(source.address)"];
const FILTERS_HERE: ((flow: Attributes) => boolean)[] = [
  () => true,
  (flow) => number(flow['flow.packets.delta']) !== 1,
  (flow) => ['tcp', 'udp'].includes(flow['network.transport'] as string) || flow['source.address'] === undefined,
];

const properties: [name: string, packets: fc.Arbitrary<Uint8Array[]>][] = [
  ['NetFlow v1, v5 and v7', fc.array(fixedPacket(), { minLength: 1, maxLength: 3 })],
  ['NetFlow v9', exporterStory(9)],
  ['IPFIX', exporterStory(10)],
];

describe('flow metrics are the sums over the reference’s flows', () => {
  const sets = fc.subarray(Object.keys(SETS) as Set[], { minLength: 1 });
  for (const [name, packets] of properties) {
    test(name, () => {
      fc.assert(
        fc.property(packets, sets, fc.nat(FILTERS.length - 1), fc.boolean(), (payloads, names, filter, sampled) => {
          const receivedMs = EXPORT_TIME * 1_000 + 1_234;
          const datagrams = payloads.map((bytes) => ({ bytes, source: LOOPBACK, receivedMs }));
          // A rate that is forced is the same for all, and whole.
          const exporters = { sampling: [{ rate: sampled ? 7 : 1, force: true }] };
          const config: CollectorConfigInput = {
            exporters,
            spans: { profile: 'full' },
            selection: { filter: 'false' },
            flowMetrics: {
              sets: names.map((name) => ({ name, dimensions: SETS[name], filter: FILTERS[filter], maxSeries: 10_000 })),
            },
          };
          const { counts } = throughPipeline(datagrams, config, NETWORKS);
          const reference = { exporters, spans: { profile: 'full', attributes: { networksFile: 'x' } } } as const;
          const traces = throughReference(datagrams, reference, NETWORKS);
          const flows = traces.flatMap(({ children }) => children.filter(({ name }) => name.startsWith('flow_')));
          for (const name of names) {
            const { series, sums } = counts.find(({ definition }) => JSON.parse(definition)[0] === name) ?? {
              ...{ series: [], sums: [] },
            };
            const actual = new Map<string, number[]>();
            for (const [index, labels] of series.entries()) {
              const key = keyOf(JSON.parse(labels));
              // Templates may tell the same in two ways; then it is there twice.
              const before = actual.get(key) ?? [0, 0, 0];
              actual.set(
                key,
                before.map((sum, at) => sum + sums[3 * index + at]),
              );
            }
            const kept = flows.map(({ attributes }) => attributes).filter(FILTERS_HERE[filter]);
            assertAlike(actual, sumsOf(kept, SETS[name], sampled ? 7 : 1));
          }
        }),
        { numRuns: RUNS },
      );
    });
  }
});

function sumsOf(flows: readonly Attributes[], dimensions: readonly string[], rate: number): Map<string, number[]> {
  const sums = new Map<string, number[]>();
  for (const flow of flows) {
    const [forward, reverse] = (['flow', 'flow.reverse'] as const).map((group) =>
      ['bytes', 'packets'].map(
        (what) => rate * number(flow[`${group}.${what}.delta`] ?? flow[`${group}.${what}.total`] ?? 0n),
      ),
    );
    add(
      dimensions.map((name) => valueIn(flow, name)),
      [...forward, 1],
    );
    if (reverse.some((count) => count > 0))
      add(
        dimensions.map((name) => reverseIn(flow, name)),
        [...reverse, 0],
      );
  }
  return sums;

  function add(values: (string | null)[], counts: number[]): void {
    const key = keyOf(values);
    const before = sums.get(key) ?? [0, 0, 0];
    sums.set(
      key,
      before.map((sum, index) => sum + counts[index]),
    );
  }
}

function valueIn(flow: Attributes, name: string): string | null {
  const [side, ...rest] = name.split('.');
  if (name === 'network.interface.direction') {
    const direction = String(flow['netflow.flowDirection']);
    return ['ingress', 'egress'].includes(direction) ? direction : null;
  }
  if (['client', 'server'].includes(side) && ['site', 'country'].includes(rest[0])) {
    const direction = flow['flow.direction'];
    if (direction === 'unknown') return null;
    return valueIn(flow, `${(direction === 'forward') === (side === 'client') ? 'source' : 'destination'}.${rest[0]}`);
  }
  const value = flow[name];
  return value === undefined || value === '' ? null : String(value);
}

/** What the flow the other way has. */
function reverseIn(flow: Attributes, name: string): string | null {
  const swapped: Record<string, string> = {
    ...{ source: 'destination', destination: 'source', ingress: 'egress', egress: 'ingress' },
  };
  if (name === 'network.interface.direction') return valueIn(flow, name);
  const value = valueIn(
    flow,
    name
      .split('.')
      .map((part) => swapped[part] ?? part)
      .join('.'),
  );
  return name === 'flow.direction' ? ({ forward: 'reverse', reverse: 'forward' }[value!] ?? value) : value;
}

function keyOf(values: readonly (string | number | null)[]): string {
  const shown = (value: string | number) =>
    /^\d{1,20}$/.test(String(value)) ? Number(value) : clip(String(value), 256);
  return JSON.stringify(values.map((value) => (value === null ? null : shown(value))));
}

function number(value: Attributes[string]): number {
  return value === undefined ? Number.NaN : Number(value);
}

/** Doubles are added in another order. */
function assertAlike(actual: Map<string, number[]>, expected: Map<string, number[]>): void {
  assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort());
  for (const [key, sums] of expected) {
    for (const [index, sum] of sums.entries()) {
      const difference = Math.abs(actual.get(key)![index] - sum);
      assert.ok(difference <= sum * 1e-12, `${key}: ${actual.get(key)} is not ${sums}`);
    }
  }
}
