/**
 * The Select step: which flows become spans. Records come in as they are in the packet, before anything is made of
 * them; out goes yes or no, what a sampled span says of its probability, and the counts by rule. docs/selection.md says
 * it for users.
 */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log } from '../../crds/common/log.ts';
import { parseExpression } from '../../crds/selection/expression.ts';
import type { ASTNode } from '../../crds/selection/nodes.ts';
import type { Action } from '../../crds/selection.ts';
import type { Template } from '../decode/template.ts';
import { COUNTER, type Counters, DEFAULT_PLACE } from '../ledger/ledger.ts';
import { placeOfRule, type RuleSlots } from '../ledger/rule-slots.ts';
import { attributeNames } from '../span/attributes.ts';
import type { RecordSelection } from '../span/encoder.ts';
import type { PlanContext } from '../span/plan/context.ts';
import { PlanCache, type PlanOwner } from '../span/plan-cache.ts';
import type { Ceiling, Ceilings } from './ceiling.ts';
import { compileKeyPlan, type KeyPlan, Randomness } from './flow-key.ts';
import { Mark } from './mark.ts';
import type { PacketOrigin } from './packet-origin.ts';
import { compileRulePlan, LARGE, type RulePlan, type Rules } from './rule-plan.ts';

const NO_MARK = new Uint8Array();

/** What is done at a place of the plan: the filter's, a rule's, the default; and the place of its counters. */
type Place = { action: Action; probability: number; counter: number };
/** What shares a ceiling, and the marks by place. */
type Sampler = { ceiling: Ceiling | undefined; marks: (Mark | undefined)[] };
type Plans = { rule: RulePlan; key?: KeyPlan };

export type SelectorOptions = {
  config: Pick<CollectorConfig, 'selection' | 'spans'>;
  counters: Counters;
  log: Log;
  ruleSlots: RuleSlots;
  ceilings: Ceilings;
  /** Who sent the packet at hand. */
  origin: PacketOrigin;
};

/** Makes the selection of a configuration; undefined when it keeps everything. */
export function createSelector(options: SelectorOptions): Selector | undefined {
  const { filter, rules, default: rest, sampling } = options.config.selection;
  const samples = rest === 'sample' && (sampling.probability < 1 || sampling.flowsPerSecond !== undefined);
  return filter !== undefined || rules.length > 0 || rest === 'drop' || samples ? new Selector(options) : undefined;
}

export class Selector implements RecordSelection {
  readonly samples: boolean;
  readonly #options: SelectorOptions;
  readonly #rules: Rules;
  readonly #places: readonly Place[];
  readonly #attribute: string | undefined;
  readonly #randomness = new Randomness();
  /** Samplers of exporters, when each has its own ceiling. */
  readonly #samplers = new WeakMap<object, Sampler>();
  #sampler: Sampler;
  readonly #plans: PlanCache<Plans>;
  #plan!: Plans;
  #template!: Template;
  #exporter!: PlanOwner;
  #nowMs = 0;

