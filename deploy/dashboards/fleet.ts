/** All collectors: what comes in, what goes out, what is lost and why; and their operator. */
import { createDashboard, dataSource, fleets, manyValues, PROMETHEUS } from './dashboard.ts';
import { exporterTable } from './exporter-table.ts';
import { figure, graph, UNITS } from './panels.ts';
import { promql, rate } from './queries.ts';

const OF = 'job=~"$job", instance=~"$instance"';
const EXPORTER = 'netflow_exporter_address';
const COLLECTOR = '{{instance}}';

const gauge = (name: string) => `${name}{${OF}}`;
const total = (counter: string, more = '') => `sum(${rate(counter, OF + more)})`;
const by = (label: string, counter: string, more = '') => `sum by (${label}) (${rate(counter, OF + more)})`;
const perCollector = (expr: string) => promql({ expr, legend: COLLECTOR });
/** The median and the 99th percentile of a histogram. */
const spread = (histogram: string) =>
  promql(
    ...[0.5, 0.99].map((q) => ({
      expr: `histogram_quantile(${q}, ${by('le', `${histogram}_bucket`)})`,
      legend: `${q * 100} %`,
    })),
  );

const LOST = total('netflow_exporter_lost_total', ', unit="flows"');

export const fleet = createDashboard({
  name: 'fleet',
  title: 'Fleet',
  description: 'All collectors of netflow2traces: what comes in, what goes out, what is lost and why.',
  variables: [
    dataSource('datasource', 'Prometheus', PROMETHEUS),
    fleets(),
    manyValues('instance', 'Collector', 'netflow_packets_total{job=~"$job"}', 'instance'),
  ],
  rows: {
    'At a glance': [
      figure({ title: 'Collectors', width: 3 }, promql({ expr: `count(${gauge('netflow_packets_total')})` })),
      figure(
        { title: 'Exporters', width: 3, description: 'Devices that send now.' },
        promql({ expr: `count(${by(EXPORTER, 'netflow_exporter_packets_total')} > 0)` }),
      ),
      figure({ title: 'Packets', width: 3, unit: UNITS.packets }, promql({ expr: total('netflow_packets_total') })),
      figure({ title: 'Flows', width: 3, unit: UNITS.flows }, promql({ expr: total('netflow_flows_total') })),
      figure(
        { title: 'Exported', width: 3, unit: UNITS.flows },
        promql({ expr: total('netflow_flows_exported_total') }),
      ),
      figure(
        {
          ...{ title: 'Never came', width: 3, unit: UNITS.ratio, warn: 0.001, bad: 0.01 },
          description: 'Of the flows that devices have sent, as their sequence numbers tell.',
        },
        promql({ expr: `${LOST} / (${LOST} + ${total('netflow_exporter_flows_total')})` }),
      ),
      figure(
        { title: 'Dropped', width: 3, unit: UNITS.flows, bad: 0.001, description: 'Received and not exported.' },
        promql({ expr: total('netflow_flows_dropped_total') }),
      ),
      figure(
        {
          ...{ title: 'Waiting', width: 3, unit: UNITS.seconds, warn: 10, bad: 60 },
          description: 'Age of the oldest flows that the backend has not taken so far.',
        },
        promql({
          expr: `max({__name__=~"netflow_export_(queue|spool)_oldest_age_seconds", ${OF}})`,
        }),
      ),
    ],
    Traffic: [
      graph(
        { title: 'Packets by collector', width: 12, unit: UNITS.packets },
        perCollector(by('instance', 'netflow_packets_total')),
      ),
      graph(
        { title: 'Flows by collector', width: 12, unit: UNITS.flows },
        perCollector(by('instance', 'netflow_flows_total')),
      ),
      graph(
        {
          ...{ title: 'What becomes of flows', width: 12, unit: UNITS.flows, stacked: true },
          description: 'All of them together are the flows received, but for those that are in flight.',
        },
        promql(
          ...['exported', 'filtered', 'sampled_out', 'dropped'].map((fate) => ({
            expr: total(`netflow_flows_${fate}_total`),
            legend: fate.replace('_', ' '),
          })),
        ),
      ),
      exporterTable(OF),
    ],
    'What is lost, and where': [
      graph(
        {
          ...{ title: 'Never came', width: 8, unit: 'short' },
          description: 'A second, as gaps in sequence numbers tell: lost on the way, in the kernel, or in the device.',
        },
        promql({ expr: by('unit', 'netflow_exporter_lost_total'), legend: '{{unit}}' }),
      ),
      graph(
        {
          ...{ title: 'Dropped by the kernel', width: 8, unit: UNITS.packets },
          description: 'The receive buffer was full: raise receiveBuffer, net.core.rmem_max, or the number of workers.',
        },
        promql({
          expr: by('instance, listener', 'netflow_socket_dropped_packets_total'),
          legend: `${COLLECTOR} {{listener}}`,
        }),
      ),
      graph(
        { title: 'Dropped by reason', width: 8, unit: UNITS.flows, description: 'Received and not exported.' },
        promql({ expr: `${by('reason', 'netflow_flows_dropped_total')} > 0`, legend: '{{reason}}' }),
      ),
      graph(
        {
          ...{ title: 'Packets that could not be decoded', width: 12, unit: UNITS.packets },
          description: 'Or sets in them.',
        },
        promql({ expr: `${by('reason', 'netflow_packet_errors_total')} > 0`, legend: '{{reason}}' }),
      ),
      graph(
        {
          ...{ title: 'Budgets exceeded', width: 12 },
          description: 'A second: what exporters wanted beyond their limits and went without.',
        },
        promql({ expr: `${by('budget', 'netflow_budget_exceeded_total')} > 0`, legend: '{{budget}}' }),
      ),
    ],
    'The backend': [
      graph(
        { title: 'Requests', width: 8, unit: 'reqps' },
        promql(
          { expr: total('netflow_export_requests_total'), legend: 'sent' },
          { expr: total('netflow_export_retries_total'), legend: 'of these again' },
          { expr: total('netflow_export_failures_total'), legend: 'failed' },
        ),
      ),
      graph(
        { title: 'Duration of a request', width: 8, unit: UNITS.seconds },
        spread('netflow_export_duration_seconds'),
      ),
      graph(
        { title: 'Flows that wait', width: 8, stacked: true },
        promql(
          { expr: `sum(${gauge('netflow_flows_in_flight')})`, legend: 'in memory' },
          { expr: `sum(${gauge('netflow_flows_spooled')})`, legend: 'on disk' },
        ),
      ),
      graph(
        { title: 'How long they have waited', width: 12, unit: UNITS.seconds },
        promql(
          { expr: gauge('netflow_export_queue_oldest_age_seconds'), legend: `${COLLECTOR}, in memory` },
          { expr: gauge('netflow_export_spool_oldest_age_seconds'), legend: `${COLLECTOR}, on disk` },
        ),
      ),
      graph(
        {
          ...{ title: 'Lateness of flows', width: 12, unit: UNITS.seconds },
          description: 'From the end of a flow to its reception: the device’s timeouts, for the most part.',
        },
        spread('netflow_flow_lateness_seconds'),
      ),
    ],
    Collectors: [
      graph({ title: 'Cores used', width: 6 }, perCollector(rate('process_cpu_seconds_total', OF))),
      graph({ title: 'Memory', width: 6, unit: UNITS.memory }, perCollector(gauge('process_resident_memory_bytes'))),
      graph(
        {
          ...{ title: 'Main thread', width: 6, unit: UNITS.ratio },
          description:
            'How much of the time it is busy: with metrics, the page and reports. Packets have threads of their own.',
        },
        perCollector(
          `sum by (instance) (${rate('nodejs_eventloop_time_seconds_total', `${OF}, state="active"`)})
/ ${by('instance', 'nodejs_eventloop_time_seconds_total')}`,
        ),
      ),
      graph(
        { title: 'Age', width: 6, unit: UNITS.seconds, description: 'It falls to 0 at a restart.' },
        perCollector(`time() - ${gauge('process_start_time_seconds')}`),
      ),
    ],
    'The operator, on Kubernetes': [
      graph(
        { title: 'Nodes of NetflowCollectors', width: 12 },
        promql({
          expr: 'max by (namespace, name, state) (netflow2traces_nodes)',
          legend: '{{namespace}}/{{name}} {{state}}',
        }),
      ),
      figure(
        { title: 'Operators that lead', width: 4, height: 8 },
        promql({ expr: 'sum(leader_election_master_status{name="netflow2traces-operator"})' }),
      ),
      graph(
        { title: 'Reconciles', width: 8, unit: 'ops' },
        promql({
          expr: `sum by (result) (${rate('controller_runtime_reconcile_total', 'controller="netflowcollector"')})`,
          legend: '{{result}}',
        }),
      ),
    ],
  },
});
