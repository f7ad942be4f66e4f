/**
 * Expressions as source text over raw records. Comparisons, lists, prefixes, flags and what joins them become plain
 * code; any other part is evaluated by the CEL library, on the attributes that it names.
 *
 * A flow may lack an attribute. Comparisons with it, and with what is computed from it, are false then; but the
 * attribute itself is `!=` everything. `has()` asks.
 */
import { parseCidr, parseIp } from '../../crds/selection/address.ts';
import { attributesOf } from '../../crds/selection/expression.ts';
import { type ASTNode, attributeName } from '../../crds/selection/nodes.ts';
import type { PlanCode } from '../span/plan/code.ts';
import type { Column } from './columns.ts';
import { wordsOf } from './packet-origin.ts';

/** From this many on, values of a list are looked up in a set. */
const MIN_SET = 8;

export type ConditionContext = {
  code: PlanCode;
  /** The column of an attribute; undefined when only the span tells its value. */
  column(name: string): Column | undefined;
  /** Expression that has the library evaluate a node. */
  evaluate(node: ASTNode): string;
};

type Numeric = { value: string; wide: boolean; when?: string | undefined } | 'absent';
const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='] as const;
type Comparison = (typeof COMPARISONS)[number];
const MIRRORED: Record<Comparison, Comparison> = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };
const SCRIPT: Record<Comparison, string> = { '==': '===', '!=': '!==', '<': '<', '<=': '<=', '>': '>', '>=': '>=' };

/** The source of a condition; it comes to true or false. */
export function conditionSource(node: ASTNode, context: ConditionContext): string {
  const source = (part: ASTNode) => conditionSource(part, context);
  switch (node.op) {
    case '&&':
    case '||':
      return `(${source(node.args[0])} ${node.op} ${source(node.args[1])})`;
    case '!_':
      return `!${source(node.args)}`;
    case '?:':
      return `(${source(node.args[0])} ? ${source(node.args[1])} : ${source(node.args[2])})`;
    case 'value':
      return node.args === true || node.args === false ? String(node.args) : context.evaluate(node);
    default:
      return plainSource(node, context) ?? context.evaluate(node);
  }
}

function plainSource(node: ASTNode, context: ConditionContext): string | undefined {
  if (node.op === 'in') return membership(node.args[0], node.args[1], context);
  if (node.op === 'call' && node.args[0] === 'has') {
    const column = columnAt(node.args[1][0], context);
    return column && presenceOf(column);
  }
  if (node.op === 'rcall' && node.args[0] === 'containsIP') return containment(node.args[1], node.args[2][0], context);
  const comparison = COMPARISONS.find((operator) => operator === node.op);
  if (!comparison) return undefined;
  const [left, right] = node.args as [ASTNode, ASTNode];
  const ofAbsent = String(isTrueOfAbsent(node));
  return (
    compare(comparison, left, right, ofAbsent, context) ?? compare(MIRRORED[comparison], right, left, ofAbsent, context)
  );
}

/** Whether a record has the attribute of a column. */
function presenceOf(column: Column): string {
  if (column.kind === 'absent') return 'false';
  if (column.kind === 'address') return `(${column.forms.map(({ when }) => when).join(' || ')})`;
  return column.when ?? 'true';
}

/** Whether a comparison is true of a flow that lacks an attribute of it. */
export function isTrueOfAbsent(node: ASTNode): boolean {
  return (
    node.op === '!=' && node.args.every((side) => attributeName(side) !== undefined || attributesOf(side).size === 0)
  );
}

function compare(
  operator: Comparison,
  left: ASTNode,
  right: ASTNode,
  ofAbsent: string,
  context: ConditionContext,
): string | undefined {
  const number = numeric(left, context);
  if (number === 'absent') return ofAbsent;
  if (number) return compareNumbers(operator, number, right, ofAbsent, context);
  if (operator !== '==' && operator !== '!=') return undefined;
  const equality = textEquality(left, [right], context);
  return equality && (operator === '==' ? equality : `!${equality}`);
}

function compareNumbers(
  operator: Comparison,
  left: Exclude<Numeric, 'absent'>,
  right: ASTNode,
  ofAbsent: string,
  context: ConditionContext,
) {
  const literal = integer(right);
  const other: Numeric | undefined =
    literal === undefined ? numeric(right, context) : { value: String(literal), wide: false };
  if (!other) return undefined;
  if (other === 'absent') return ofAbsent;
  if (literal === undefined && (left.wide || other.wide)) return undefined;
  const both = [left.when, other.when].filter((when) => when !== undefined).join(' && ');
  const comparison = `(${left.value} ${SCRIPT[operator]} ${other.value})`;
  return both === '' ? comparison : `(${both} ? ${comparison} : ${ofAbsent})`;
}

