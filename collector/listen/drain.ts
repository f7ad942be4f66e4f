/**
 * Closing a UDP socket without losing a datagram that the kernel has accepted.
 *
 * A plain close discards what came since the last read, and while the socket is read it goes on taking its share of the
 * group's traffic. So it is connected first, to a peer that never sends. Linux then no longer chooses it for the
 * datagrams of others, which go to the other sockets of the SO_REUSEPORT group (in this process or in the one that
 * replaces it), while those already queued can still be read. When the queue is empty, closing loses nothing.
 *
 * How Linux does it (net/ipv4/udp.c, net/ipv4/datagram.c, net/core/sock_reuseport.c): connecting a wildcard socket
 * gives it a local address, and the rehash takes it out of its group. A socket bound to one address stays in the group,
 * which is marked `has_conns`; the choice by hash passes over connected members since Linux 5.4.
 */
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate, setTimeout } from 'node:timers/promises';

/** The discard service: nothing answers from there. */
const DISCARD_PORT = 9;
/** How long nothing may come before the queue counts as empty; covers datagrams under way through the kernel. */
const QUIET_MS = 10;

/**
 * Reads `socket` empty and closes it; `received` counts the datagrams it has delivered. Returns whether it was empty:
 * false when `graceMs` milliseconds were not enough.
 */
export async function drain(socket: Socket, received: () => number, graceMs: number): Promise<boolean> {
  const deadline = performance.now() + graceMs;
  await refuseOthers(socket);
  let empty = false;
  while (!empty && performance.now() < deadline) {
    const before = received();
    await setTimeout(QUIET_MS);
    // Timers run before the sockets are polled, immediates after: without a poll in between, silence proves nothing.
    await setImmediate();
    empty = received() === before;
  }
  const closed = once(socket, 'close');
  socket.close();
  await closed;
  return empty;
}

/** Where the kernel refuses to connect (no loopback interface), the socket goes on taking datagrams until it closes. */
function refuseOthers(socket: Socket): Promise<void> {
  const { address } = socket.address();
  // A mapped address for `::`, since containers often have no ::1.
  const peer = address === '::' ? '::ffff:127.0.0.1' : address === '0.0.0.0' ? '127.0.0.1' : address;
  return new Promise((resolve) => socket.connect(DISCARD_PORT, peer, () => resolve()));
}
