/** Flows as spans: those of an address, the biggest, the denied; what they come to; who speaks with whom. */
import { createDashboard, dataSource, entry, TEMPO } from './dashboard.ts';
import { graph, nodeGraph, table, UNITS } from './panels.ts';
import { serviceMap, traceql, traceqlMetrics } from './queries.ts';

const FLOW = 'name =~ "flow_.*"';
const OF = 'span.netflow.exporter.address =~ "$exporter"';
const OF_ADDRESS = '(span.source.address =~ "$address" || span.destination.address =~ "$address")';
const FLOWS = `{ ${FLOW} && ${OF} && ${OF_ADDRESS} }`;
const SHOWN = [
  'source.address',
  'source.port',
  'destination.address',
  'destination.port',
  'network.transport',
  'flow.bytes.delta',
  'netflow.exporter.address',
];
const select = (attributes: readonly string[]) =>
  `select(${attributes.map((attribute) => `span.${attribute}`).join(', ')})`;
const bytesBy = (attribute: string) =>
  traceqlMetrics(`${FLOWS} | sum_over_time(span.flow.bytes.delta) by (span.${attribute}) | topk(10)`);
const BYTES = 'Bytes in each interval of the graph, of the flows that are spans.';

export const traces = createDashboard({
  name: 'traces',
  title: 'Traces',
  description: 'Flows as spans, by TraceQL. Graphs need TraceQL metrics of all kinds of spans.',
  variables: [
    dataSource('tempo', 'Tempo', TEMPO),
    entry('exporter', 'Exporter', 'Its address, or a regular expression for several.', '.*'),
    entry('address', 'Address', 'Of the source or the destination, or a regular expression for several.', '.*'),
    entry('bytes', 'At least bytes', 'Of a flow among the biggest.', '1000000'),
  ],
  rows: {
    'What flows come to': [
      graph(
        { title: 'Flows by transport', width: 8, unit: UNITS.flows, stacked: true },
        traceqlMetrics(`${FLOWS} | rate() by (span.network.transport)`),
      ),
      graph(
        { title: 'Bytes by server’s port, the ten highest', width: 8, unit: UNITS.bytes, description: BYTES },
        bytesBy('server.port'),
      ),
      graph(
        { title: 'Bytes by source, the ten highest', width: 8, unit: UNITS.bytes, description: BYTES },
        bytesBy('source.address'),
      ),
      graph(
        { title: 'How long flows last', width: 12, unit: UNITS.seconds },
        traceqlMetrics(`${FLOWS} | quantile_over_time(duration, 0.5, 0.9, 0.99)`),
      ),
      graph(
        {
          ...{ title: 'Time to decode a packet', width: 12, unit: UNITS.seconds },
          description: 'The collector’s own work.',
        },
        traceqlMetrics('{ name = "netflow.parse_packet" } | quantile_over_time(duration, 0.5, 0.99)'),
      ),
    ],
    'Who speaks with whom': [
      nodeGraph(
        {
          ...{ title: 'Services', width: 24, height: 12 },
          description: 'Needs spans.services of the collector, and the service graphs of Tempo’s metrics generator.',
        },
        serviceMap(),
      ),
    ],
    Flows: [
      table({ title: 'Of the exporter and address above', width: 24 }, traceql(`${FLOWS} | ${select(SHOWN)}`)),
      table(
        { title: 'The biggest', width: 12 },
        traceql(`{ ${FLOW} && ${OF} && ${OF_ADDRESS} && span.flow.bytes.delta >= $bytes } | ${select(SHOWN)}`),
      ),
      table(
        { title: 'Denied by a firewall', width: 12 },
        traceql(`{ ${FLOW} && ${OF} && ${OF_ADDRESS} && span.netflow.firewall.event = "denied" } | ${select(SHOWN)}`),
      ),
    ],
    'Export packets': [
      table(
        { title: 'The latest', width: 12 },
        traceql(
          `{ name = "netflow.export" && ${OF} } | ${select(['netflow.exporter.address', 'netflow.version', 'netflow.flow.count'])}`,
        ),
      ),
      table(
        { title: 'Malformed', width: 12 },
        traceql(
          `{ name = "netflow.export" && status = error && ${OF} } | ${select(['netflow.exporter.address', 'netflow.version', 'netflow.packet.size'])}`,
        ),
      ),
    ],
  },
});
