/**
 * What stands before a backend: a TCP port that passes connections on, to one server or another, resets or refuses
 * them.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Front = {
  port: number;
  /** From now on connections go to the server on this port; those that are open end. */
  passTo(port: number): void;
  /** From now on connections are reset as soon as a request comes; those that are open, at once. */
  reset(): void;
  /** Nobody listens from now on, and what is open ends; until the next `passTo` or `reset`. */
  goAway(): void;
};

export async function startFront(): Promise<Front> {
  const sockets = new Set<Socket>();
  let next: number | undefined;
  const server = createServer((socket) => {
    track(socket);
    if (next === undefined) socket.once('data', () => socket.resetAndDestroy());
    else socket.pipe(track(connect(next, '127.0.0.1'))).pipe(socket);
  });

  function track(socket: Socket): Socket {
    sockets.add(socket);
    return socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  }

  function end(how: (socket: Socket) => void): void {
    for (const socket of sockets) how(socket);
  }

  function goAway(): void {
    server.close();
    end((socket) => socket.destroy());
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const listen = () => server.listening || server.listen(port, '127.0.0.1');
  return {
    port,
    passTo(to) {
      if (next !== to) end((socket) => socket.destroy());
      next = to;
      listen();
    },
    reset() {
      end((socket) => socket.resetAndDestroy());
      next = undefined;
      listen();
    },
    goAway,
  };
}
