/** One exporter: what it sends to whom, what is lost of it, its clock, and the traffic it tells of. */
import { createDashboard, dataSource, fleets, labelValues, PROMETHEUS } from './dashboard.ts';
import { figure, graph, UNITS } from './panels.ts';
import { promql, rate } from './queries.ts';

const OF = 'job=~"$job", netflow_exporter_address="$exporter"';
const OF_FLOWS = `${OF}, netflow_set="$set"`;

const total = (counter: string, of = OF) => `sum(${rate(counter, of)})`;
const by = (label: string, counter: string, of = OF) => `sum by (${label}) (${rate(counter, of)})`;
const byCollector = (counter: string) => promql({ expr: by('instance', counter), legend: '{{instance}}' });
const byTransport = (expr: string) => promql({ expr, legend: '{{network_transport}}' });
const lostOf = (unit: string, sent: string) => {
  const lost = total('netflow_exporter_lost_total', `${OF}, unit="${unit}"`);
  return `${lost} / (${lost} + ${total(sent)})`;
};
/** An interface, as labels have it: of an agent, where that is another, and of its line card. */
const INTERFACE = 'netflow_original_exporter_address, netflow_observation_domain_id, hw_id, hw_name';
const byInterface = (counter: string) => by(`${INTERFACE}, network_io_direction`, counter, `${OF}, hw_type="network"`);
const tenHighest = (expr: string, what = '') => ({
  expr: `topk(10, ${expr})`,
  legend: `{{hw_name}} ({{hw_id}}), {{network_io_direction}}${what}`,
});
const OFFSET = `max(netflow_exporter_clock_offset_seconds{${OF}})`;

export const exporter = createDashboard({
  name: 'exporter',
  title: 'Exporter',
  description: 'One device: what it sends, what is lost of it, its clock, and the traffic it tells of.',
  variables: [
    dataSource('datasource', 'Prometheus', PROMETHEUS),
    fleets(),
    labelValues('exporter', 'Exporter', 'netflow_exporter_packets_total{job=~"$job"}', 'netflow_exporter_address'),
    labelValues('set', 'Set of flowMetrics', 'network_flow_io_bytes_total{job=~"$job"}', 'netflow_set'),
  ],
  rows: {
    'What it sends': [
      figure(
        { title: 'Packets', width: 4, unit: UNITS.packets },
        promql({ expr: total('netflow_exporter_packets_total') }),
      ),
      figure({ title: 'Flows', width: 4, unit: UNITS.flows }, promql({ expr: total('netflow_exporter_flows_total') })),
      figure(
        { title: 'Flows a packet', width: 4 },
        promql({ expr: `${total('netflow_exporter_flows_total')} / ${total('netflow_exporter_packets_total')}` }),
      ),
      figure(
        { title: 'Flows that never came', width: 4, unit: UNITS.ratio, warn: 0.001, bad: 0.01 },
        promql({ expr: lostOf('flows', 'netflow_exporter_flows_total') }),
      ),
      figure(
        { title: 'Packets that never came', width: 4, unit: UNITS.ratio, warn: 0.001, bad: 0.01 },
        promql({ expr: lostOf('packets', 'netflow_exporter_packets_total') }),
      ),
      figure(
        {
          ...{ title: 'Clock is ahead', width: 4, unit: UNITS.seconds },
          description: 'Negative: it is behind. Right to about a second.',
        },
        promql({ expr: OFFSET }),
      ),
      graph(
        { title: 'Packets by collector', width: 8, unit: UNITS.packets },
        byCollector('netflow_exporter_packets_total'),
      ),
      graph({ title: 'Flows by collector', width: 8, unit: UNITS.flows }, byCollector('netflow_exporter_flows_total')),
      graph(
        { title: 'NetFlow itself, by collector', width: 8, unit: UNITS.byteRate, description: 'UDP payload.' },
        byCollector('netflow_exporter_packet_bytes_total'),
      ),
      graph(
        {
          ...{ title: 'Never came', width: 12 },
          description: 'A second, as gaps in its sequence numbers tell. Devices count flows or packets.',
        },
        promql({ expr: by('unit', 'netflow_exporter_lost_total'), legend: '{{unit}}' }),
      ),
      graph(
        { title: 'How far its clock is ahead', width: 12, unit: UNITS.seconds },
        promql({ expr: OFFSET, legend: 'ahead' }),
      ),
    ],
    'The traffic it tells of, by a set of flowMetrics with netflow.exporter.address': [
      graph(
        { title: 'Bits by transport', width: 8, unit: UNITS.bits, stacked: true },
        byTransport(`8 * ${by('network_transport', 'network_flow_io_bytes_total', OF_FLOWS)}`),
      ),
      graph(
        { title: 'Packets by transport', width: 8, unit: UNITS.packets, stacked: true },
        byTransport(by('network_transport', 'network_flow_packets_total', OF_FLOWS)),
      ),
      graph(
        { title: 'Size of a packet', width: 8, unit: UNITS.bytes },
        byTransport(
          `${by('network_transport', 'network_flow_io_bytes_total', OF_FLOWS)}
/ ${by('network_transport', 'network_flow_packets_total', OF_FLOWS)}`,
        ),
      ),
    ],
    'Its interfaces as it counts them itself, by sFlow, where sflow.counters.records has interfaces': [
      graph(
        { title: 'Bits, the ten highest', width: 8, unit: UNITS.bits },
        promql(tenHighest(`8 * ${byInterface('hw_network_io_bytes_total')}`)),
      ),
      graph(
        { title: 'Use of links, the ten highest', width: 8, unit: UNITS.ratio },
        promql(
          tenHighest(
            `${byInterface('hw_network_io_bytes_total')}
/ on (${INTERFACE}) group_left max by (${INTERFACE}) (hw_network_bandwidth_limit_bytes_per_second{${OF}})`,
          ),
        ),
      ),
      graph(
        { title: 'Packets that were dropped or had errors, the ten highest', width: 8, unit: UNITS.packets },
        promql(
          tenHighest(byInterface('hw_network_packet_dropped_total'), ' dropped'),
          tenHighest(byInterface('hw_errors_total'), ' with errors'),
        ),
      ),
    ],
  },
});
