/**
 * What sequence numbers say never came, and whether the exporter has begun anew; within an observation domain. Numbers
 * of packets that come late, twice, or after a restart say nothing of what was lost.
 */
import type { PacketHeader } from './header.ts';
import { type Carried, countOf, type KeptUnit, type SequenceUnit, UnitLearner } from './sequence-unit.ts';

/** Sequence numbers count modulo 2³²: `>>> 0` of a difference is a step. */
const MODULUS = 2 ** 32;
/** A number this far behind, and uptime by this, is a late packet; further, and the exporter began anew. */
const MAX_REORDERED = 10_000;
const MAX_REORDERED_MS = 60_000;
/** Uptime wraps after 49.7 days: it did when it fell and no more than this is missing up to 2³² and from 0 on. */
const MAX_WRAP_GAP_MS = 3_600_000;
/** A gap above this is no loss but a new beginning. */
const MAX_LOST = 1_000_000;
/** So may one over which no collector ran, for each second of it: a device exports no more. */
const MAX_LOST_PER_SECOND = 100_000;
/** After so many packets as expected, others have nothing to learn from: it would take more time than all else here. */
const SETTLED = 64;

/** The next one; a late one; one with which numbers begin anew; or the first since its exporter was restarted. */
export type Order = 'next' | 'late' | 'anew' | 'restarted';

/** What is known of a sequence once there is a second packet. */
type Account = {
  learner: UnitLearner;
  /** The last gap: where it begins, how long it is, and how much of it is still missing. */
  gap: { start: number; units: number; missing: number };
  /** Units that were counted as missing and came late: as many fewer are missing from the next gap. */
  cameLate: number;
  /** Units that are missing unless one of these is the right unit. */
  doubtful: { units: number; doubters: number };
  /** Packets, up to `SETTLED`, whose numbers were as expected, one after another. */
  asExpected: number;
};

/**
 * A sequence as it is kept over a restart of the collector: of its latest packet the number, uptime, Export Time in
 * seconds, and what it carried; null, which JSON has, stands for a count that is not known. `account` is null until
 * there was a second packet.
 */
export type KeptSequence = {
  last: number;
  sysUptime: number;
  exportTime: number;
  carried: { [Count in keyof Carried]: number | null };
  account: (Omit<Account, 'learner'> & { learner: KeptUnit }) | null;
};

export type SequenceHeader = Pick<PacketHeader, 'sequence' | 'sysUptime' | 'exportMs'>;

/** Kept small: a sender may make up thousands of domains, with one packet for each. */
export class Sequence {
  readonly #usual: SequenceUnit;
  /** Since the second packet. */
  #account: Account | undefined;
  /** Of the latest packet: its number (-1: there was none yet), uptime, Export Time in seconds, and what it carried. */
  #last = -1;
  #sysUptime = 0;
  #exportTime = 0;
  #carried = NOTHING;
  /** A longer gap before the next packet is no loss. */
  #maxLost = MAX_LOST;

  constructor(usual: SequenceUnit) {
    this.#usual = usual;
  }

  /** Whether there was a packet. */
  get begun(): boolean {
    return this.#last >= 0;
  }

  /** Its state, to be kept. */
  keep(): KeptSequence {
    const { flows, options, templates } = this.#carried;
    const account = this.#account;
    return {
      ...{ last: this.#last, sysUptime: this.#sysUptime, exportTime: this.#exportTime },
      carried: { flows: known(flows), options: known(options), templates: known(templates) },
      account: account
        ? {
            learner: account.learner.keep(),
            gap: { ...account.gap },
            cameLate: account.cameLate,
            doubtful: { ...account.doubtful },
            asExpected: account.asExpected,
          }
        : null,
    };
  }

  /** Goes on from what was kept `elapsedMs` ago, so that what came meanwhile is missing before the next packet. */
  resume({ last, sysUptime, exportTime, carried, account }: KeptSequence, elapsedMs: number): void {
    this.#last = last;
    this.#sysUptime = sysUptime;
    this.#exportTime = exportTime;
    const count = (kept: number | null) => kept ?? Number.NaN;
    this.#carried = {
      flows: count(carried.flows),
      options: count(carried.options),
      templates: count(carried.templates),
    };
    this.#account = account ? { ...account, learner: UnitLearner.resume(account.learner) } : undefined;
    this.#maxLost = Math.max(MAX_LOST, (elapsedMs / 1_000) * MAX_LOST_PER_SECOND);
  }

  get unit(): SequenceUnit {
    return this.#account?.learner.unit ?? this.#usual;
  }

