/** A network of its own for what a test runs: a Linux network namespace. Needs root and iproute2. */
import { type ChildProcess, execFileSync, type StdioOptions, spawn, spawnSync } from 'node:child_process';

export type Namespace = {
  name: string;
  /** Runs `ip` in it. */
  ip(...args: string[]): void;
  /** Runs a program in it and waits; returns what it printed. Throws when it fails. */
  run(command: string, ...args: string[]): string;
  /** Starts a program in it. */
  start(stdio: StdioOptions, command: string, ...args: string[]): ChildProcess;
  /** The processes in it. */
  pids(): number[];
  /** Ends what still runs in it, and removes it. */
  remove(): void;
};

/** Makes a namespace whose name ends in `suffix`, with its loopback up. */
export function createNamespace(suffix: string): Namespace {
  const name = `n2t-${process.pid}-${suffix}`;
  ip('netns', 'add', name);
  ip('-n', name, 'link', 'set', 'lo', 'up');
  return {
    name,
    ip: (...args) => ip('-n', name, ...args),
    run: (command, ...args) =>
      execFileSync('ip', ['netns', 'exec', name, command, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    start: (stdio, command, ...args) => spawn('ip', ['netns', 'exec', name, command, ...args], { stdio }),
    pids,
    remove() {
      for (const pid of pids()) process.kill(pid, 'SIGKILL');
      ip('netns', 'delete', name);
    },
  };

  function pids(): number[] {
    const list = execFileSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
    return list.split('\n').filter(Boolean).map(Number);
  }
}

/** Runs `ip` in the network we are in. */
export function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/**
 * Why tests that need namespaces and these programs must be skipped; false when they need not. In continuous
 * integration they never are: what is missing there fails them.
 */
export function reasonToSkip(...programs: string[]): string | false {
  if (process.env.CI) return false;
  if (process.platform !== 'linux') return 'network namespaces need Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const missing = ['ip', ...programs].filter((program) => spawnSync('which', [program]).status !== 0);
  return missing.length > 0 && `not installed: ${missing.join(', ')}`;
}
