/** Conditions on the records of a template, as source text: what has no plan of its own is evaluated by the library. */
import { attributesOf } from '../../crds/selection/expression.ts';
import { type ASTNode, childrenOf } from '../../crds/selection/nodes.ts';
import { partOf } from '../../crds/selection/part.ts';
import type { Template } from '../decode/template.ts';
import type { PlanCode } from '../span/plan/code.ts';
import type { PlanContext } from '../span/plan/context.ts';
import type { FieldSet } from '../span/plan/fieldset.ts';
import type { TimeOptions } from '../span/plan/odd-times.ts';
import { type Column, columnOf } from './columns.ts';
import { conditionSource, isTrueOfAbsent } from './condition-source.ts';
import type { PacketOrigin } from './packet-origin.ts';
import { RecordValues, type Values } from './record-values.ts';

/** Evaluates a condition on a record. */
type Condition = (s: Uint8Array, v: DataView, o: number, c: PlanContext, e: PacketOrigin) => boolean;

/** How parts that have no plan of their own are evaluated. */
export type Evaluation = TimeOptions & {
  /** For tests: has the library evaluate all comparisons. */
  libraryOnly?: boolean;
};

/**
 * The sources of some conditions, from here on in the code, which has the protocol in `t` and a record's parameters
 * `s`, `v`, `o`, `c` and `e`. What they come to may throw.
 */
export function recordConditions(
  nodes: readonly (ASTNode | undefined)[],
  code: PlanCode,
  fields: FieldSet,
  template: Template,
  { libraryOnly, ...times }: Evaluation,
): (node: ASTNode) => string {
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
  const sources = new Map(nodes.map((node) => [node, node ? conditionSource(node, context) : 'true']));
  if (names.size > 0) {
    values = new RecordValues(template, names, times);
    code.line(`${code.constant(values)}.fresh = false;`);
  }
  return (node) => sources.get(node)!;
}

function libraryCondition(node: ASTNode, values: () => RecordValues): Condition {
  const holds = partCondition(node);
  return (s, v, o, c, e) => holds(values().read(s, v, o, c, e));
}

/**
 * Has the library evaluate a part. A flow may lack an attribute of it: where it asks `has()`, the library decides.
 */
export function partCondition(node: ASTNode): (values: Values) => boolean {
  const { evaluate, attributes } = partOf(node);
  const names = asks(node) ? [] : [...attributes];
  const ofAbsent = isTrueOfAbsent(node);
  return ({ flat, nested }) => {
    for (const name of names) if (!flat.has(name)) return ofAbsent;
    const result: unknown = evaluate(nested);
    if (typeof result !== 'boolean') throw new TypeError(`must be true or false, but is ${typeof result}`);
    return result;
  };
}

function asks(node: ASTNode): boolean {
  return (node.op === 'call' && node.args[0] === 'has') || childrenOf(node).some(asks);
}
