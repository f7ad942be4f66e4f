/**
 * Traffic for backends, and what is to be seen of it: by the generator's own numbers, not by anything of the collector.
 */
import type { TestContext } from 'node:test';
import { type Collector, waitFor } from '../e2e/collector.ts';
import { openExporter } from '../e2e/exporter.ts';
import type { Flow } from '../generator/flow.ts';
import { buildTraffic } from '../generator/traffic.ts';

/** A flow, as one exporter saw it. Times are Unix milliseconds. */
export type SeenFlow = Flow & { exporter: string; start: number; end: number };

const PROTOCOLS: Record<number, string> = { 1: 'icmp', 6: 'tcp', 17: 'udp' };

/** Networks of the generator's addresses, some of which have a name. */
export const NETWORKS = `prefix,service
10.20.0.0/17,office
10.20.128.0/17,branch
198.0.0.0/8,web
197.0.0.0/8,mail
196.0.0.0/8,
`;
export const REST = 'internet';

/**
 * Sends NetFlow v9 of made-up flows from as many exporters, all the same flows or each its own; returns what they saw.
 */
export async function sendFlows(
  t: TestContext,
  collector: Collector,
  { exporters, packets, same = false }: { exporters: number; packets: number; same?: boolean },
): Promise<SeenFlow[]> {
  const now = Date.now();
  const all = buildTraffic({ version: 9, exporters: same ? 1 : exporters, packets, now });
  const exported = Math.floor(now / 1_000) * 1_000;
  const seen: SeenFlow[] = [];
  for (let index = 0; index < exporters; index++) {
    const address = `127.0.0.${2 + index}`;
    const exporter = await openExporter(t, collector, { address });
    const own = all.filter((packet) => same || packet.exporter === index);
    await exporter.deliver(own.map(({ bytes }) => bytes));
    const flows = own.flatMap(({ content }) => content);
    const times = ({ startedBefore, endedBefore }: Flow) => {
      return { start: exported - startedBefore, end: exported - endedBefore };
    };
    seen.push(...flows.map((flow) => ({ ...flow, exporter: address, ...times(flow) })));
  }
  return seen;
}

/** What Jaeger shows of a flow, in one line: who saw what, when, and how much. */
export function lineOf(flow: SeenFlow): string {
  const hasPorts = flow.protocol !== 1;
  const end = (address: Uint8Array, port: number) => `${address.join('.')} ${hasPorts ? port : '-'}`;
  const ends = `${end(flow.source, flow.sourcePort)} ${end(flow.destination, flow.destinationPort)}`;
  const durationUs = Math.max(1, (flow.end - flow.start) * 1_000);
  return `${flow.exporter} ${PROTOCOLS[flow.protocol]} ${ends} ${flow.bytes} ${flow.start * 1_000} ${durationUs}`;
}

export const transportOf = ({ protocol }: Flow): string => PROTOCOLS[protocol];

/** The port of its service, if it has any: half of the generator's flows are answers, and ICMP has none. */
export function serverPortOf({ protocol, sourcePort, destinationPort }: Flow): number | undefined {
  return protocol === 1 ? undefined : Math.min(sourcePort, destinationPort);
}

/** Client and server by `NETWORKS`, where the direction is known. */
export function servicesOf(flow: Flow): [client: string, server: string] | undefined {
  if (serverPortOf(flow) === undefined) return undefined;
  const ends = [flow.source, flow.destination];
  if (flow.sourcePort < flow.destinationPort) ends.reverse();
  const [client, server] = ends;
  return [client[2] < 128 ? 'office' : 'branch', { 198: 'web', 197: 'mail' }[server[0]] ?? REST];
}

/** Sums by key; entries whose key is undefined count for none. */
export function sumBy<T>(
  entries: readonly T[],
  key: (entry: T) => string | undefined,
  value: (entry: T) => number = () => 1,
) {
  const sums: Record<string, number> = {};
  for (const entry of entries) {
    const name = key(entry);
    if (name !== undefined) sums[name] = (sums[name] ?? 0) + value(entry);
  }
  return sums;
}

/** Waits until there are `count` of what `read` reads, which are all that will come; resolves with them. */
export async function untilCount<T>(count: number, read: () => Promise<T[]>, what: string): Promise<T[]> {
  let last: T[] = [];
  await waitFor(
    async () => {
      last = await read();
      return last.length >= count;
    },
    () => `${count} ${what}; there are ${last.length}`,
  );
  return last;
}
