/**
 * What sequence numbers say never came, and whether the exporter has begun anew; within an observation domain. Numbers
 * of packets that come late, twice, or after a restart say nothing of what was lost.
 */
import type { PacketHeader } from './header.ts';
import { type Carried, countOf, type SequenceUnit, UnitLearner } from './sequence-unit.ts';

/** Sequence numbers count modulo 2³². */
const MODULUS = 2 ** 32;
/** A number this far behind, and uptime by this, is a late packet; further, and the exporter began anew. */
const MAX_REORDERED = 10_000;
const MAX_REORDERED_MS = 60_000;
/** Uptime wraps after 49.7 days: it did when it fell and no more than this is missing up to 2³² and from 0 on. */
const MAX_WRAP_GAP_MS = 3_600_000;
/** A gap above this is no loss but a new beginning. */
const MAX_LOST = 1_000_000;

/** The next one; a late one; one with which numbers begin anew; or the first since its exporter was restarted. */
export type Order = 'next' | 'late' | 'anew' | 'restarted';

export type SequenceHeader = Pick<PacketHeader, 'sequence' | 'sysUptime' | 'exportMs'>;

/** Kept small: a sender may make up thousands of domains. */
export class Sequence {
  readonly #usual: SequenceUnit;
  #learner: UnitLearner | undefined;
  /** Of the latest packet: its number (-1: there was none yet), uptime, Export Time in seconds, and what it carried. */
  #last = -1;
  #sysUptime = 0;
  #exportTime = 0;
  #carried = NOTHING;
  /** The last gap: where it begins, how long it is, and how much of it is still missing. */
  #gap = NO_GAP;
  /** Units that were counted as missing and came late: as many fewer are missing from the next gap. */
  #cameLate = 0;
  /** Units that are missing unless one of these is the right unit. */
  #doubtful = NO_DOUBT;

  constructor(usual: SequenceUnit) {
    this.#usual = usual;
  }

  get unit(): SequenceUnit {
    return this.#learner?.unit ?? this.#usual;
  }

  /**
   * How a packet stands to those before it. Its exporter was restarted when its uptime fell and its numbers don't go on
   * or, without uptime, when its numbers begin anew.
   */
  orderOf({ sequence, sysUptime, exportMs }: SequenceHeader): Order {
    if (this.#last < 0) return 'anew';
    const step = (sequence - this.#last + MODULUS) % MODULUS;
    if (hasFallen(this.#sysUptime, sysUptime)) return step > MAX_REORDERED ? 'restarted' : 'anew';
    if (step < MODULUS / 2) return 'next';
    const noUptime = sysUptime === 0 && this.#sysUptime === 0;
    const isLater = noUptime && Math.floor(exportMs / 1000) > this.#exportTime;
    if (MODULUS - step <= MAX_REORDERED && !isLater) return 'late';
    return noUptime && sequence < MAX_REORDERED ? 'restarted' : 'anew';
  }

  /**
   * Takes a packet that stands so; returns how many units are missing before it. What comes late was counted as missing,
   * and can't be taken back, as counters only grow; it makes up for what goes missing next, so that exporters whose
   * packets overtake each other lose nothing.
   */
  track(order: Order, { sequence, sysUptime, exportMs }: SequenceHeader, carried: Carried): number {
    if (order === 'late') {
      this.#fill(sequence, carried);
      return 0;
    }
    const exportTime = Math.floor(exportMs / 1000);
    const step = (sequence - this.#last + MODULUS) % MODULUS;
    const isNext = order === 'next';
    if (isNext && step === 0 && exportTime === this.#exportTime && isSame(carried, this.#carried)) return 0;
    const missing = isNext ? this.#missing(sequence, step, carried) : 0;
    this.#last = sequence;
    this.#sysUptime = sysUptime;
    this.#exportTime = exportTime;
    this.#carried = carried;
    return missing;
  }

  #missing(sequence: number, step: number, carried: Carried): number {
    this.#learner ??= new UnitLearner(this.#usual);
    const learner = this.#learner;
    if (learner.learn(step, this.#carried, carried)) {
      this.#doubtful = NO_DOUBT;
      this.#cameLate = 0;
      this.#gap = NO_GAP;
    }
    let missing = 0;
    const gap = step - learner.expected(this.#carried, carried);
    if (gap > 0 && gap <= MAX_LOST) {
      this.#gap = { start: (sequence - gap + MODULUS) % MODULUS, units: gap, missing: gap };
      const doubters = learner.doubters(step, gap, this.#carried, carried);
      if (doubters === 0) missing = gap;
      else this.#doubt(gap, doubters);
    }
    if (this.#doubtful.units > 0 && learner.stillIn(this.#doubtful.doubters) === 0) {
      missing += this.#doubtful.units;
      this.#doubtful = NO_DOUBT;
    }
    const made = Math.min(missing, this.#cameLate);
    this.#cameLate -= made;
    return missing - made;
  }

  #doubt(gap: number, doubters: number): void {
    const units = Math.min(this.#doubtful.units + gap, MAX_LOST);
    this.#doubtful = { units, doubters: this.#doubtful.doubters | doubters };
  }

  #fill(sequence: number, carried: Carried): void {
    const gap = this.#gap;
    const units = countOf(this.unit, carried) || 0;
    const start = this.#learner?.inclusive ? sequence - units : sequence;
    if ((start - gap.start + MODULUS) % MODULUS >= gap.units) return;
    const filled = Math.min(units, gap.missing);
    gap.missing -= filled;
    this.#cameLate += filled;
  }
}

const NOTHING: Carried = { flows: 0, options: 0, templates: 0 };
const NO_GAP = { start: 0, units: 0, missing: 0 };
const NO_DOUBT = { units: 0, doubters: 0 };

function hasFallen(before: number, now: number): boolean {
  return before - now > MAX_REORDERED_MS && MODULUS - before + now > MAX_WRAP_GAP_MS;
}

function isSame(one: Carried, other: Carried): boolean {
  return one.flows === other.flows && one.options === other.options && one.templates === other.templates;
}
