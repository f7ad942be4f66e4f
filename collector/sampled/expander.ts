/**
 * Records that sample packets, by an element with the beginning of one: each becomes a record of what its headers say,
 * of a template of its own. All that comes after, selection, metrics and spans, sees that one, and knows of no packets.
 * In: the records of a data set. Out: runs of records of one template each.
 */
import type { Template } from '../decode/template.ts';
import { type Expansion, expansionOf, type Kept, MAX_ADDED } from './expansion.ts';
import { hasSection } from './fields.ts';
import type { Run } from './run.ts';

/** Fields that are kept of templates and of what their records become: some 5 MB. Beyond that, all are forgotten. */
const MAX_KEPT = 65_536;

export class Expander {
  #expansions = new WeakMap<Template, Expansion | 'none'>();
  readonly #kept: Kept = { fields: 0 };

  /** Undefined for a template whose records sample no packets. */
  of(template: Template): Expansion | undefined {
    if (!hasSection(template)) return undefined;
    let known = this.#expansions.get(template);
    if (known === undefined) {
      if (this.#kept.fields > MAX_KEPT) this.#forget();
      known = expansionOf(template, this.#kept) ?? 'none';
      this.#expansions.set(template, known);
    }
    return known === 'none' ? undefined : known;
  }

  /** Expands `count` whole records, the first of them at `offset`. Those that can't be taken apart stay as they are. */
  expand(expansion: Expansion, own: Template, bytes: Uint8Array, offset: number, count: number, run: Run): void {
    for (let record = 0, at = offset; record < count; record++) {
      const next = expansion.take(bytes, at);
      const template = expansion.dissect(bytes);
      const p = run.begin(template ?? own, next - at + MAX_ADDED);
      if (template) run.end = expansion.write(run.bytes, p, bytes);
      else {
        run.bytes.set(bytes.subarray(at, next), p);
        run.end = p + next - at;
      }
      at = next;
    }
    run.finish();
    if (this.#kept.fields > MAX_KEPT) this.#forget();
  }

  #forget(): void {
    this.#expansions = new WeakMap();
    this.#kept.fields = 0;
  }
}