  /**
   * How a packet stands to those before it. Its exporter was restarted when its uptime fell and its numbers don't go on
   * or, without uptime, when its numbers begin anew.
   */
  orderOf({ sequence, sysUptime, exportMs }: SequenceHeader): Order {
    if (this.#last < 0) return 'anew';
    const step = (sequence - this.#last) >>> 0;
    if (hasFallen(this.#sysUptime, sysUptime)) return step > MAX_REORDERED ? 'restarted' : 'anew';
    if (step < MODULUS / 2) return 'next';
    const noUptime = sysUptime === 0 && this.#sysUptime === 0;
    const isLater = noUptime && Math.floor(exportMs / 1000) > this.#exportTime;
    if (MODULUS - step <= MAX_REORDERED && !isLater) return 'late';
    return noUptime && sequence < MAX_REORDERED ? 'restarted' : 'anew';
  }

  /**
   * Takes a packet that stands so; returns how many units are missing before it. What comes late was counted as
   * missing, and can't be taken back, as counters only grow; it makes up for what goes missing next, so that exporters
   * whose packets overtake each other lose nothing.
   */
  track(order: Order, { sequence, sysUptime, exportMs }: SequenceHeader, carried: Carried): number {
    if (order === 'late') {
      this.#fill(sequence, carried);
      return 0;
    }
    const exportTime = Math.floor(exportMs / 1000);
    const step = (sequence - this.#last) >>> 0;
    const isNext = order === 'next';
    if (isNext && step === 0 && exportTime === this.#exportTime && isSame(carried, this.#carried)) return 0;
    const missing = isNext ? this.#missing(sequence, step, carried) : 0;
    this.#maxLost = MAX_LOST;
    this.#last = sequence;
    this.#sysUptime = sysUptime;
    this.#exportTime = exportTime;
    this.#carried = isSame(carried, NOTHING) ? NOTHING : carried;
    return missing;
  }

  #missing(sequence: number, step: number, carried: Carried): number {
    this.#account ??= {
      learner: new UnitLearner(this.#usual),
      gap: { start: 0, units: 0, missing: 0 },
      cameLate: 0,
      doubtful: { units: 0, doubters: 0 },
      asExpected: 0,
    };
    const account = this.#account;
    const { learner, doubtful } = account;
    if (step === learner.expected(this.#carried, carried) && doubtful.units === 0) {
      if (account.asExpected === SETTLED) return 0;
      account.asExpected++;
    } else {
      account.asExpected = 0;
    }
    const before = learner.unit;
    if (learner.learn(step, this.#carried, carried)) {
      doubtful.units = 0;
      doubtful.doubters = 0;
      account.gap.units = 0;
      if ((before === 'packets') !== (learner.unit === 'packets')) account.cameLate = 0;
    }
    let missing = 0;
    const gap = step - learner.expected(this.#carried, carried);
    if (gap > 0 && gap <= this.#maxLost) {
      account.gap = { start: (sequence - gap) >>> 0, units: gap, missing: gap };
      const doubters = learner.doubters(step, gap, this.#carried, carried);
      if (doubters === 0) {
        missing = gap;
      } else {
        doubtful.units = Math.min(doubtful.units + gap, this.#maxLost);
        doubtful.doubters |= doubters;
      }
    }
    if (doubtful.units > 0 && learner.stillIn(doubtful.doubters) === 0) {
      missing += doubtful.units;
      doubtful.units = 0;
      doubtful.doubters = 0;
    }
    const made = Math.min(missing, account.cameLate);
    account.cameLate -= made;
    return missing - made;
  }

  #fill(sequence: number, carried: Carried): void {
    const account = this.#account;
    if (!account) return;
    const { gap, learner } = account;
    const units = countOf(learner.unit, carried) || 0;
    const start = learner.inclusive ? sequence - units : sequence;
    if ((start - gap.start) >>> 0 >= gap.units) return;
    const filled = Math.min(units, gap.missing);
    gap.missing -= filled;
    account.cameLate += filled;
  }
}

const NOTHING: Carried = { flows: 0, options: 0, templates: 0 };

function known(count: number): number | null {
  return Number.isNaN(count) ? null : count;
}

function hasFallen(before: number, now: number): boolean {
  return before - now > MAX_REORDERED_MS && MODULUS - before + now > MAX_WRAP_GAP_MS;
}

function isSame(one: Carried, other: Carried): boolean {
  return one.flows === other.flows && one.options === other.options && one.templates === other.templates;
}
