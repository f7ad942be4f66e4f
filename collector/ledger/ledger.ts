/**
 * The ledger: one set of counters that accounts for every packet and every flow.
 *
 *     received + adopted = exported + filtered + sampled out + dropped{reason} + in flight + on disk
 *
 * Each worker has its own row in shared memory and is its only writer; the main thread sums the rows.
 */
import { MAX_RULES } from '../../crds/selection.ts';
import { LATENESS_BUCKETS } from './lateness.ts';

/** Why a datagram, or a part of one, could not be decoded. */
export const PACKET_ERROR_MEANINGS = {
  source_not_allowed: 'Its source is not among `allowedSources`.',
  truncated_header: 'Shorter than the header of its version.',
  unknown_version: 'The version is none of NetFlow 1, 5, 7 and 9, IPFIX (10) and sFlow 5.',
  malformed:
    'A set or record runs over the end of its message, or a set is shorter than its header. Sets before it are kept.',
  length_repaired: 'An IPFIX message states a wrong length, but its sets fill the datagram exactly: it is decoded.',
  bad_template:
    'A template that can’t be used: no fields, only empty or too many ones, an illegal id or scope, or longer than its set.',
  template_mismatch:
    'A data set holds no whole record of its template, or leaves more than padding explains; it is held for one that fits.',
  template_missing:
    'A data set came before its template, or before it was announced again after a restart; it is held to be decoded then.',
  list_malformed:
    'A list (RFC 6313) of a record runs over its end or has no sense; what comes before is told, and the rest of the record.',
  list_template_missing: 'A list has records of a template that is not known; they stay bytes, and the rest is told.',
  list_limit: 'Lists of a record go deeper or have more values than is told.',
  held_discarded: 'A held data set was given up: its template did not come in time, or there was no room.',
} as const;
export type PacketError = keyof typeof PACKET_ERROR_MEANINGS;
export const PACKET_ERRORS = Object.keys(PACKET_ERROR_MEANINGS) as PacketError[];

/** Why a flow that was received is not exported. */
export const FLOW_DROP_MEANINGS = {
  record_limit: 'More records in one packet than `limits.recordsPerPacket`.',
  plan_limit: 'Their template is new, and too many others were new just before.',
  no_endpoint: 'No endpoint is configured: the span was only offered to the built-in page.',
  queue_full: 'The export queue was full; the oldest batch went.',
  spool_full: 'The spool on disk was full; its oldest file went.',
  spool_damaged: 'A batch on disk was damaged.',
  export_refused: 'The backend refused the batch for good.',
  too_large: 'Larger than the backend takes, though only the spans of one packet are left in the request.',
  export_rejected: 'The backend took the batch but rejected this many spans (OTLP partial success).',
  retry_exhausted: '`otlp.retry.maxElapsed` passed without success.',
  shutdown: 'Not sent when the shutdown’s grace period ended.',
  worker_crash: 'The worker that had it ended by a fault.',
  crash: 'In memory when an earlier run was killed. The backend may have taken those that were sent just before.',
} as const;
export type FlowDrop = keyof typeof FLOW_DROP_MEANINGS;
export const FLOW_DROPS = Object.keys(FLOW_DROP_MEANINGS) as FlowDrop[];

/** What one exporter wanted beyond its budget or, of all, beyond what there is room for: it goes without. */
export const BUDGET_MEANINGS = {
  exporters: 'An exporter was forgotten: more sources send than `limits.exporters`.',
  domains: 'An observation domain was forgotten: its exporter, or all, have too many.',
  templates: 'A template was forgotten: its exporter, or all, have more than `limits` allow.',
  options: 'Something that options data told was forgotten: its exporter, or all, tell too much.',
  held_bytes: 'A data set that waits for its template was given up: `limits` of held bytes.',
  plans: 'A plan by which records are read was forgotten; it is compiled again when data come.',
  learning: 'A new template was not learned: its exporter sends too many of them in a short time.',
  describing: 'A record of options data was not read: its exporter sends too many of them in a short time.',
  announcing: 'What options data told was not told to the other workers and collectors: it changes too often.',
  compiling: 'No plan was compiled for records of a new template: there were too many in a short time.',
} as const;
export type BudgetName = keyof typeof BUDGET_MEANINGS;
export const BUDGETS = Object.keys(BUDGET_MEANINGS) as BudgetName[];

