/**
 * Numbers of attributes that say names instead: `netflow.natEvent == 4` asks for what spans show,
 * `nat44_session_create`. In: an expression; out: the same with names in the place of such numbers.
 */
import { ELEMENT_BITS } from '../attributes/element-bits.ts';
import { ELEMENT_VALUES, type NumberNames } from '../attributes/element-values.ts';
import { ATTRIBUTES } from '../attributes/table.ts';
import { type ASTNode, attributeName, childrenOf, Mistake, startOf } from './nodes.ts';

const NAMES: ReadonlyMap<string, NumberNames['names']> = new Map([
  ...[...Object.values(ELEMENT_VALUES), ...Object.values(ELEMENT_BITS)].map(
    ({ attribute, names }) => [attribute, names] as const,
  ),
  ...ATTRIBUTES.flatMap((row) => (row.form === 'named' ? [[row.name, row.names] as const] : [])),
]);

/** A number in the text of an expression, from `start` to before `end`, and its name in quotes. */
export type NamedNumber = { start: number; end: number; name: string };

/**
 * The numbers that attributes with names are compared with, in their order. Throws where one is asked to be greater.
 */
export function namedNumbers(node: ASTNode): NamedNumber[] {
  return [...inComparison(node), ...childrenOf(node).flatMap(namedNumbers)].sort((a, b) => a.start - b.start);
}

/** The text with names in the place of numbers. */
export function withNames(text: string, numbers: readonly NamedNumber[]): string {
  let at = 0;
  const parts = numbers.map(({ start, end, name }) => {
    const part = `${text.slice(at, start)}${name}`;
    at = end;
    return part;
  });
  return `${parts.join('')}${text.slice(at)}`;
}

/** Where something at `place` of the text with names is in the text before. */
export function placeBefore(place: number, numbers: readonly NamedNumber[]): number {
  let longer = 0;
  for (const { start, end, name } of numbers) if (start + longer < place) longer += name.length - (end - start);
  return place - longer;
}

function inComparison(node: ASTNode): NamedNumber[] {
  if (!COMPARISONS.includes(node.op)) return [];
  const [left, right] = node.args as [ASTNode, ASTNode];
  return [...ofAttribute(node, left, right), ...ofAttribute(node, right, left)];
}

const COMPARISONS = ['==', '!=', 'in', '<', '<=', '>', '>='];
const EQUALITIES = ['==', '!=', 'in'];

function ofAttribute(comparison: ASTNode, side: ASTNode, other: ASTNode): NamedNumber[] {
  const attribute = attributeName(side);
  const names = attribute === undefined ? undefined : NAMES.get(attribute);
  if (!names) return [];
  return (other.op === 'list' ? other.args : [other]).flatMap((value) => {
    if (value.op !== 'value' || typeof value.args !== 'bigint') return [];
    if (!EQUALITIES.includes(comparison.op))
      throw new Mistake(startOf(comparison), `${attribute} is a name, not a number; ask by == or in`);
    return [{ start: value.start, end: value.end, name: `'${names[Number(value.args)] ?? value.args}'` }];
  });
}
