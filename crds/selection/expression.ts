/**
 * Expressions over a flow's attributes, in CEL: `destination.port == 53 && network.transport == 'udp'`. A text comes
 * in; its syntax tree goes out, checked, or what is wrong with it and where. Collector and operator ask the same
 * function.
 */
import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js';
import { parseCidr, parseIp, registerAddresses } from './address.ts';
import { attributeType, GROUPS, namesNear } from './attributes.ts';
import { attributeName, childrenOf, Mistake, startOf } from './nodes.ts';
import { namedNumbers, placeBefore, withNames } from './numbers.ts';

/** Nobody writes more by hand; deep ones could exhaust the stack. */
const LIMITS = { maxAstNodes: 2_000, maxDepth: 48, maxListElements: 1_000, maxMapEntries: 32, maxCallArguments: 8 };

/** An expression that is right, and its result is a truth value or known only at run time. */
export type Expression = { ast: ASTNode; evaluate: ParseResult; attributes: ReadonlySet<string> };
/** What is wrong, with the line and column, both from 1. */
export type ExpressionError = { error: string };

/** The type whose one value is called `math`, for the functions of cel-go's math extension. */
class MathFunctions {}
const MATH = new MathFunctions();

/** Parses and checks an expression. */
export function parseExpression(text: string): Expression | ExpressionError {
  try {
    const untyped = environmentFor([]).parse(text).ast;
    const attributes = attributesOf(untyped);
    checkLiterals(untyped);
    const numbers = namedNumbers(untyped);
    const evaluate = environmentFor(attributes.keys()).parse(withNames(text, numbers));
    const { valid, type = '', error } = evaluate.check();
    if (error?.range) throw new Mistake({ start: placeBefore(error.range.start, numbers) }, error.summary);
    if (!valid) throw error;
    if (type !== 'bool' && type !== 'dyn') throw new Mistake(untyped, `must be true or false, but is ${type}`);
    return { ast: evaluate.ast, evaluate, attributes: new Set(attributes.keys()) };
  } catch (error) {
    return { error: describe(text, error) };
  }
}

/** The attributes that a part of an expression names, `has(…)` included. */
export function attributesOf(node: ASTNode): Map<string, ASTNode> {
  const found = new Map<string, ASTNode>();
  collect(node, found);
  return found;
}

function collect(node: ASTNode, found: Map<string, ASTNode>): void {
  const name = attributeName(node);
  if (name === undefined) {
    for (const child of childrenOf(node)) collect(child, found);
    return;
  }
  if (!attributeType(name)) {
    const near = namesNear(name).join(', ');
    throw new Mistake(startOf(node), `no attribute is called ${name}; there are ${near}`);
  }
  found.set(name, node);
}

/** Refuses what would fail, or never be true, for every flow. */
function checkLiterals(node: ASTNode): void {
  const literal = (part: ASTNode) => (part.op === 'value' && typeof part.args === 'string' ? part.args : undefined);
  if (node.op === 'call' && node.args[1].length === 1) {
    const text = literal(node.args[1][0]);
    if (node.args[0] === 'ip' && text !== undefined && !parseIp(text))
      throw new Mistake(node.args[1][0], `"${text}" is no IP address`);
    if (node.args[0] === 'cidr' && text !== undefined && !parseCidr(text))
      throw new Mistake(node.args[1][0], `"${text}" is no prefix such as 10.0.0.0/8`);
  }
  if (node.op === 'rcall' && node.args[0] === 'matches')
    throw new Mistake(startOf(node), 'matches() is not available; use startsWith, endsWith, contains or ==');
  if (node.op === '==' || node.op === '!=' || node.op === 'in') {
    for (const [side, other] of [node.args, [node.args[1], node.args[0]] as const]) {
      if (!attributeName(side)?.endsWith('.address')) continue;
      for (const value of other.op === 'list' ? other.args : [other]) {
        const text = literal(value);
        if (text === undefined) continue;
        const address = parseIp(text);
        if (!address)
          throw new Mistake(value, `"${text}" is no IP address; for a prefix write cidr('…').containsIP(…)`);
        if (String(address) !== text) throw new Mistake(value, `"${text}" is written ${address} in spans`);
      }
    }
  }
  for (const child of childrenOf(node)) checkLiterals(child);
}

function environmentFor(names: Iterable<string>): Environment {
  const environment = new Environment({ limits: LIMITS, homogeneousAggregateLiterals: false });
  registerAddresses(environment);
  environment.registerType('Math', { ctor: MathFunctions, fields: {} });
  environment.registerConstant('math', 'Math', MATH);
  environment.registerFunction('Math.bitAnd(int, int): int', (_: MathFunctions, a: bigint, b: bigint) => a & b);
  environment.registerFunction('Math.bitOr(int, int): int', (_: MathFunctions, a: bigint, b: bigint) => a | b);
  const schemas: Record<string, Schema> = {};
  for (const name of names) add(schemas, name.split('.'), attributeType(name)!);
  for (const [group, schema] of Object.entries(schemas)) environment.registerVariable(group, { schema });
  return environment;
}

type Schema = { [name: string]: Schema | string };

function add(schema: Schema, [first, ...rest]: string[], type: string): void {
  if (rest.length === 0) {
    schema[first] = type;
    return;
  }
  schema[first] ??= {};
  const inner = schema[first];
  if (typeof inner !== 'string') add(inner, rest, type);
}

function describe(text: string, error: unknown): string {
  const {
    message,
    summary = message,
    range,
  } = error as { message: string; summary?: string; range?: { start: number } };
  const before = text.slice(0, range?.start ?? 0).split('\n');
  const line = before.length > 1 ? `line ${before.length}, ` : '';
  return `is wrong at ${line}column ${before.at(-1)!.length + 1}: ${summary}${hint(text, summary, range?.start)}`;
}

/** What to write instead of what other languages write. */
function hint(text: string, summary: string, start = 0): string {
  if (/^(and|or)\b/i.test(text.slice(start))) return '; write && and ||';
  if (/\bnetflow[\w.]*\.$/.test(text.slice(0, start))) return '; records in lists can’t be named';
  if (/got NUMBER/.test(summary)) return '; write an address in quotes, a list in [ ]';
  if (/Unexpected character: [&|]/.test(summary)) return '; write && and ||, and math.bitAnd(a, b) for bits';
  if (/Unexpected character: =/.test(summary) || /Unexpected token: ASSIGN/.test(summary)) return '; write ==';
  if (/^Unknown variable/.test(summary))
    return `; attributes begin with ${[...GROUPS].map((group) => `${group}.`).join(', ')}, text stands in quotes`;
  const { ast } = tryParse(text) ?? {};
  if (!ast || !/overload|Logical/.test(summary)) return '';
  const types = [...attributesOf(ast).keys()].map((name) => `${name} is ${attributeType(name)}`);
  return types.length > 0 ? `; ${types.slice(0, 4).join(', ')}` : '';
}

function tryParse(text: string): ParseResult | undefined {
  try {
    return environmentFor([]).parse(text);
  } catch {
    return undefined;
  }
}
