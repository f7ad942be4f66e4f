/**
 * Counters that devices tell by sFlow: what they grew by since each was first seen, over wraps and restarts of the
 * device. In: counter samples of all workers. Out: for each source, its series.
 */
import type { Attributes } from '@opentelemetry/api';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { COUNTER_RECORDS, type CounterFormat, type CounterValue, fieldsOf } from '../sflow/counter-records.ts';
import type { CounterSample } from '../sflow/counter-samples.ts';
import { addressText } from '../span/identity.ts';
import { COUNTER_ROWS, type CounterRow, type GaugeRow } from './counter-rows.ts';

/** `startTime`: since when a counter counts, in Unix milliseconds; gauges have none. */
export type CounterSeries = {
  metric: CounterRow['metric'] | GaugeRow['metric'];
  attributes: Attributes;
  value: number;
  startTime?: number;
};

type Settings = CollectorConfig['sflow']['counters'];
type Counter = { last: CounterValue; total: number; startTime: number };
type Source = {
  last: CounterSample;
  portName: string | undefined;
  hostName: string | undefined;
  records: Map<CounterFormat, { counters: (Counter | undefined)[]; values: CounterValue[] }>;
};

/** So many samples may come after a later one; if it is more, they were numbered anew, as the counters were. */
const REORDERED = 4;
/** A device's time since its start may be off by this without its having been started anew. */
const UPTIME_TOLERANCE_MS = 60_000;
const UPTIME_RANGE_MS = 2 ** 32;

export class CounterSums {
  readonly #settings: () => Settings;
  readonly #monotonic: () => number;
  readonly #sources = new Map<string, Source>();
  /** Sources of each exporter. */
  readonly #counts = new Map<string, number>();
  /** Samples that were taken, and that found no room. */
  taken = 0;
  dropped = 0;

  /** `monotonic` is the clock by which samples were received, which nobody sets. */
  constructor(settings: () => Settings, monotonic = () => performance.now()) {
    this.#settings = settings;
    this.#monotonic = monotonic;
  }

  take({ samples, dropped }: { samples: readonly CounterSample[]; dropped: number }): void {
    this.dropped += dropped;
    for (const sample of samples) {
      const source = this.#sourceOf(sample);
      if (source) {
        this.taken++;
        update(source, sample);
      } else this.dropped++;
    }
  }

