/**
 * Runs the collector as users do, as a process, and tells what it says of itself. Tests get it by flags and environment
 * alone; everything listens on ports the kernel chooses.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BudgetName, CounterName, FlowDrop, PacketError } from '../../collector/ledger/ledger.ts';
import type { Rejection } from '../../collector/ledger/rejections.ts';
import type { ExporterState, SocketState } from '../../collector/telemetry/state.ts';
import type { TopTalkers } from '../../collector/telemetry/talker-rates.ts';
import type { TrafficRow } from '../../collector/telemetry/traffic.ts';
import type { CollectorConfig } from '../../crds/collector-config.ts';

/** The part of `/status` that the tests read. */
export type Status = {
  ledger: Record<Exclude<CounterName, `${string}.${string}`> | 'imbalance', number> & {
    flowsDropped: Record<FlowDrop, number>;
    budgetExceeded: Record<BudgetName, number>;
    packetErrors: Record<PacketError, number>;
  };
  sockets: SocketState[];
  exporters: ExporterState[];
  rejections: Rejection[];
  reload: { successful: boolean; successTime: string; error?: string; needRestart: string[] };
  networks?: { prefixes: number; error?: string };
  elements?: { elements: number; error?: string };
  topTalkers?: TopTalkers;
  traffic?: TrafficRow[];
  advice: { severity: string; what: string }[];
  config: CollectorConfig;
};

export type LogLine = { level: string; message: string } & Record<string, unknown>;

/** Where a listener listens; `receiveBuffer` is what the kernel granted each of its sockets, in bytes. */
export type Listener = { host: string; port: number; receiveBuffer: number };

export type Collector = {
  pid: number;
  /** In the order of `--listen`. */
  listeners: Listener[];
  /** Of the HTTP port, with a slash at the end. */
  url: string;
  log: readonly LogLine[];
  /** Every line, of the log and others. */
  output: readonly string[];
  status(): Promise<Status>;
  /** The first status for which `ready` holds. Rejects when there is none in `WAIT_MS`. */
  until(ready: (status: Status) => boolean): Promise<Status>;
  /** Resolves when the log has a line with this message. */
  logged(message: string): Promise<void>;
  /** Resolves with the exit code when it ends by itself; null when it had to be killed. */
  ended(): Promise<number | null>;
  /** Sends the signal and resolves with the exit code; null when it had to be killed. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
};

export type CollectorOptions = {
  /** The command that starts it; its sources in this process's Node unless told. */
  program?: readonly string[];
  /** `--listen`, each; 127.0.0.1:0 unless told. */
  listen?: readonly string[];
  /** `--http`; 127.0.0.1:0 unless told. */
  http?: string;
  args?: readonly string[];
  env?: Record<string, string>;
};

export const MAIN = fileURLToPath(new URL('../../collector/main.ts', import.meta.url));
/** Bounds every wait, so that a broken collector fails a test instead of hanging it. Slow machines are no failure. */
export const WAIT_MS = 60_000;
const POLL_MS = 20;

/** Starts a collector and waits until it listens. It is killed when the test ends; a failed test shows its log. */
export async function startCollector(t: TestContext, options: CollectorOptions = {}): Promise<Collector> {
  const { listen = ['127.0.0.1:0'], http = '127.0.0.1:0', args = [], env, program } = options;
  const sockets = [...listen.flatMap((address) => ['--listen', address]), '--http', http];
  const { child, log, output } = spawnCollector([...sockets, ...args], env, program);
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  t.after(async () => {
    child.kill('SIGKILL');
    await exit;
    // `passed` is in Node 24, not in its types.
    if (!(t as TestContext & { passed: boolean }).passed) t.diagnostic(`collector:\n${output.join('\n')}`);
  });
  await Promise.race([
    waitFor(() => log.some(({ message }) => message === 'ready'), 'the collector is ready'),
    exit.then((code) => Promise.reject(new Error(`the collector ended with ${code}:\n${output.join('\n')}`))),
  ]);

  const url = String(log.find(({ message }) => message === 'serving')?.url);
  async function status(): Promise<Status> {
    const response = await fetch(`${url}status`, { signal: AbortSignal.timeout(WAIT_MS) });
    return (await response.json()) as Status;
  }
  return {
    pid: child.pid!,
    listeners: log
      .filter(({ message, worker }) => message === 'listening' && worker === 0)
      .map(({ address, port, grantedBuffer }) => ({
        host: String(address),
        port: Number(port),
        receiveBuffer: Number(grantedBuffer),
      })),
    url,
    log,
    output,
    status,
    async until(ready) {
      let last: Status | undefined;
      await waitFor(
        async () => {
          last = await status();
          return ready(last);
        },
        () => `the status is as expected; it is ${JSON.stringify(last?.ledger)}`,
      );
      return last!;
    },
    logged: (message) => waitFor(() => log.some((line) => line.message === message), `the log says: ${message}`),
    ended: () => exitOf(child, exit),
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      return exitOf(child, exit);
    },
  };
}

/** Runs a collector that is expected to end by itself; one that does not is killed. */
export async function runCollector(
  args: readonly string[],
  env?: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const { child, output } = spawnCollector(args, env);
  const code = await exitOf(
    child,
    once(child, 'close').then(([code]) => code as number | null),
  );
  return { code, output: output.join('\n') };
}

/** The exit code, when it comes in time; else the process is killed. */
async function exitOf(child: ChildProcess, exit: Promise<number | null>): Promise<number | null> {
  const timer = setTimeout(() => child.kill('SIGKILL'), WAIT_MS);
  const code = await exit;
  clearTimeout(timer);
  return code;
}

/** Resolves when `holds` does; rejects, saying what was awaited, after `WAIT_MS`. */
export async function waitFor(holds: () => boolean | Promise<boolean>, what: string | (() => string)): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not in ${WAIT_MS} ms: ${typeof what === 'string' ? what : what()}`);
    await sleep(POLL_MS);
  }
}

/** `log` takes the lines that are JSON, `output` all of them. */
function spawnCollector(
  args: readonly string[],
  env: Record<string, string> = {},
  [command, ...prefix]: readonly string[] = [process.execPath, MAIN],
): { child: ChildProcess; log: LogLine[]; output: string[] } {
  // Nothing of the environment but what programs are found by: the tests' own OTEL_* would configure the collector.
  const environment = { PATH: process.env.PATH, HOME: process.env.HOME, ...env };
  const child = spawn(command, [...prefix, ...args], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const [log, output]: [LogLine[], string[]] = [[], []];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output.push(line);
      if (line.startsWith('{')) log.push(JSON.parse(line));
    });
  }
  return { child, log, output };
}
