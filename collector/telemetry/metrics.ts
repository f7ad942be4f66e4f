/**
 * The metrics: the ledger, read at each collection, as OpenTelemetry metric data. The counters live in shared memory
 * and are written by the workers, so no SDK instrument stands in between; a `MetricProducer` brings them to Prometheus
 * and to an OTLP push alike. Names are the same in both: underscores, `_total` for counters, the unit as a suffix.
 */
import {
  type MetricProducer,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import {
  EXPORT_DURATION_BUCKETS,
  FLOW_DROPS,
  FLOWS_PER_PACKET_BUCKETS,
  type Ledger,
  PACKET_ERRORS,
  PACKET_SIZE_BUCKETS,
} from '../ledger/ledger.ts';
import { createExporterMetrics } from './exporter-metrics.ts';
import { counter, gauge, histogram, type Metric, toMetricData } from './metric-data.ts';
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
      const metrics = [
        ...ledgerMetrics(ledger, now()),
        ...selectionMetrics(selectionOf(state.config, ledger, state.ruleSlots)),
        ...exporterMetrics(state.exporters()),
        ...socketMetrics(state.sockets()),
        ...reloadMetrics(state.reload),
        ...processMetrics(state.startTime),
      ];
      const data = toMetricData(metrics, state.startTime, now());
      return { resourceMetrics: { resource, scopeMetrics: [{ scope, metrics: data }] }, errors: [] };
    },
  };
}

/** Pushes the metrics through `exporter` every `intervalMs`. `stop` sends them a last time. */
export function pushMetrics(
  producer: MetricProducer,
  exporter: PushMetricExporter,
  intervalMs: number,
): { stop(): Promise<void> } {
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: Math.min(intervalMs, 30_000),
  });
  reader.setMetricProducer(producer);
  return { stop: () => reader.shutdown() };
}

function ledgerMetrics(ledger: Ledger, now: number): Metric[] {
  const byReason = <R extends string>(counters: 'packetErrors' | 'flowsDropped', reasons: readonly R[]) =>
    reasons.map((reason) => ({ labels: { reason }, value: ledger[`${counters}.${reason}` as keyof Ledger] }));

  return [
    counter('netflow_packets_total', 'Packets received.', '{packet}', ledger.packets),
    counter('netflow_packet_bytes_total', 'Bytes of UDP payload received.', 'By', ledger.packetBytes),
    counter(
      'netflow_packet_errors_total',
      'Packets, or sets in them, that could not be decoded, by reason.',
      '{error}',
      byReason('packetErrors', PACKET_ERRORS),
    ),
    histogram('netflow_packet_size_bytes', 'Size of the UDP payload of a packet.', 'By', {
      bounds: PACKET_SIZE_BUCKETS,
      counts: buckets(ledger, 'packetSize', PACKET_SIZE_BUCKETS),
      sum: ledger.packetBytes,
    }),
    histogram('netflow_flows_per_packet', 'Flow records in a packet.', '{flow}', {
      bounds: FLOWS_PER_PACKET_BUCKETS,
      counts: buckets(ledger, 'flowsPerPacket', FLOWS_PER_PACKET_BUCKETS),
      sum: ledger.flows,
    }),
    counter('netflow_flows_total', 'Flow records received.', '{flow}', ledger.flows),
    counter('netflow_flows_exported_total', 'Flows accepted by the backend.', '{flow}', ledger.flowsExported),
    counter('netflow_flows_filtered_total', 'Flows left out by the filter.', '{flow}', ledger.flowsFiltered),
    counter('netflow_flows_sampled_out_total', 'Flows left out by sampling.', '{flow}', ledger.flowsSampledOut),
    counter(
      'netflow_selection_errors_total',
      'Flows kept because an expression of the selection failed on them.',
      '{flow}',
      ledger.selectionErrors,
    ),
    counter(
      'netflow_flows_dropped_total',
      'Flows received and not exported, by reason.',
      '{flow}',
      byReason('flowsDropped', FLOW_DROPS),
    ),
    gauge('netflow_flows_in_flight', 'Flows neither exported nor dropped yet.', '{flow}', ledger.flowsInFlight),
    counter(
      'netflow_flow_times_replaced_total',
      'Flows without usable times, whose spans have the time of reception.',
      '{flow}',
      ledger.flowTimesReplaced,
    ),
    counter('netflow_options_records_total', 'Options data records received.', '{record}', ledger.optionsRecords),
    counter('netflow_templates_learned_total', 'Templates learned or replaced.', '{template}', ledger.templatesLearned),
    gauge('netflow_templates', 'Templates known, summed over workers.', '{template}', ledger.templates),
    gauge('netflow_exporters', 'Exporters known, summed over workers.', '{exporter}', ledger.exporters),
    gauge('netflow_held_bytes', 'Bytes of data sets that wait for their template.', 'By', ledger.heldBytes),
    gauge(
      'netflow_last_packet_timestamp_seconds',
      'Unix time of the last packet; 0 before the first.',
      's',
      ledger.lastPacketTime / 1000,
    ),
    counter('netflow_export_requests_total', 'Export requests sent.', '{request}', ledger.exportRequests),
    counter('netflow_export_failures_total', 'Export requests that failed.', '{request}', ledger.exportFailures),
    counter(
      'netflow_export_retries_total',
      'Export requests that were repetitions.',
      '{request}',
      ledger.exportRetries,
    ),
    counter('netflow_export_bytes_total', 'Bytes sent in export requests.', 'By', ledger.exportBytes),
    histogram('netflow_export_duration_seconds', 'Duration of an export request.', 's', {
      bounds: EXPORT_DURATION_BUCKETS,
      counts: buckets(ledger, 'exportDuration', EXPORT_DURATION_BUCKETS),
      sum: ledger.exportSeconds,
    }),
    gauge('netflow_export_queue_bytes', 'Bytes sealed and not yet accepted.', 'By', ledger.queueBytes),
    gauge('netflow_export_queue_batches', 'Batches sealed and not yet accepted.', '{batch}', ledger.queueBatches),
    gauge(
      'netflow_export_queue_oldest_age_seconds',
      'Age of the oldest batch not yet accepted; 0 when there is none.',
      's',
      ledger.queueOldestTime > 0 ? Math.max(0, now - ledger.queueOldestTime) / 1000 : 0,
    ),
    gauge(
      'netflow_export_last_success_timestamp_seconds',
      'Unix time at which the backend last accepted a batch; 0 before the first.',
      's',
      ledger.lastExportTime / 1000,
    ),
  ];
}

