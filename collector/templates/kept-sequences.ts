/**
 * Sequences of all domains over a restart of the collector, so that what exporters sent meanwhile is known to be lost.
 * In: what an earlier run has kept; out: each of them once, to the worker that hears of the domain first.
 */
import type { KeptSequence } from '../decode/sequence.ts';
import type { Domain, Exporter } from './exporter.ts';

/** `at`: when its exporter was last heard of, in Unix milliseconds. */
export type KeptDomain = { key: string; at: number; sequence: KeptSequence };

/** Of each worker, those of the exporters heard of last; and of one exporter. */
const MAX_KEPT = 4_096;
const MAX_KEPT_PER_EXPORTER = 256;

export class KeptSequences {
  readonly #kept: ReadonlyMap<string, { kept: KeptDomain; index: number }>;
  readonly #claims: Int32Array<SharedArrayBuffer>;
  #resumed: string[] = [];

  /** `claims` is shared by all workers: for each of the kept ones, whether a worker has taken it. */
  constructor(kept: readonly KeptDomain[], claims: Int32Array<SharedArrayBuffer>) {
    this.#kept = new Map(kept.map((one, index) => [one.key, { kept: one, index }]));
    this.#claims = claims;
  }

  /** Makes a domain of which no packet has come go on from what was kept; returns whether there was something. */
  resume(listener: string, domain: Domain, now: number): boolean {
    const found = this.#kept.get(keyOf(listener, domain));
    if (!found || Atomics.exchange(this.#claims, found.index, 1) === 1) return false;
    domain.sequence.resume(found.kept.sequence, now - found.kept.at);
    this.#resumed.push(found.kept.key);
    return true;
  }

  /** Keys of those that this worker has taken since it was asked last: what was kept of them is out of date. */
  takeResumed(): string[] {
    const resumed = this.#resumed;
    this.#resumed = [];
    return resumed;
  }
}

/** What there is to keep, of the exporters heard of last. `nameOf` gives the name of a listener. */
export function keepSequences(
  exporters: ReadonlyMap<string, Exporter>,
  nameOf: (listener: number) => string,
): KeptDomain[] {
  const kept: KeptDomain[] = [];
  for (const exporter of [...exporters.values()].reverse().sort((a, b) => b.heardAt - a.heardAt)) {
    const begun = exporter.domains.values().filter(({ sequence }) => sequence.begun);
    const room = Math.min(MAX_KEPT_PER_EXPORTER, MAX_KEPT - kept.length);
    for (const domain of begun.take(room)) {
      const key = keyOf(nameOf(exporter.listener), domain);
      kept.push({ key, at: exporter.lastPacketTime, sequence: domain.sequence.keep() });
    }
    if (kept.length === MAX_KEPT) break;
  }
  return kept;
}

/** Listeners by their names: their order may be another one next time. */
function keyOf(listener: string, { exporter, key }: Domain): string {
  return `${listener} ${exporter.source} ${key}`;
}