function membership(item: ASTNode, list: ASTNode, context: ConditionContext): string | undefined {
  if (list.op !== 'list') return undefined;
  const number = numeric(item, context);
  if (!number) return textEquality(item, list.args, context);
  if (number === 'absent') return 'false';
  const values = list.args.map(integer);
  if (values.includes(undefined)) return undefined;
  return ifPresent(number.when, oneOf(number.value, values as number[], context));
}

function ifPresent(when: string | undefined, condition: string): string {
  return when === undefined ? condition : `(${when} && ${condition})`;
}

function oneOf(value: string, numbers: readonly number[], { code }: ConditionContext): string {
  if (numbers.length >= MIN_SET) return `${code.constant(new Set(numbers))}.has(${value})`;
  return `(${numbers.map((number) => `${value} === ${number}`).join(' || ') || 'false'})`;
}

/** Whether text is one of some literals. */
function textEquality(item: ASTNode, literals: readonly ASTNode[], context: ConditionContext): string | undefined {
  const column = columnAt(item, context);
  const texts = literals.map((literal) => (literal.op === 'value' ? literal.args : undefined));
  if (!column || column.kind === 'number' || !texts.every((text) => typeof text === 'string')) return undefined;
  if (column.kind === 'absent') return 'false';
  if (column.kind === 'name')
    return ifPresent(column.when, oneOf(column.value, texts.flatMap(column.numbersOf), context));
  const addresses = texts.map(parseIp).filter((ip) => ip !== undefined);
  const tests = addresses.map((ip) => prefixTest(column, ip.family, wordsOf(ip), ip.family === 4 ? 32 : 128));
  return `(${tests.join(' || ') || 'false'})`;
}

function containment(prefix: ASTNode, address: ASTNode, context: ConditionContext): string | undefined {
  const literal = callOf(prefix, 'cidr');
  const cidr = literal?.op === 'value' && typeof literal.args === 'string' ? parseCidr(literal.args) : undefined;
  const column = columnAt(callOf(address, 'ip') ?? address, context);
  if (!cidr || !column) return undefined;
  if (column.kind === 'absent') return 'false';
  return column.kind === 'address' ? prefixTest(column, cidr.ip.family, wordsOf(cidr.ip), cidr.bits) : undefined;
}

function prefixTest(
  column: Extract<Column, { kind: 'address' }>,
  family: 4 | 6,
  words: readonly number[],
  bits: number,
): string {
  const tests = column.forms.flatMap((form) => {
    if (form.family !== family) return [];
    const parts = form.words.flatMap((word, index) => {
      const length = Math.min(32, bits - 32 * index);
      if (length <= 0) return [];
      const mask = length === 32 ? -1 : ~(-1 >>> length);
      return [`(${word} & ${mask}) === ${words[index] & mask}`];
    });
    return [[`${form.when}`, ...parts].join(' && ')];
  });
  return `(${tests.join(' || ') || 'false'})`;
}

/** An attribute that is a number, or some of its bits. */
function numeric(node: ASTNode, context: ConditionContext): Numeric | undefined {
  const column = columnAt(node, context);
  if (column) return column.kind === 'number' ? column : column.kind === 'absent' ? 'absent' : undefined;
  if (node.op !== 'rcall' || node.args[0] !== 'bitAnd') return undefined;
  const [field, mask] = [numeric(node.args[2][0], context), integer(node.args[2][1])];
  if (mask === undefined || mask < 0 || mask >= 2 ** 32 || !field || (field !== 'absent' && field.wide))
    return undefined;
  return field === 'absent' ? field : { ...field, value: `((${field.value} & ${mask}) >>> 0)` };
}

function columnAt(node: ASTNode, { column }: ConditionContext): Column | undefined {
  const name = attributeName(node);
  return name === undefined ? undefined : column(name);
}

/** The one argument of a call of `name`. */
function callOf(node: ASTNode, name: string): ASTNode | undefined {
  return node.op === 'call' && node.args[0] === name ? node.args[1][0] : undefined;
}

/** A literal that a double holds exactly. */
function integer(node: ASTNode): number | undefined {
  if (node.op === '-_') {
    const positive = integer(node.args);
    return positive === undefined ? undefined : -positive;
  }
  if (node.op !== 'value' || typeof node.args !== 'bigint') return undefined;
  const number = Number(node.args);
  return Number.isSafeInteger(number) ? number : undefined;
}
