/** Child processes of the bench, and ports for them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Command = { command: string; args: readonly string[]; env?: Record<string, string> };

export type Child = {
  pid: number;
  /** Standard output so far. */
  output(): string;
  /** Sends SIGTERM, SIGKILL after `graceMs`, and resolves with standard output when the process has ended. */
  stop(graceMs?: number): Promise<string>;
  /** Rejects when the process ends by itself with an error. */
  failed: Promise<never>;
};

const LOG_TAIL = 2_000;

/** The command on these processors only, as `taskset` lists them; as it is without. */
export function pin(command: Command, processors: string | undefined): Command {
  if (processors === undefined) return command;
  return { ...command, command: 'taskset', args: ['--cpu-list', processors, command.command, ...command.args] };
}

export function start({ command, args, env }: Command): Child {
  const child: ChildProcess = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let log = '';
  let stopping = false;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-LOG_TAIL);
  });
  const closed = once(child, 'close');
  const failed = closed.then(([code]) => {
    if (stopping || code === 0) return new Promise<never>(() => {});
    throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output.slice(-LOG_TAIL)}${log}`);
  });
  // Whoever waits for something of the child races with `failed`; nobody may be waiting when it ends.
  failed.catch(() => {});
  if (child.pid === undefined) throw new Error(`cannot start ${command}`);
  return {
    pid: child.pid,
    output: () => output,
    failed,
    async stop(graceMs = 20_000) {
      stopping = true;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await closed;
      clearTimeout(timer);
      return output;
    },
  };
}

/** Resolves when `ready` holds; rejects after `timeoutMs` or when the child ends. */
export async function until(child: Child, ready: () => boolean, timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!ready()) {
    if (performance.now() > deadline) throw new Error('a process of the bench was not ready in time');
    await Promise.race([sleep(2), child.failed]);
  }
}

/** A UDP and a TCP port that were free a moment ago. */
export async function freePorts(): Promise<{ udp: number; tcp: number }> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  const server = createServer().listen(0, '127.0.0.1');
  await Promise.all([once(socket, 'listening'), once(server, 'listening')]);
  const tcp = server.address();
  const ports = { udp: socket.address().port, tcp: typeof tcp === 'object' && tcp ? tcp.port : 0 };
  socket.close();
  server.close();
  return ports;
}
