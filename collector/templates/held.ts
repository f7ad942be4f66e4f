/**
 * Data sets that came before their template (RFC 7011 §9.3), or that do not fit the one that is known. In: their bytes
 * and what their packet's header said; out: the same, when a template is learned that they fit. Bounded in bytes, for
 * each exporter and in all, and in age.
 */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { Budget } from '../../crds/common/budget.ts';
import { countRecords, MISMATCH } from '../decode/fit.ts';
import type { Exporter, HeldSet, StoredTemplate } from './exporter.ts';

/** Memory of a held set beyond its bytes. */
const OVERHEAD = 512;

export class HeldSets {
  readonly #budget: Budget<Exporter, HeldSet>;

  /** `onDiscard` is told of each set that was given up for want of room. */
  constructor(limits: CollectorConfig['limits'], onDiscard: (set: HeldSet) => void) {
    this.#budget = new Budget({
      ofAll: { size: limits.heldBytes },
      ofOne: { size: limits.heldBytesPerExporter },
      ownerOf: ({ exporter }) => exporter,
      sizeOf: costOf,
      usedAt: ({ monotonicMs }) => monotonicMs,
      worthOf: ({ exporter }, now) => (exporter.isInUse(now) ? 2 : 0),
      since: ({ flowsSince }) => flowsSince,
      forget: (set) => {
        unlink(set);
        onDiscard(set);
      },
    });
  }

  get bytes(): number {
    return this.#budget.size;
  }

  /** Holds a set; others, or itself, may be given up for it. */
  add(set: HeldSet): void {
    const { exporter, key } = set;
    const waiting = exporter.held.get(key) ?? new Set();
    exporter.held.set(key, waiting.add(set));
    exporter.heldSets++;
    exporter.heldBytes += costOf(set);
    this.#budget.add(set, set.monotonicMs);
  }

  /**
   * The sets of an exporter that wait for a template and fit it, in the order they came. They are held no longer; the
   * others are, and are now known not to fit: `onMisfit` is told of each, once.
   */
  take({ exporter, key, template, padded }: StoredTemplate, onMisfit: (set: HeldSet) => void): HeldSet[] {
    const sets: HeldSet[] = [];
    for (const set of exporter.held.get(key) ?? []) {
      if (set.tried?.template === template && set.tried.padded === padded) continue;
      set.tried = { template, padded };
      if (countRecords(set.bytes, template, 0, set.bytes.length, padded) !== MISMATCH) sets.push(set);
      else if (!set.misfit) {
        set.misfit = true;
        onMisfit(set);
      }
    }
    for (const set of sets) this.#remove(set);
    return sets;
  }

  /** Bytes that an exporter holds for the template of this key. */
  bytesFor(exporter: Exporter, key: number): number {
    let bytes = 0;
    for (const set of exporter.held.get(key) ?? []) bytes += costOf(set);
    return bytes;
  }

  /** Gives up what waits for a template and came before its exporter was restarted; returns how many sets that were. */
  giveUpOlder({ exporter, key, epoch }: StoredTemplate): number {
    const older = [...(exporter.held.get(key) ?? [])].filter((set) => set.epoch < epoch);
    for (const set of older) this.#remove(set);
    return older.length;
  }

  /** Gives up what was received before `time`; returns how many sets that were. */
  expire(time: number): number {
    const old = [...this.#budget.values()].filter(({ monotonicMs }) => monotonicMs < time);
    for (const set of old) this.#remove(set);
    return old.length;
  }

  /** Gives up all sets of an exporter; returns how many that were. */
  forget(exporter: Exporter): number {
    const sets = [...this.#budget.of(exporter)];
    for (const set of sets) this.#remove(set);
    return sets.length;
  }

  #remove(set: HeldSet): void {
    if (this.#budget.delete(set)) unlink(set);
  }
}

function costOf({ bytes }: HeldSet): number {
  return bytes.length + OVERHEAD;
}

function unlink(set: HeldSet): void {
  const { exporter, key } = set;
  const waiting = exporter.held.get(key);
  waiting?.delete(set);
  if (waiting?.size === 0) exporter.held.delete(key);
  exporter.heldSets--;
  exporter.heldBytes -= costOf(set);
}
