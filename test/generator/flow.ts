/** Made-up flows that look like those of an edge router: clients of one network, servers of many, a few busy ports. */

/** Interfaces of an exporter, numbered from 1 on. */
export const INTERFACES = 8;

/** One flow. Times are milliseconds before the export of its packet. */
export type Flow = {
  source: Uint8Array;
  destination: Uint8Array;
  nextHop: Uint8Array;
  sourcePort: number;
  destinationPort: number;
  protocol: number;
  tos: number;
  tcpFlags: number;
  bytes: number;
  packets: number;
  input: number;
  output: number;
  sourceAs: number;
  destinationAs: number;
  sourcePrefix: number;
  destinationPrefix: number;
  flowLabel: number;
  startedBefore: number;
  endedBefore: number;
  endReason: number;
};

export type Family = 4 | 6;

const SERVICES = [
  { port: 443, protocol: 6 },
  { port: 443, protocol: 17 },
  { port: 80, protocol: 6 },
  { port: 53, protocol: 17 },
  { port: 53, protocol: 17 },
  { port: 22, protocol: 6 },
  { port: 123, protocol: 17 },
  { port: 8443, protocol: 6 },
];
const CLIENT_PREFIX = { 4: [10, 20], 6: [0x20, 0x01, 0x0d, 0xb8, 0, 1] } as const;
const SERVER_NETWORKS = 4_096;

/** One flow; half of them are answers. One in fifty is ICMP. */
export function randomFlow(family: Family, random: () => number): Flow {
  const below = (limit: number) => Math.floor(random() * limit);
  const icmp = below(50) === 0;
  const service = SERVICES[below(SERVICES.length)];
  const network = below(SERVER_NETWORKS);
  const client = {
    address: host(family, CLIENT_PREFIX[family], below(65_536)),
    port: 32_768 + below(28_000),
    as: 64_500,
  };
  const server = {
    address: host(family, serverPrefix(family, network), below(200) + 1),
    port: service.port,
    as: 1_000 + network,
  };
  const [source, destination] = below(2) === 0 ? [client, server] : [server, client];
  const packets = 1 + Math.floor(1_000 ** random());
  const duration = packets === 1 ? 0 : below(50_000);
  const endedBefore = below(5_000);
  const protocol = icmp ? (family === 4 ? 1 : 58) : service.protocol;
  return {
    source: source.address,
    destination: destination.address,
    nextHop: host(family, CLIENT_PREFIX[family], below(4)),
    sourcePort: icmp ? 0 : source.port,
    destinationPort: icmp ? 8 << 8 : destination.port,
    protocol,
    tos: below(4) === 0 ? 0xb8 : 0,
    tcpFlags: protocol === 6 ? 0x1b : 0,
    bytes: packets * (40 + below(1_420)),
    packets,
    input: 1 + below(INTERFACES),
    output: 1 + below(INTERFACES),
    sourceAs: source.as,
    destinationAs: destination.as,
    sourcePrefix: family === 4 ? 16 : 48,
    destinationPrefix: family === 4 ? 24 : 64,
    flowLabel: below(2 ** 20),
    startedBefore: endedBefore + duration,
    endedBefore,
    endReason: 1 + below(3),
  };
}

function serverPrefix(family: Family, network: number): number[] {
  const octets = [network >> 8, network & 0xff];
  return family === 4 ? [198 - (network >> 10), ...octets] : [0x26, 0x06, 0x47, 0, ...octets];
}

/** An address that begins with `prefix` and ends with the host's number, two bytes. */
function host(family: Family, prefix: readonly number[], number: number): Uint8Array {
  const address = new Uint8Array(family === 4 ? 4 : 16);
  address[address.length - 2] = number >> 8;
  address[address.length - 1] = number & 0xff;
  address.set(prefix);
  return address;
}
