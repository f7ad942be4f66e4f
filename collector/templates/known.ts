/**
 * All templates that this collector knows, and the options data that flows are read by, for those beyond its workers:
 * the state file, and other collectors. In: announcements. Bounded; what was learned longest ago goes.
 */
import { type AnnouncedTemplate, templateIdentity } from '../../crds/template.ts';

export class KnownTemplates {
  readonly #limit: number;
  readonly #templates = new Map<string, AnnouncedTemplate>();
  readonly #listeners: ((template: AnnouncedTemplate) => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What was learned longest ago first. */
  list(): AnnouncedTemplate[] {
    return [...this.#templates.values()];
  }

  /** `listener` is called with each template that is new, or was received later than the previous one. */
  onNews(listener: (template: AnnouncedTemplate) => void): void {
    this.#listeners.push(listener);
  }

  /** Returns whether it was news. */
  add(template: AnnouncedTemplate): boolean {
    const identity = templateIdentity(template);
    const known = this.#templates.get(identity);
    if (known && known.receivedAt >= template.receivedAt) return false;
    this.#templates.delete(identity);
    this.#templates.set(identity, template);
    for (const oldest of this.#templates.keys()) {
      if (this.#templates.size <= this.#limit) break;
      this.#templates.delete(oldest);
    }
    for (const listener of this.#listeners) listener(template);
    return true;
  }
}
