import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Addresses } from './addresses.ts';
import { type Connection, Connections } from './connections.ts';

const TIMEOUT = 5_000;
const ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];

/** Listens on an address; the port is the same for all. */
async function listen(address: string, port: number, onConnection: (socket: Socket) => void = () => {}) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    onConnection(socket);
  }).listen(port, address);
  await once(server, 'listening');
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, stop, server: server as Server };
}

/** A backend with an address each, and connections to its name. */
async function backend(t: TestContext, { names = ADDRESSES, maxAgeMs = 60_000 } = {}) {
  const first = await listen(ADDRESSES[0], 0);
  const { port } = first;
  const servers = new Map([[ADDRESSES[0], first]]);
  for (const address of ADDRESSES.slice(1)) servers.set(address, await listen(address, port));
  let time = 0;
  let known = names;
  let answers = true;
  const addresses = new Addresses(
    (_, __, callback) =>
      answers &&
      callback(
        null,
        known.map((address): LookupAddress => ({ address, family: 4 })),
      ),
    () => time,
  );
  const target = { secure: false, host: 'backend.test', port, authority: `backend.test:${port}`, path: '/' };
  const connections = new Connections<Socket>({
    ...{ target, version: 'h2', addresses, maxAgeMs },
    tls: () => assert.fail('plaintext'),
    createClient: (socket) => socket,
    destroyClient: () => {},
  });
  t.after(async () => {
    connections.close();
    for (const { stop } of servers.values()) await stop();
  });
  const addressOf = ({ socket }: Connection<Socket>) => socket.remoteAddress!;
  /** One request after another; the address that each went to. */
  async function requests(count: number): Promise<string[]> {
    const used: string[] = [];
    for (let request = 0; request < count; request++) {
      const connection = await connections.take(TIMEOUT);
      used.push(addressOf(connection));
      connections.give(connection, true);
    }
    return used;
  }
  return {
    connections,
    requests,
    addressOf,
    stop: (address: string) => servers.get(address)!.stop(),
    start: async (address: string) => void servers.set(address, await listen(address, port)),
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    resolveTo: (names: string[]) => {
      known = names;
    },
    resolveNothing: () => {
      answers = false;
    },
  };
}

test('requests go to all addresses of a name, in turn', async (t) => {
  const { requests } = await backend(t);
  const used = await requests(9);
  assert.deepEqual(used.slice(0, 3).sort(), ADDRESSES);
  assert.deepEqual(used.slice(3), [...used.slice(0, 3), ...used.slice(0, 3)]);
});

test('requests at once have a connection each, spread evenly', async (t) => {
  const { connections, addressOf } = await backend(t);
  const taken: Connection<Socket>[] = [];
  for (let request = 0; request < 6; request++) taken.push(await connections.take(TIMEOUT));
  assert.deepEqual(taken.map(addressOf).sort(), [...ADDRESSES, ...ADDRESSES].sort());
  assert.equal(new Set(taken).size, 6);
});

test('one connection is enough for one address', async (t) => {
  const { connections } = await backend(t, { names: ['127.0.0.2'] });
  const first = await connections.take(TIMEOUT);
  connections.give(first, true);
  assert.equal(await connections.take(TIMEOUT), first);
});

test('an address that is gone costs no failure, and has its share once it is back', async (t) => {
  const { requests, stop, start, pass } = await backend(t);
  await requests(3);
  await stop('127.0.0.2');
  await sleep(50);
  const without = await requests(20);
  assert.deepEqual([...new Set(without)].sort(), ['127.0.0.1', '127.0.0.3']);
  assert.equal(new Set(without.slice(-2)).size, 2, 'no connection was opened in its place');
  await start('127.0.0.2');
  pass(60_000);
  const again = await requests(9);
  assert.equal(again.filter((address) => address === '127.0.0.2').length, 3);
});

test('a connection is replaced at its age, and a name looked up again', async (t) => {
  const { requests, resolveTo } = await backend(t, { names: ['127.0.0.1'], maxAgeMs: 20 });
  assert.deepEqual(await requests(1), ['127.0.0.1']);
  resolveTo(['127.0.0.3']);
  await sleep(40);
  assert.deepEqual(await requests(2), ['127.0.0.3', '127.0.0.3']);
});

test('an address whose connections break at their first request is tried after the others', async (t) => {
  const { connections, addressOf } = await backend(t);
  const broken = await connections.take(TIMEOUT);
  const address = addressOf(broken);
  connections.give(broken, false);
  for (let request = 0; request < 6; request++) {
    const connection = await connections.take(TIMEOUT);
    assert.notEqual(addressOf(connection), address);
    connections.give(connection, true);
  }
});

test('another address that does not answer holds up one request, not all, while there is one that does', async (t) => {
  const { requests, stop, pass, resolveNothing } = await backend(t);
  await stop('127.0.0.2');
  await stop('127.0.0.3');
  await requests(3);
  pass(60_000);
  // As a name server that hangs.
  resolveNothing();
  const start = performance.now();
  assert.deepEqual(await requests(20), Array(20).fill('127.0.0.1'));
  assert.ok(performance.now() - start < TIMEOUT);
});

test('nothing is opened after the end, and what is being opened ends', async (t) => {
  const { connections } = await backend(t);
  const taking = connections.take(TIMEOUT);
  connections.close();
  await assert.rejects(taking, { message: 'shut down' });
  await assert.rejects(connections.take(TIMEOUT), { message: 'shut down' });
});

test('when no address answers, each says why', async (t) => {
  const { connections, stop } = await backend(t);
  for (const address of ADDRESSES) await stop(address);
  await assert.rejects(connections.take(TIMEOUT), ({ message }: Error) => {
    for (const address of ADDRESSES) assert.match(message, new RegExp(`ECONNREFUSED ${address}`));
    return true;
  });
});
