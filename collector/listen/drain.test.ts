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
    onPacket: (packet) => {
      numbers.push(packet.readUInt32BE());
      onPacket();
    },
    log: createLog('error'),
  });
  return { numbers, port: sockets[0].port, stop };
}

/** Blocks this thread, so that what comes meanwhile waits in the kernel. */
function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
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
      await leaving.stop(5_000);
      const left = leaving.numbers.length;
      const stayed = staying.numbers.length;
      await until(() => staying.numbers.length > stayed + 500);
      sender.postMessage('stop');
      const [sent] = await once(sender, 'message');
      await staying.stop(5_000);

      const numbers = [...leaving.numbers, ...staying.numbers];
      assert.equal(new Set(numbers).size, sent);
      assert.equal(numbers.length, sent);
      assert.equal(leaving.numbers.length, left);
    }
  });

  test(`a lone socket on ${host} reads what was queued from ${from} and takes nothing new`, { skip }, async () => {
    const lone = await receiver(host);
    sendUnread({ host: from, port: lone.port, sources: 4, burst: 50, count: 2_000 });
    const late = createSocket(isIPv4(from) ? 'udp4' : 'udp6');
    const stopped = lone.stop(5_000);
    await setImmediate();
    await new Promise((resolve) => late.send(Buffer.alloc(4), lone.port, from, resolve));
    late.close();
    await stopped;
    assert.deepEqual(
      lone.numbers.toSorted((a, b) => a - b),
      Array.from({ length: 2_000 }, (_, index) => index),
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
