/**
 * The metrics: the ledger, read at each collection, as OpenTelemetry metric data. The counters live in shared memory
 * and are written by the workers, so no SDK instrument stands in between; a `MetricProducer` brings them to Prometheus
 * and to an OTLP push alike. Names are the same in both: underscores, `_total` for counters, the unit as a suffix.
 */
import {
  AggregationTemporality,
  InstrumentType,
  type MetricProducer,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { LATENESS_BUCKETS } from '../ledger/lateness.ts';
import {
  BUDGETS,
  EXPORT_DURATION_BUCKETS,
  FLOW_DROPS,
  FLOWS_PER_PACKET_BUCKETS,
  type Ledger,
  PACKET_ERRORS,
  PACKET_SIZE_BUCKETS,
} from '../ledger/ledger.ts';
import { counterMetricData } from './counter-metrics.ts';
import { sinceLastTime } from './delta.ts';
import { createExporterMetrics } from './exporter-metrics.ts';
import { flowMetricData } from './flow-metrics.ts';
import { type MetricValues, toMetricData } from './metric-data.ts';
import { processMetrics } from './process-metrics.ts';
import { type SelectionPart, selectionOf } from './selection.ts';
import type { CollectorState, ReloadState, SocketState } from './state.ts';

/** Reads all metrics of `state` at each collection. */
export function createMetricProducer(state: CollectorState, now: () => number = Date.now): MetricProducer {
  const exporterMetrics = createExporterMetrics();
  const scope = { name: 'netflow2traces', version: state.version };

  return {
    async collect() {
      const ledger = state.ledger();
      const { resource } = state;
      const values = {
        ...ledgerMetrics(ledger, now()),
        ...selectionMetrics(selectionOf(state.config, ledger, state.ruleSlots)),
        ...exporterMetrics(state.exporters()),
        ...socketMetrics(state.sockets()),
        ...reloadMetrics(state.reload),
        ...processMetrics(state.startTime),
        netflow_counter_samples_total: state.deviceCounters.taken,
        netflow_counter_samples_dropped_total: state.deviceCounters.dropped,
      };
      const metrics = [
        ...toMetricData(values, state.startTime, now()),
        ...flowMetricData(state.flowSets(), now()),
        ...counterMetricData(state.deviceCounters.series(), now()),
      ];
      return { resourceMetrics: { resource, scopeMetrics: [{ scope, metrics }] }, errors: [] };
    },
  };
}

/**
 * Pushes the metrics through `exporter` every `intervalMs`, with the temporality that it prefers. `flush` sends
 * them at once, `stop` a last time.
 */
export function pushMetrics(
  producer: MetricProducer,
  exporter: PushMetricExporter,
  intervalMs: number,
): { flush(): Promise<void>; stop(): Promise<void> } {
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: Math.min(intervalMs, 30_000),
  });
  const temporality = reader.selectAggregationTemporality(InstrumentType.COUNTER);
  reader.setMetricProducer(temporality === AggregationTemporality.DELTA ? sinceLastTime(producer) : producer);
  return { flush: () => reader.forceFlush(), stop: () => reader.shutdown() };
}

