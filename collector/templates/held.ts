/**
 * Data sets that came before their template (RFC 7011 §9.3), or that do not fit the one that is known. In: their bytes
 * and what their packet's header said; out: the same, when a template is learned that they fit. Bounded in bytes, for
 * each exporter and in all, and in age: the oldest go.
 */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { countRecords, MISMATCH } from '../decode/fit.ts';
import type { Exporter, HeldSet, StoredTemplate } from './exporter.ts';

/** Memory of a held set beyond its bytes. */
const OVERHEAD = 512;

export class HeldSets {
  readonly #limits: CollectorConfig['limits'];
  /** The oldest first. */
  readonly #queue = new Set<HeldSet>();
  #bytes = 0;

  constructor(limits: CollectorConfig['limits']) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Holds a set; returns how many had to be given up for it. */
  add(set: HeldSet): number {
    const { exporter } = set;
    const bytes = set.bytes.length + OVERHEAD;
    this.#queue.add(set);
    exporter.held.add(set);
    exporter.heldBytes += bytes;
    this.#bytes += bytes;
    let discarded = 0;
    while (exporter.heldBytes > this.#limits.heldBytesPerExporter) discarded += this.#removeFirst(exporter.held);
    while (this.#bytes > this.#limits.heldBytes) discarded += this.#removeFirst(this.#queue);
    return discarded;
  }

  /**
   * The sets of an exporter that wait for a template and fit it, in the order they came. They are held no longer; the
   * others are, and are now known not to fit: `onMisfit` is told of each, once.
   */
  take({ exporter, key, template, padded }: StoredTemplate, onMisfit: (set: HeldSet) => void): HeldSet[] {
    const sets: HeldSet[] = [];
    for (const set of exporter.held) {
      if (set.key !== key) continue;
      if (countRecords(set.bytes, template, 0, set.bytes.length, padded) !== MISMATCH) sets.push(set);
      else if (!set.misfit) {
        set.misfit = true;
        onMisfit(set);
      }
    }
    for (const set of sets) this.#remove(set);
    return sets;
  }

  /** Gives up what waits for a template and came before its exporter was restarted; returns how many sets that were. */
  giveUpOlder({ exporter, key, epoch }: StoredTemplate): number {
    const older = [...exporter.held].filter((set) => set.key === key && set.epoch < epoch);
    for (const set of older) this.#remove(set);
    return older.length;
  }

  /** Gives up what was received before `time`; returns how many sets that were. */
  expire(time: number): number {
    let discarded = 0;
    for (const set of this.#queue) {
      if (set.monotonicMs >= time) break;
      this.#remove(set);
      discarded++;
    }
    return discarded;
  }

  /** Gives up all sets of an exporter; returns how many that were. */
  forget(exporter: Exporter): number {
    const discarded = exporter.held.size;
    for (const set of exporter.held) this.#remove(set);
    return discarded;
  }

  #removeFirst(sets: ReadonlySet<HeldSet>): number {
    for (const set of sets) {
      this.#remove(set);
      return 1;
    }
    return 0;
  }

  #remove(set: HeldSet): void {
    const bytes = set.bytes.length + OVERHEAD;
    this.#queue.delete(set);
    set.exporter.held.delete(set);
    set.exporter.heldBytes -= bytes;
    this.#bytes -= bytes;
  }
}
