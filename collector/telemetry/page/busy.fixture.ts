import type { CollectorConfigInput } from '../../../crds/collector-config.ts';
import type { FlowSeries, FlowSet } from '../flow-sums.ts';
import { createHistory, type Grouping, type TrafficHistory } from '../history.ts';
import { packetSpans } from '../spans.fixture.ts';
import { exporterFixture, rejectionFixture, type StateFixture, socketFixture, stateFixture } from '../state.fixture.ts';
import type { ExporterState } from '../state.ts';
import type { TopTalkers } from '../talker-rates.ts';

const REJECTIONS = [
  rejectionFixture({ detail: 'sFlow v4', firstBytes: '00000004000000010a000001', count: 1_840 }),
  rejectionFixture({
    ...{ address: '2001:db8::7', reason: 'template_missing', detail: 'domain 0, template 256', count: 4 },
    firstBytes: '000a01c4695734250000000000000000010001b40a0000010a000002',
  }),
];

/** A collector with exporters and traces; in `trouble`, with drops, missing templates and a small receive buffer. */
export function busyState(config: CollectorConfigInput, trouble = false): StateFixture {
  const now = Date.now();
  const waiting = trouble ? { heldSets: 4, errors: 4, overBudget: ['held_bytes' as const] } : {};
  const exporters = [
    exporterFixture({ packets: 41_200, flows: 988_800, lostPackets: trouble ? 12 : 0 }),
    exporterFixture({ address: '10.0.0.2', port: 2055, versions: [5], packets: 8_400, flows: 252_000 }),
    exporterFixture({ address: '2001:db8::7', port: 4739, versions: [10], packets: 3_100, flows: 37_200, ...waiting }),
  ];
  const socket = socketFixture(trouble ? { grantedBuffer: 425_984, droppedPackets: 1_204 } : {});
  const exported = config.otlp?.endpoint === undefined ? 0 : 1_190_000;
  return stateFixture(
    config,
    {
      startTime: now - 7_384_000,
      exporters: () => exporters,
      rejections: () => (trouble ? REJECTIONS : []),
      sockets: () => [socket, { ...socket, worker: 1 }],
      flowSets: () => [flowSet(now)],
      topTalkers: () => TOP_TALKERS,
    },
    {
      packets: 52_700,
      packetBytes: 61_000_000,
      flows: 1_278_000,
      flowsExported: exported,
      flowsFiltered: 46_500,
      flowsSampledOut: 38_000,
      ...{ 'ruleFlows.0': 46_500, 'ruleLeftOut.0': 46_500, 'ruleFlows.17': 42_000, 'ruleLeftOut.17': 37_800 },
      'flowsDropped.no_endpoint': 1_190_000 - exported,
      'flowsDropped.queue_full': 2_300,
      flowsInFlight: 1_200,
      templates: 9,
      exporters: 3,
      lastPacketTime: now - 400,
      lastExportTime: now - 300,
      exportRequests: 2_410,
      exportSeconds: 31,
      exportBytes: 512_000_000,
      'packetErrors.template_missing': trouble ? 4 : 0,
    },
    traces(now),
  );
}

/** A collector with so many exporters, some of which have problems; the first has told of a template and interfaces. */
export function networkState(count: number, config: CollectorConfigInput = {}): StateFixture {
  const state = busyState(config);
  if (count === 0) return stateFixture(config);
  const exporters = Array.from({ length: count }, (_, index): ExporterState => {
    return exporterFixture({
      address:
        index % 3 === 1 ? `2001:db8:4000:${index.toString(16)}:a5ff:fe00:1234:7` : `10.${index >> 8}.7.${index & 255}`,
      versions: [[9], [10], [5]][index % 3],
      packets: 50_090 - 90 * index,
      flows: 1_202_000 - 2_000 * index,
      ...(index % 7 === 3 && { heldSets: 4, clockOffsetSeconds: -90 }),
      ...(index % 50 === 9 && { samplesUnrated: true, lostFlows: 90_000 }),
    });
  });
  const { listener, address } = exporters[0];
  const origin = { listener, address, port: 0, version: 9 as const, domain: 0, receivedAt: Date.now() - 600_000 };
  // Template 256: source and destination address, octets.
  const record = Buffer.from('0100000300080004000c000400010004', 'hex').toString('base64');
  const template = { ...origin, options: false, exportTime: 0, record };
  const interfaces = ['Gi0/0/1', 'Gi0/0/2'].map((name, index) => {
    return { ...origin, fact: { kind: 'interface', id: index + 1, name, description: `uplink ${index + 1}` } };
  });
  const failed = { error: 'UNAVAILABLE: connect ECONNREFUSED 10.9.8.7:4317', time: Date.now() - 4_000 };
  return {
    ...state,
    exporters: () => exporters,
    announced: () => [template, ...interfaces],
    exportError: () => (config.otlp?.endpoint === undefined ? undefined : failed),
  };
}

