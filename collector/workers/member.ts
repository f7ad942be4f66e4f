/** One worker as the main thread sees it: its thread, what it has told of itself last, and its end. */
import { Worker } from 'node:worker_threads';
import { CollectorError } from '../common/errors.ts';
import { type Counters, writeOff } from '../ledger/ledger.ts';
import type { Rejection } from '../ledger/rejections.ts';
import type { OpenSocket } from '../listen/sockets.ts';
import type { ExportError, ExporterState } from '../telemetry/state.ts';
import type { FromWorker, ToWorker, WorkerSettings, WorkerStart } from './messages.ts';

/** A worker that has not reported for this long does not answer. */
const SILENCE_MS = 30_000;
/**
 * Young generation of a worker's heap, in MiB: three semi-spaces of 2 MiB. Nothing that a packet leaves behind lives
 * on, so a larger young generation saves no time, and each received datagram that waits there holds its buffer outside
 * the heap.
 */
const YOUNG_GENERATION_MIB = 6;

/** What a worker tells of that is not itself. */
export type Told = Exclude<FromWorker, { kind: 'listening' | 'failed' | 'exporters' | 'configured' | 'stopped' }>;

export type MemberEvents = {
  onTold(message: Told): void;
  /** It ended before it has finished its work. What it had is written off in the ledger. */
  onCrash(error: CollectorError): void;
};

export class Member {
  readonly counters: Counters;
  sockets: OpenSocket[] = [];
  exporters: ExporterState[] = [];
  rejections: Rejection[] = [];
  exportError: ExportError | undefined;
  /** Resolves when its sockets are open; rejects with a CollectorError when they can't be. */
  readonly listening: Promise<void>;
  /** Resolves when its thread is gone. */
  readonly exit: Promise<void>;
  readonly #worker: Worker;
  readonly #events: MemberEvents;
  /** When it last reported, by `performance.now`. */
  #heardAt = 0;
  /** It has finished its work, or its thread is gone. */
  #stopped = false;
  #onConfigured = (): void => {};

  /** Starts it. `program` is the file that it runs. */
  constructor(program: URL, data: WorkerStart, events: MemberEvents) {
    this.counters = data.counters;
    this.#events = events;
    this.#worker = new Worker(program, {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
    });
    this.exit = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
    this.listening = this.#listen();
  }

  /** It has reported lately, or has finished. */
  get live(): boolean {
    return this.#stopped || performance.now() - this.#heardAt < SILENCE_MS;
  }

  /** Tells it something. */
  send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /** Resolves when it runs with these settings. It must not be called again before that. */
  configure(settings: WorkerSettings): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onConfigured = resolve;
    this.send({ kind: 'configure', settings });
    return promise;
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      let cause: string | undefined;
      this.#worker.on('error', (error) => {
        cause = String((error as Error)?.stack ?? error);
      });
      this.#worker.on('exit', (code) => {
        if (this.#stopped) return;
        this.#stopped = true;
        writeOff(this.counters);
        const error = new CollectorError('E_WORKER', cause ?? `exit code ${code}`);
        reject(error);
        if (this.sockets.length > 0) this.#events.onCrash(error);
      });
      this.#worker.on('message', (message: FromWorker) => {
        this.#heardAt = performance.now();
        if (message.kind === 'failed') reject(new CollectorError(message.code, message.detail));
        else this.#receive(message, resolve);
      });
    });
  }

  #receive(message: Exclude<FromWorker, { kind: 'failed' }>, onListening: () => void): void {
    switch (message.kind) {
      case 'listening':
        this.sockets = message.sockets;
        onListening();
        break;
      case 'exporters':
        this.exporters = message.exporters;
        this.rejections = message.rejections;
        this.exportError = message.exportError;
        break;
      case 'configured':
        this.#onConfigured();
        break;
      case 'stopped':
        this.#stopped = true;
        break;
      default:
        this.#events.onTold(message);
    }
  }
}
