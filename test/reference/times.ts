/** The times of a flow: which elements tell them, what can't be, and what the span gets. */
import type { Attributes } from '../otlp/decode.ts';
import type { Header } from './packet.ts';
import { type Entry, find, unsigned } from './record.ts';
import { int, unixNanoseconds } from './values.ts';

export type Timestamps = {
  mode: 'flow' | 'received' | 'clamped';
  maxAgeMs: number;
  /** Milliseconds that the exporter's clock is behind ours; undefined when it is to be believed. */
  clockOffset: number | undefined;
};
/** `own`: what the record tells, whatever the span gets. */
export type FlowTimes = {
  start: bigint;
  end: bigint;
  own: { start: bigint; end: bigint } | undefined;
  attributes: Attributes;
};

const MS = 1_000_000n;
const SECOND = 1_000n * MS;
const DAY = 86_400n * SECOND;
const MILLENNIUM = BigInt(Date.UTC(2000, 0)) * MS;
const LITTLE = 5n * SECOND;
const ABSOLUTE = [
  [156, 157],
  [154, 155],
  [152, 153],
  [150, 151],
] as const;
const EVENTS = [323, 324, 325, 322];

/** The readings of a number that an exporter may have mistaken for that of a time. */
const READINGS: ((raw: bigint) => bigint)[] = [
  (raw) => raw * SECOND,
  (raw) => raw * MS,
  (raw) => raw * 1_000n,
  (raw) => raw,
  (raw) => unixNanoseconds('dateTimeNanoseconds', bytesOf(raw)),
  (raw) => (raw >> 32n) * SECOND + (((raw & 0xffff_ffffn) * SECOND + 2n ** 31n) >> 32n),
];

type Limits = { earliest: bigint; latest: bigint; shift: bigint };
/** Elements of the start and the end, how they are read, within which limits, and whether units may be mistaken. */
type Source = {
  ids: readonly [start: number, end: number];
  read: (entry: Entry) => bigint;
  limits: Limits[];
  isDate: boolean;
  /** Another way to read a time that is none of a date. */
  repair?: (entry: Entry) => bigint;
};

/** The times of a flow in Unix nanoseconds. Elements that tell them are marked as used. */
export function flowTimes(
  entries: Entry[],
  header: Header,
  received: bigint,
  systemInitTime: bigint | undefined,
  { mode, maxAgeMs, clockOffset }: Timestamps,
): FlowTimes {
  const limits = limitsOf(header, received, clockOffset);
  const told = find(entries, 160);
  const initTime = header.version === 10 && told && unsigned(told) !== 0n ? unsigned(told) : systemInitTime;
  if (initTime !== undefined) {
    const earliest = initTime * MS - LITTLE;
    const known = initTime * MS < limits.absolute.latest && initTime === systemInitTime;
    if (known && earliest > limits.absolute.earliest) limits.absolute.earliest = earliest;
  }
  const sources = sourcesOf(header, limits, initTime);
  const present = sources.filter(({ ids }) => ids.some((id) => find(entries, id)));
  const spanAt = (start: bigint, end: bigint, own: FlowTimes['own'], source?: string): FlowTimes => {
    const originals: Attributes =
      own && source ? { 'netflow.flow.start': int(own.start), 'netflow.flow.end': int(own.end) } : {};
    const attributes = source ? { ...originals, 'netflow.time.source': source } : {};
    return { start, end: end - start < 1_000n ? start + 1_000n : end, own, attributes };
  };
  if (present.length === 0) return spanAt(received, received, undefined, 'absent');
  markUsed(entries, present, header, systemInitTime);

  for (const [index, source] of present.entries()) {
    const [first, last] = toldEnds(entries, source).map((entry) => entry && unsigned(entry));
    if (first === undefined && last === undefined) continue;
    const duration = durationOf(entries);
    if (source.ids[0] === 22 && header.version === 10 && initTime === undefined) {
      let length = first !== undefined && last !== undefined ? BigInt.asIntN(32, last - first) * MS : undefined;
      if (length !== undefined && length < 0n) length = length >= -LITTLE ? 0n : undefined;
      length ??= duration;
      if (length === undefined) continue;
      if (mode === 'received') return spanAt(received, received, undefined, 'received');
      return spanAt(received - length, received, undefined, 'duration');
    }
    const candidates = candidatesOf(entries, source, present.slice(index + 1), duration ?? 0n);
    const fitting = candidates.find(({ fits }) => fits);
    const own = fitting?.own ?? candidates[0].own;
    if (mode === 'received') return spanAt(received, received, own, 'received');
    if (!fitting?.fits) return spanAt(received, received, own, 'absurd');
    const { start, end, shift } = fitting.fits;
    const oldest = received - BigInt(maxAgeMs) * MS;
    if (mode === 'clamped' && end < oldest) return spanAt(start, oldest, own, 'clamped');
    return spanAt(start, end, own, fitting.repaired ? 'repaired' : shift === 0n ? undefined : 'corrected');
  }
  return spanAt(received, received, undefined, 'absent');
}

