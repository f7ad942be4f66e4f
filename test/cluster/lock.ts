/** Who uses the cluster: one process at a time, since its addresses are fixed and tests break parts of it. */
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { NAME } from './layout.ts';

/** A name without a file: the kernel frees it when its process ends, however it ends. */
const ADDRESS = `\0${NAME}`;
const POLL_MS = 500;
const ANSWER_MS = 1_000;

/** Takes the cluster and resolves with what gives it back. Rejects, naming who has it, after `waitSeconds`. */
export async function lock(waitSeconds: number): Promise<() => void> {
  const deadline = performance.now() + waitSeconds * 1000;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(`process ${process.pid}, ${process.argv.slice(1).join(' ')}`);
  });
  server.unref();
  for (let told = false; !(await listens(server)); told = true) {
    const holder = await askHolder();
    if (holder === undefined) continue;
    if (performance.now() > deadline) throw new Error(`the test cluster is in use by ${holder}`);
    if (!told) console.error(`waiting for the test cluster, in use by ${holder}`);
    await sleep(POLL_MS);
  }
  return () => server.close();
}

async function listens(server: Server): Promise<boolean> {
  server.listen(ADDRESS);
  try {
    await once(server, 'listening');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}

/** What the holder says of itself; undefined when there is none any more. */
async function askHolder(): Promise<string | undefined> {
  const socket = connect(ADDRESS);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(ANSWER_MS) });
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('no answer')));
    return await text(socket);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? undefined : 'a process that does not answer';
  } finally {
    socket.destroy();
  }
}
