import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createLog } from '../../crds/common/log.ts';
import { CollectorError } from '../common/errors.ts';
import { openSockets, type SocketOptions } from './sockets.ts';
import { hasIPv6, until } from './traffic.fixture.ts';

type Received = { text: string; listener: number; rinfo: RemoteInfo };

async function open(hosts: string[], options: Partial<SocketOptions> & { port?: number } = {}) {
  const received: Received[] = [];
  const logged: { level: string; message: string; [field: string]: unknown }[] = [];
  const open = await openSockets({
    listeners: hosts.map((host, index) => ({ name: `l${index}`, host, port: options.port ?? 0 })),
    receiveBuffer: 65_536,
    exclusive: true,
    onPacket: (packet, listener, rinfo) => received.push({ text: String(packet), listener, rinfo }),
    log: createLog('debug', (line) => logged.push(JSON.parse(line))),
    ...options,
  });
  return { ...open, received, logged, port: open.sockets[0].port };
}

async function send(text: string, port: number, host: string): Promise<void> {
  const socket = createSocket(isIPv4(host) ? 'udp4' : 'udp6');
  await new Promise<void>((resolve, reject) => socket.send(text, port, host, (e) => (e ? reject(e) : resolve())));
  socket.close();
}

const CASES = [
  ['127.0.0.1', ['127.0.0.1']],
  ['0.0.0.0', ['127.0.0.1']],
  ['::1', ['::1']],
  ['::', ['::1', '127.0.0.1']],
] as const;

for (const [host, from] of CASES) {
  const skip = !hasIPv6 && from[0] === '::1';
  test(`listens on ${host}, closes twice, takes nothing afterwards`, { skip }, async () => {
    const { sockets, received, port, stop } = await open([host]);
    assert.deepEqual(sockets, [
      { listener: 'l0', address: host, port, requestedBuffer: 65_536, grantedBuffer: 65_536 },
    ]);
    assert.notEqual(port, 0);
    for (const source of from) await send(`from ${source}`, port, source);
    await until(() => received.length === from.length);
    for (const source of from) {
      const { listener, rinfo } = received.find(({ text }) => text === `from ${source}`)!;
      assert.equal(listener, 0);
      assert.equal(rinfo.address, host === '::' && isIPv4(source) ? `::ffff:${source}` : source);
    }
    await Promise.all([stop(1_000), stop(1_000)]);
    await send('late', port, from[0]);
    await setImmediate();
    assert.equal(received.length, from.length);
  });
}

test('a port of 0 becomes one that no other socket has', async () => {
  // Among so many, the kernel's choice for sockets that share their port has the same one twice (998 times of 1,000).
  const all: Awaited<ReturnType<typeof open>>[] = [];
  for (let count = 0; count < 600; count++) all.push(await open(['127.0.0.1']));
  await Promise.all(all.map(({ stop }) => stop(0)));
  assert.equal(new Set(all.map(({ port }) => port)).size, all.length);
});

test('tells listeners apart', { skip: !hasIPv6 }, async () => {
  const { sockets, received, stop } = await open(['127.0.0.1', '::', '::1']);
  assert.deepEqual(
    sockets.map(({ listener }) => listener),
    ['l0', 'l1', 'l2'],
  );
  await send('a', sockets[0].port, '127.0.0.1');
  await send('b', sockets[1].port, '127.0.0.1');
  await send('c', sockets[2].port, '::1');
  await until(() => received.length === 3);
  assert.deepEqual(
    new Map(received.map(({ text, listener }) => [text, listener])),
    new Map([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]),
  );
  await stop(1_000);
});

test('takes empty datagrams and those of the greatest length', async () => {
  const { received, port, stop } = await open(['127.0.0.1'], { receiveBuffer: 1_048_576 });
  await send('', port, '127.0.0.1');
  await send('x'.repeat(65_507), port, '127.0.0.1');
  await until(() => received.length === 2);
  assert.deepEqual(
    received.map(({ text }) => text.length),
    [0, 65_507],
  );
  await stop(1_000);
});

test('says which receive buffer was granted, and what to do when it is less', async () => {
  const asked = 2 ** 40;
  const { sockets, logged, stop } = await open(['127.0.0.1'], { receiveBuffer: asked });
  const [{ requestedBuffer, grantedBuffer }] = sockets;
  assert.equal(requestedBuffer, asked);
  assert.ok(grantedBuffer > 0 && grantedBuffer < asked);
  assert.equal(logged.length, 1);
  assert.equal(logged[0].level, 'warn');
  assert.equal(logged[0].granted, grantedBuffer);
  assert.match(String(logged[0].remedy), /sysctl -w net\.core\.rmem_max=\d+$/);
  await stop(1_000);
});

test('a port in use, and an address of another machine, are told with their place', async () => {
  const other = createSocket('udp4').bind(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address();
  await assert.rejects(open(['127.0.0.1'], { port }), (error) => {
    assert.ok(error instanceof CollectorError);
    assert.equal(error.code, 'E_PORT_IN_USE');
    assert.match(error.message, new RegExp(`127.0.0.1:${port}`));
    return true;
  });
  other.close();
  await assert.rejects(open(['127.0.0.1', '2001:db8::1']), /\[2001:db8::1\]:0/);
});

for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
  test(`a port that another collector has is shared only when asked for, on ${host}`, async () => {
    const first = await open(['0.0.0.0']);
    const { port } = first;
    await assert.rejects(open([host], { port }), { code: 'E_PORT_IN_USE' });
    const second = await open([host], { port, exclusive: false });
    await assert.rejects(open([host], { port }), { code: 'E_PORT_IN_USE' });
    await first.stop(0);
    await second.stop(0);
    const third = await open([host], { port });
    await third.stop(0);
  });
}