function selectionMetrics(parts: readonly SelectionPart[]): Metric[] {
  const points = parts.flatMap(({ rule, action, kept, leftOut }) => [
    { labels: { rule, outcome: 'kept' }, value: kept },
    { labels: { rule, outcome: action === 'sample' ? 'sampled_out' : 'filtered' }, value: leftOut },
  ]);
  return [
    counter(
      'netflow_selection_flows_total',
      'Flows by the part of the selection that decided about them, and how.',
      '{flow}',
      points,
    ),
  ];
}

/** Named as Prometheus' own are. */
function reloadMetrics({ successful, successTime }: ReloadState): Metric[] {
  return [
    gauge(
      'netflow_config_last_reload_successful',
      'Whether the configuration that was read last is right: 1 or 0.',
      '1',
      Number(successful),
    ),
    gauge(
      'netflow_config_last_reload_success_timestamp_seconds',
      'Unix time at which a right configuration was read last.',
      's',
      successTime / 1000,
    ),
  ];
}

function socketMetrics(sockets: readonly SocketState[]): Metric[] {
  const points = (value: (socket: SocketState) => number | undefined) =>
    sockets.flatMap((socket) => {
      const { listener, worker } = socket;
      const number = value(socket);
      return number === undefined ? [] : [{ labels: { listener, worker: String(worker) }, value: number }];
    });
  return [
    counter(
      'netflow_socket_dropped_packets_total',
      'Packets the kernel dropped because the receive buffer was full.',
      '{packet}',
      points((socket) => socket.droppedPackets),
    ),
    gauge(
      'netflow_socket_queued_bytes',
      'Bytes in the receive buffer.',
      'By',
      points((socket) => socket.queuedBytes),
    ),
    gauge(
      'netflow_socket_receive_buffer_bytes',
      'Size of the receive buffer the kernel granted.',
      'By',
      points((socket) => socket.grantedBuffer),
    ),
  ];
}

function buckets(
  ledger: Ledger,
  name: 'packetSize' | 'flowsPerPacket' | 'exportDuration',
  bounds: readonly number[],
): number[] {
  return [...bounds, Infinity].map((_, index) => ledger[`${name}.${index}`]);
}
