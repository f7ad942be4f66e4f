/**
 * Rule plans: a template goes in; a function comes out that tells which rule decides about one of its records. Like
 * record plans, it is compiled from source text that holds only numbers and names we know.
 */
import { type ASTNode, attributesOf, childrenOf } from '../../crds/selection/expression.ts';
import { partOf } from '../../crds/selection/part.ts';
import type { Template } from '../decode/template.ts';
import type { PlanCode } from '../span/plan/code.ts';
import type { PlanContext } from '../span/plan/context.ts';
import type { FieldSet } from '../span/plan/fieldset.ts';
import type { TimeOptions } from '../span/plan/odd-times.ts';
import { emitProtocol } from '../span/plan/protocol.ts';
import { compileByReading } from '../span/plan/readings.ts';
import { type Column, columnOf } from './columns.ts';
import { conditionSource, isTrueOfAbsent } from './condition-source.ts';
import type { PacketOrigin } from './packet-origin.ts';
import { RecordValues } from './record-values.ts';

/** What a plan answers for a flow that the rule leaves to sampling, but that is too large for it. */
export const LARGE = 64;

/**
 * The place of the rule that decides about the record at `o`: 0 the filter, from 1 the rules in their order, last the
 * default; `LARGE` is added where it applies. Records of variable length set `c.next`. Throws what an expression threw.
 */
export type RulePlan = (s: Uint8Array, v: DataView, o: number, c: PlanContext, e: PacketOrigin) => number;

/** Parsed expressions. */
export type Rules = {
  filter: ASTNode | undefined;
  matches: readonly ASTNode[];
  /** Whether a flow is too large to be sampled. */
  large: ASTNode | undefined;
  /** By place: whether it samples. */
  samples: readonly boolean[];
};

/** Evaluates a condition on a record. */
type Condition = (...parameters: Parameters<RulePlan>) => boolean;

/** How parts that have no plan of their own are evaluated. */
export type Evaluation = TimeOptions & {
  /** For tests: has the library evaluate all comparisons. */
  libraryOnly?: boolean;
};

export function compileRulePlan(template: Template, rules: Rules, evaluation: Evaluation): RulePlan {
  return compileByReading(
    template,
    (name) => name,
    's, v, o, c, e',
    (code, fields) => {
      emitProtocol(code, fields);
      emitRules(code, fields, template, rules, evaluation);
    },
  );
}

function emitRules(
  code: PlanCode,
  fields: FieldSet,
  template: Template,
  rules: Rules,
  { libraryOnly, ...times }: Evaluation,
): void {
  const names = new Set<string>();
  let values: RecordValues | undefined;
  const context = {
    code,
    column: (name: string): Column | undefined => (libraryOnly ? undefined : columnOf(name, fields, template.version)),
    evaluate(node: ASTNode): string {
      for (const name of attributesOf(node).keys()) names.add(name);
      return `${code.constant(libraryCondition(node, () => values!))}(s, v, o, c, e)`;
    },
  };
  const sources = {
    filter: rules.filter && conditionSource(rules.filter, context),
    matches: rules.matches.map((match) => conditionSource(match, context)),
    large: rules.large && conditionSource(rules.large, context),
  };
  if (names.size > 0) {
    values = new RecordValues(template, names, times);
    code.line(`${code.constant(values)}.fresh = false;`);
  }
  if (sources.filter) code.line(`if (!${sources.filter}) return 0;`);
  const answer = (place: number): string =>
    rules.samples[place] && sources.large ? `(${sources.large} ? ${place + LARGE} : ${place})` : String(place);
  for (const [index, match] of sources.matches.entries()) code.line(`if (${match}) return ${answer(index + 1)};`);
  code.line(`return ${answer(sources.matches.length + 1)};`);
}

/**
 * Has the library evaluate a part. A flow may lack an attribute of it: where it asks `has()`, the library decides.
 */
function libraryCondition(node: ASTNode, values: () => RecordValues): Condition {
  const { evaluate, attributes } = partOf(node);
  const names = asks(node) ? [] : [...attributes];
  const ofAbsent = isTrueOfAbsent(node);
  return (s, v, o, c, e) => {
    const { flat, nested } = values().read(s, v, o, c, e);
    for (const name of names) if (!flat.has(name)) return ofAbsent;
    const result: unknown = evaluate(nested);
    if (typeof result !== 'boolean') throw new TypeError(`must be true or false, but is ${typeof result}`);
    return result;
  };
}

function asks(node: ASTNode): boolean {
  return (node.op === 'call' && node.args[0] === 'has') || childrenOf(node).some(asks);
}
