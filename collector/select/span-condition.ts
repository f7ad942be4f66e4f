/** Expressions over spans that are written already: what they say is what the selection would say of the record. */
import type { ASTNode } from '../../crds/selection/nodes.ts';
import { partCondition } from './record-conditions.ts';
import type { Values } from './record-values.ts';

/** The condition that a checked expression is. It may throw, as one of the selection may. */
export function spanCondition(node: ASTNode): (values: Values) => boolean {
  switch (node.op) {
    case '&&': {
      const [left, right] = node.args.map(spanCondition);
      return (values) => left(values) && right(values);
    }
    case '||': {
      const [left, right] = node.args.map(spanCondition);
      return (values) => left(values) || right(values);
    }
    case '!_': {
      const negated = spanCondition(node.args);
      return (values) => !negated(values);
    }
    case '?:': {
      const [condition, yes, no] = node.args.map(spanCondition);
      return (values) => (condition(values) ? yes(values) : no(values));
    }
    default:
      return partCondition(node);
  }
}
