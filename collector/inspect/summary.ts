/** What all packets came to. */
import type { InspectedPacket } from './inspector.ts';
import type { ToldFact } from './joins.ts';

export type Summary = {
  packets: number;
  /** Told anew or otherwise. */
  templates: number;
  options: number;
  flows: number;
  /** What options data told, in which packet, and how many attributes of flows have it from there. */
  told: readonly ToldFact[];
  /** By what is wrong; numbers that differ from packet to packet are N. */
  problems: { what: string; count: number; packet: number }[];
  /** Data sets that still wait for their template. */
  waiting: number;
};

/** Kinds of problems that are told apart. */
const MAX_PROBLEMS = 100;

export class Summing {
  #packets = 0;
  #templates = 0;
  #options = 0;
  #flows = 0;
  readonly #problems = new Map<string, Summary['problems'][number]>();

  add({ packet, templates, options, flows, released, problems }: InspectedPacket): void {
    this.#packets++;
    this.#templates += templates.filter(({ news }) => news !== 'repeated').length;
    this.#options += options.length;
    this.#flows += flows.length + released.reduce((total, { flows }) => total + flows.length, 0);
    for (const { what, section } of problems) {
      const whole = what + (section ? ` (${section})` : '');
      const kind = what.replace(/\b\d+\b/g, 'N') + (section ? ` (${section})` : '');
      const known = this.#problems.get(kind);
      if (known) {
        known.count++;
        if (known.what !== whole) known.what = kind;
      } else if (this.#problems.size < MAX_PROBLEMS) this.#problems.set(kind, { what: whole, count: 1, packet });
    }
  }

  end(told: readonly ToldFact[], waiting: number): Summary {
    const problems = [...this.#problems.values()];
    const [packets, templates, options, flows] = [this.#packets, this.#templates, this.#options, this.#flows];
    return { packets, templates, options, flows, told, problems, waiting };
  }
}
