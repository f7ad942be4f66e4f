/** Compiled plans, shared by all templates with the same fields: exporters of one kind cost one compilation. */
import { setFlagsFromString } from 'node:v8';
import type { Template } from '../decode/template.ts';
import { fieldsToCompile } from './plan/readings.ts';

/** Fields of all plans kept, in each way of reading them; one costs about 1 KiB of source, bytecode and machine code. The least recent plan goes. */
const MAX_FIELDS = 32_768;
/**
 * From this many plans on, V8 is told to go without Maglev, its compiler for warm code: it takes some 6 MB for a plan
 * (300 plans: 1.9 GB), and does not give them back. TurboFan still compiles what is hot. Below, Maglev saves 8 % CPU.
 */
const MAX_PLANS_WITH_MAGLEV = 16;

/** `plan` is undefined once it is no longer kept. */
type Entry<Plan> = { key: string; plan: Plan | undefined; fields: number; lastUse: number };

export class PlanCache<Plan> {
  readonly #compile: (template: Template, now: number) => Plan | undefined;
  readonly #plans = new Map<string, Entry<Plan>>();
  /** What each template was given last; an entry may have been forgotten since. */
  readonly #byTemplate = new WeakMap<Template, Entry<Plan>>();
  #fields = 0;
  #uses = 0;

  /** `compile` makes the plan of a template's records, or refuses: then the next record asks again. */
  constructor(compile: (template: Template, now: number) => Plan | undefined) {
    this.#compile = compile;
  }

  /** Plans kept. */
  get size(): number {
    return this.#plans.size;
  }

  /** Fields of all plans kept. */
  get fields(): number {
    return this.#fields;
  }

  /** The plan of a template's records, compiled when it is needed first; undefined when that is refused. */
  get(template: Template, now: number): Plan | undefined {
    let entry = this.#byTemplate.get(template);
    if (!entry?.plan) {
      entry = this.#find(template, now);
      if (!entry) return undefined;
      this.#byTemplate.set(template, entry);
    }
    entry.lastUse = ++this.#uses;
    return entry.plan;
  }

  #find(template: Template, now: number): Entry<Plan> | undefined {
    const key = `${template.version} ${template.raw.toString('latin1', 2)}`;
    const known = this.#plans.get(key);
    if (known) return known;
    const plan = this.#compile(template, now);
    if (!plan) return undefined;
    const fields = fieldsToCompile(template);
    while (this.#fields + fields > MAX_FIELDS && this.#plans.size > 0) this.#forgetOldest();
    const entry = { key, plan, fields, lastUse: 0 };
    this.#plans.set(key, entry);
    this.#fields += fields;
    if (this.#plans.size > MAX_PLANS_WITH_MAGLEV) setFlagsFromString('--no-maglev');
    return entry;
  }

  #forgetOldest(): void {
    const entries = [...this.#plans.values()];
    const oldest = entries.reduce((least, entry) => (entry.lastUse < least.lastUse ? entry : least));
    oldest.plan = undefined;
    this.#plans.delete(oldest.key);
    this.#fields -= oldest.fields;
  }
}
