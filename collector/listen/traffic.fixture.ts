/**
 * For tests: traffic, from a thread that sends numbered datagrams (uint32) from several source ports, in bursts, so
 * that what is lost while sockets come and go can be counted.
 */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { parentPort, Worker, workerData } from 'node:worker_threads';

/** Whether this machine has ::1; containers often don't. */
export const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

/** Lets this thread receive until the condition holds, for at most 10 seconds. */
export async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !condition(); await setImmediate()) {
    if (Date.now() > deadline) throw new Error(`not within 10 seconds: ${condition}`);
  }
}

export type SenderOptions = {
  host: string;
  port: number;
  /** How many source ports. */
  sources: number;
  /** Datagrams every millisecond or so. */
  burst: number;
  /** Where to end without being asked. */
  count?: number;
  /** Length of a datagram, at least 4. */
  bytes?: number;
};

/** Sends `count` datagrams, or until it gets a message. Posts how many it has sent. */
export function startSender(options: SenderOptions): Worker {
  return new Worker(import.meta.filename, { workerData: { sender: options } });
}

/** Sends `count` datagrams while this thread is blocked, so that they wait in the kernel. */
export function sendUnread(options: SenderOptions & { count: number }): void {
  const done = new Int32Array(new SharedArrayBuffer(4));
  new Worker(import.meta.filename, { workerData: { sender: options, done } });
  Atomics.wait(done, 0, 0);
}

async function run({ host, port, sources, burst, count = Infinity, bytes = 4 }: SenderOptions): Promise<number> {
  let limit = count;
  parentPort?.once('message', () => {
    limit = 0;
  });
  const sockets = Array.from({ length: sources }, () => createSocket(isIPv4(host) ? 'udp4' : 'udp6'));
  let sent = 0;
  while (sent < limit) {
    const numbers = Array.from({ length: Math.min(burst, limit - sent) }, () => sent++);
    await Promise.all(numbers.map((number) => send(sockets[number % sources], number)));
    await setTimeout(1);
  }
  for (const socket of sockets) socket.close();
  return sent;

  function send(socket: Socket, number: number): Promise<void> {
    const datagram = Buffer.alloc(bytes);
    datagram.writeUInt32BE(number);
    return new Promise((resolve, reject) => socket.send(datagram, port, host, (e) => (e ? reject(e) : resolve())));
  }
}

if (workerData?.sender) {
  const sent = await run(workerData.sender);
  parentPort?.postMessage(sent);
  parentPort?.close();
  if (workerData.done) {
    Atomics.store(workerData.done, 0, 1);
    Atomics.notify(workerData.done, 0);
  }
}
