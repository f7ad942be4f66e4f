/**
 * The books over the end of a run, however it comes. In: each second, what each worker has counted, and what its
 * sequences say at the same moment. Out: a file in the state folder, from which the next run goes on; and what was
 * written last, which is what the operator is told: so nothing that it was told is taken back later.
 */
import { readFileSync, rmSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Account, sumOf } from '../../crds/account.ts';
import type { Log } from '../../crds/common/log.ts';
import type { EarlierRuns } from '../../crds/report.ts';
import { openRunFolder, type RunFolder, UNFINISHED } from '../files/run-folder.ts';
import { COUNTER, type Counters, createCounters, type Ledger, sumCounters, writeOff } from '../ledger/ledger.ts';
import { flowsLeftIn } from '../spool/left.ts';
import type { KeptDomain } from '../templates/kept-sequences.ts';
import { accountOf } from './account.ts';
import { type Carried, carry } from './carry.ts';
import { drawId, type RunRecord, runRecord } from './record.ts';

const DIRECTORY = 'books';
const FILE = 'books.json';

/**
 * What a worker tells of one moment. `sequences`: JSON of KeptDomains, between commas, which costs a third of what a
 * copy of the objects would; `resumed`: keys of kept ones that it has gone on from since it told last.
 */
export type Snapshot = { counters: Counters; sequences: string; resumed: readonly string[] };

/** `inFlight`: flows in memory; `spooled`: on disk; `uptime`: milliseconds of a clock that never goes back. */
export type Written = { account: Account; inFlight: number; spooled: number; uptime: number };

export type BooksOptions = {
  /** `templates.stateDir` of the configuration. */
  stateDir: string;
  /** Where the spool is; undefined when there is none. */
  spool: RunFolder | undefined;
  log: Log;
  /** Unix milliseconds, and those of a clock that never goes back. */
  now?: () => number;
  monotonic?: () => number;
};

export class Books {
  /** What earlier runs have counted. */
  readonly earlier: EarlierRuns;
  /** Sequences that they have kept, and which of them a worker has taken. */
  readonly kept: { domains: readonly KeptDomain[]; claims: Int32Array<SharedArrayBuffer> };
  /** Those that no worker has told of yet, by key, as JSON. */
  readonly #waiting: Map<string, string>;
  /** A row of the ledger: flows that were in memory when an earlier run was killed. */
  readonly counters = createCounters();
  readonly #options: Required<BooksOptions>;
  readonly #carried: Carried;
  readonly #spools: readonly string[];
  readonly #found: number;
  readonly #snapshots = new Map<number, Snapshot>();
  /** Workers that have told something since the file was written. */
  readonly #fresh = new Set<number>();
  #folder: RunFolder | undefined;
  #writing: Promise<void> | undefined;
  #text = '';
  #written: Written | undefined;
  #error: string | undefined;

  private constructor(
    options: Required<BooksOptions>,
    folder: RunFolder | undefined,
    carried: Carried,
    left: ReadonlyMap<string, number>,
  ) {
    this.#options = options;
    this.#folder = folder;
    this.#carried = carried;
    this.earlier = carried.earlier;
    const claims = new Int32Array(new SharedArrayBuffer(carried.sequences.length * Int32Array.BYTES_PER_ELEMENT));
    this.kept = { domains: carried.sequences, claims };
    this.#waiting = new Map(carried.sequences.map((one) => [one.key, JSON.stringify(one)]));
    this.counters[COUNTER.flowsAdopted] = carried.crashed;
    this.counters[COUNTER['flowsDropped.crash']] = carried.crashed;
    this.#spools = options.spool ? [options.spool.run, ...left.keys()] : [];
    this.#found = [...left.values()].reduce((total, flows) => total + flows, carried.crashed);
  }

  /**
   * Goes on with the books of earlier runs whose processes are gone. To be called before their spool is taken over.
   * Where the folder can't be used, books are kept in memory only, and `error` says why.
   */
  static async open(options: BooksOptions): Promise<Books> {
    const { stateDir, spool, log } = options;
    const all = { now: Date.now, monotonic: () => performance.now(), ...options };
    const left = new Map<string, number>();
    let folder: RunFolder | undefined;
    let paths: string[] = [];
    let failure: unknown;
    try {
      folder = await openRunFolder({
        directory: join(stateDir, DIRECTORY),
        extension: '.json',
        code: 'E_STATE_DIR',
        log,
      });
      for (const [run, files] of (await spool?.abandoned()) ?? []) {
        left.set(
          run,
          files.reduce((total, path) => total + flowsLeftIn(path), 0),
        );
      }
      paths = await folder.takeOver();
    } catch (error) {
      failure = error;
    }
    const carried = carry(
      paths.flatMap((path) => readRecord(path, log)),
      left,
      drawId(),
    );
    const books = new Books(all, folder, carried, left);
    if (failure) books.#fail(failure);
    await books.#write(false);
    // Only now: until then they may be needed again.
    if (books.error === undefined) for (const path of paths) rmSync(path, { force: true });
    const { crashes, account } = carried.earlier;
    if (paths.length > 0) {
      log.info('the books of earlier runs go on', { crashes, flows: account.counters.flows, crashed: carried.crashed });
    }
    return books;
  }