type AllLimits = { absolute: Limits; relative: Limits; uncorrected: Limits | undefined; exportTime: bigint };

/** By the exporter's clock: no flow is older than a year, none ends more than a little after it was received. */
function limitsOf(header: Header, received: bigint, clockOffset: number | undefined): AllLimits {
  const { exportTime, sysUptime, version } = header;
  const wrapped = sysUptime !== undefined && BigInt(sysUptime) * MS > DAY ? BigInt(sysUptime) * MS : DAY;
  const latestOf = (time: bigint) => (time / MS) * MS + MS - 1n;
  const wholeMs = (received / MS) * MS;
  if (clockOffset === undefined) {
    const absurd = exportTime < MILLENNIUM || exportTime > received + DAY;
    const base = absurd ? wholeMs : exportTime;
    const limits = { earliest: base - 366n * DAY, latest: latestOf(base + DAY), shift: 0n };
    const relative = version === 10 ? limits : { ...limits, earliest: base - wrapped };
    return { absolute: { ...limits }, relative, uncorrected: undefined, exportTime: base };
  }
  const around = (shift: bigint, fraction = 0n) => ({
    earliest: wholeMs - shift - 366n * DAY,
    latest: latestOf(wholeMs - shift + LITTLE),
    shift: shift + fraction,
  });
  const wrong = Math.abs(clockOffset) > 5_000;
  const absolute = around(wrong ? BigInt(Math.floor(clockOffset)) * MS : 0n);
  const relative = wrong ? around(wholeMs - exportTime, received - wholeMs) : around(0n);
  if (version !== 10) relative.earliest = exportTime - wrapped;
  return { absolute, relative, uncorrected: wrong ? around(0n) : undefined, exportTime };
}

function sourcesOf(
  header: Header,
  { absolute, relative, uncorrected, exportTime }: AllLimits,
  initTime: bigint | undefined,
): Source[] {
  const limits = uncorrected ? [absolute, uncorrected] : [absolute];
  const date = (ids: Source['ids']): Source => ({
    ...{ ids, limits, isDate: true },
    read: (entry) => unixNanoseconds(entry.element!.type, entry.bytes),
  });
  const sinceInit = (init: bigint) => (entry: Entry) => uptimeSince(init, unsigned(entry), exportTime);
  const uptime: Pick<Source, 'read' | 'limits' | 'repair'> =
    header.version === 10
      ? { read: sinceInit(initTime ?? 0n), repair: sinceInit((initTime ?? 0n) * 1_000n), limits }
      : {
          read: (entry) => exportTime - BigInt.asIntN(32, BigInt(header.sysUptime!) - unsigned(entry)) * MS,
          limits: [relative],
        };
  return [
    ...ABSOLUTE.map(date),
    { ids: [158, 159], read: (entry) => exportTime - unsigned(entry) * 1_000n, limits: [relative], isDate: false },
    { ids: [22, 21], ...uptime, isDate: false },
    ...EVENTS.map((id) => date([id, id])),
  ];
}

/**
 * Uptimes of IPFIX count from element 160. They may have wrapped any number of times, or be from before the exporter
 * started: the moment next to Export Time is meant, unless the start is no time to go by.
 */