  constructor(options: SelectorOptions) {
    this.#options = options;
    const { filter, rules, default: rest, sampling } = options.config.selection;
    const { timestamps, maxAge } = options.config.spans;
    const counterOf = (name: string) => placeOfRule(options.ruleSlots, name);
    this.#places = [
      { action: 'drop', probability: 0, counter: 0 },
      ...rules.map(({ name, action, probability = 1 }) => ({ action, probability, counter: counterOf(name) })),
      { action: rest, probability: sampling.probability, counter: DEFAULT_PLACE },
    ];
    this.#rules = {
      filter: filter === undefined ? undefined : parsed(filter),
      matches: rules.map(({ match }) => parsed(match)),
      large: largeFlows(sampling),
      samples: this.#places.map(({ action }) => action === 'sample'),
    };
    this.samples = this.#rules.samples.includes(true);
    this.#plans = new PlanCache((template) => ({
      rule: compileRulePlan(template, this.#rules, { timestamps, maxAge }),
    }));
    this.#attribute = attributeNames(options.config.spans)('flow.sampling.probability');
    this.#sampler = this.#newSampler();
  }

  /** Makes a packet the one that records are of. */
  turnTo(exporter: PlanOwner, nowMs: number): void {
    this.#exporter = exporter;
    this.#nowMs = nowMs;
    if (this.#options.config.selection.sampling.per === 'exporter') {
      let sampler = this.#samplers.get(exporter);
      if (!sampler) {
        sampler = this.#newSampler(exporter);
        this.#samplers.set(exporter, sampler);
      }
      this.#sampler = sampler;
    }
    this.update(nowMs);
  }

  /** Brings the ceiling up to date, also of a worker that receives nothing. */
  update(nowMs: number): void {
    if (this.#sampler.ceiling?.update(nowMs)) this.#sampler.marks = this.#marks(this.#sampler.ceiling.factor);
  }

  start(template: Template): void {
    this.#template = template;
    this.#plan = this.#plans.get(template, this.#exporter, this.#nowMs)!;
  }

  keeps(s: Uint8Array, v: DataView, o: number, c: PlanContext): boolean {
    const { counters, log } = this.#options;
    c.mark = NO_MARK;
    let answer: number;
    try {
      answer = this.#plan.rule(s, v, o, c, this.#options.origin);
    } catch (error) {
      counters[COUNTER.selectionErrors]++;
      log.warn('a selection expression failed, so that the flow is kept', { error: String(error).split('\n')[0] });
      return true;
    }
    const place = answer & ~LARGE;
    const { action, counter } = this.#places[place];
    counters[COUNTER['ruleFlows.0'] + counter]++;
    if (action === 'keep' || answer !== place) return true;
    if (action === 'sample') {
      if (this.#samples(place, s, v, o, c)) return true;
      counters[COUNTER.flowsSampledOut]++;
    } else {
      counters[COUNTER.flowsFiltered]++;
    }
    counters[COUNTER['ruleLeftOut.0'] + counter]++;
    return false;
  }

  #samples(place: number, s: Uint8Array, v: DataView, o: number, c: PlanContext): boolean {
    const { ceiling, marks } = this.#sampler;
    ceiling?.add(this.#places[place].probability);
    const mark = marks[place]!;
    if (mark.threshold === 0) return true;
    const { variable, minLength } = this.#template;
    const randomness = this.#randomness;
    this.#plan.key ??= compileKeyPlan(this.#template);
    this.#plan.key(s, v, o, variable ? c.next : o + minLength, randomness, c);
    if (randomness.high < mark.threshold) return false;
    mark.write(randomness);
    c.mark = mark.bytes;
    return true;
  }

  /** For all exporters, unless for one. */
  #newSampler(exporter?: object): Sampler {
    const { ceilings, config } = this.#options;
    const { flowsPerSecond } = config.selection.sampling;
    const ceiling = flowsPerSecond === undefined ? undefined : ceilings.take(flowsPerSecond, exporter);
    return { ceiling, marks: this.#marks(ceiling?.factor ?? 1) };
  }

  #marks(factor: number): (Mark | undefined)[] {
    return this.#places.map(({ action, probability }) =>
      action === 'sample' ? new Mark(probability * factor, this.#attribute) : undefined,
    );
  }
}

/** The configuration was checked before. */
function parsed(text: string): ASTNode {
  const expression = parseExpression(text);
  if ('error' in expression) throw new Error(`${text} ${expression.error}`);
  return expression.ast;
}

function largeFlows({ keepBytes, keepPackets }: CollectorConfig['selection']['sampling']): ASTNode | undefined {
  const atLeast = (name: string, value: number | undefined) =>
    value === undefined ? [] : [`flow.${name}.delta >= ${value}`, `flow.${name}.total >= ${value}`];
  const conditions = [...atLeast('bytes', keepBytes), ...atLeast('packets', keepPackets)];
  return conditions.length > 0 ? parsed(conditions.join(' || ')) : undefined;
}
