/** An exporter for tests: a UDP socket that sends packets to a collector, no faster than it reads them. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { TestContext } from 'node:test';
import type { Collector, Listener } from './collector.ts';

export type Exporter = {
  /** The port it sends from. */
  port: number;
  /** Sends the packets, as fast as the system takes them. */
  burst(packets: readonly Uint8Array[]): Promise<void>;
  /** Sends the packets and waits until the collector has read them; none is lost, however small its buffer. */
  deliver(packets: readonly Uint8Array[]): Promise<void>;
};

/** What the kernel needs for itself in the receive buffer, for each packet; generously. */
const PACKET_OVERHEAD = 1_024;

/** An exporter that sends to one listener of a collector, from `address` if given. */
export async function openExporter(
  t: TestContext,
  collector: Collector,
  { listener = collector.listeners[0], address }: { listener?: Listener; address?: string } = {},
): Promise<Exporter> {
  const socket = createSocket(isIPv6(listener.host) ? 'udp6' : 'udp4').bind(0, address);
  t.after(() => socket.close());
  await once(socket, 'listening');

  async function burst(packets: readonly Uint8Array[]): Promise<void> {
    for (const packet of packets) {
      await new Promise<void>((resolve, reject) => {
        socket.send(packet, listener.port, listener.host, (error) => (error ? reject(error) : resolve()));
      });
    }
  }

  return {
    port: socket.address().port,
    burst,
    async deliver(packets) {
      let { packets: read } = (await collector.status()).ledger;
      for (const part of fitting(packets, listener.receiveBuffer)) {
        await burst(part);
        read += part.length;
        await collector.until(({ ledger }) => ledger.packets >= read);
      }
    },
  };
}

/** The packets in parts, each of which fits into a receive buffer of `bytes`. */
export function* fitting(packets: readonly Uint8Array[], bytes: number): Generator<Uint8Array[]> {
  let part: Uint8Array[] = [];
  let size = 0;
  for (const packet of packets) {
    // Buffers of the kernel come in powers of two: a packet may take twice its length.
    const taken = packet.length * 2 + PACKET_OVERHEAD;
    if (part.length > 0 && size + taken > bytes) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(packet);
    size += taken;
  }
  if (part.length > 0) yield part;
}
