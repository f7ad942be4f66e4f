/** The traffic made between the two hosts: the same over IPv4 and over IPv6. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Network } from './network.ts';

type Datagrams = { clientPort: number; serverPort: number; datagrams: number; bytes: number; gapMs: number };

export const TRAFFIC = {
  tcp: { clientPort: 40_001, serverPort: 8080, requestBytes: 100_000, responseBytes: 250_000 },
  /** Gaps make the flow last for some time. */
  udp: { clientPort: 40_002, serverPort: 5353, datagrams: 7, bytes: 333, gapMs: 20 } as Datagrams,
  ping: { requests: 3, bytes: 56 },
  nudge: { clientPort: 40_003, serverPort: 9, datagrams: 4_000, bytes: 1, gapMs: 0 } as Datagrams,
};

const PEER = fileURLToPath(new URL('peer.ts', import.meta.url));

/** Makes the traffic. Resolves when its last packet was sent, to when it began and ended, in Unix milliseconds. */
export async function makeTraffic({ client, server }: Network): Promise<{ start: number; end: number }> {
  const serving = server.start(['ignore', 'pipe', 'inherit'], process.execPath, PEER, 'serve');
  try {
    await once(serving.stdout!, 'data');
    const start = Date.now();
    for (const address of [server.ipv4, server.ipv6]) {
      client.run(process.execPath, PEER, 'call', address);
      const { requests, bytes } = TRAFFIC.ping;
      client.run('ping', '-n', '-c', `${requests}`, '-i', '0.2', '-s', `${bytes}`, address);
    }
    return { start, end: Date.now() };
  } finally {
    serving.kill();
    await once(serving, 'exit');
  }
}

/** More packets, of another flow: the kernel may keep those before until its block of the capture ring is full. */
export function nudge({ client, server }: Network): void {
  client.run(process.execPath, PEER, 'nudge', server.ipv4);
}
