/** IPFIX packets of flows, for tests of what is selected of them. */
import assert from 'node:assert/strict';
import type { Span } from '../../test/otlp/decode.ts';
import { ipfix } from '../pipeline/pipeline.fixture.ts';

const FIELDS = {
  source: { id: 8, length: 4 },
  destination: { id: 12, length: 4 },
  sourcePort: { id: 7, length: 2 },
  destinationPort: { id: 11, length: 2 },
  protocol: { id: 4, length: 1 },
  tcpFlags: { id: 6, length: 1 },
  bytes: { id: 1, length: 4 },
  packets: { id: 2, length: 4 },
  ingress: { id: 10, length: 4 },
  sourceAs: { id: 16, length: 4 },
  destinationAs: { id: 17, length: 4 },
  firewallEvent: { id: 233, length: 1 },
} as const;

type Name = keyof typeof FIELDS;
export type Flow = Record<Exclude<Name, 'source' | 'destination'>, number> & { source: string; destination: string };

/** A web request to a server elsewhere. */
export const FLOW: Flow = {
  ...{ source: '10.0.0.1', destination: '192.0.2.1', sourcePort: 50_000, destinationPort: 443 },
  ...{ protocol: 6, tcpFlags: 0x1b, bytes: 1_000, packets: 10 },
  ...{ ingress: 7, sourceAs: 64_510, destinationAs: 64_511, firewallEvent: 1 },
};

/** Template 256. */
export const TEMPLATE = set(
  2,
  `0100${number(Object.keys(FIELDS).length, 2)}${Object.values(FIELDS)
    .map(({ id, length }) => number(id, 2) + number(length, 2))
    .join('')}`,
);

/** A message with the template and these flows. */
export function packetOf(...flows: Partial<Flow>[]): Buffer {
  return ipfix(TEMPLATE + setOf(...flows));
}

/** The data set of these flows. */
export function setOf(...flows: Partial<Flow>[]): string {
  const records = flows.map((change) => {
    const flow = { ...FLOW, ...change };
    return Object.entries(FIELDS).map(([name, { length }]) => {
      const value = flow[name as Name];
      return typeof value === 'string' ? address(value) : number(value, length);
    });
  });
  return set(256, records.flat().join(''));
}

/** Flows of as many clients of one server. */
export function conversations(count: number): Partial<Flow>[] {
  return Array.from({ length: count }, (_, index) => ({
    source: `10.0.${index >> 8}.${index & 255}`,
    sourcePort: 32_768 + ((index * 7) % 28_000),
  }));
}

/** Threshold and randomness in a span's tracestate, as bits of 56. */
export function parseTraceState(traceState: string): { threshold: bigint; randomness: bigint } {
  const [, threshold, randomness] =
    /^ot=th:([0-9a-f]{1,14});rv:([0-9a-f]{14})$/.exec(traceState) ?? assert.fail(traceState);
  assert.doesNotMatch(threshold, /0$/);
  return { threshold: BigInt(`0x${threshold.padEnd(14, '0')}`), randomness: BigInt(`0x${randomness}`) };
}

/** How many flows a span stands for, by its tracestate. */
export function weight({ traceState }: Span): number {
  return traceState === '' ? 1 : 2 ** 56 / Number(2n ** 56n - parseTraceState(traceState).threshold);
}

function set(id: number, content: string): string {
  return number(id, 2) + number(4 + content.length / 2, 2) + content;
}

function address(text: string): string {
  return text
    .split('.')
    .map((octet) => number(Number(octet), 1))
    .join('');
}

function number(value: number, bytes: number): string {
  return value.toString(16).padStart(2 * bytes, '0');
}
