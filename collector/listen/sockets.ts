/**
 * Listening: where export packets come in. Each worker opens its own UDP socket for every listener; the kernel spreads
 * the exporters over them (SO_REUSEPORT), as it does over the old and the new process while a pod is replaced. Out go
 * datagrams with the index of their listener and their sender. `kernel.ts` tells what the kernel dropped before that,
 * `sources.ts` who may send.
 */
import { createSocket, type RemoteInfo, type Socket, type SocketType } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { formatHostPort } from '../../crds/common/host-port.ts';
import type { Log } from '../../crds/common/log.ts';
import { listenError } from '../common/errors.ts';
import { drain } from './drain.ts';

type Listener = Pick<CollectorConfig['listeners'][number], 'name' | 'host' | 'port'>;

/** SO_RCVBUF is a C int. */
const MAX_RECEIVE_BUFFER = 2 ** 31 - 1;
/** Linux reports twice the receive buffer that was asked for: it includes its own overhead. */
const REPORTED_FACTOR = process.platform === 'linux' ? 2 : 1;
/** What the system answers to `::` where IPv6 is not compiled in or is turned off. */
const NO_IPV6 = new Set<string | undefined>(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);

/** A socket as it was opened. Addresses are as bound, so `::` stands for every interface. */
export type OpenSocket = {
  listener: string;
  address: string;
  /** The port chosen by the kernel when 0 was configured. */
  port: number;
  /** In bytes. */
  requestedBuffer: number;
  /**
   * In the terms of `requestedBuffer` and of net.core.rmem_max: half of what Linux reports. A datagram takes more of it
   * than its length, for the kernel's own structures count too: on loopback 416 bytes for one of 100.
   */
  grantedBuffer: number;
};

export type OpenSockets = {
  sockets: OpenSocket[];
  /**
   * Takes nothing new, reads what the kernel has queued (`onPacket` is called on) and closes. It resolves after at most
   * about `graceMs` milliseconds; what is still queued then is lost, and logged. Calling it again changes nothing.
   */
  stop(graceMs: number): Promise<void>;
};

export type SocketOptions = {
  listeners: readonly Listener[];
  /** Receive buffer asked of the kernel for each socket, in bytes. */
  receiveBuffer: number;
  /** Whether a port that another socket has, even one that shares it, is an error. */
  exclusive: boolean;
  /** Called for each datagram. `listener` is an index into `listeners`; the packet is the callee's to keep. */
  onPacket(packet: Buffer, listener: number, rinfo: RemoteInfo): void;
  log: Log;
};

/**
 * Opens a socket for each listener. `::` takes IPv4 as well, and becomes `0.0.0.0` on a host without IPv6. Rejects with
 * a message for the user when an address can't be bound; nothing stays open then. Workers that share a listener must
 * be given the same port: with port 0 each would get its own.
 */
export async function openSockets(options: SocketOptions): Promise<OpenSockets> {
  const { listeners, receiveBuffer, exclusive, onPacket, log } = options;
  const received = listeners.map(() => 0);
  const opened = await Promise.allSettled(
    listeners.map(async (listener, index) => {
      const socket = await openSocket(listener, exclusive, log, (packet, rinfo) => {
        received[index]++;
        onPacket(packet, index, rinfo);
      });
      socket.on('error', (error) => log.error('socket error', { listener: listener.name, error: error.message }));
      return socket;
    }),
  );
  const sockets = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = opened.find((result) => result.status === 'rejected');
  if (failed) {
    for (const socket of sockets) socket.close();
    throw failed.reason;
  }

  const states = sockets.map((socket, index) => {
    const grantedBuffer = askForBuffer(socket, listeners[index], receiveBuffer, log);
    const { address, port } = socket.address();
    return { listener: listeners[index].name, address, port, requestedBuffer: receiveBuffer, grantedBuffer };
  });

  let stopped: Promise<unknown> | undefined;
  return {
    sockets: states,
    async stop(graceMs) {
      stopped ??= Promise.all(
        sockets.map(async (socket, index) => {
          const empty = await drain(socket, () => received[index], graceMs);
          if (!empty) log.warn('socket closed before it was read empty', { listener: listeners[index].name, graceMs });
        }),
      );
      await stopped;
    },
  };
}

async function openSocket(
  { name, host, port }: Listener,
  exclusive: boolean,
  log: Log,
  onMessage: (packet: Buffer, rinfo: RemoteInfo) => void,
): Promise<Socket> {
  const type = isIPv4(host) ? 'udp4' : 'udp6';
  const socket = createSocket({ type, reusePort: true });
  socket.on('message', onMessage);
  try {
    const shared = port !== 0 && !exclusive;
    socket.bind({ address: host, port: shared ? port : await freePort(type, host, port) });
    await once(socket, 'listening');
    return socket;
  } catch (error) {
    socket.close();
    const cause = error as NodeJS.ErrnoException;
    if (host === '::' && NO_IPV6.has(cause.code)) {
      log.warn('no IPv6 on this host: listening on 0.0.0.0', { listener: name });
      return openSocket({ name, host: '0.0.0.0', port }, exclusive, log, onMessage);
    }
    throw listenError(cause, formatHostPort(host, port));
  }
}

/**
 * The port, when nobody has it; for 0, a free one. A socket that may share its port would be given one that another
 * process of the same user has opened that way, and each would get a part of the other's packets.
 */
async function freePort(type: SocketType, host: string, port: number): Promise<number> {
  const socket = createSocket(type);
  try {
    socket.bind({ address: host, port });
    await once(socket, 'listening');
    return socket.address().port;
  } finally {
    socket.close();
  }
}

/** Asks for the receive buffer and returns what was granted, both in bytes. */
function askForBuffer(socket: Socket, { name }: Listener, requested: number, log: Log): number {
  socket.setRecvBufferSize(Math.min(requested, MAX_RECEIVE_BUFFER));
  const granted = socket.getRecvBufferSize() / REPORTED_FACTOR;
  if (granted < requested) {
    const remedy = `on the node: sysctl -w net.core.rmem_max=${requested}`;
    log.warn('receive buffer smaller than asked for', { listener: name, requested, granted, remedy });
  }
  return granted;
}
