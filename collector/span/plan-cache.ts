/** Compiled plans, shared by all templates with the same fields: exporters of one kind cost one compilation. */
import type { Template } from '../decode/template.ts';
import { compileRecordPlan, type PlanOptions, type RecordPlan } from './plan/compile.ts';

/** Fields of all plans kept; one costs about 1 KiB of source, bytecode and machine code. The least recent plan goes. */
const MAX_FIELDS = 32_768;

export class PlanCache {
  readonly #options: PlanOptions;
  readonly #plans = new Map<string, { plan: RecordPlan; fields: number }>();
  /** What was looked up last, since most packets have the template of the packet before. */
  #lastTemplate: Template | undefined;
  #lastPlan: RecordPlan | undefined;
  #fields = 0;

  constructor(options: PlanOptions) {
    this.#options = options;
  }

  /** The plan of a template's records, compiled when it is needed first. */
  get(template: Template): RecordPlan {
    if (template === this.#lastTemplate) return this.#lastPlan!;
    const plan = this.#find(template);
    this.#lastTemplate = template;
    this.#lastPlan = plan;
    return plan;
  }

  #find(template: Template): RecordPlan {
    const key = `${template.version} ${template.raw.toString('latin1', 2)}`;
    let entry = this.#plans.get(key);
    if (entry) {
      this.#plans.delete(key);
    } else {
      entry = { plan: compileRecordPlan(template, this.#options), fields: template.fields.length };
      this.#fields += entry.fields;
    }
    this.#plans.set(key, entry);
    for (const [oldest, { fields }] of this.#plans) {
      if (this.#fields <= MAX_FIELDS || oldest === key) break;
      this.#plans.delete(oldest);
      this.#fields -= fields;
    }
    return entry.plan;
  }
}