/** What a collector of so many exporters would tell of an hour in which traffic rises and falls. */
export function hourOf(count: number): (grouping: Grouping) => TrafficHistory {
  const dimensions = ['netflow.exporter.address', 'network.transport'];
  const series = Array.from({ length: count }, (_, index): FlowSeries => {
    const attributes = {
      [dimensions[0]]: `10.0.${index >> 8}.${index & 255}`,
      [dimensions[1]]: ['tcp', 'udp'][index % 2],
    };
    return { attributes, bytes: 0, packets: 0, records: 0, startTime: 0 };
  });
  const services = (step: number) =>
    new Map(['443 tcp', '53 udp', '22 tcp', '3306 tcp'].map((name, index) => [name, volume(step, index)]));
  let step = 0;
  const history = createHistory({
    flowSets: () => [{ name: 'exporters', dimensions, isWhole: true, series }],
    takeServices: () => services(step),
  });
  const begin = Date.now() - 3_600_000;
  for (; step <= 360; step++) {
    for (const [index, one] of series.entries()) {
      const { bytes, packets } = volume(step, index);
      one.bytes += bytes;
      one.packets += packets;
    }
    history.tick(10_000 * step, begin + 10_000 * step);
  }
  return history.read;
}

function volume(step: number, index: number): { bytes: number; packets: number } {
  const bytes = (4e8 / (index + 1)) * (2 + Math.sin(step / 40 + index) + Math.sin(step * (index + 3)) / 5);
  return { bytes, packets: bytes / 800 };
}

function flowSet(now: number): FlowSet {
  const dimensions = ['netflow.exporter.address', 'network.transport'];
  const series = (exporter: string, transport: string, bytes: number): FlowSeries => ({
    attributes: { [dimensions[0]]: exporter, [dimensions[1]]: transport },
    ...{ bytes, packets: bytes / 800, records: bytes / 6_400, startTime: now - 7_384_000 },
  });
  return {
    ...{ name: 'exporters', dimensions, isWhole: true },
    series: [series('10.0.0.1', 'tcp', 5.1e12), series('10.0.0.1', 'udp', 8.2e11), series('10.0.0.2', 'tcp', 3.3e11)],
  };
}

const TOP_TALKERS: TopTalkers = {
  seconds: 40,
  sources: [{ 'source.address': '203.0.113.80', bytesPerSecond: 9_400_000, packetsPerSecond: 8_100, error: 1_200 }],
  destinations: [
    { 'destination.address': '192.168.7.31', bytesPerSecond: 9_100_000, packetsPerSecond: 7_900, error: 1_200 },
  ],
  conversations: [
    {
      ...{ 'source.address': '192.168.7.31', 'destination.address': '203.0.113.80' },
      ...{ bytesPerSecond: 9_000_000, packetsPerSecond: 7_800, error: 2_400 },
    },
  ],
  ports: [
    { 'server.port': 443, 'network.transport': 'tcp', bytesPerSecond: 14_000_000, packetsPerSecond: 12_000, error: 0 },
  ],
  services: [],
};

function traces(now: number): Uint8Array[] {
  const v5 = { 'netflow.version': 5, 'netflow.exporter.address': '10.0.0.2' };
  const https = { 'flow.tcp.flags.bits': 27, 'flow.end_reason': 'end_of_flow_detected', 'flow.sampling.interval': 1 };
  return [
    packetSpans(now - 4_000, [], {}, 'set runs over the end of its message'),
    packetSpans(now - 3_000, [{ source: '10.1.1.9 40000', destination: '10.2.2.2 53', begin: 40, end: 12 }], v5),
    packetSpans(now - 1_000, [
      {
        source: '192.168.7.20 51514',
        destination: '203.0.113.80 443',
        begin: 58_000,
        end: 1_200,
        attributes: https,
      },
      { source: '192.168.7.20 39120', destination: '192.0.2.53 53', begin: 12_000, end: 11_960 },
      { source: '203.0.113.80 443', destination: '192.168.7.31 50022', kind: 'SERVER', begin: 34_000, end: 15_000 },
      { source: '2001:db8::5 49152', destination: '2001:db8:1::80 443', begin: 22_000, end: 600 },
      {
        source: '192.168.7.40 33000',
        destination: '192.168.7.41 33001',
        kind: 'INTERNAL',
        begin: 45_000,
        end: 44_000,
      },
      { source: '192.168.7.22 51000', destination: '198.51.100.9 22', begin: 3_600_000, end: 20_000 },
    ]),
  ];
}
