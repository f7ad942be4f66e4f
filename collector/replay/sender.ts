/** The sockets that packets go out of. */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export type Sender = {
  /**
   * Sends one datagram as from `source`. Rejects with the system's error; ECONNREFUSED may belong to an earlier one.
   */
  send(payload: Buffer, source: string): Promise<void>;
  /** Waits a moment for the last packets to be refused. Rejects with that refusal. */
  settle(): Promise<void>;
  close(): void;
};

export type SenderOptions = {
  host: string;
  port: number;
  sourcePort: number | undefined;
  /** Each source from an address of its own, 127.0.0.2 and on; else all from one socket. */
  distinctSources: boolean;
};

/** How long the kernel may take to report that nobody listens for the last packet. */
const REFUSAL_WAIT_MS = 100;

/** A sender to one collector. Rejects when the host's name is not known. */
export async function createSender({ host, port, sourcePort, distinctSources }: SenderOptions): Promise<Sender> {
  const { address, family } = await lookup(host);
  const sockets = new Map<string, Promise<Socket>>();
  const opened: Socket[] = [];
  let refusal: Error | undefined;

  async function open(localAddress: string | undefined): Promise<Socket> {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    opened.push(socket);
    socket.bind(sourcePort ?? 0, localAddress);
    await once(socket, 'listening');
    socket.on('error', (error) => {
      refusal = error;
    });
    // Only a connected socket is told that nobody listens.
    socket.connect(port, address);
    await once(socket, 'connect');
    return socket;
  }

  return {
    async send(payload, source) {
      if (refusal) throw refusal;
      const key = distinctSources ? source : '';
      if (!sockets.has(key)) sockets.set(key, open(distinctSources ? loopbackAddress(sockets.size + 2) : undefined));
      const socket = await sockets.get(key)!;
      await new Promise<void>((resolve, reject) =>
        socket.send(payload, (error) => (error ? reject(error) : resolve())),
      );
    },
    async settle() {
      await sleep(REFUSAL_WAIT_MS);
      if (refusal) throw refusal;
    },
    close() {
      for (const socket of opened) socket.close();
    },
  };
}

function loopbackAddress(host: number): string {
  return `127.${(host >> 16) & 0xff}.${(host >> 8) & 0xff}.${host & 0xff}`;
}
