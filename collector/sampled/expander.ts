/**
 * Records that sample packets, by an element with the beginning of one: each becomes a record of what its headers say, of
 * a template of its own. All that comes after, selection, metrics and spans, sees that one, and knows of no packets.
 * In: the records of a data set. Out: runs of records of one template each.
 */
import type { Template } from '../decode/template.ts';
import { type Expansion, expansionOf, type Kept, MAX_ADDED } from './expansion.ts';
import { hasSection } from './fields.ts';

/** Bytes of a run: the largest record, what is added to it, and more of them. */
const CAPACITY = 2 * 65_536 + MAX_ADDED;

/** Fields that are kept of templates and of what their records become: some 5 MB. Beyond that, all are forgotten. */
const MAX_KEPT = 65_536;

/** Takes `count` records of a template, the first of them at 0 of the expander's bytes. */
export type TakeRun = (template: Template, count: number) => void;

export class Expander {
  /** Of the run at hand; they are used again for the next. */
  readonly bytes = new Uint8Array(CAPACITY);
  readonly view = new DataView(this.bytes.buffer);
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
  expand(expansion: Expansion, own: Template, bytes: Uint8Array, offset: number, count: number, take: TakeRun): void {
    let template: Template | undefined;
    let records = 0;
    let p = 0;
    for (let record = 0, at = offset; record < count; record++) {
      const next = expansion.take(bytes, at);
      const found = expansion.dissect(bytes) ?? own;
      if (found !== template || p + (next - at) + MAX_ADDED > CAPACITY) {
        if (template) take(template, records);
        template = found;
        records = 0;
        p = 0;
      }
      if (found !== own) p = expansion.write(this.bytes, p, bytes);
      else {
        this.bytes.set(bytes.subarray(at, next), p);
        p += next - at;
      }
      records++;
      at = next;
    }
    if (template) take(template, records);
    if (this.#kept.fields > MAX_KEPT) this.#forget();
  }

  #forget(): void {
    this.#expansions = new WeakMap();
    this.#kept.fields = 0;
  }
}
