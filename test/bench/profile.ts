/**
 * Where the collector's CPU time goes: perf samples all of its threads, V8 tells perf the names of what it compiled,
 * and each sample belongs to the first part that it fits.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Profiler, Result } from './measure.ts';
import { table } from './report.ts';

const run = promisify(execFile);
/** Not a divisor of what else happens so many times a second. */
const FREQUENCY_HZ = 997;
const MAX_OUTPUT = 2 ** 30;

/** A sample: its thread's name, and functions from the innermost out. */
export type Sample = { thread: string; stack: readonly string[] };

type Part = { name: string; fits(sample: Sample): boolean };

/** Parts, in the order in which they are asked. */
const PARTS: readonly Part[] = [
  {
    name: 'garbage collection',
    fits: anywhere(/v8::internal::(Heap|Scavenger|MarkCompact|Sweeper|ConcurrentMarking)/),
  },
  { name: "compiling, and V8's other threads", fits: ({ thread }) => /^(V8Worker|DelayedTask)/.test(thread) },
  { name: 'main thread', fits: ({ thread }) => /^(MainThread|node)/.test(thread) },
  { name: 'compression, in threads beside', fits: ({ thread }) => /^libuv-worker/.test(thread) },
  { name: 'kernel: receiving', fits: anywhere(/^(__sys_recvmsg|__x64_sys_recvmsg|udp_recvmsg|___sys_recvmsg)/) },
  { name: 'kernel: sending', fits: anywhere(/^(tcp_sendmsg|__sys_sendmsg|do_writev|ksys_write|vfs_write|sock_write)/) },
  { name: 'kernel: waiting, wake-ups', fits: anywhere(/^(do_epoll_wait|do_epoll_pwait|__schedule|schedule)/) },
  { name: 'record plans', fits: innermostJs(/^writeRecord/) },
  { name: "packets' own spans", fits: innermostJs(/^writePacket/) },
  { name: 'flow metrics', fits: innermostJs(/^(countRecord|#run|add) /) },
  { name: 'selection', fits: innermostJs(/^(selectRecord|keyOfRecord|keeps) /) },
  { name: 'header, sets, templates, books', fits: anywhere(/^JS:[*+^~]?'?receive /) },
  {
    name: 'HTTP/2 and TCP in Node',
    fits: anywhere(/http2|nghttp2|internal\/streams|uv__stream|uv__write|uv_try_write|TLSWrap/),
  },
  { name: 'dgram and UDP in Node', fits: anywhere(/uv__udp|UDPWrap|node:dgram/) },
  { name: 'event loop, timers, the rest', fits: () => true },
];

/** The samples of one run. */
export class Profile implements Profiler {
  readonly nodeFlags = ['--perf-basic-prof'];
  samples: Sample[] = [];

  /** Samples a process for so long. Rejects with a message for the user when there is no perf. */
  async record(pid: number, ms: number): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-profile-'));
    const file = join(folder, 'perf.data');
    try {
      const of = ['-F', String(FREQUENCY_HZ), '-g', '-p', String(pid), '-o', file];
      await run('perf', ['record', '-q', ...of, '--', 'sleep', String(ms / 1_000)]);
      const { stdout } = await run('perf', ['script', '-i', file, '-F', 'comm,ip,sym'], { maxBuffer: MAX_OUTPUT });
      this.samples = readSamples(stdout);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new Error('--profile needs perf; on Debian: apt-get install linux-perf');
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

/** The samples of `perf script -F comm,ip,sym`. */
export function readSamples(script: string): Sample[] {
  return script
    .split('\n\n')
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const [thread, ...frames] = block.trim().split('\n');
      return { thread: thread.trim(), stack: frames.map((frame) => frame.trim().replace(/^[0-9a-f]+ /, '')) };
    });
}

/** Shares of the parts, the largest first; each with what it comes to of `cpuPerFlow`. */
export function partsOf(samples: readonly Sample[], cpuPerFlow: number): { name: string; share: number; us: number }[] {
  const counts = new Map<string, number>();
  for (const sample of samples) {
    const { name } = PARTS.find((part) => part.fits(sample))!;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .map(([name, count]) => ({ name, share: count / samples.length, us: (count / samples.length) * cpuPerFlow }))
    .sort((a, b) => b.share - a.share);
}

/** The same for people. */
export function profileTable({ samples }: Profile, { cpuPerFlow }: Result): string {
  const lines = partsOf(samples, cpuPerFlow).map(({ name, share, us }) => [
    name,
    `${(share * 100).toFixed(1)} %`,
    us.toFixed(3),
  ]);
  return table([['', 'CPU', 'µs/flow'], ...lines]);
}

function anywhere(pattern: RegExp): Part['fits'] {
  return ({ stack }) => stack.some((frame) => pattern.test(frame));
}

/** By the innermost function of JavaScript, without V8's mark of how it was compiled: `JS:*name file:line`. */
function innermostJs(pattern: RegExp): Part['fits'] {
  return ({ stack }) => {
    const frame = stack.find((frame) => frame.startsWith('JS:'));
    return frame !== undefined && pattern.test(frame.replace(/^JS:[*+^~]?'?/, ''));
  };
}
