/** Whether packets arrive: the process, the network, the kernel. */
import { formatHostPort } from '../../../crds/common/host-port.ts';
import type { Protocol } from '../../../crds/listen.ts';
import { howToRun } from '../../common/how-to-run.ts';
import type { SocketState } from '../state.ts';
import {
  type Advice,
  type AdviceInput,
  count,
  duration,
  error,
  info,
  size,
  unique,
  warning,
  windowOf,
} from './rule.ts';

/** Silence after which an earlier stream of packets counts as interrupted: longer than usual active timeouts. */
const SILENCE_MS = 5 * 60_000;
/** What to type where the collector runs to send the demo's packets to a listener. */
export function demoCommand({ address, port }: Pick<SocketState, 'address' | 'port'>): string {
  const host = address === '::' || address === '0.0.0.0' ? '127.0.0.1' : address;
  return howToRun(['demo', '--to', formatHostPort(host, port)]);
}

/** How a device is told to send to a port. */
const DEVICES: Record<Protocol, (port: number) => string> = {
  netflow: (port) =>
    `Or point a router here, on Cisco IOS: \`flow exporter netflow2traces\`, \`destination <this host>\`, \`transport udp ${port}\`.`,
  sflow: (port) => `Or point a switch here, on Arista EOS: \`sflow destination <this host> ${port}\`, \`sflow run\`.`,
};

export function health({ live, ready }: AdviceInput): Advice[] {
  if (!live) {
    return [
      error('A worker does not answer.', 'Look for its last message in the log; `/livez` fails until it is back.'),
    ];
  }
  if (ready) return [];
  return [
    warning('Not ready: starting or stopping.', 'Wait a few seconds; if it persists, look for errors in the log.'),
  ];
}

export function arrival({ ledger, config, sockets, recent }: AdviceInput, now: number): Advice[] {
  const [{ host, port: configured, protocol }] = config.listeners;
  const listener = sockets[0] ?? { address: host, port: configured };
  const { port } = listener;
  if (ledger.packets === 0) {
    return [
      warning(
        `No packet received yet on UDP port ${
          sockets
            .map((socket) => socket.port)
            .filter(unique)
            .join(', ') || port
        }.`,
        `Try it with recorded packets, where the collector runs: \`${demoCommand(listener)}\`. ${DEVICES[protocol](port)} If it sends already, ` +
          `look at the firewall and at \`tcpdump -ni any udp port ${port}\`.`,
      ),
    ];
  }
  const silence = now - ledger.lastPacketTime;
  if (silence < SILENCE_MS || recent.counts.packets > 0) return [];
  return [
    warning(
      `No packet for ${duration(silence)}.`,
      `Check the exporters and the network path: \`tcpdump -ni any udp port ${port}\`.`,
    ),
  ];
}

/**
 * Packets are told by what is in them; but a listener that is for one kind and only gets the other was set up by
 * mistake.
 */
export function otherProtocol({ config, exporters }: AdviceInput): Advice[] {
  return config.listeners.flatMap(({ name, protocol, port }) => {
    const versions = exporters.filter(({ listener }) => listener === name).flatMap(({ versions }) => versions);
    const isMeant = versions.some((version) => (version === 'sflow') === (protocol === 'sflow'));
    if (versions.length === 0 || isMeant) return [];
    const [meant, come] = protocol === 'sflow' ? ['sFlow', 'NetFlow or IPFIX'] : ['NetFlow and IPFIX', 'sFlow'];
    return [
      info(
        `The listener ${name}, UDP port ${port}, is for ${meant}, but only ${come} has come.`,
        `It is read all the same. If it is meant, write \`protocol: ${protocol === 'sflow' ? 'netflow' : 'sflow'}\` for that listener.`,
      ),
    ];
  });
}

/** All that a container sees may come from its gateway, whoever sent it. */
export function hiddenSenders({ exporters, gateway }: AdviceInput): Advice[] {
  if (gateway === undefined || exporters.length === 0) return [];
  if (!exporters.every(({ address }) => address === gateway)) return [];
  return [
    warning(
      `All packets seem to come from ${gateway}, the gateway of this container’s network: it hides who sends.`,
      'Give the container the host’s network: `docker run --network host`, in Compose `network_mode: host`, in a pod `hostNetwork: true`.',
    ),
  ];
}

export function kernelDrops({ lately, sockets }: AdviceInput): Advice[] {
  const capped = sockets.find((socket) => socket.grantedBuffer < socket.requestedBuffer);
  const raise =
    capped && `Raise the kernel’s limit and restart: \`sysctl -w net.core.rmem_max=${capped.requestedBuffer}\`.`;
  if (lately.socketDrops > 0) {
    return [
      error(
        `The kernel dropped ${count(lately.socketDrops, 'packet')} in the last ${windowOf(lately)}: a receive buffer is full.`,
        raise ?? 'Use more workers (`workers`), a larger `receiveBuffer`, or send some exporters to another collector.',
      ),
    ];
  }
  if (!capped) return [];
  return [
    info(
      `The kernel granted a receive buffer of ${size(capped.grantedBuffer)} where ${size(capped.requestedBuffer)} were asked for: bursts may be dropped.`,
      raise!,
    ),
  ];
}