/** Places of a selection: its filter, its rules in their order, its default. */
export const DEFAULT_PLACE = MAX_RULES + 1;

/** Upper bounds of the buckets of `netflow_packet_size_bytes`; one more bucket takes the rest. */
export const PACKET_SIZE_BUCKETS = [64, 128, 256, 512, 1024, 1280, 1500, 4096, 9000, 65_535] as const;
/** Upper bounds of the buckets of `netflow_flows_per_packet`. */
export const FLOWS_PER_PACKET_BUCKETS = [0, 1, 5, 10, 20, 30, 50, 100, 500] as const;
/** Upper bounds, in seconds, of the buckets of `netflow_export_duration_seconds`. */
export const EXPORT_DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

const SCALARS = [
  'packets',
  'packetBytes',
  /** Flow records seen: the left side of the balance. */
  'flows',
  'flowsExported',
  'flowsFiltered',
  'flowsSampledOut',
  /** Flows that were kept because an expression of the selection failed on them. */
  'selectionErrors',
  'flowMetricErrors',
  /** Gauge: flows encoded and neither exported nor dropped yet, in memory. */
  'flowsInFlight',
  /** Flows that an earlier run left in the spool. */
  'flowsAdopted',
  /** Gauge: flows in the spool, on disk. */
  'flowsSpooled',
  /** Options data records, which describe the exporter and are not flows. */
  'optionsRecords',
  /** Flows whose times were absent or absurd, so that their span has the time of reception. */
  'flowTimesReplaced',
  /** Sum of the times from the end of flows to their reception, in seconds. */
  'latenessSeconds',
  'templatesLearned',
  /** Gauge: templates known now. */
  'templates',
  /** Gauge: exporters known now. */
  'exporters',
  /** Gauge: bytes of data sets that wait for their template. */
  'heldBytes',
  /** Flows or records that sequence numbers say never came, of exporters that count these. */
  'lostFlows',
  /** The same of exporters that count packets. */
  'lostPackets',
  /**
   * Of these, what is missing between the books of an earlier run and the first packet of this one. When that run was
   * killed, some may have come after it last wrote its books, and be exported.
   */
  'lostFlowsBetweenRuns',
  'lostPacketsBetweenRuns',
  'exportRequests',
  'exportFailures',
  'exportRetries',
  'exportBytes',
  /** Sum of the durations of export requests, in seconds. */
  'exportSeconds',
  /** Gauge: bytes sealed and not yet accepted by the backend. */
  'queueBytes',
  /** Gauge: batches sealed and not yet accepted by the backend. */
  'queueBatches',
  /** Gauge: reception time, in Unix milliseconds, of the oldest sealed batch; 0 when there is none. */
  'queueOldestTime',
  /** Bytes of batches that were sealed; of those that were compressed while they waited, before and after that. */
  'sealedBytes',
  'uncompressedBytes',
  'compressedBytes',
  /** Gauges of the spool: bytes of its files, batches in them, and when the oldest of these was sealed. */
  'spoolBytes',
  'spoolBatches',
  'spoolOldestTime',
  /** Times that the spool could not be read or written. */
  'spoolFailures',
  /** Files of an earlier run whose last record was cut off. */
  'spoolTorn',
  /** Gauge: reception time, in Unix milliseconds, of the last packet; 0 before the first. */
  'lastPacketTime',
  /** Gauge: when the backend last accepted a batch, in Unix milliseconds; 0 before the first. */
  'lastExportTime',
] as const;

/** What a worker holds in memory beside flows in flight. */
const HELD = ['queueBytes', 'queueBatches', 'queueOldestTime', 'heldBytes'] as const;

export type CounterName =
  | (typeof SCALARS)[number]
  | `packetErrors.${PacketError}`
  | `flowsDropped.${FlowDrop}`
  | `budgetExceeded.${BudgetName}`
  | `ruleFlows.${number}`
  | `ruleLeftOut.${number}`
  | `packetSize.${number}`
  | `flowsPerPacket.${number}`
  | `lateness.${number}`
  | `exportDuration.${number}`;

