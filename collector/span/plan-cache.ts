/**
 * Compiled plans, shared by all templates with the same fields and the same names for them: exporters of one kind cost
 * one compilation.
 */
import { setFlagsFromString } from 'node:v8';
import { Budget } from '../../crds/common/budget.ts';
import type { Template } from '../decode/template.ts';
import { fieldsToCompile } from './plan/readings.ts';

/**
 * Fields of all plans kept, in each way of reading them, and some for each plan; one costs up to 8 KiB of source,
 * bytecode and machine code.
 */
const MAX_FIELDS = 16_384;
export const PLAN_COST = 4;
/**
 * With more fields in plans, V8 is told to go without Maglev, its compiler for warm code: it takes
 * some 0.3 MB for a field, more in long plans (one of 1,024 fields: 0.9 GB), and does not give them back. TurboFan
 * still compiles what is hot. Below, Maglev saves 8 % CPU.
 */
const MAX_FIELDS_WITH_MAGLEV = 384;

/** An exporter, as its plans are accounted for. */
export type PlanOwner = {
  /** Whether it sent flows lately, and since when. */
  isInUse(now: number): boolean;
  readonly flowsSince: number;
};

/** `plan` is undefined once it is no longer kept. `owner` is the exporter that it was compiled for. */
type Entry<Plan> = { key: string; owner: PlanOwner; plan: Plan | undefined; fields: number; lastUse: number };

export class PlanCache<Plan> {
  readonly #compile: (template: Template, owner: PlanOwner, now: number) => Plan | undefined;
  readonly #plans = new Map<string, Entry<Plan>>();
  /** What each template was given last; an entry may have been forgotten since. */
  readonly #byTemplate = new WeakMap<Template, Entry<Plan>>();
  readonly #budget: Budget<PlanOwner, Entry<Plan>>;
  #uses = 0;

  /**
   * `compile` makes the plan of a template's records, or refuses: then the next record asks again. `onForgotten` is
   * told whose plan is no longer kept, as there are too many.
   */
  constructor(
    compile: (template: Template, owner: PlanOwner, now: number) => Plan | undefined,
    onForgotten: (owner: PlanOwner) => void = () => {},
  ) {
    this.#compile = compile;
    this.#budget = new Budget({
      ofAll: { size: MAX_FIELDS },
      ownerOf: ({ owner }) => owner,
      sizeOf: ({ fields }) => PLAN_COST + fields,
      usedAt: ({ lastUse }) => lastUse,
      worthOf: ({ owner }, now) => (owner.isInUse(now) ? 2 : 0),
      since: ({ flowsSince }) => flowsSince,
      forget: (entry) => {
        entry.plan = undefined;
        this.#plans.delete(entry.key);
        onForgotten(entry.owner);
      },
    });
  }

  /** All plans kept. */
  entries(): Iterable<Readonly<Entry<Plan>>> {
    return this.#plans.values();
  }

  /**
   * The plan of a template's records, compiled when it is needed first, for this exporter at `now`, by a clock that
   * nobody sets; undefined when that is refused.
   */
  get(template: Template, owner: PlanOwner, now: number): Plan | undefined {
    let entry = this.#byTemplate.get(template);
    if (!entry?.plan) {
      entry = this.#find(template, owner, now);
      if (!entry) return undefined;
      this.#byTemplate.set(template, entry);
    }
    entry.lastUse = ++this.#uses;
    return entry.plan;
  }

  #find(template: Template, owner: PlanOwner, now: number): Entry<Plan> | undefined {
    const { version, named, raw } = template;
    const key = `${version} ${named?.digest ?? ''} ${raw.toString('latin1', 2)}`;
    const known = this.#plans.get(key);
    if (known) return known;
    const plan = this.#compile(template, owner, now);
    if (!plan) return undefined;
    const fields = fieldsToCompile(template);
    const entry = { key, owner, plan, fields, lastUse: this.#uses };
    this.#plans.set(key, entry);
    this.#budget.add(entry, now);
    if (this.#budget.size > MAX_FIELDS_WITH_MAGLEV) setFlagsFromString('--no-maglev');
    return entry;
  }
}
