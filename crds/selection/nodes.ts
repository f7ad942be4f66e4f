/** The syntax tree of an expression: which attribute a node is, what is below it, and mistakes at its place. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { GROUPS } from './attributes.ts';

export type { ASTNode } from '@marcbachmann/cel-js';

/** The name of the attribute that a node is; undefined when it is something else. */
export function attributeName(node: ASTNode): string | undefined {
  if (node.op === 'id') return GROUPS.has(node.args) ? node.args : undefined;
  if (node.op !== '.') return undefined;
  const group = attributeName(node.args[0]);
  return group && `${group}.${node.args[1]}`;
}

/** The nodes right below a node. */
export function childrenOf(node: ASTNode): ASTNode[] {
  return [node.args]
    .flat(3)
    .filter((part): part is ASTNode => typeof part === 'object' && part !== null && 'op' in part);
}

/** What is wrong with an expression, at a node. */
export class Mistake extends Error {
  readonly range: { start: number };

  constructor({ start }: { start: number }, message: string) {
    super(message);
    this.range = { start };
  }
}

/** The leftmost node below: some begin where their last part does. */
export function startOf(node: ASTNode): { start: number } {
  const starts = [node, ...childrenOf(node)].map(({ start }) => start);
  return { start: Math.min(...starts) };
}
