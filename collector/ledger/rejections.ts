/**
 * The last senders of whom something was refused, and why: so that whoever asks why a router is silent finds it. A
 * worker has its own; they are few for each reason, so that a flood of one hides no other, and are forgotten after
 * minutes.
 */
import type { PacketError } from './ledger.ts';

/** For so long a sender is remembered after its last packet of the kind. */
export const REMEMBERED_MS = 10 * 60_000;
/** Senders remembered for each reason. */
const MAX_OF_REASON = 16;
/** First bytes that are shown: enough for every header, and for a look at what else it may be. */
const SHOWN_BYTES = 32;
/** Senders that are news in a minute: made-up ones must not fill the log. */
const MAX_NEWS = 20;
const NEWS_INTERVAL_MS = 60_000;
/** What is wrong in detail is looked at once in this time: a flood must not cost more. */
const DETAIL_INTERVAL_MS = 1_000;

export type Sender = { listener: string; address: string; port: number };

export type Rejection = Sender & {
  reason: PacketError;
  /** What is wrong with the last one: where it is malformed, which template is missing, what else it seems to be. */
  detail?: string;
  /** Of the last one, in hexadecimal; of data that waited for their template, without their header. */
  firstBytes: string;
  count: number;
  /** Unix milliseconds. */
  firstTime: number;
  lastTime: number;
};

/** When a packet came: in Unix milliseconds, and by a clock that nobody sets. */
export type Moment = { receivedMs: number; monotonicMs: number };

type Kept = { rejection: Rejection; at: number; detailAt: number };

export class Rejections {
  readonly #reasons = new Map<PacketError, Map<string, Kept>>();
  #news = 0;
  #newsSince = Number.NEGATIVE_INFINITY;

  /**
   * Takes note of a packet; `explain` tells what is wrong in detail, if anything. Returns what is noted of its sender
   * when that is news: the first of it since it was last forgotten, and one of few.
   */
  add(
    reason: PacketError,
    { listener, address, port }: Sender,
    bytes: Uint8Array,
    { receivedMs, monotonicMs }: Moment,
    explain?: () => string,
  ): Rejection | undefined {
    const senders = this.#sendersOf(reason);
    const key = `${listener} ${address}`;
    let kept = senders.get(key);
    const isNew = !kept || monotonicMs - kept.at > REMEMBERED_MS;
    if (!kept || isNew) {
      if (!kept && senders.size >= MAX_OF_REASON) senders.delete(leastOf(senders));
      const rejection = {
        listener,
        address,
        port,
        reason,
        firstBytes: '',
        count: 0,
        firstTime: receivedMs,
        lastTime: 0,
      };
      kept = { rejection, at: monotonicMs, detailAt: Number.NEGATIVE_INFINITY };
      senders.set(key, kept);
    }
    const { rejection } = kept;
    rejection.count++;
    rejection.port = port;
    rejection.lastTime = receivedMs;
    kept.at = monotonicMs;
    if (monotonicMs - kept.detailAt >= DETAIL_INTERVAL_MS) {
      kept.detailAt = monotonicMs;
      rejection.firstBytes = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString('hex');
      if (explain) rejection.detail = explain();
    }
    return isNew && this.#isTold(monotonicMs) ? rejection : undefined;
  }

  /** Those that are not forgotten yet. */
  list(monotonicMs: number): Rejection[] {
    const all = [...this.#reasons.values()].flatMap((senders) => [...senders.values()]);
    return all.filter(({ at }) => monotonicMs - at <= REMEMBERED_MS).map(({ rejection }) => ({ ...rejection }));
  }

  #isTold(monotonicMs: number): boolean {
    if (monotonicMs - this.#newsSince >= NEWS_INTERVAL_MS) {
      this.#newsSince = monotonicMs;
      this.#news = 0;
    }
    return ++this.#news <= MAX_NEWS;
  }

  #sendersOf(reason: PacketError): Map<string, Kept> {
    let senders = this.#reasons.get(reason);
    if (!senders) {
      senders = new Map();
      this.#reasons.set(reason, senders);
    }
    return senders;
  }
}

/** Who sent least, of these the one that is silent longest: made-up senders come once, a router again and again. */
function leastOf(senders: ReadonlyMap<string, Kept>): string {
  const [[key]] = [...senders].sort(([, a], [, b]) => a.rejection.count - b.rejection.count || a.at - b.at);
  return key;
}

/** Adds up what several workers noted of one sender; the last to be seen first. */
export function mergeRejections(all: readonly Rejection[]): Rejection[] {
  const merged = new Map<string, Rejection>();
  for (const one of [...all].sort((a, b) => b.lastTime - a.lastTime)) {
    const key = `${one.reason} ${one.listener} ${one.address}`;
    const last = merged.get(key);
    if (!last) merged.set(key, one);
    else
      merged.set(key, {
        ...last,
        count: last.count + one.count,
        firstTime: Math.min(last.firstTime, one.firstTime),
      });
  }
  return [...merged.values()];
}