  /** What was written last, and when, by the clock that never goes back; undefined while that fails. */
  get written(): Written | undefined {
    return this.#error === undefined ? this.#written : undefined;
  }

  /** Why the file could not be written last; undefined when it could. */
  get error(): string | undefined {
    return this.#error;
  }

  /** What was counted in all runs, this one included. */
  total(ledger: Ledger): Account {
    return sumOf(this.earlier.account, this.#accountOf(ledger));
  }

  /** Takes what a worker tells of this moment. Once all have told, or one again, it is written. */
  take(worker: number, workers: number, snapshot: Snapshot): void {
    const again = this.#fresh.has(worker);
    this.#snapshots.set(worker, snapshot);
    for (const key of snapshot.resumed) this.#waiting.delete(key);
    this.#fresh.add(worker);
    if (again || this.#fresh.size >= workers)
      this.#writing ??= this.#write(false).finally(() => {
        this.#writing = undefined;
      });
  }

  /** A worker has ended by a fault: what it told of last is what it has counted. */
  writeOff(worker: number): void {
    const snapshot = this.#snapshots.get(worker);
    if (snapshot) writeOff(snapshot.counters);
  }

  /** The run ends in order, and all has been told. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#write(true);
    await this.#folder?.close();
  }

  async #write(closed: boolean): Promise<void> {
    const { now, monotonic } = this.#options;
    this.#fresh.clear();
    if (this.#folder === undefined) return;
    const uptime = monotonic();
    const ledger = sumCounters([this.counters, ...this.#snapshots.values().map(({ counters }) => counters)]);
    const record = this.#record(ledger, closed);
    const path = join(this.#folder.path, FILE);
    // The time alone is no news.
    const text = `${JSON.stringify(record).slice(0, -1)},"sequences":[${this.#sequences()}]}`;
    try {
      if (text !== this.#text) {
        await writeFile(path + UNFINISHED, `{"time":${now()},${text.slice(1)}`, { mode: 0o600 });
        await rename(path + UNFINISHED, path);
      }
      this.#text = text;
      const { flowsInFlight: inFlight, flowsSpooled: spooled } = ledger;
      this.#written = { account: record.account, inFlight, spooled, uptime };
      this.#error = undefined;
    } catch (error) {
      this.#fail(error);
    }
  }

  #record(ledger: Ledger, closed: boolean): Omit<RunRecord, 'time' | 'sequences'> {
    return {
      run: this.#folder!.run,
      closed,
      earlier: this.earlier,
      account: this.#accountOf(ledger),
      adopted: ledger.flowsAdopted,
      spooled: ledger.flowsSpooled,
      spools: [...this.#spools],
      found: this.#found,
      unbooked: Math.max(0, this.#carried.unbooked - ledger.lostFlows),
      merged: this.#carried.merged,
    };
  }

  /** Flows that came, as the disk shows, are not lost: their sequences don't know. */
  #accountOf(ledger: Ledger): Account {
    const { unbooked } = this.#carried;
    const less = (count: number) => Math.max(0, count - unbooked);
    return accountOf({
      ...ledger,
      lostFlows: less(ledger.lostFlows),
      lostFlowsBetweenRuns: less(ledger.lostFlowsBetweenRuns),
    });
  }

  /** Of a domain there may be several, of which the next run takes the latest. */
  #sequences(): string {
    const told = this.#snapshots.values().map(({ sequences }) => sequences);
    return [...this.#waiting.values(), ...told].filter((text) => text !== '').join(',');
  }

  #fail(error: unknown): void {
    this.#error = String(error);
    this.#options.log.error('the books can’t be written: what comes of a crash will not be known', {
      folder: join(this.#options.stateDir, DIRECTORY),
      error: this.#error,
    });
  }
}

function readRecord(path: string, log: Log): RunRecord[] {
  try {
    return [runRecord.parse(JSON.parse(readFileSync(path, 'utf8')))];
  } catch (error) {
    log.warn('the books of an earlier run can’t be read: they are left out', { path, error: String(error) });
    return [];
  }
}
