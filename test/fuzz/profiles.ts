/** Configurations to fuzz: limits so low that they are met, and each way in which spans can be written. */
import { readUserElements, type UserElements } from '../../collector/naming/user-elements.ts';
import { readNetworks } from '../../collector/networks/networks.ts';
import type { Networks } from '../../collector/networks/table.ts';
import { type CollectorConfig, type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';

export type Profile = {
  config: CollectorConfig;
  networks?: Networks;
  elements?: UserElements;
  /** Executions after which the batch is sealed, as by its age. */
  flushEvery: number;
};

const LIMITS: CollectorConfigInput['limits'] = {
  exporters: 24,
  templatesPerExporter: 48,
  templates: 256,
  recordsPerPacket: 200,
  heldBytes: '64Ki',
  heldBytesPerExporter: '16Ki',
};

function profile(
  flushEvery: number,
  config: CollectorConfigInput,
  files: Pick<Profile, 'networks' | 'elements'> = {},
): Profile {
  return { flushEvery, config: collectorConfig.parse({ limits: LIMITS, ...config }), ...files };
}

/** All addresses have a name, those of some networks another. */
const NETWORKS = readNetworks(
  Buffer.from('prefix,site,service\n0.0.0.0/0,any,\n10.0.0.0/8,zrh1,dns\n::/0,any,\n2001:db8::/33,zrh1,web\n'),
  () => true,
);

/** Elements of enterprises and v9 field types that inputs have, in each kind of type. */
const ELEMENTS = readUserElements(
  Buffer.from(
    [
      'pen,id,name,type,attribute',
      ...['unsigned32', 'string', 'ipv4Address', 'float64', 'boolean', 'dateTimeMilliseconds', 'basicList'].map(
        (type, index) => `6871,${index + 1},n${index},${type},netflow.own.n${index}`,
      ),
      ...[8, 12, 21, 95, 136, 153, 315].map((id) => `9,${id},n${id},unsigned64,netflow.own.cisco${id}`),
      '0,57590,ofV9,signed32,',
    ].join('\n'),
  ),
);

/** Each way in which a flow is decided about, by plans and by the library; most flows are kept. */
const SELECTION: CollectorConfigInput['selection'] = {
  filter: "destination.port != 1 && !cidr('203.0.113.0/24').containsIP(source.address)",
  rules: [
    { name: 'named', match: "network.transport in ['tcp', 'sctp'] && flow.tcp.flags.bits > 200", action: 'drop' },
    { name: 'library', match: 'flow.bytes.delta / flow.packets.delta == 7', action: 'drop' },
    { name: 'text', match: "source.mac.endsWith('f') || has(netflow.vlan.id)", action: 'sample', probability: 0.5 },
    { name: 'ipv6', match: 'ip(destination.address).family() == 6 && netflow.postVlanId != 3', action: 'keep' },
  ],
  sampling: { probability: 0.9, flowsPerSecond: 1_000_000, per: 'exporter', keepBytes: '1Mi' },
};

/** By all kinds of dimensions, more series than there is room for. */
const METRICS: CollectorConfigInput['flowMetrics'] = {
  sets: [
    { name: 'ends', dimensions: ['source.address', 'server.address', 'client.port'], maxSeries: 50 },
    {
      name: 'texts',
      dimensions: ['source.mac', 'netflow.interface.ingress.name', 'netflow.application.id', 'flow.community_id'],
      filter: 'flow.bytes.delta / flow.packets.delta != 7',
    },
    {
      name: 'names',
      dimensions: ['client.site', 'destination.service', 'server.service.name', 'network.interface.direction'],
    },
  ],
  topTalkers: 10,
};

export const PROFILES: readonly Profile[] = [
  profile(1, {}),
  profile(8, {
    spans: { profile: 'netflowreceiver', timestamps: 'clamped', trace: 'flow' },
    otlp: { batch: { maxSize: '16Ki' } },
    selection: SELECTION,
    flowMetrics: METRICS,
  }),
  profile(
    1_024,
    {
      exporters: { scale: true, sampling: [{ interfaces: [1], rate: 1_000, force: true }, { rate: 10 }] },
      spans: {
        timestamps: 'received',
        trace: 'conversation',
        services: { fallback: 'address', max: 100 },
        attributes: { include: ['flow.*', 'source.*', 'network.*', 'netflow.*'] },
      },
      templates: { keyBySourcePort: true },
      otlp: { batch: { maxSize: '1Mi' } },
    },
    { elements: ELEMENTS },
  ),
  profile(
    1,
    {
      spans: {
        services: { points: [{ ingressInterfaces: [0, 1, 2, 3] }, { exporters: ['192.0.2.0/26'] }] },
        clock: 'exporter',
        attributes: {
          exclude: ['netflow.*', 'flow.direction', 'network.type', 'source.address'],
          rename: { 'source.port': 'sender.port' },
          constants: [
            { exporters: ['192.0.2.0/25'], attributes: { 'netflow.exporter.site': 'zrh1' } },
            { ingressInterfaces: [0, 1, 2, 3], attributes: { 'netflow.interface.role': 'uplink' } },
          ],
        },
      },
      limits: { fieldsPerTemplate: 2_048 },
      flowMetrics: METRICS,
      allowedSources: ['192.0.2.0/24', '2001:db8::/32'],
      listeners: [{ name: 'netflow' }, { name: 'second', port: 4739 }],
    },
    { networks: NETWORKS },
  ),
];
