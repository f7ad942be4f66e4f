/**
 * What the sequence numbers of an exporter count. v5 and v7 count flows, v9 counts packets, IPFIX data records of all
 * kinds (RFC 7011 §3.1); but exporters of each version do what is right for another. In: how far the numbers advance
 * from packet to packet. Out: which unit explains that, so that nothing is called lost that another unit accounts for.
 */
import { SFLOW } from './header.ts';

export type SequenceUnit = 'packets' | 'flows' | 'data records' | 'records';

/** What a packet carries; NaN when that is not known, since a template is missing. */
export type Carried = { flows: number; options: number; templates: number };

/** `inclusive`: the number of a packet counts its own units too, not only those before it. */
type Candidate = { unit: SequenceUnit; inclusive: boolean };

const CANDIDATES: readonly Candidate[] = [
  { unit: 'packets', inclusive: false },
  { unit: 'flows', inclusive: false },
  { unit: 'data records', inclusive: false },
  { unit: 'records', inclusive: false },
  { unit: 'flows', inclusive: true },
  { unit: 'data records', inclusive: true },
  { unit: 'records', inclusive: true },
];

/** A candidate with so many more misses than another is out. */
const LEAD = 2;
/** Misses are halved when one has more, so that a change is noticed soon. */
const MAX_MISSES = 32;

/** A set of candidates, as bits. */
type Candidates = number;
const ALL: Candidates = 2 ** CANDIDATES.length - 1;

/** The usual unit of a version. */
export function usualUnit(version: number): SequenceUnit {
  if (version === 9 || version === SFLOW) return 'packets';
  return version === 10 ? 'data records' : 'flows';
}

/** What was learned, as it is kept over a restart. */
export type KeptUnit = Candidate & { misses: number[] | null };

export class UnitLearner {
  #current: number;
  /** Of each candidate: steps that it does not explain and another does. Undefined before the first such. */
  #misses: number[] | undefined;

  /** Begins with a unit that is believed unless the numbers say otherwise. */
  constructor(usual: SequenceUnit) {
    this.#current = CANDIDATES.findIndex(({ unit }) => unit === usual);
  }

  /** Goes on from what another has learned. */
  static resume({ unit, inclusive, misses }: KeptUnit): UnitLearner {
    const learner = new UnitLearner(unit);
    const known = CANDIDATES.findIndex((candidate) => candidate.unit === unit && candidate.inclusive === inclusive);
    learner.#current = Math.max(0, known);
    if (misses?.length === CANDIDATES.length) learner.#misses = [...misses];
    return learner;
  }

  /** What has been learned. */
  keep(): KeptUnit {
    return { ...CANDIDATES[this.#current], misses: this.#misses ? [...this.#misses] : null };
  }

  get unit(): SequenceUnit {
    return CANDIDATES[this.#current].unit;
  }

  get inclusive(): boolean {
    return CANDIDATES[this.#current].inclusive;
  }

  /** Units between the numbers of two packets that follow each other; NaN when that is not known. */
  expected(previous: Carried, next: Carried): number {
    return stepOf(this.#current, previous, next);
  }

  /**
   * Takes the step from one packet's number to the next one's; returns whether another unit is believed from now on.
   * When a template is missing, steps tell only whether it may be packets that are counted.
   */
  learn(step: number, previous: Carried, next: Carried): boolean {
    let explaining: Candidates = 0;
    for (let candidate = 0; candidate < CANDIDATES.length; candidate++) {
      if (step === stepOf(candidate, previous, next)) explaining |= 1 << candidate;
    }
    const isKnown = !Number.isNaN(previous.flows + next.flows);
    if (!isKnown && this.unit !== 'packets') return false;
    if (!isKnown && step > 1) explaining = ALL & ~(1 << this.#current);
    if (explaining === 0 || explaining === ALL) return false;
    this.#misses ??= CANDIDATES.map(() => 0);
    const misses = this.#misses;
    for (let candidate = 0; candidate < CANDIDATES.length; candidate++) {
      if ((explaining & (1 << candidate)) === 0 && ++misses[candidate] > MAX_MISSES) this.#halve();
    }
    if (misses[this.#current] < LEAD) return false;
    const best = misses.indexOf(Math.min(...misses));
    if (misses[this.#current] < misses[best] + LEAD) return false;
    this.#current = best;
    return true;
  }

  /**
   * Which other units doubt that a step leaves a gap of so many units: those that are not out and explain it without
   * one. Where packets are counted, a smaller gap is enough, and so is one that can't be told: what counts flows looks
   * as if packets were lost by the dozen.
   */
  doubters(step: number, gap: number, previous: Carried, next: Carried): Candidates {
    const doubts = CANDIDATES.map((_, candidate) => {
      const rest = step - stepOf(candidate, previous, next);
      return rest === 0 || (this.unit === 'packets' && (Number.isNaN(rest) || (rest > 0 && rest < gap)));
    });
    return this.stillIn(doubts.reduce((bits, doubt, candidate) => bits | (Number(doubt) << candidate), 0));
  }

  /** Those of these candidates that are not out. */
  stillIn(candidates: Candidates): Candidates {
    const misses = this.#misses;
    if (!misses) return candidates;
    const limit = misses[this.#current] + LEAD;
    return misses.reduce((bits, count, candidate) => (count < limit ? bits : bits & ~(1 << candidate)), candidates);
  }

  #halve(): void {
    for (const [candidate, count] of this.#misses!.entries()) this.#misses![candidate] = count >> 1;
  }
}

function stepOf(candidate: number, previous: Carried, next: Carried): number {
  const { unit, inclusive } = CANDIDATES[candidate];
  return countOf(unit, inclusive ? next : previous);
}

/** How many units a packet carries; NaN when that is not known. */
export function countOf(unit: SequenceUnit, { flows, options, templates }: Carried): number {
  if (unit === 'packets') return 1;
  if (unit === 'flows') return flows;
  return unit === 'data records' ? flows + options : flows + options + templates;
}
