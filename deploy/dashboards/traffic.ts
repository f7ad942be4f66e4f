/** What all flows came to, by the sets of flowMetrics. */
import { choice, createDashboard, dataSource, fleets, labelValues, PROMETHEUS } from './dashboard.ts';
import { figure, graph, table, UNITS } from './panels.ts';
import { promql, promqlTable, rate } from './queries.ts';

const OF = 'job=~"$job", netflow_set="$set"';
const [BYTES, PACKETS, RECORDS] = ['io_bytes', 'packets', 'records'].map((unit) => `network_flow_${unit}_total`);
const EXPORTER = 'netflow_exporter_address';
const TRANSPORT = 'network_transport';
/** As labels; sets may have any others. */
const DIMENSIONS = [
  EXPORTER,
  TRANSPORT,
  'source_address',
  'destination_address',
  'client_address',
  'server_address',
  'server_port',
  'client_service_name',
  'server_service_name',
  'source_as_number',
  'destination_as_number',
  'netflow_interface_ingress_name',
  'netflow_interface_egress_name',
];
/** What a viewer has chosen of these. */
const CHOSEN = `\${by:csv}`;

const total = (counter: string, of = OF) => `sum(${rate(counter, of)})`;
const by = (labels: string, counter: string) => `sum by (${labels}) (${rate(counter, OF)})`;
const named = (label: string, expr: string) => promql({ expr, legend: `{{${label}}}` });
const overTime = (counter: string) => `sum by (${CHOSEN}) (increase(${counter}{${OF}}[$__range]))`;

export const traffic = createDashboard({
  name: 'traffic',
  title: 'Traffic',
  description:
    'What all flows received came to, also those that are no spans. Each set of flowMetrics counts all flows.',
  variables: [
    dataSource('datasource', 'Prometheus', PROMETHEUS),
    fleets(),
    labelValues('set', 'Set of flowMetrics', `${BYTES}{job=~"$job"}`, 'netflow_set'),
    choice('by', 'By', DIMENSIONS),
  ],
  rows: {
    'At a glance': [
      figure({ title: 'Bits', width: 5, unit: UNITS.bits }, promql({ expr: `8 * ${total(BYTES)}` })),
      figure({ title: 'Packets', width: 5, unit: UNITS.packets }, promql({ expr: total(PACKETS) })),
      figure({ title: 'Flow records', width: 5, unit: UNITS.flows }, promql({ expr: total(RECORDS) })),
      figure({ title: 'Series', width: 4 }, promql({ expr: `count(${BYTES}{${OF}})` })),
      figure(
        {
          ...{ title: 'Bytes without a series of their own', width: 5, unit: UNITS.ratio, warn: 0.01, bad: 0.1 },
          description: 'They found no room in maxSeries of the set, and are counted together.',
        },
        promql({ expr: `${total(BYTES, `${OF}, otel_metric_overflow="true"`)} / ${total(BYTES)} or vector(0)` }),
      ),
    ],
    'By what you choose above': [
      graph(
        { title: 'Bits, the ten highest', width: 12, unit: UNITS.bits, stacked: true },
        promql({ expr: `topk(10, 8 * ${by(CHOSEN, BYTES)})` }),
      ),
      graph(
        { title: 'Packets, the ten highest', width: 12, unit: UNITS.packets, stacked: true },
        promql({ expr: `topk(10, ${by(CHOSEN, PACKETS)})` }),
      ),
      table(
        { title: 'Bytes in the time shown, the fifty highest', width: 24, height: 10, unit: UNITS.bytes },
        promqlTable(`topk(50, ${overTime(BYTES)})`),
      )
        .withTransformation({
          id: 'organize',
          options: { excludeByName: { Time: true }, renameByName: { Value: 'bytes' } },
        })
        .withTransformation({ id: 'sortBy', options: { sort: [{ field: 'bytes', desc: true }] } }),
    ],
    'By exporter and transport, as the set that there is by default has them': [
      graph(
        { title: 'Bits by exporter', width: 12, unit: UNITS.bits, stacked: true },
        named(EXPORTER, `8 * ${by(EXPORTER, BYTES)}`),
      ),
      graph(
        { title: 'Bits by transport', width: 12, unit: UNITS.bits, stacked: true },
        named(TRANSPORT, `8 * ${by(TRANSPORT, BYTES)}`),
      ),
      graph(
        { title: 'Flow records by exporter', width: 12, unit: UNITS.flows, stacked: true },
        named(EXPORTER, by(EXPORTER, RECORDS)),
      ),
      graph(
        { title: 'Size of a packet by transport', width: 12, unit: UNITS.bytes },
        named(TRANSPORT, `${by(TRANSPORT, BYTES)} / ${by(TRANSPORT, PACKETS)}`),
      ),
    ],
  },
});
