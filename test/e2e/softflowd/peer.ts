/**
 * One end of the traffic that softflowd watches; a program, run on each host:
 *
 *     peer.ts serve           takes TCP and UDP, says "ready" and answers each TCP connection
 *     peer.ts call ADDRESS    makes one TCP connection and sends some datagrams
 *     peer.ts nudge ADDRESS   sends datagrams that belong to neither
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TRAFFIC } from './traffic.ts';

const [role, address] = process.argv.slice(2);
if (role === 'serve') await serve();
else if (role === 'call') await call(address);
else await send(address, TRAFFIC.nudge);

async function serve(): Promise<void> {
  const datagrams = createSocket('udp6').bind(TRAFFIC.udp.serverPort);
  const connections = createServer({ allowHalfOpen: true }, async (socket) => {
    for await (const _ of socket) {
      // Read to the end of the request.
    }
    socket.end(Buffer.alloc(TRAFFIC.tcp.responseBytes));
  });
  connections.listen(TRAFFIC.tcp.serverPort);
  await Promise.all([once(datagrams, 'listening'), once(connections, 'listening')]);
  console.log('ready');
}

async function call(host: string): Promise<void> {
  const { clientPort, serverPort, requestBytes } = TRAFFIC.tcp;
  const connection = connect({ host, port: serverPort, localPort: clientPort, allowHalfOpen: true });
  connection.end(Buffer.alloc(requestBytes));
  for await (const _ of connection) {
    // Read to the end, so that both sides close in order.
  }
  await send(host, TRAFFIC.udp);
}

async function send(host: string, { clientPort, serverPort, datagrams, bytes, gapMs }: typeof TRAFFIC.udp) {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4').bind(clientPort);
  await once(socket, 'listening');
  for (let sent = 0; sent < datagrams; sent++) {
    await new Promise((resolve) => socket.send(Buffer.alloc(bytes), serverPort, host, resolve));
    if (gapMs > 0) await sleep(gapMs);
  }
  socket.close();
}
