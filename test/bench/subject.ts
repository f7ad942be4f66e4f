/** The programs that are measured, and how each is started. */
import { execFileSync } from 'node:child_process';

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import { goflow2Program } from '../compared/programs/goflow2.ts';
import type { Command } from './child.ts';
import { manyNetworksCsv, twoNetworksCsv } from './networks.ts';
import type { SinkStart } from './sink.ts';

const SUBJECTS = [
  ...(['collector', 'stock SDK', 'otelcol + goflow2', 'Scapy + SDK'] as const),
  ...(['goflow2', 'nfacctd', 'nfcapd'] as const),
] as const;
export type SubjectName = (typeof SUBJECTS)[number];
/** How spans are sent: plainly, over TLS, or compressed. */
export type Transport = `${'grpc' | 'http'}${'' | '+tls' | '+gzip' | '+zstd'}`;

export type Ports = {
  /** UDP port to listen on. */
  udp: number;
  /** Port for the collector's own HTTP endpoints. */
  tcp: number;
};

/** Names of networks that variants read. */
export const NETWORKS: Readonly<Record<string, () => Buffer>> = {
  'networks-2': twoNetworksCsv,
  'networks-100k': manyNetworksCsv,
  services: twoNetworksCsv,
};
const networksFile = (variant: string) => join(tmpdir(), `netflow2traces-bench-${variant}.csv`);

/** Sets of flow metrics, of three dimensions each; the last has more series than there is room for. */
const METRIC_SETS = [
  { name: 'services', dimensions: ['netflow.exporter.address', 'network.transport', 'server.port'] },
  {
    name: 'interfaces',
    dimensions: ['netflow.exporter.address', 'netflow.interface.ingress.index', 'flow.ip.dscp.id'],
  },
  { name: 'talkers', dimensions: ['source.address', 'destination.address', 'network.transport'] },
];

/** Configurations that are measured beside the default: what each does with the flows of the generator. */
export const VARIANTS = {
  'keep-all': {
    selection: { filter: "destination.port >= 0 && !cidr('203.0.113.0/24').containsIP(source.address)" },
  },
  'drop-90%': { selection: { filter: 'destination.port == 53 && source.port < 55000' } },
  'sample-1%': { selection: { sampling: { probability: 0.01 } } },
  'networks-2': { spans: { attributes: { networksFile: networksFile('networks-2') } } },
  'networks-100k': { spans: { attributes: { networksFile: networksFile('networks-100k') } } },
  'trace-flow': { spans: { trace: 'flow' } },
  'trace-conversation': { spans: { trace: 'conversation' } },
  services: { spans: { services: {}, attributes: { networksFile: networksFile('services') } } },
  'no-metrics': { flowMetrics: { sets: [], topTalkers: 0 } },
  'metrics-1': { flowMetrics: { sets: METRIC_SETS.slice(0, 1) } },
  'metrics-3': { flowMetrics: { sets: METRIC_SETS } },
  'top-talkers': { flowMetrics: { sets: [], topTalkers: 10 } },
  durable: {
    otlp: { queue: { disk: '1Gi', durable: true, directory: join(tmpdir(), 'netflow2traces-bench-spool') } },
  },
} as const satisfies Record<string, CollectorConfigInput>;
export type VariantName = keyof typeof VARIANTS;

/** Asked of the kernel for those that do not ask for enough themselves, in bytes. */
const RECEIVE_BUFFER = 32 * 2 ** 20;
const NFACCTD_PRIMITIVES =
  'peer_src_ip, src_host, dst_host, src_port, dst_port, proto, tos, tcpflags, in_iface, out_iface, src_as, dst_as, ' +
  'src_mask, dst_mask, timestamp_start, timestamp_end';

const HERE = import.meta.dirname;
const COLLECTOR = join(HERE, '../../dist/collector.js');

/** How the collector is run. */
export type How = {
  variant?: VariantName | undefined;
  /** One unless told. */
  workers?: number | undefined;
  nodeFlags?: readonly string[] | undefined;
};

