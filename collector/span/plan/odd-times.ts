/**
 * Times that a plan's own statements don't settle: of 0, of another unit than their element's, an end before its start,
 * a clock that neither the packet's header nor ours agrees with. In: the numbers of a record; out: its span's times,
 * and why they are not the flow's own. All in nanoseconds, as BigInt: rare, so that clarity counts.
 */
import type { CollectorConfig } from '../../../crds/collector-config.ts';
import type { TimeBounds } from './time-bounds.ts';
import type { TimeContext } from './time-context.ts';
import { isDate, readTime, readUnit, type TimeForm, type TimeUnit } from './time-forms.ts';
import { ntpTime } from './times.ts';

/** What `netflow.time.source` says, by number; nothing of the flow's own times. */
export const TIME_SOURCES = [
  'own',
  'corrected',
  'clamped',
  'repaired',
  'absurd',
  'duration',
  'received',
  'absent',
] as const;
type TimeSource = (typeof TIME_SOURCES)[number];
export const sourceNumber = (source: TimeSource): number => TIME_SOURCES.indexOf(source);

/** An end before its start by no more than this comes of clocks within the device: both are at the later. */
const MAX_BACKWARDS = 5_000_000_000n;
const NS_PER_MS = 1_000_000n;

/** What else the number of an absolute time may mean, by exporters that have mistaken its unit. */
const MISTAKEN: readonly ((raw: bigint) => bigint)[] = [
  (raw) => raw * 1_000_000_000n,
  (raw) => raw * NS_PER_MS,
  (raw) => raw * 1_000n,
  (raw) => raw,
  (raw) => readUnit('nanoseconds of NTP', raw),
  // NTP's form, but from 1970.
  (raw) => ntpTime(raw + (2_208_988_800n << 32n), false),
];

/** What is done with times. */
export type TimeOptions = {
  timestamps: CollectorConfig['spans']['timestamps'];
  /** Milliseconds; used by timestamps `clamped`. */
  maxAge: number;
};

/** The fields of a record that may tell times, by their place in the list of offsets and lengths; -1: it has none. */
export type TimeFields = TimeOptions & {
  /**
   * The ways in which it tells them, the one that counts first. A date of a later one stands for an end that is
   * missing.
   */
  sources: readonly { form: TimeForm; start: number; end: number }[];
  /** What else does. */
  duration: { place: number; nanoseconds: bigint } | undefined;
  /** When the device was started. */
  init: number;
};

type Pair = readonly [start: bigint, end: bigint];
/** `others` stand for the end that is missing, the best first. */
type Numbers = { first: bigint | undefined; last: bigint | undefined; others: OtherDate[] };
type OtherDate = { unit: TimeUnit; raw: bigint };
type Pairs = (read: (raw: bigint) => bigint, readOther: (date: OtherDate) => bigint) => readonly Pair[];

/**
 * Sets `c.times` to those of a record, and returns the number of their source. `places` are offset, length, offset, …
 * of its fields in `s`.
 */
export function resolveTimes(s: Uint8Array, c: TimeContext, fields: TimeFields, places: readonly number[]): number {
  const number = (place: number): bigint | undefined =>
    place < 0 ? undefined : readNumber(s, places[2 * place], places[2 * place + 1]);
  const told = (place: number): bigint | undefined => number(place) || undefined;
  const received = BigInt(c.receivedMs) * NS_PER_MS + BigInt(c.receivedNs);
  const { timestamps } = fields;
  const init = told(fields.init);
  const duration = fields.duration && (number(fields.duration.place) ?? 0n) * fields.duration.nanoseconds;

  c.times.flowEndMs = c.receivedMs;

  for (const [index, { form, start, end }] of fields.sources.entries()) {
    const ask = (place: number): bigint | undefined => {
      // Uptimes count modulo 2³², also where a field is longer.
      const value = form.unit.startsWith('uptime') ? modulo(number(place)) : number(place);
      return form.zeroIsNone ? value || undefined : value;
    };
    const numbers: Numbers = { first: ask(start), last: ask(end), others: [] };
    if (numbers.first === undefined && numbers.last === undefined) continue;
    // A flow may have begun when its device did, but none ended then.
    if (form.unit.startsWith('uptime') && start >= 0) numbers.first ??= 0n;
    const missing = numbers.first === undefined ? 'start' : 'end';
    for (const {
      form: { unit },
      [missing]: other,
    } of fields.sources.slice(index + 1)) {
      const raw = told(other);
      if (isDate(unit) && raw !== undefined) numbers.others.push({ unit, raw });
    }
    const started = init ?? (Number.isNaN(c.systemInitMs) ? undefined : BigInt(c.systemInitMs));
    if (form.unit === 'uptime since start' && started === undefined) {
      const length = lengthOf(numbers) ?? duration;
      if (length === undefined) continue;
      c.timesReplaced++;
      if (timestamps === 'received') return place(c, received, received, undefined, 'received');
      return place(c, received - length, received, undefined, 'duration');
    }
    const pairs: Pairs = (read, readOther) => completed(numbers, read, readOther, duration ?? 0n);
    const asTold = pairs(
      (raw) => readTime(form.unit, raw, started ?? 0n, c),
      ({ unit, raw }) => readUnit(unit, raw),
    );
    const found = choose(form, asTold, pairs, started ?? 0n, c);
    const [own] = found ? [found.own] : asTold;
    if (found) {
      c.times.flowEndMs = Number(found.end / NS_PER_MS);
      c.lateness.add(c.receivedMs - c.times.flowEndMs);
    } else c.timesReplaced++;
    if (timestamps === 'received') return place(c, received, received, own, 'received');
    if (!found) return place(c, received, received, own, 'absurd');
    const oldest = received - BigInt(fields.maxAge) * NS_PER_MS;
    if (timestamps === 'clamped' && found.end < oldest) return place(c, found.start, oldest, own, 'clamped');
    return place(c, found.start, found.end, own, found.source);
  }
  c.timesReplaced++;
  return place(c, received, received, undefined, 'absent');
}