  /** The series of all sources, without those of which no sample came for too long. */
  series(): CounterSeries[] {
    const { records, expiry } = this.#settings();
    const oldest = this.#monotonic() - expiry;
    for (const [key, { last }] of this.#sources) {
      if (last.monotonicMs >= oldest) continue;
      this.#sources.delete(key);
      this.#count(last.exporter, -1);
    }
    const asked = (format: CounterFormat) => records.includes(COUNTER_RECORDS[format].kind);
    return [...this.#sources.values()].flatMap((source) => [...seriesOf(source, asked)]);
  }

  /** Undefined when there is no room for it: so that others find some, an exporter has at most as many as are free. */
  #sourceOf(sample: CounterSample): Source | undefined {
    const { exporter, agent, subAgent, sourceClass, sourceIndex } = sample;
    const key = `${exporter} ${agent} ${subAgent} ${sourceClass} ${sourceIndex}`;
    const known = this.#sources.get(key);
    if (known) return known;
    const free = this.#settings().maxSources - this.#sources.size;
    if ((this.#counts.get(exporter) ?? 0) >= free) return undefined;
    const source = { last: sample, portName: undefined, hostName: undefined, records: new Map() };
    this.#sources.set(key, source);
    this.#count(exporter, 1);
    return source;
  }

  #count(exporter: string, change: 1 | -1): void {
    const count = (this.#counts.get(exporter) ?? 0) + change;
    if (count === 0) this.#counts.delete(exporter);
    else this.#counts.set(exporter, count);
  }
}

function update(source: Source, sample: CounterSample): void {
  const { last } = source;
  // Samples of one source are numbered, and from the beginning when its counters are reset (sFlow Version 5, §5).
  const ahead = (sample.sequence - last.sequence) | 0;
  if (sample !== last && ahead <= 0 && ahead > -REORDERED) return;
  const isReset = ahead < 0 || isRestarted(last, sample);
  source.last = sample;
  source.portName = sample.portName ?? source.portName;
  source.hostName = sample.hostName ?? source.hostName;
  for (const { format, values } of sample.records) {
    const known = source.records.get(format);
    const fields = fieldsOf(format);
    const counters = COUNTER_ROWS[format].counters.map(({ field }, index) => {
      const { at, bits } = fields.get(field)!;
      return grown(known?.counters[index], values[at], bits, isReset, sample.receivedMs);
    });
    source.records.set(format, { counters, values });
  }
}

/** Whether the device was started anew between two samples, by its time since then, which is modulo 2³². */
function isRestarted(before: CounterSample, { uptimeMs, monotonicMs }: CounterSample): boolean {
  const expected = (before.uptimeMs + monotonicMs - before.monotonicMs) % UPTIME_RANGE_MS;
  return uptimeMs < before.uptimeMs && Math.abs(uptimeMs - expected) > UPTIME_TOLERANCE_MS;
}

/** The counter at its next value. What it had counted up to a reset since the sample before is not known. */
function grown(
  known: Counter | undefined,
  value: CounterValue,
  bits: number,
  isReset: boolean,
  time: number,
): Counter | undefined {
  if (value === undefined) return known;
  if (known?.last === undefined) return { last: value, total: 0, startTime: time };
  const since = isReset ? value : difference(known.last, value, bits);
  return { last: value, total: known.total + Number(since), startTime: known.startTime };
}

/** From one value to the next, by a wrap if that explains it; else the counter was reset without a word. */
function difference(before: number | bigint, now: number | bigint, bits: number): number | bigint {
  // Counters of 32 bits are numbers, the others are not.
  if (typeof before === 'number' || typeof now === 'number') {
    const change = Number(now) - Number(before);
    if (change >= 0) return change;
    return change + 2 ** bits < 2 ** (bits - 1) ? change + 2 ** bits : now;
  }
  const change = now - before;
  if (change >= 0n) return change;
  return change + 2n ** 64n < 2n ** 63n ? change + 2n ** 64n : now;
}

function* seriesOf(source: Source, asked: (format: CounterFormat) => boolean): Iterable<CounterSeries> {
  for (const [format, { counters, values }] of source.records) {
    if (!asked(format)) continue;
    const fields = fieldsOf(format);
    const of = (field: string) => Number(values[fields.get(field)!.at]);
    const common = { ...originOf(source.last), ...identityOf(source, format, of) };
    const rows: { counters: CounterRow[]; gauges: GaugeRow[] } = COUNTER_ROWS[format];
    for (const [index, { metric, attributes, unit = 1 }] of rows.counters.entries()) {
      const counter = counters[index];
      if (!counter) continue;
      const { total, startTime } = counter;
      yield { metric, attributes: { ...common, ...attributes }, value: total * unit, startTime };
    }
    for (const { metric, value, attributes } of rows.gauges) {
      const now = value(of);
      if (Number.isFinite(now)) yield { metric, attributes: { ...common, ...attributes(of) }, value: now };
    }
  }
}

/** Who tells it, as spans have it. */
function originOf({ exporter, agent, subAgent }: CounterSample): Attributes {
  return {
    'netflow.exporter.address': exporter,
    ...(agent !== undefined && { 'netflow.original_exporter.address': addressText(agent) }),
    'netflow.observation_domain.id': subAgent,
  };
}

/** What it is about. */
function identityOf(
  { last, portName, hostName }: Source,
  format: CounterFormat,
  of: (field: string) => number,
): Attributes {
  const id = String(last.sourceIndex);
  switch (COUNTER_RECORDS[format].kind) {
    case 'interfaces':
    case 'ethernet':
      return { 'hw.type': 'network', 'hw.id': id, ...(portName !== undefined && { 'hw.name': portName }) };
    case 'vlans':
      return { 'netflow.vlan.id': of('vlan_id') };
    case 'processors':
      return { 'hw.type': 'cpu', 'hw.id': id };
    case 'hosts':
      return { 'hw.id': id, ...(hostName !== undefined && { 'host.name': hostName }) };
  }
}
