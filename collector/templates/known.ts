/**
 * All templates that this collector knows, and what devices told of themselves, for those beyond its workers: the state
 * file, and other collectors. In: announcements. Bounded: of templates those learned longest ago go, of facts those of
 * the exporter that told most.
 */
import { Shares } from '../../crds/common/shares.ts';
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

  /** `listener` is called with each template and fact that is new, or was received later than the previous one. */
  onNews(listener: (announced: Announced) => void): void {
    this.#listeners.push(listener);
  }

  /** Returns whether it was news. */
  add(announced: Announced): boolean {
    const identity = identityOf(announced);
    const known = 'fact' in announced ? this.#facts.get(identity) : this.#templates.get(identity);
    if (known && known.receivedAt >= announced.receivedAt) return false;
    if ('fact' in announced) this.#facts.put(exporterOf(announced), identity, announced);
    else this.#put(identity, announced);
    for (const listener of this.#listeners) listener(announced);
    return true;
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
