/** What the tests of commands that send packets share: the commands as processes, and who receives the packets. */
import { spawn } from 'node:child_process';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Runs the program with these arguments, of which the first is a command. */
export function startCommand(...args: string[]) {
  const { npm_lifecycle_event, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    output.stdout += text;
  });
  child.stderr.on('data', (text) => {
    output.stderr += text;
  });
  const done = once(child, 'close').then(([code]) => ({ code, ...output }));
  return { child, done };
}

/** A socket on a free port; `to` is its address as users write it. */
export async function receiver(host: string) {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').bind(0, host);
  await once(socket, 'listening');
  const received: { payload: Buffer; from: RemoteInfo }[] = [];
  socket.on('message', (payload, from) => received.push({ payload, from }));
  const { port } = socket.address();
  return { socket, received, to: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}` };
}

/** The options that a help text tells. */
export function optionsIn(help: string): string[] {
  return help.match(/^ {2}-[a-z, -]+?(?= {2}| [A-Z])/gm)!.map((line) => line.trim());
}
