/** For tests that run a program in a container, on this machine's own network. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const DEADLINE_MS = 30_000;

export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const failure = await condition().then(
      (met) => (met ? undefined : 'not so'),
      (error: Error) => error.message,
    );
    if (failure === undefined) return;
    if (performance.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${what} (${failure})`);
    await sleep(10);
  }
}

/** Waits until the collector whose page is on this port has counted one round of the demo. */
export async function untilDemoIsCounted(http: number): Promise<void> {
  await until('the packets are counted', async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
    return /^netflow_packets_total(\{.*\})? 14\b/m.test(metrics);
  });
}

export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

export async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
