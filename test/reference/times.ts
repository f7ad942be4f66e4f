/** The times of a flow: which elements tell them, what is absurd, and what the span gets. */
import type { Attributes } from '../otlp/decode.ts';
import type { Header } from './packet.ts';
import { type Entry, find, unsigned } from './record.ts';
import { int, unixNanoseconds } from './values.ts';

export type Timestamps = { mode: 'flow' | 'received' | 'clamped'; maxAgeMs: number };
/** `own`: what the record tells, whatever the span gets. */
export type FlowTimes = {
  start: bigint;
  end: bigint;
  own: { start: bigint; end: bigint } | undefined;
  attributes: Attributes;
};

const DAY = 86_400_000_000_000n;
const MILLENNIUM = BigInt(Date.UTC(2000, 0)) * 1_000_000n;
const ABSOLUTE = [
  [156, 157],
  [154, 155],
  [152, 153],
  [150, 151],
] as const;
const EVENTS = [323, 324, 325, 322];

/** The times of a flow in Unix nanoseconds. Elements that tell them are marked as used. */
export function flowTimes(
  entries: Entry[],
  header: Header,
  received: bigint,
  systemInitTime: bigint | undefined,
  { mode, maxAgeMs }: Timestamps,
): FlowTimes {
  const absurdExport = header.exportTime < MILLENNIUM || header.exportTime > received + DAY;
  const exportTime = absurdExport ? received : header.exportTime;
  const own = ownTimes(entries, header, exportTime, systemInitTime);
  const originals: Attributes = own ? { 'netflow.flow.start': int(own.start), 'netflow.flow.end': int(own.end) } : {};
  const replaced = (source: string) => ({ ...originals, 'netflow.time.source': source });
  if (!own) return { start: received, end: received, own, attributes: replaced('absent') };
  if (mode === 'received') return { start: received, end: received, own, attributes: replaced('received') };
  const { start, end } = own;
  if (end < start || end > exportTime + DAY || start < exportTime - 366n * DAY) {
    return { start: received, end: received, own, attributes: replaced('absurd') };
  }
  const oldest = received - BigInt(maxAgeMs) * 1_000_000n;
  if (mode === 'clamped' && start < oldest) {
    return { start: oldest, end: end < oldest ? oldest : end, own, attributes: replaced('clamped') };
  }
  return { start, end, own, attributes: {} };
}

function ownTimes(
  entries: Entry[],
  header: Header,
  exportTime: bigint,
  systemInitTime: bigint | undefined,
): { start: bigint; end: bigint } | undefined {
  const date = (entry: Entry) => unixNanoseconds(entry.element!.type, entry.bytes);
  for (const [startId, endId] of ABSOLUTE) {
    const ends = bothEnds(entries, startId, endId, date);
    if (ends) return ends;
  }
  const deltas = bothEnds(entries, 158, 159, (entry) => exportTime - unsigned(entry) * 1_000n);
  if (deltas) return deltas;

  if (findTime(entries, 21) || findTime(entries, 22)) {
    const uptime = uptimeBase(entries, header, exportTime, systemInitTime);
    const init = header.version === 10 ? find(entries, 160) : undefined;
    if (init) init.used = true;
    return uptime && bothEnds(entries, 22, 21, uptime);
  }

  for (const id of EVENTS) {
    const event = bothEnds(entries, id, id, date);
    if (event) return event;
  }
  return undefined;
}

/**
 * How uptimes of the record become Unix time: against the header's uptime, or in IPFIX against element 160. There
 * they may have wrapped any number of times, or be from before the exporter started: the moment next to Export Time.
 */
function uptimeBase(
  entries: Entry[],
  header: Header,
  exportTime: bigint,
  systemInitTime: bigint | undefined,
): ((entry: Entry) => bigint) | undefined {
  if (header.sysUptime !== undefined) {
    const now = BigInt(header.sysUptime);
    return (entry) => exportTime - BigInt.asIntN(32, now - unsigned(entry)) * 1_000_000n;
  }
  const inRecord = find(entries, 160);
  const init = inRecord ? unsigned(inRecord) : systemInitTime;
  if (init === undefined) return undefined;
  const started = init * 1_000_000n;
  if (started < MILLENNIUM || started > exportTime + DAY) return (entry) => started + unsigned(entry) * 1_000_000n;
  const exported = exportTime / 1_000_000n;
  return (entry) => (exported - BigInt.asIntN(32, exported - init - unsigned(entry))) * 1_000_000n;
}

function bothEnds(
  entries: Entry[],
  startId: number,
  endId: number,
  absolute: (entry: Entry) => bigint,
): { start: bigint; end: bigint } | undefined {
  const first = findTime(entries, startId);
  const last = findTime(entries, endId);
  if (first) first.used = true;
  if (last) last.used = true;
  if (first && last) return { start: absolute(first), end: absolute(last) };
  if (!first && !last) return undefined;
  const duration = takeDuration(entries);
  if (first) return { start: absolute(first), end: absolute(first) + duration };
  return { start: absolute(last!) - duration, end: absolute(last!) };
}

/** The flow's duration in nanoseconds, 0 when the record does not tell. */
function takeDuration(entries: Entry[]): bigint {
  const entry = findTime(entries, 161) ?? findTime(entries, 162);
  if (!entry) return 0n;
  entry.used = true;
  return unsigned(entry) * (entry.id === 161 ? 1_000_000n : 1_000n);
}

/** Uptimes and durations are unsigned32: longer ones are not what they claim to be. */
function findTime(entries: Entry[], id: number): Entry | undefined {
  const entry = find(entries, id);
  return entry?.element?.type === 'unsigned32' && entry.bytes.length > 4 ? undefined : entry;
}