/** The command of a subject. The first call for a peer builds it, which takes minutes. */
export function commandOf(
  subject: SubjectName,
  transport: Transport,
  ports: Ports,
  sink: SinkStart,
  { variant, workers = 1, nodeFlags = [] }: How = {},
): Command {
  const listen = `127.0.0.1:${ports.udp}`;
  const [protocol, option] = transport.split('+') as ['grpc' | 'http', ('tls' | 'gzip' | 'zstd')?];
  const endpoint =
    option === 'tls'
      ? `https://127.0.0.1:${sink.ports[`${protocol}+tls`]}`
      : `http://127.0.0.1:${sink.ports[protocol]}`;
  switch (subject) {
    case 'collector': {
      const image = readImage();
      return {
        command: process.execPath,
        args: [
          ...['--trace-gc', ...image.flags, ...nodeFlags, COLLECTOR],
          ...(variant ? ['--config', writeConfig(variant)] : []),
          ...['--listen', listen, '--http', `127.0.0.1:${ports.tcp}`, '--workers', String(workers)],
          ...['--otlp-endpoint', endpoint, '--otlp-protocol', protocol === 'grpc' ? 'grpc' : 'http/protobuf'],
        ],
        env: {
          ...image.env,
          OTEL_EXPORTER_OTLP_COMPRESSION: option === undefined || option === 'tls' ? 'none' : option,
          OTEL_EXPORTER_OTLP_CERTIFICATE: option === 'tls' ? sink.caFile : '',
        },
      };
    }
    case 'stock SDK':
      return {
        command: process.execPath,
        args: ['--trace-gc', join(HERE, 'baseline.ts'), String(ports.udp), endpoint],
      };
    case 'otelcol + goflow2':
      return {
        command: build('otelcol'),
        args: ['--config', join(HERE, 'peers/otelcol/netflow.yaml')],
        env: { NETFLOW_ENDPOINT: listen, OTLP_ENDPOINT: `127.0.0.1:${sink.ports.grpc}` },
      };
    case 'goflow2':
      return {
        command: goflow2Program(),
        args: [
          ...['-listen', `flow://${listen}?count=1`, '-addr', '', '-loglevel', 'error'],
          ...['-format', 'bin', '-transport.file', '/dev/null'],
        ],
      };
    case 'nfacctd':
      return { command: 'nfacctd', args: ['-f', writeNfacctdConfig(ports.udp)] };
    case 'nfcapd':
      return {
        command: 'nfcapd',
        args: ['-b', '127.0.0.1', '-p', String(ports.udp), '-B', String(RECEIVE_BUFFER), '-w', folderFor('nfcapd')],
      };
    case 'Scapy + SDK':
      return {
        command: build('python'),
        args: [join(HERE, 'peers/python/collector.py'), String(ports.udp), endpoint],
      };
  }
}

/** How the image runs Node: its flags, and the environment it gives it. */
export function readImage(): { flags: string[]; env: Record<string, string> } {
  const dockerfile = readFileSync(join(HERE, '../../Dockerfile.collector'), 'utf8');
  const [, entrypoint] = /^ENTRYPOINT (.*)$/m.exec(dockerfile)!;
  const [, variables] = /^ENV (.*)$/m.exec(dockerfile)!;
  return {
    flags: (JSON.parse(entrypoint) as string[]).filter((argument) => argument.startsWith('--')),
    env: Object.fromEntries(variables.split(' ').map((variable) => variable.split('='))),
  };
}

/** Every flow by itself, with all that a packet of the generator tells, as JSON. */
function writeNfacctdConfig(port: number): string {
  const folder = folderFor('nfacctd');
  const settings = {
    daemonize: false,
    nfacctd_ip: '127.0.0.1',
    nfacctd_port: port,
    nfacctd_pipe_size: RECEIVE_BUFFER,
    nfacctd_as: 'netflow',
    nfacctd_net: 'netflow',
    plugins: 'print[flows]',
    'aggregate[flows]': NFACCTD_PRIMITIVES,
    'print_output[flows]': 'json',
    'print_output_file[flows]': join(folder, 'flows'),
    'print_refresh_time[flows]': 2,
    'plugin_pipe_size[flows]': 64 * 2 ** 20,
    'plugin_buffer_size[flows]': 64 * 2 ** 10,
  };
  const path = join(folder, 'nfacctd.conf');
  writeFileSync(
    path,
    Object.entries(settings)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(''),
  );
  return path;
}

/** An empty one. */
function folderFor(name: string): string {
  const folder = join(tmpdir(), `netflow2traces-bench-${name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  return folder;
}

function writeConfig(name: VariantName): string {
  if (name in NETWORKS) writeFileSync(networksFile(name), NETWORKS[name]());
  const path = join(tmpdir(), `netflow2traces-bench-${name}.json`);
  writeFileSync(path, JSON.stringify(VARIANTS[name]));
  return path;
}

function build(peer: 'otelcol' | 'python'): string {
  const script = join(HERE, 'peers', peer, 'build.sh');
  return execFileSync(script, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}
