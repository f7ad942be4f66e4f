/**
 * Watches, from a thread of its own, that executions come to an end: an endless loop can't be interrupted from within.
 * In: each input, through shared memory, before it is run. Out: the input that did not end, as a file; then the process
 * is killed.
 */
import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { encodeInput, type Input, MAX_DATAGRAM } from './input.ts';

/** CPU time of the process in which an execution must end. */
const MAX_HANG_MICROSECONDS = 20_000_000;
const INTERVAL_MS = 5_000;
/** Room for the longest inputs; the end of what is longer is lost. */
const MAX_INPUT = 16 * MAX_DATAGRAM;

type Shared = { folder: string; state: Int32Array<SharedArrayBuffer>; bytes: Uint8Array<SharedArrayBuffer> };
/** Indexes of `state`: executions begun, and the length of the input. */
const [EXECUTIONS, LENGTH] = [0, 1];

export type Watchdog = { begin(input: Input): void; stop(): Promise<void> };

/** Starts to watch; the input of an execution that hangs is written to `folder`. */
export function startWatchdog(folder: string): Watchdog {
  const state = new Int32Array(new SharedArrayBuffer(8));
  const bytes = new Uint8Array(new SharedArrayBuffer(MAX_INPUT));
  const worker = new Worker(new URL(import.meta.url), { workerData: { folder, state, bytes } satisfies Shared });
  worker.unref();
  return {
    begin(input) {
      const encoded = encodeInput(input).subarray(0, MAX_INPUT);
      bytes.set(encoded);
      Atomics.store(state, LENGTH, encoded.length);
      Atomics.add(state, EXECUTIONS, 1);
    },
    async stop() {
      await worker.terminate();
    },
  };
}

function watch({ folder, state, bytes }: Shared): void {
  let executions = 0;
  let since = process.cpuUsage();
  setInterval(() => {
    const now = Atomics.load(state, EXECUTIONS);
    if (now !== executions || now === 0) {
      executions = now;
      since = process.cpuUsage();
      return;
    }
    // It may be that others have the machine.
    const { user, system } = process.cpuUsage(since);
    if (user + system < MAX_HANG_MICROSECONDS) return;
    const path = join(folder, 'hang.bin');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, bytes.slice(0, Atomics.load(state, LENGTH)));
    writeSync(2, `fuzz: execution ${now} does not end; repeat it with: npm run fuzz -- --repeat ${path}\n`);
    process.kill(process.pid, 'SIGKILL');
  }, INTERVAL_MS);
}

if (!isMainThread) watch(workerData as Shared);
