/**
 * Every metric of the collector: what it is, once. `metrics.ts` and its neighbours say where the values come from, and
 * a metric without an entry here, or without a value, does not compile; docs/reference/metrics.md is made of it.
 */

export type MetricDefinition = {
  type: 'counter' | 'gauge' | 'histogram';
  /** A UCUM code. */
  unit: string;
  help: string;
  labels?: readonly string[];
};

export const METRICS = {
  netflow_packets_total: { type: 'counter', unit: '{packet}', help: 'Packets received.' },
  netflow_packet_bytes_total: { type: 'counter', unit: 'By', help: 'Bytes of UDP payload received.' },
  netflow_packet_errors_total: {
    type: 'counter',
    unit: '{error}',
    help: 'Packets, or sets in them, that could not be decoded, by reason.',
    labels: ['reason'],
  },
  netflow_budget_exceeded_total: {
    type: 'counter',
    unit: '{item}',
    help: 'What exporters wanted beyond their budgets and went without, by budget.',
    labels: ['budget'],
  },
  netflow_packet_size_bytes: { type: 'histogram', unit: 'By', help: 'Size of the UDP payload of a packet.' },
  netflow_flows_per_packet: { type: 'histogram', unit: '{flow}', help: 'Flow records in a packet.' },
  netflow_flows_total: { type: 'counter', unit: '{flow}', help: 'Flow records received.' },
  netflow_flows_exported_total: { type: 'counter', unit: '{flow}', help: 'Flows accepted by the backend.' },
  netflow_flows_filtered_total: { type: 'counter', unit: '{flow}', help: 'Flows left out by the filter.' },
  netflow_flows_sampled_out_total: { type: 'counter', unit: '{flow}', help: 'Flows left out by sampling.' },
  netflow_flows_dropped_total: {
    type: 'counter',
    unit: '{flow}',
    help: 'Flows received and not exported, by reason.',
    labels: ['reason'],
  },
  netflow_flows_adopted_total: {
    type: 'counter',
    unit: '{flow}',
    help: 'Flows that an earlier run left in the spool on disk, and that this one took over.',
  },
  netflow_flows_spooled: { type: 'gauge', unit: '{flow}', help: 'Flows in the spool on disk.' },
  netflow_flows_in_flight: {
    type: 'gauge',
    unit: '{flow}',
    help: 'Flows in memory, neither exported nor dropped so far.',
  },
  netflow_flow_times_replaced_total: {
    type: 'counter',
    unit: '{flow}',
    help: 'Flows without usable times, whose spans have the time of reception.',
  },
  netflow_flow_lateness_seconds: {
    type: 'histogram',
    unit: 's',
    help: 'Time from the end of a flow, by corrected clocks, to its reception; of flows that became spans, with usable times.',
  },
  netflow_selection_flows_total: {
    type: 'counter',
    unit: '{flow}',
    help: 'Flows by the part of the selection that decided about them, and by its decision.',
    labels: ['rule', 'outcome'],
  },
  netflow_selection_errors_total: {
    type: 'counter',
    unit: '{flow}',
    help: 'Flows kept because an expression of the selection failed on them.',
  },
  netflow_flow_metric_errors_total: {
    type: 'counter',
    unit: '{flow}',
    help: 'Flows that a set of `flowMetrics` did not count because its filter failed on them.',
  },
  netflow_counter_samples_total: {
    type: 'counter',
    unit: '{sample}',
    help: 'Counter samples of sFlow that were taken for `sflow.counters`.',
  },
  netflow_counter_samples_dropped_total: {
    type: 'counter',
    unit: '{sample}',
    help: 'Counter samples that were asked for and found no room: more come than fit, or of more than `sflow.counters.maxSources`.',
  },
  netflow_options_records_total: { type: 'counter', unit: '{record}', help: 'Options data records received.' },
  netflow_templates_learned_total: { type: 'counter', unit: '{template}', help: 'Templates learned or replaced.' },
  netflow_templates: { type: 'gauge', unit: '{template}', help: 'Templates known, summed over workers.' },
  netflow_exporters: { type: 'gauge', unit: '{exporter}', help: 'Exporters known, summed over workers.' },
  netflow_held_bytes: { type: 'gauge', unit: 'By', help: 'Bytes of data sets that wait for their template.' },
  netflow_last_packet_timestamp_seconds: {
    type: 'gauge',
    unit: 's',
    help: 'Unix time of the last packet; 0 before the first.',
  },
  netflow_export_requests_total: { type: 'counter', unit: '{request}', help: 'Export requests sent.' },
  netflow_export_failures_total: { type: 'counter', unit: '{request}', help: 'Export requests that failed.' },
  netflow_export_retries_total: {
    type: 'counter',
    unit: '{request}',
    help: 'Export requests that repeated an earlier one.',
  },
  netflow_export_bytes_total: { type: 'counter', unit: 'By', help: 'Bytes sent in export requests.' },
  netflow_export_duration_seconds: { type: 'histogram', unit: 's', help: 'Duration of an export request.' },
  netflow_export_queue_bytes: { type: 'gauge', unit: 'By', help: 'Bytes sealed and not yet accepted.' },
  netflow_export_queue_batches: { type: 'gauge', unit: '{batch}', help: 'Batches sealed and not yet accepted.' },
  netflow_export_queue_oldest_age_seconds: {
    type: 'gauge',
    unit: 's',
    help: 'Age of the oldest batch not yet accepted; 0 when there is none.',
  },
  netflow_export_spool_bytes: { type: 'gauge', unit: 'By', help: 'Size of the spool on disk.' },
  netflow_export_spool_batches: { type: 'gauge', unit: '{batch}', help: 'Batches in the spool on disk.' },
  netflow_export_spool_oldest_age_seconds: {
    type: 'gauge',
    unit: 's',
    help: 'Age of the oldest batch in the spool; 0 when there is none.',
  },
  netflow_export_spool_failures_total: {
    type: 'counter',
    unit: '{failure}',
    help: 'Times that the spool could not be written or read.',
  },
  netflow_export_spool_torn_total: {
    type: 'counter',
    unit: '{file}',
    help: 'Files of an earlier run in the spool whose last batch was cut off.',
  },
  netflow_export_last_success_timestamp_seconds: {
    type: 'gauge',
    unit: 's',
    help: 'Unix time at which the backend last accepted a batch; 0 before the first.',
  },
  netflow_exporter_packets_total: {
    type: 'counter',
    unit: '{packet}',
    help: 'Packets received, by exporter.',
    labels: ['netflow.exporter.address'],
  },
  netflow_exporter_packet_bytes_total: {
    type: 'counter',
    unit: 'By',
    help: 'Bytes of UDP payload, by exporter.',
    labels: ['netflow.exporter.address'],
  },
  netflow_exporter_flows_total: {
    type: 'counter',
    unit: '{flow}',
    help: 'Flow records received, by exporter.',
    labels: ['netflow.exporter.address'],
  },
  netflow_exporter_lost_total: {
    type: 'counter',
    unit: '{item}',
    help: 'Flows or packets that sequence numbers say never came, by exporter.',
    labels: ['unit', 'netflow.exporter.address'],
  },
  netflow_exporter_clock_offset_seconds: {
    type: 'gauge',
    unit: 's',
    help: 'How far the clock of an exporter is ahead of ours; negative: behind. It is right to about a second.',
    labels: ['netflow.exporter.address'],
  },
  netflow_socket_dropped_packets_total: {
    type: 'counter',
    unit: '{packet}',
    help: 'Packets the kernel dropped because the receive buffer was full.',
    labels: ['listener', 'worker'],
  },
  netflow_socket_queued_bytes: {
    type: 'gauge',
    unit: 'By',
    help: 'Bytes in the receive buffer.',
    labels: ['listener', 'worker'],
  },
  netflow_socket_receive_buffer_bytes: {
    type: 'gauge',
    unit: 'By',
    help: 'Size of the receive buffer the kernel granted.',
    labels: ['listener', 'worker'],
  },
  // Named as Prometheus' own are.
  netflow_config_last_reload_successful: {
    type: 'gauge',
    unit: '1',
    help: 'Whether the configuration that was read last is valid: 1 or 0.',
  },
  netflow_config_last_reload_success_timestamp_seconds: {
    type: 'gauge',
    unit: 's',
    help: 'Unix time at which a valid configuration was last read.',
  },
  process_cpu_seconds_total: { type: 'counter', unit: 's', help: 'Processor time used.' },
  process_resident_memory_bytes: { type: 'gauge', unit: 'By', help: 'Memory in use (RSS).' },
  process_start_time_seconds: { type: 'gauge', unit: 's', help: 'Unix time at which the collector started.' },
  nodejs_eventloop_time_seconds_total: {
    type: 'counter',
    unit: 's',
    help: 'Time of the main thread’s event loop, by state.',
    labels: ['state'],
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;

/** On each series of a set of `flowMetrics`: the set's name. */
export const SET_LABEL = 'netflow.set';
/** On the series of a set's flows that found no room, instead of dimensions (OpenTelemetry, Metrics SDK). */
export const OVERFLOW_LABEL = 'otel.metric.overflow';

/**
 * What flows come to, by the sets of `flowMetrics`: `network.flow.io` as OpenTelemetry's draft calls it
 * (semantic-conventions, pull request 3828), the others after it.
 */
export const FLOW_METRICS = {
  'network.flow.io': {
    type: 'counter',
    unit: 'By',
    help: 'Bytes of flows, times the sampling interval of the device.',
  },
  'network.flow.packets': {
    type: 'counter',
    unit: '{packet}',
    help: 'Packets of flows, times the sampling interval of the device.',
  },
  'network.flow.records': { type: 'counter', unit: '{record}', help: 'Flow records, as they were received.' },
} as const satisfies Record<string, MetricDefinition>;

/**
 * What counter samples of sFlow become, by `sflow.counters`: names of OpenTelemetry's conventions for hardware and for
 * systems, where these have one.
 */
export const COUNTER_METRICS = {
  'hw.network.io': { type: 'counter', unit: 'By', help: 'Bytes that an interface received and sent.' },
  'hw.network.packets': { type: 'counter', unit: '{packet}', help: 'Packets that an interface received and sent.' },
  'hw.network.packet.dropped': {
    type: 'counter',
    unit: '{packet}',
    help: 'Packets that an interface discarded though nothing was wrong with them, or for a protocol that is not known.',
  },
  'hw.errors': { type: 'counter', unit: '{error}', help: 'Packets of an interface with errors.' },
  'hw.network.ethernet.errors': {
    type: 'counter',
    unit: '{error}',
    help: 'What Ethernet counts of frames that went wrong or had to wait (RFC 3635).',
  },
  'hw.network.bandwidth.limit': { type: 'gauge', unit: 'By/s', help: 'Speed of an interface.' },
  'hw.network.up': { type: 'gauge', unit: '1', help: 'Whether an interface is up: 1 or 0.' },
  'hw.network.enabled': { type: 'gauge', unit: '1', help: 'Whether an interface is meant to be up: 1 or 0.' },
  'hw.network.promiscuous': { type: 'gauge', unit: '1', help: 'Whether an interface takes all packets: 1 or 0.' },
  'network.vlan.io': { type: 'counter', unit: 'By', help: 'Bytes of a VLAN.' },
  'network.vlan.packets': { type: 'counter', unit: '{packet}', help: 'Packets of a VLAN.' },
  'network.vlan.packet.dropped': { type: 'counter', unit: '{packet}', help: 'Packets of a VLAN that were discarded.' },
  'system.cpu.utilization': {
    type: 'gauge',
    unit: '1',
    help: 'Use of the device’s processor, on average of a window.',
  },
  'system.cpu.time': { type: 'counter', unit: 's', help: 'Time of a host’s processors.' },
  'system.cpu.logical.count': { type: 'gauge', unit: '{cpu}', help: 'Processors of a host.' },
  'system.cpu.load_average.1m': { type: 'gauge', unit: '{thread}', help: 'Load of a host in the last minute.' },
  'system.cpu.load_average.5m': { type: 'gauge', unit: '{thread}', help: 'Load of a host in the last 5 minutes.' },
  'system.cpu.load_average.15m': { type: 'gauge', unit: '{thread}', help: 'Load of a host in the last 15 minutes.' },
  'system.uptime': { type: 'gauge', unit: 's', help: 'Time since a host was started.' },
  'system.memory.limit': { type: 'gauge', unit: 'By', help: 'Memory of a device or host.' },
  'system.memory.usage': { type: 'gauge', unit: 'By', help: 'Memory of a device or host, by state.' },
  'system.paging.usage': { type: 'gauge', unit: 'By', help: 'Swap space of a host, by state.' },
  'system.disk.io': { type: 'counter', unit: 'By', help: 'Bytes that a host’s disks read and wrote.' },
  'system.disk.operations': { type: 'counter', unit: '{operation}', help: 'Operations of a host’s disks.' },
  'system.disk.operation_time': { type: 'counter', unit: 's', help: 'Time of operations of a host’s disks.' },
  'system.filesystem.limit': { type: 'gauge', unit: 'By', help: 'Size of a host’s disks.' },
  'system.filesystem.usage': { type: 'gauge', unit: 'By', help: 'Space on a host’s disks, by state.' },
  'system.network.io': { type: 'counter', unit: 'By', help: 'Bytes that a host received and sent.' },
  'system.network.packet.count': { type: 'counter', unit: '{packet}', help: 'Packets that a host received and sent.' },
  'system.network.packet.dropped': { type: 'counter', unit: '{packet}', help: 'Packets that a host discarded.' },
  'system.network.errors': { type: 'counter', unit: '{error}', help: 'Packets of a host with errors.' },
} as const satisfies Record<string, MetricDefinition>;