function ledgerMetrics(ledger: Ledger, now: number) {
  const byReason = <R extends string>(counters: 'packetErrors' | 'flowsDropped', reasons: readonly R[]) =>
    reasons.map((reason) => ({ labels: { reason }, value: ledger[`${counters}.${reason}` as keyof Ledger] }));

  return {
    netflow_packets_total: ledger.packets,
    netflow_packet_bytes_total: ledger.packetBytes,
    netflow_packet_errors_total: byReason('packetErrors', PACKET_ERRORS),
    netflow_budget_exceeded_total: BUDGETS.map((budget) => {
      return { labels: { budget }, value: ledger[`budgetExceeded.${budget}`] };
    }),
    netflow_packet_size_bytes: {
      bounds: PACKET_SIZE_BUCKETS,
      counts: buckets(ledger, 'packetSize', PACKET_SIZE_BUCKETS),
      sum: ledger.packetBytes,
    },
    netflow_flows_per_packet: {
      bounds: FLOWS_PER_PACKET_BUCKETS,
      counts: buckets(ledger, 'flowsPerPacket', FLOWS_PER_PACKET_BUCKETS),
      sum: ledger.flows,
    },
    netflow_flows_total: ledger.flows,
    netflow_flows_exported_total: ledger.flowsExported,
    netflow_flows_filtered_total: ledger.flowsFiltered,
    netflow_flows_sampled_out_total: ledger.flowsSampledOut,
    netflow_flows_dropped_total: byReason('flowsDropped', FLOW_DROPS),
    netflow_flows_adopted_total: ledger.flowsAdopted,
    netflow_flows_spooled: ledger.flowsSpooled,
    netflow_flows_in_flight: ledger.flowsInFlight,
    netflow_flow_times_replaced_total: ledger.flowTimesReplaced,
    netflow_flow_lateness_seconds: {
      bounds: LATENESS_BUCKETS,
      counts: buckets(ledger, 'lateness', LATENESS_BUCKETS),
      sum: ledger.latenessSeconds,
    },
    netflow_selection_errors_total: ledger.selectionErrors,
    netflow_flow_metric_errors_total: ledger.flowMetricErrors,
    netflow_options_records_total: ledger.optionsRecords,
    netflow_templates_learned_total: ledger.templatesLearned,
    netflow_templates: ledger.templates,
    netflow_exporters: ledger.exporters,
    netflow_held_bytes: ledger.heldBytes,
    netflow_last_packet_timestamp_seconds: ledger.lastPacketTime / 1000,
    netflow_export_requests_total: ledger.exportRequests,
    netflow_export_failures_total: ledger.exportFailures,
    netflow_export_retries_total: ledger.exportRetries,
    netflow_export_bytes_total: ledger.exportBytes,
    netflow_export_duration_seconds: {
      bounds: EXPORT_DURATION_BUCKETS,
      counts: buckets(ledger, 'exportDuration', EXPORT_DURATION_BUCKETS),
      sum: ledger.exportSeconds,
    },
    netflow_export_queue_bytes: ledger.queueBytes,
    netflow_export_queue_batches: ledger.queueBatches,
    netflow_export_queue_oldest_age_seconds: ageSeconds(ledger.queueOldestTime, now),
    netflow_export_spool_bytes: ledger.spoolBytes,
    netflow_export_spool_batches: ledger.spoolBatches,
    netflow_export_spool_oldest_age_seconds: ageSeconds(ledger.spoolOldestTime, now),
    netflow_export_spool_failures_total: ledger.spoolFailures,
    netflow_export_spool_torn_total: ledger.spoolTorn,
    netflow_export_last_success_timestamp_seconds: ledger.lastExportTime / 1000,
  } satisfies Partial<MetricValues>;
}

/** Of what began at `time`, Unix milliseconds; 0 when nothing has. */
function ageSeconds(time: number, now: number): number {
  return time > 0 ? Math.max(0, now - time) / 1000 : 0;
}

function selectionMetrics(parts: readonly SelectionPart[]) {
  return {
    netflow_selection_flows_total: parts.flatMap(({ rule, action, kept, leftOut }) => [
      { labels: { rule, outcome: 'kept' }, value: kept },
      { labels: { rule, outcome: action === 'sample' ? 'sampled_out' : 'filtered' }, value: leftOut },
    ]),
  } satisfies Partial<MetricValues>;
}

function reloadMetrics({ successful, successTime }: ReloadState) {
  return {
    netflow_config_last_reload_successful: Number(successful),
    netflow_config_last_reload_success_timestamp_seconds: successTime / 1000,
  } satisfies Partial<MetricValues>;
}

function socketMetrics(sockets: readonly SocketState[]) {
  const points = (value: (socket: SocketState) => number | undefined) =>
    sockets.flatMap((socket) => {
      const { listener, worker } = socket;
      const number = value(socket);
      return number === undefined ? [] : [{ labels: { listener, worker: String(worker) }, value: number }];
    });
  return {
    netflow_socket_dropped_packets_total: points((socket) => socket.droppedPackets),
    netflow_socket_queued_bytes: points((socket) => socket.queuedBytes),
    netflow_socket_receive_buffer_bytes: points((socket) => socket.grantedBuffer),
  } satisfies Partial<MetricValues>;
}

function buckets(
  ledger: Ledger,
  name: 'packetSize' | 'flowsPerPacket' | 'lateness' | 'exportDuration',
  bounds: readonly number[],
): number[] {
  return [...bounds, Infinity].map((_, index) => ledger[`${name}.${index}`]);
}
