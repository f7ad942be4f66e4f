import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createLog } from '../../crds/common/log.ts';
import { readKernelSockets } from './kernel.ts';
import { openSockets } from './sockets.ts';
import { hasIPv6, sendUnread, startSender, until } from './traffic.fixture.ts';

/** A collector's socket that keeps the numbers it was sent. */
async function receiver(host: string, port = 0, onPacket = () => {}) {
  const numbers: number[] = [];
  const { sockets, stop } = await openSockets({
    listeners: [{ name: 'netflow', host, port }],
    receiveBuffer: 4 * 2 ** 20,
    exclusive: false,
    onPacket: (packet) => {
      numbers.push(packet.readUInt32BE());
      onPacket();
    },
    log: createLog('error'),
  });
  return { numbers, port: sockets[0].port, buffer: sockets[0].grantedBuffer, stop };
}

/** Blocks this thread, so that what comes meanwhile waits in the kernel. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Datagrams that the kernel dropped for want of room in the receive buffer, for each of our sockets on the port. */
function dropsOf(port: number): number[] {
  return (readKernelSockets() ?? []).filter((socket) => socket.port === port).map(({ drops }) => drops);
}

/**
 * Waits, without reading, until this much is in the socket's queue, and returns how much it is. What was sent may still
 * be on its way through the kernel, and finds no socket if that closes meanwhile. 0 where the kernel does not tell.
 */
function waitForQueue(port: number, bytes: number): number {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; block(5)) {
    const socket = readKernelSockets()?.find((one) => one.port === port);
    if (!socket || socket.queuedBytes >= bytes) return socket?.queuedBytes ?? 0;
  }
  throw new Error(
    `not within 10 seconds: ${bytes} bytes in the queue, after the kernel dropped ${dropsOf(port)} datagrams`,
  );
}

const CASES = [
  ['127.0.0.1', '127.0.0.1'],
  ['0.0.0.0', '127.0.0.1'],
  ['::1', '::1'],
  ['::', '::1'],
  ['::', '127.0.0.1'],
] as const;

for (const [host, from] of CASES) {
  const skip = !hasIPv6 && from === '::1';
  test(`a socket on ${host} leaves its group under traffic to ${from} and nothing is lost`, { skip }, async () => {
    for (let round = 0; round < 5; round++) {
      const leaving = await receiver(host);
      const { port } = leaving;
      const sender = startSender({ host: from, port, sources: 32, burst: 30 });
      await until(() => leaving.numbers.length > 100);
      const staying = await receiver(host, port);
      await until(() => staying.numbers.length > 100);

      block(20);
      const [dropsOfLeaving = 0] = dropsOf(port);
      await leaving.stop(5_000);
      const left = leaving.numbers.length;
      const stayed = staying.numbers.length;
      await until(() => staying.numbers.length > stayed + 500);
      sender.postMessage('stop');
      const [sent] = await once(sender, 'message');
      const numbers = () => [...leaving.numbers, ...staying.numbers];
      const dropped = () => dropsOfLeaving + (dropsOf(port)[0] ?? 0);
      // Nobody takes what is on its way through the kernel when the last socket closes. What is lost never comes.
      await until(() => numbers().length + dropped() >= sent).catch(() => {});
      const drops = dropped();
      await staying.stop(5_000);

      assert.equal(sent - drops - new Set(numbers()).size, 0, `lost; ${drops} more were dropped by the kernel`);
      assert.equal(new Set(numbers()).size, numbers().length);
      assert.equal(leaving.numbers.length, left);
    }
  });

  test(`a lone socket on ${host} reads what was queued from ${from} and takes nothing new`, { skip }, async () => {
    const lone = await receiver(host);
    const traffic = { host: from, port: lone.port, sources: 4, burst: 50 };
    sendUnread({ ...traffic, count: 1 });
    const each = waitForQueue(lone.port, 1);
    // With some room to spare.
    const count = Math.min(2_000, Math.floor(lone.buffer / (each || 1_024)));
    sendUnread({ ...traffic, count });
    waitForQueue(lone.port, (1 + count) * each);
    const late = createSocket(isIPv4(from) ? 'udp4' : 'udp6');
    const stopped = lone.stop(5_000);
    await setImmediate();
    await new Promise((resolve) => late.send(Buffer.alloc(4), lone.port, from, resolve));
    late.close();
    await stopped;
    assert.deepEqual(
      lone.numbers.toSorted((a, b) => a - b),
      [0, ...Array(count).keys()],
    );
    assert.ok(!readKernelSockets()?.some(({ port }) => port === lone.port));
  });
}

test('gives up at the end of the grace time', async () => {
  const slow = await receiver('127.0.0.1', 0, () => block(1));
  sendUnread({ host: '127.0.0.1', port: slow.port, sources: 1, burst: 50, count: 2_000 });
  await slow.stop(0);
  assert.ok(slow.numbers.length < 2_000);
});
