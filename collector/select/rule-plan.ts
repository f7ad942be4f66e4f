/**
 * Rule plans: a template goes in; a function comes out that tells which rule decides about one of its records. Like
 * record plans, it is compiled from source text that holds only numbers and names we know.
 */
import type { ASTNode } from '../../crds/selection/nodes.ts';
import type { Template } from '../decode/template.ts';
import type { PlanCode } from '../span/plan/code.ts';
import type { PlanContext } from '../span/plan/context.ts';
import type { FieldSet } from '../span/plan/fieldset.ts';
import { emitProtocol } from '../span/plan/protocol.ts';
import { compileByReading } from '../span/plan/readings.ts';
import type { PacketOrigin } from './packet-origin.ts';
import { type Evaluation, recordConditions } from './record-conditions.ts';

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

/** Compiles filter and rules for the records of a template. */
export function compileRulePlan(template: Template, rules: Rules, evaluation: Evaluation): RulePlan {
  return compileByReading(
    template,
    (name) => name,
    'selectRecord',
    's, v, o, c, e',
    (code, fields) => {
      emitProtocol(code, fields);
      emitRules(code, fields, template, rules, evaluation);
    },
  );
}

function emitRules(code: PlanCode, fields: FieldSet, template: Template, rules: Rules, evaluation: Evaluation): void {
  const { filter, matches, large, samples } = rules;
  const condition = recordConditions([filter, ...matches, large], code, fields, template, evaluation);
  if (filter) code.line(`if (!${condition(filter)}) return 0;`);
  const answer = (place: number): string =>
    samples[place] && large ? `(${condition(large)} ? ${place + LARGE} : ${place})` : String(place);
  for (const [index, match] of matches.entries()) code.line(`if (${condition(match)}) return ${answer(index + 1)};`);
  code.line(`return ${answer(matches.length + 1)};`);
}
