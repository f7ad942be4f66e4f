import type { ASTNode } from '@marcbachmann/cel-js';
import { type Expression, parseExpression } from './expression.ts';

/** A part of a right expression, by itself. */
export function partOf(node: ASTNode): Expression {
  const part = parseExpression(textOf(node));
  if ('error' in part) throw new Error(part.error);
  return part;
}

/** The text of a node. Its place in the source won't do: parentheses at its ends do not belong to it. */
function textOf(node: ASTNode): string {
  const list = (nodes: readonly ASTNode[]) => nodes.map(textOf).join(', ');
  switch (node.op) {
    case 'value':
      return node.input.slice(node.start, node.end);
    case 'id':
      return node.args;
    case '.':
      return `${textOf(node.args[0])}.${node.args[1]}`;
    case '[]':
      return `${textOf(node.args[0])}[${textOf(node.args[1])}]`;
    case 'call':
      return `${node.args[0]}(${list(node.args[1])})`;
    case 'rcall':
      return `${textOf(node.args[1])}.${node.args[0]}(${list(node.args[2])})`;
    case 'list':
      return `[${list(node.args)}]`;
    case 'map':
      return `{${node.args.map(([key, value]) => `${textOf(key)}: ${textOf(value)}`).join(', ')}}`;
    case '?:':
      return `(${textOf(node.args[0])} ? ${textOf(node.args[1])} : ${textOf(node.args[2])})`;
    case '!_':
    case '-_':
      return `(${node.op[0]}${textOf(node.args)})`;
    case '.?':
    case '[?]':
      throw new Error('optional values are not enabled');
    default:
      return `(${textOf(node.args[0])} ${node.op} ${textOf(node.args[1])})`;
  }
}
