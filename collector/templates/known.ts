/**
 * All templates that this collector knows, and what devices told of themselves, for those beyond its workers: the state
 * file, and other collectors. In: announcements. An exporter's own word counts for more than what is adopted, which
 * takes nobody's place. Bounded in bytes: who told most loses what it told first.
 */
import { Shares } from '../../crds/common/shares.ts';
import { supersedes } from '../../crds/common/supersedes.ts';
import { type AnnouncedFact, MAX_FACTS } from '../../crds/fact.ts';
import { exporterOf } from '../../crds/origin.ts';
import { type Announced, type AnnouncedTemplate, identityOf, sizeOf } from '../../crds/template.ts';

/** Of templates, and as much of facts. */
const MAX_BYTES = 48 * 2 ** 20;
/** Memory of one beyond its characters: measured. */
const OVERHEAD = 1_024;

export class KnownTemplates {
  readonly #templates: Shares<AnnouncedTemplate>;
  readonly #facts = sharesOf<AnnouncedFact>(MAX_FACTS);
  readonly #listeners: ((announced: Announced) => void)[] = [];

  /** `limit`: templates at most. */
  constructor(limit: number) {
    this.#templates = sharesOf(limit);
  }

  /** Templates, then facts; of each what was learned longest ago first. */
  list(): Announced[] {
    return [...this.#templates.values(), ...this.#facts.values()];
  }

  /** The template or fact of this identity. */
  get(identity: string): Announced | undefined {
    return this.#templates.get(identity) ?? this.#facts.get(identity);
  }

  /** `listener` is called with each template and fact that is new, or supersedes the previous one. */
  onNews(listener: (announced: Announced) => void): void {
    this.#listeners.push(listener);
  }

  /** Returns whether it was news. */
  add(announced: Announced): boolean {
    const identity = identityOf(announced);
    const known = this.#find(announced);
    if (known && !supersedes(announced, known)) return false;
    const exporter = exporterOf(announced);
    if ('fact' in announced) this.#facts.put(exporter, identity, announced);
    else this.#templates.put(exporter, identity, announced);
    for (const listener of this.#listeners) listener(announced);
    return true;
  }

  /** Takes what another collector knows, if there is room; returns it as it is kept, if it was news. */
  adopt(told: Announced): Announced | undefined {
    const announced = { ...told, adopted: true };
    const { isFull } = 'fact' in announced ? this.#facts : this.#templates;
    if (isFull && !this.#find(announced)) return undefined;
    return this.add(announced) ? announced : undefined;
  }

  /** What is known by now of what this one is of, if anything. */
  #find(announced: Announced): Announced | undefined {
    const identity = identityOf(announced);
    return 'fact' in announced ? this.#facts.get(identity) : this.#templates.get(identity);
  }
}

/** At most so many, and no more than there is room for. */
function sharesOf<T extends Announced>(limit: number): Shares<T> {
  return new Shares(MAX_BYTES, { weightOf: (announced) => Math.max(OVERHEAD + sizeOf(announced), MAX_BYTES / limit) });
}
