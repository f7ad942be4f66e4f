/** The workers as the main thread sees them: started one after another, listened to, and ended together. */
import type { Log } from '../../crds/common/log.ts';
import type { SetCounts } from '../aggregate/flow-counts.ts';
import type { TalkerCounts } from '../aggregate/top-talkers.ts';
import type { Books, Snapshot } from '../books/books.ts';
import type { CollectorError } from '../common/errors.ts';
import { type Counters, createCounters, type Ledger, sumCounters } from '../ledger/ledger.ts';
import { mergeRejections, type Rejection } from '../ledger/rejections.ts';
import { type KernelSocket, matchKernelSockets, readKernelSockets } from '../listen/kernel.ts';
import type { CounterSample } from '../sflow/counter-samples.ts';
import type { ExportError, ExporterState, SocketState } from '../telemetry/state.ts';
import type { Announcement, FactsAnnouncement } from '../templates/announcement.ts';
import { Member, type Told } from './member.ts';
import type { WorkerSettings, WorkerStart } from './messages.ts';

export type PoolOptions = {
  /** The program: workers run the same file as the main thread. */
  program: URL;
  settings: WorkerSettings;
  /** Where the workers' files of the spool go; undefined when there is none. */
  spoolFolder?: string | undefined;
  /** Sequences that earlier runs have kept; undefined when no books are kept. */
  kept?: Books['kept'] | undefined;
  /** One more row of the ledger: what comes of what earlier runs had. */
  inherited?: Counters | undefined;
  log: Log;
  onCounts?: (counts: readonly SetCounts[]) => void;
  onCounterSamples?: (told: { samples: readonly CounterSample[]; dropped: number }) => void;
  onTalkers?: (worker: number, told: { seconds: number; counts: readonly TalkerCounts[] }) => void;
  onBooks?: (worker: number, snapshot: Snapshot) => void;
  onNews: (announcement: Announcement | FactsAnnouncement) => void;
  onTrace: (spans: Uint8Array) => void;
  /** Called when a worker ends before it has finished its work. What it had is written off in the ledger. */
  onCrash: (error: CollectorError, worker: number) => void;
};

export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #members: Member[] = [];
  readonly #tracesWanted = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #kernelSockets: KernelSocket[] | undefined;
  #stopping = false;
  #adopted = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /**
   * Starts `count` workers. The first opens the ports, the others join it there; so a port of 0 becomes the same for
   * all. Each starts with what is known at that time: those before it have learned some already. Rejects with a
   * CollectorError when a socket can't be opened.
   */
  async start(count: number, known: () => (Announcement | FactsAnnouncement)[]): Promise<void> {
    const { settings, spoolFolder, kept, log } = this.#options;
    const rates = new Float64Array(new SharedArrayBuffer(count * Float64Array.BYTES_PER_ELEMENT));
    let config = settings.config;
    for (let index = 0; index < count; index++) {
      const counters = createCounters();
      const shared = { rates, worker: index, spoolFolder, tracesWanted: this.#tracesWanted };
      const data: WorkerStart = { ...settings, config, counters, known: known(), kept, ...shared };
      const member = new Member(this.#options.program, data, {
        onTold: (message) => this.#receive(index, message),
        onCrash: (error) => this.#options.onCrash(error, index),
      });
      this.#members.push(member);
      await member.listening;
      for (const socket of member.sockets) log.info('listening', { worker: index, ...socket });
      config = {
        ...config,
        listeners: config.listeners.map((listener, at) => ({ ...listener, port: member.sockets[at].port })),
      };
    }
  }

  /** Resolves when the workers still alive have read their sockets empty and sent what they could within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#kernelSockets = readKernelSockets() ?? this.#kernelSockets;
    for (const member of this.#members) member.send({ kind: 'stop', graceMs });
    await Promise.all(this.#members.map(({ exit }) => exit));
  }

  /** Every worker has opened its sockets, and none is stopping. */
  get ready(): boolean {
    return !this.#stopping && this.#members.length > 0 && this.#members.every(({ sockets }) => sockets.length > 0);
  }

  /** Every worker has reported lately. */
  get live(): boolean {
    return this.#members.every((member) => member.live);
  }

  /** What all workers have counted, and what comes of earlier runs. */
  ledger(): Ledger {
    const { inherited } = this.#options;
    return sumCounters([...(inherited ? [inherited] : []), ...this.#members.map(({ counters }) => counters)]);
  }

  /** The exporters of all workers, by their last reports. */
  exporters(): ExporterState[] {
    return this.#members.flatMap(({ exporters }) => exporters);
  }

  /** The last senders of whom something was refused. */
  rejections(): Rejection[] {
    return mergeRejections(this.#members.flatMap(({ rejections }) => rejections));
  }

  /** The last export that failed, of all workers. */
  exportError(): ExportError | undefined {
    const errors = this.#members.flatMap(({ exportError }) => exportError ?? []);
    return errors.sort((a, b) => b.time - a.time)[0];
  }

  /** The sockets of all workers, with what the kernel says of them now; at the end, of before they were closed. */
  sockets(): SocketState[] {
    if (!this.#stopping) this.#kernelSockets = readKernelSockets();
    const opened = this.#members.flatMap(({ sockets }, worker) => sockets.map((socket) => ({ ...socket, worker })));
    const kernel = matchKernelSockets(opened, this.#kernelSockets ?? []);
    return opened.map((socket, index) => ({
      ...socket,
      queuedBytes: kernel[index]?.queuedBytes,
      droppedPackets: kernel[index]?.drops,
    }));
  }

  /** Takes a template or facts from beyond this process. */
  learn(announcement: Announcement | FactsAnnouncement): void {
    for (const member of this.#members) member.send({ kind: 'learn', announcement });
  }

  /** Hands files of the spool of earlier runs to the workers in turn. */
  adopt(paths: readonly string[]): void {
    for (const path of paths) {
      this.#members[this.#adopted++ % this.#members.length].send({ kind: 'adopt', path });
    }
  }

  /** Resolves when every worker runs with these settings. It must not be called again before that. */
  async configure(settings: WorkerSettings): Promise<void> {
    await Promise.all(this.#members.map((member) => member.configure(settings)));
  }

  /** Lets the workers hand over the next `count` traces. */
  requestTraces(count: number): void {
    Atomics.store(this.#tracesWanted, 0, count);
  }

  #receive(worker: number, message: Told): void {
    switch (message.kind) {
      case 'books':
        this.#options.onBooks?.(worker, message);
        break;
      case 'talkers':
        this.#options.onTalkers?.(worker, message);
        break;
      case 'counter samples':
        this.#options.onCounterSamples?.(message);
        break;
      case 'counts':
        this.#options.onCounts?.(message.counts);
        break;
      case 'trace':
        this.#options.onTrace(message.spans);
        break;
      case 'news':
        this.#options.onNews(message.announcement);
        for (const [other, member] of this.#members.entries()) {
          if (other !== worker) member.send({ kind: 'learn', announcement: message.announcement });
        }
        break;
    }
  }
}
