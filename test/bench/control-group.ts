/**
 * Control groups of the kernel, version 2: they count what processes take that have ended and nobody has waited for.
 */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from './child.ts';

export type ControlGroup = {
  /** The command, to run in the group with all that it starts. */
  holding(command: Command): Command;
  /** CPU time, user and system, of all that ever ran in it, in seconds. */
  cpuSeconds(): number;
  /** Ends what still runs in it. */
  remove(): Promise<void>;
};

/** An empty one, at the root. Throws when there can be none: it takes root, and version 2 mounted. */
export function createControlGroup(): ControlGroup {
  const mounts = readFileSync('/proc/self/mounts', 'utf8');
  const root = /^\S+ (\S+) cgroup2 /m.exec(mounts)?.[1];
  if (root === undefined) throw new Error('no control groups of version 2 are mounted, which count what nfacctd takes');
  const path = join(root, `netflow2traces-bench-${process.pid}`);
  try {
    mkdirSync(path);
  } catch (error) {
    throw new Error(`${path} can't be made, which counts what nfacctd takes: run the bench as root`, { cause: error });
  }
  return {
    holding: ({ command, args, env }) => ({
      command: 'sh',
      args: ['-c', 'echo $$ > "$0" && exec "$@"', join(path, 'cgroup.procs'), command, ...args],
      env,
    }),
    cpuSeconds: () => Number(/^usage_usec (\d+)$/m.exec(readFileSync(join(path, 'cpu.stat'), 'utf8'))![1]) / 1e6,
    async remove() {
      writeFileSync(join(path, 'cgroup.kill'), '1');
      while (readFileSync(join(path, 'cgroup.procs'), 'utf8') !== '') await sleep(10);
      rmdirSync(path);
    },
  };
}