function uptimeSince(init: bigint, number: bigint, exportTime: bigint): bigint {
  const uptime = BigInt.asUintN(32, number);
  const started = init * MS;
  if (started < MILLENNIUM || started > exportTime + DAY) return started + uptime * MS;
  const exported = exportTime / MS;
  return (exported - BigInt.asIntN(32, exported - init - uptime)) * MS;
}

/** The fields of both ends, without a 0 of who knows no time. A flow may have begun when its device did. */
function toldEnds(entries: Entry[], { ids }: Source): [Entry | undefined, Entry | undefined] {
  const [first, last] = ids.map((id) => find(entries, id));
  if (ids[0] === 158) return [first, last];
  const isUptime = ids[0] === 22;
  const told = (entry: Entry | undefined) =>
    entry && (isUptime ? BigInt.asUintN(32, unsigned(entry)) : unsigned(entry)) !== 0n ? entry : undefined;
  return [isUptime && told(last) ? first : told(first), told(last)];
}

type Candidate = {
  own: { start: bigint; end: bigint };
  fits: { start: bigint; end: bigint; shift: bigint } | undefined;
  repaired: boolean;
};

/** All that the elements may mean, the best first: as they are, then by other units; `own` is always as they are. */
function candidatesOf(entries: Entry[], source: Source, later: Source[], duration: bigint): Candidate[] {
  const [first, last] = toldEnds(entries, source);
  const dates = later
    .filter(({ isDate }) => isDate)
    .map((date) => toldEnds(entries, date)[first ? 1 : 0])
    .filter((entry) => entry !== undefined);
  const pairs = (read: (entry: Entry) => bigint, readOther: (entry: Entry) => bigint) => {
    if (first && last) return [{ start: read(first), end: read(last) }];
    if (first) {
      const ends = [...dates.map(readOther), read(first) + duration];
      return ends.map((end) => ({ start: read(first), end }));
    }
    const starts = [...dates.map(readOther), read(last!) - duration];
    return starts.map((start) => ({ start, end: read(last!) }));
  };
  const asTold = pairs(source.read, (entry) => unixNanoseconds(entry.element!.type, entry.bytes));
  const readings: ((entry: Entry) => bigint)[] = source.isDate
    ? READINGS.map((reading) => (entry) => reading(unsigned(entry)))
    : source.repair
      ? [source.repair]
      : [];
  return [
    ...asTold.map((own) => ({ own, fits: fit(own, source.limits), repaired: false })),
    ...readings.flatMap((read) => {
      return pairs(read, read).map((pair, index) => ({
        own: asTold[index],
        fits: fit(pair, source.limits),
        repaired: true,
      }));
    }),
  ];
}

function fit({ start, end: told }: { start: bigint; end: bigint }, limits: Limits[]): Candidate['fits'] {
  const end = told < start && start - told <= LITTLE ? start : told;
  const allowed = limits.find(
    ({ earliest, latest }) => start >= earliest && start > 0n && end >= start && end <= latest,
  );
  return allowed && { start: start + allowed.shift, end: end + allowed.shift, shift: allowed.shift };
}

/** What the first source is made of stands for the span's times alone, unless nobody knows when its uptimes began. */
function markUsed(
  entries: Entry[],
  [source, ...later]: Source[],
  header: Header,
  systemInitTime: bigint | undefined,
): void {
  const init = find(entries, 160);
  const isUptime = source.ids[0] === 22 && header.version === 10;
  if (isUptime && !init && systemInitTime === undefined) return;
  if (isUptime && init) init.used = true;
  const [first, last] = source.ids.map((id) => find(entries, id));
  if (first) first.used = true;
  if (last) last.used = true;
  if (first && last) return;
  for (const { ids, isDate } of later) {
    const date = isDate && find(entries, ids[first ? 1 : 0]);
    if (!date) continue;
    if (ids[0] !== ids[1]) date.used = true;
    return;
  }
  const duration = find(entries, 161) ?? find(entries, 162);
  if (duration) duration.used = true;
}

/** The flow's duration in nanoseconds. */
function durationOf(entries: Entry[]): bigint | undefined {
  const entry = find(entries, 161) ?? find(entries, 162);
  return entry && unsigned(entry) * (entry.id === 161 ? MS : 1_000n);
}

function bytesOf(number: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(number);
  return bytes;
}