/** Sets the times of a span, whose source this is; returns its number. */
function place(c: TimeContext, start: bigint, end: bigint, own: Pair | undefined, source: TimeSource): number {
  c.times.set(start, end, own);
  return sourceNumber(source);
}

type Found = { start: bigint; end: bigint; own: Pair; source: TimeSource };

/** The first reading of the numbers by which the flow may have been. */
function choose(
  { bounds, unit }: TimeForm,
  asTold: readonly Pair[],
  pairs: Pairs,
  started: bigint,
  c: TimeContext,
): Found | undefined {
  const plausible = (candidates: readonly Pair[]): (Omit<Found, 'own'> & { index: number }) | undefined => {
    for (const [index, pair] of candidates.entries()) {
      const [start, end] = inOrder(pair);
      for (const allowed of bounds === 'relative' ? [c.relative] : [c.absolute, c.uncorrected]) {
        if (!isWithin(allowed, start, end)) continue;
        const shift = BigInt(allowed.shiftMs) * NS_PER_MS + BigInt(allowed.shiftNs);
        return { start: start + shift, end: end + shift, source: shift === 0n ? 'own' : 'corrected', index };
      }
    }
    return undefined;
  };
  const found = plausible(asTold);
  if (found) return { ...found, own: asTold[found.index] };
  if (bounds === 'relative') return undefined;
  // Of uptimes, it is their beginning that was told in seconds.
  const sinceSeconds = (raw: bigint) => readTime(unit, raw, started * 1_000n, c);
  for (const read of isDate(unit) ? MISTAKEN : [sinceSeconds]) {
    const repaired = plausible(pairs(read, ({ raw }) => read(raw)));
    if (repaired) return { ...repaired, own: asTold[repaired.index], source: 'repaired' };
  }
  return undefined;
}

/** Both ends; where one is missing, by each of the things that may stand for it, the best first. */
function completed(
  { first, last, others }: Numbers,
  read: (raw: bigint) => bigint,
  readOther: (date: OtherDate) => bigint,
  duration: bigint,
): readonly Pair[] {
  if (first !== undefined && last !== undefined) return [[read(first), read(last)]];
  const known = read((first ?? last)!);
  const ends = [...others.map(readOther), first === undefined ? known - duration : known + duration];
  return ends.map((other): Pair => (first === undefined ? [other, known] : [known, other]));
}

/** With both at the later, where the end is before the start by a little. */
function inOrder([start, end]: Pair): Pair {
  return end < start && start - end <= MAX_BACKWARDS ? [start, start] : [start, end];
}

function isWithin({ minMs, maxMs }: TimeBounds, start: bigint, end: bigint): boolean {
  return start <= end && start >= BigInt(minMs) * NS_PER_MS && end < BigInt(maxMs + 1) * NS_PER_MS;
}

/** How long a flow was by uptimes in milliseconds, which count modulo 2³². */
function lengthOf({ first, last }: Numbers): bigint | undefined {
  if (first === undefined || last === undefined) return undefined;
  const length = BigInt.asIntN(32, last - first) * NS_PER_MS;
  if (length >= 0n) return length;
  return -length <= MAX_BACKWARDS ? 0n : undefined;
}

function modulo(uptime: bigint | undefined): bigint | undefined {
  return uptime === undefined ? undefined : BigInt.asUintN(32, uptime);
}

function readNumber(s: Uint8Array, at: number, length: number): bigint {
  let number = 0n;
  for (let index = at; index < at + length; index++) number = (number << 8n) | BigInt(s[index]);
  return number;
}
