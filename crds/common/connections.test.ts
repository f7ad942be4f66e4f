import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { boundConnections, type ConnectionLimits, timeoutsOf } from './connections.ts';

async function serve(t: TestContext, limits: ConnectionLimits) {
  const server = createServer(timeoutsOf(limits), (_, response) => response.end('ok'));
  const count = boundConnections(server, limits);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    server.closeAllConnections();
  });

  /** A connection from the address 127.0.0.`last`, over which nothing is sent yet. */
  async function open(last: number): Promise<Socket> {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${last}` });
    socket.on('error', () => {}); // closed by the server
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }
  return { open, count };
}

/** What is answered; empty when the connection is closed instead. */
async function ask(socket: Socket, request = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'): Promise<string> {
  socket.write(request);
  const [answer] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])]);
  return String(answer).split('\r\n')[0];
}

const OK = 'HTTP/1.1 200 OK';

test('who has too many is refused, and nobody else', async (t) => {
  const { open } = await serve(t, { max: 10, maxOfAddress: 2, arrivalMs: 60_000 });
  for (let index = 0; index < 2; index++) await open(2);
  assert.equal(await ask(await open(2)), '');
  assert.equal(await ask(await open(3)), OK);
});

test('when all are in use, who has most loses the oldest', async (t) => {
  const { open, count } = await serve(t, { max: 5, maxOfAddress: 4, arrivalMs: 60_000 });
  const one = await open(2);
  const greedy: Socket[] = [];
  for (let index = 0; index < 4; index++) greedy.push(await open(3));
  const closed = once(greedy[0], 'close');
  assert.equal(await ask(await open(4)), OK);
  await closed;
  assert.equal(await ask(one), OK);
  assert.equal(await ask(greedy[1]), OK);
  assert.equal(count(), 5);
});

test('when each has as many as another, who comes last is refused', async (t) => {
  const { open } = await serve(t, { max: 2, maxOfAddress: 2, arrivalMs: 60_000 });
  const sockets = [await open(2), await open(3)];
  assert.equal(await ask(await open(4)), '');
  for (const socket of sockets) assert.equal(await ask(socket), OK);
});

test('who asks for nothing is closed, and who does is not', async (t) => {
  const { open, count } = await serve(t, { max: 10, maxOfAddress: 10, arrivalMs: 250 });
  const [silent, half, body] = [await open(2), await open(2), await open(2)];
  const closed = [silent, half, body].map((socket) => once(socket, 'close'));
  half.write('GET / HT');
  body.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{');
  const good = await open(2);
  assert.equal(await ask(good), OK);
  body.resume();
  half.resume();
  await Promise.all(closed);
  assert.equal(await ask(good), OK);
  assert.equal(count(), 1);
});
