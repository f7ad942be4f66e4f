/**
 * What sequence numbers say never came. v5 and v7 count flows, v9 counts packets, IPFIX counts data records of all
 * kinds (RFC 7011 §3.1); each within an observation domain.
 */

/** Sequence numbers count modulo 2³². */
const MODULUS = 2 ** 32;
/** A packet this far behind in number, and in uptime, is late; one further behind means that the exporter restarted. */
const MAX_REORDERED = 10_000;
const MAX_REORDERED_MS = 60_000;
/** A larger gap is not a loss but a restart. */
const MAX_LOST = 1_000_000;

export class Sequence {
  #next = -1;
  #sysUptime = 0;
  /** The last gap: where it begins, how long it is, and how much of it is still missing. */
  #gap = { start: 0, units: 0, missing: 0 };
  /** Units that were counted as missing and came late: as many fewer are missing from the next gap. */
  #cameLate = 0;

  /**
   * Takes a packet with this sequence number that carries `units` of what its version counts (-1: unknown); returns
   * how many units are missing before it. What comes late was counted as missing, and can't be taken back, as counters
   * only grow; it makes up for what goes missing next, so that exporters whose packets overtake each other lose nothing.
   */
  track(sequence: number, units: number, sysUptime: number): number {
    const expected = this.#next;
    const fallen = (this.#sysUptime - sysUptime + MODULUS) % MODULUS;
    const restarted = fallen > MAX_REORDERED_MS && fallen < MODULUS / 2;
    const gap = (sequence - expected + MODULUS) % MODULUS;
    const late = expected >= 0 && !restarted && gap > MODULUS - MAX_REORDERED;
    if (late) {
      this.#fill(sequence, units);
      return 0;
    }
    this.#sysUptime = sysUptime;
    this.#next = units < 0 ? -1 : (sequence + units) % MODULUS;
    if (expected < 0 || restarted || gap > MAX_LOST || gap === 0) return 0;
    this.#gap = { start: expected, units: gap, missing: gap };
    const made = Math.min(gap, this.#cameLate);
    this.#cameLate -= made;
    return gap - made;
  }

  #fill(sequence: number, units: number): void {
    const gap = this.#gap;
    if ((sequence - gap.start + MODULUS) % MODULUS >= gap.units) return;
    const filled = Math.min(Math.max(0, units), gap.missing);
    gap.missing -= filled;
    this.#cameLate += filled;
  }
}
