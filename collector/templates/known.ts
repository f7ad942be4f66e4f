/**
 * All templates that this collector knows, and what devices told of themselves, for those beyond its workers: the state
 * file, and other collectors. In: announcements. An exporter's own word counts for more than what is adopted, which takes
 * nobody's place. Bounded: of templates those learned longest ago go, of facts those of the exporter that told most.
 */
import { Shares } from '../../crds/common/shares.ts';
import { supersedes } from '../../crds/common/supersedes.ts';
import { type AnnouncedFact, MAX_FACTS } from '../../crds/fact.ts';
import { exporterOf } from '../../crds/origin.ts';
import { type Announced, type AnnouncedTemplate, identityOf } from '../../crds/template.ts';

export class KnownTemplates {
  readonly #limit: number;
  readonly #templates = new Map<string, AnnouncedTemplate>();
  readonly #facts = new Shares<AnnouncedFact>(MAX_FACTS);
  readonly #listeners: ((announced: Announced) => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Templates, then facts; of each what was learned longest ago first. */
  list(): Announced[] {
    return [...this.#templates.values(), ...this.#facts.values()];
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
    if ('fact' in announced) this.#facts.put(exporterOf(announced), identity, announced);
    else this.#put(identity, announced);
    for (const listener of this.#listeners) listener(announced);
    return true;
  }

  /** Takes what another collector knows, if there is room; returns it as it is kept, if it was news. */
  adopt(told: Announced): Announced | undefined {
    const announced = { ...told, adopted: true };
    const isFull = 'fact' in announced ? this.#facts.size >= MAX_FACTS : this.#templates.size >= this.#limit;
    if (isFull && !this.#find(announced)) return undefined;
    return this.add(announced) ? announced : undefined;
  }

  #find(announced: Announced): Announced | undefined {
    const identity = identityOf(announced);
    return 'fact' in announced ? this.#facts.get(identity) : this.#templates.get(identity);
  }

  #put(identity: string, template: AnnouncedTemplate): void {
    this.#templates.delete(identity);
    this.#templates.set(identity, template);
    for (const oldest of this.#templates.keys()) {
      if (this.#templates.size <= this.#limit) break;
      this.#templates.delete(oldest);
    }
  }
}