const NAMES: readonly CounterName[] = [
  ...SCALARS,
  ...PACKET_ERRORS.map((reason) => `packetErrors.${reason}` as const),
  ...FLOW_DROPS.map((reason) => `flowsDropped.${reason}` as const),
  ...BUDGETS.map((budget) => `budgetExceeded.${budget}` as const),
  ...placeNames('ruleFlows'),
  ...placeNames('ruleLeftOut'),
  ...bucketNames('packetSize', PACKET_SIZE_BUCKETS),
  ...bucketNames('flowsPerPacket', FLOWS_PER_PACKET_BUCKETS),
  ...bucketNames('lateness', LATENESS_BUCKETS),
  ...bucketNames('exportDuration', EXPORT_DURATION_BUCKETS),
];

/** Index of each counter in a worker's row, for `counters[COUNTER.packets] += 1`. */
export const COUNTER = Object.fromEntries(NAMES.map((name, index) => [name, index])) as Record<CounterName, number>;

/** One worker's row. */
export type Counters = Float64Array<SharedArrayBuffer>;

/** A row of zeros in memory that threads can share. */
export function createCounters(): Counters {
  return new Float64Array(new SharedArrayBuffer(NAMES.length * Float64Array.BYTES_PER_ELEMENT));
}

/** A row as it is now. */
export function copyOf(counters: Counters): Counters {
  const copy = createCounters();
  copy.set(counters);
  return copy;
}

/** The sum of all workers' rows. */
export type Ledger = Record<CounterName, number>;

/** Adds up the workers' rows. Times and ages are not sums: the latest time, and the oldest batch, are taken. */
export function sumCounters(rows: readonly Counters[]): Ledger {
  const sum = {} as Ledger;
  for (const name of NAMES) {
    const values = rows.map((row) => row[COUNTER[name]]);
    if (name === 'queueOldestTime' || name === 'spoolOldestTime')
      sum[name] = Math.min(...values.filter((value) => value > 0)) || 0;
    else if (name === 'lastPacketTime' || name === 'lastExportTime') sum[name] = Math.max(0, ...values);
    else sum[name] = values.reduce((total, value) => total + value, 0);
    if (!Number.isFinite(sum[name])) sum[name] = 0;
  }
  return sum;
}

/** How many flows the books are short of: 0 when every flow received is accounted for. */
export function imbalance(ledger: Ledger): number {
  const dropped = FLOW_DROPS.reduce((total, reason) => total + ledger[`flowsDropped.${reason}`], 0);
  const { flows, flowsAdopted, flowsExported, flowsFiltered, flowsSampledOut, flowsInFlight, flowsSpooled } = ledger;
  return (
    flows + flowsAdopted - flowsExported - flowsFiltered - flowsSampledOut - dropped - flowsInFlight - flowsSpooled
  );
}

/** Records, in the row of a worker that has ended, that what it held is lost. */
export function writeOff(counters: Counters): void {
  counters[COUNTER.flowsInFlight] = 0;
  counters[COUNTER['flowsDropped.worker_crash']] += imbalance(sumCounters([counters]));
  for (const gauge of HELD) counters[COUNTER[gauge]] = 0;
}

/** A histogram's place in the row: its first bucket, and the bounds of all. */
export type HistogramCounters = { first: number; bounds: readonly number[] };

export const PACKET_SIZE: HistogramCounters = { first: COUNTER['packetSize.0'], bounds: PACKET_SIZE_BUCKETS };
export const FLOWS_PER_PACKET: HistogramCounters = {
  first: COUNTER['flowsPerPacket.0'],
  bounds: FLOWS_PER_PACKET_BUCKETS,
};
export const EXPORT_DURATION: HistogramCounters = {
  first: COUNTER['exportDuration.0'],
  bounds: EXPORT_DURATION_BUCKETS,
};

/** Adds 1 to the bucket that `value` falls into. */
export function countInBucket(counters: Counters, { first, bounds }: HistogramCounters, value: number): void {
  let bucket = 0;
  while (bucket < bounds.length && value > bounds[bucket]) bucket++;
  counters[first + bucket]++;
}

/** Flows that a place of the selection decided about, and of these the ones it left out. */
function placeNames<T extends string>(counter: T): `${T}.${number}`[] {
  return Array.from({ length: DEFAULT_PLACE + 1 }, (_, place) => `${counter}.${place}` as const);
}

function bucketNames<T extends string>(histogram: T, bounds: readonly number[]): `${T}.${number}`[] {
  return [...bounds, Infinity].map((_, index) => `${histogram}.${index}` as const);
}
