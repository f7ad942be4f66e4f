/**
 * What all collectors of a resource have counted, those that are gone included: sums that never fall. In: reports, and
 * which pods there are. Out: the sums, and a text of bounded size from which another operator goes on.
 */
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import { type Account, account, COUNTER_NAMES, greaterOf, NOTHING, sumOf } from '../../crds/account.ts';
import type { Report } from '../../crds/report.ts';

/** `crashes`: collectors that ended without being told to, and were started again in their pod. */
export type Totals = { account: Account; crashes: number };

/**
 * What a pod's collector last told: the sums of all runs whose books are these, and how many flows it had in memory and
 * on disk.
 */
type PodSum = Totals & { books: string; inFlight: number; spooled: number };

/** A pod that is gone for so long tells nothing more, in milliseconds. */
const GONE_MS = 60_000;
/** Longest text, in bytes: a ConfigMap holds 1 MiB, in base64. 5,000 pods take 400 KB. */
const MAX_BYTES = 700 * 2 ** 10;
const MAX_UNPACKED = 16 * 2 ** 20;

const count = z.int().min(0);
const kept = z.object({
  past: z.object({ account, crashes: count }),
  names: z.array(z.string()),
  /**
   * By uid: books, crashes, flows in memory, those on a disk that goes with the pod, the counters in the order of
   * `names`, drops by reason.
   */
  pods: z.record(z.string(), z.tuple([z.string(), count, count, count, z.array(count), account.shape.droppedByReason])),
});
type KeptPod = z.input<typeof kept>['pods'][string];

export class Sums {
  #past: Totals = { account: NOTHING, crashes: 0 };
  readonly #pods = new Map<string, PodSum>();
  readonly #goneSince = new Map<string, number>();
  /** Pods whose disk goes with them. */
  readonly #spoolGoes = new Set<string>();

  get size(): number {
    return this.#pods.size;
  }

  /** Takes what the collector in a pod tells; returns whether it is news. */
  take(uid: string, { boot, counters, droppedByReason, earlier, inFlight, spooled }: Report): boolean {
    const before = this.#pods.get(uid);
    const current: Account = { counters, droppedByReason };
    this.#put(uid, {
      account: earlier ? sumOf(earlier.account, current) : current,
      crashes: earlier?.crashes ?? 0,
      books: earlier?.books ?? boot,
      inFlight,
      spooled,
    });
    return !isDeepStrictEqual(before, this.#pods.get(uid));
  }

  /**
   * Of pods that are not among these any more nothing is kept but their sums. `pods`: by uid, whether the disk goes
   * with it; `now`: by a clock that never goes back.
   */
  retire(pods: ReadonlyMap<string, boolean>, now: number): void {
    for (const [uid, sum] of this.#pods) {
      const spoolGoes = pods.get(uid);
      if (spoolGoes !== undefined) {
        this.#goneSince.delete(uid);
        if (spoolGoes) this.#spoolGoes.add(uid);
        continue;
      }
      const since = this.#goneSince.get(uid) ?? now;
      this.#goneSince.set(uid, since);
      if (now - since < GONE_MS) continue;
      this.#fold(sum, this.#spoolGoes.has(uid) ? sum.spooled : 0);
      this.#pods.delete(uid);
      this.#goneSince.delete(uid);
      this.#spoolGoes.delete(uid);
    }
  }

  totals(): Totals {
    let { account, crashes } = this.#past;
    for (const pod of this.#pods.values()) {
      account = sumOf(account, pod.account);
      crashes += pod.crashes;
    }
    return { account, crashes };
  }

  /** A text to be kept. Of too many pods those heard of last are left out: they tell it again. */
  encode(): Buffer {
    const pods = Array.from(this.#pods, ([uid, sum]): [string, KeptPod] => {
      const { books, crashes, inFlight, spooled, account } = sum;
      const counts = COUNTER_NAMES.map((name) => account.counters[name]);
      const going = this.#spoolGoes.has(uid) ? spooled : 0;
      return [uid, [books, crashes, inFlight, going, counts, account.droppedByReason]];
    });
    for (;;) {
      const record: z.input<typeof kept> = { past: this.#past, names: COUNTER_NAMES, pods: Object.fromEntries(pods) };
      const text = gzipSync(JSON.stringify(record));
      if (text.length <= MAX_BYTES) return text;
      pods.length = Math.floor(pods.length * 0.9);
    }
  }

  /**
   * Goes on with what another operator has kept; what has been told here since is newer. Throws when it can't be read.
   */
  load(text: Uint8Array): void {
    const { past, names, pods } = kept.parse(
      JSON.parse(gunzipSync(text, { maxOutputLength: MAX_UNPACKED }).toString()),
    );
    this.#past = { account: sumOf(this.#past.account, past.account), crashes: this.#past.crashes + past.crashes };
    for (const [uid, [books, crashes, inFlight, spooled, counts, droppedByReason]] of Object.entries(pods)) {
      const counters = { ...NOTHING.counters };
      for (const name of COUNTER_NAMES) counters[name] = counts[names.indexOf(name)] ?? 0;
      const newer = this.#pods.get(uid);
      this.#pods.set(uid, { books, crashes, inFlight, spooled, account: { counters, droppedByReason } });
      if (spooled > 0) this.#spoolGoes.add(uid);
      if (newer) this.#put(uid, newer);
    }
  }

  #put(uid: string, sum: PodSum): void {
    const before = this.#pods.get(uid);
    if (before && before.books !== sum.books) {
      // Another run, which has found no books to go on with.
      this.#fold({ ...before, crashes: before.crashes + 1 });
      this.#pods.set(uid, sum);
    } else if (before) {
      const crashes = Math.max(before.crashes, sum.crashes);
      this.#pods.set(uid, { ...sum, crashes, account: greaterOf(before.account, sum.account) });
    } else this.#pods.set(uid, sum);
  }

  /** What it had in memory, nobody will tell of; nor of `spooled`, what goes with its disk. */
  #fold({ account, crashes, inFlight }: PodSum, spooled = 0): void {
    const crashed: Account = {
      counters: { ...NOTHING.counters, dropped: inFlight + spooled },
      droppedByReason: { ...(inFlight > 0 && { crash: inFlight }), ...(spooled > 0 && { spool_gone: spooled }) },
    };
    this.#past = {
      account: sumOf(this.#past.account, sumOf(account, crashed)),
      crashes: this.#past.crashes + crashes,
    };
  }
}
