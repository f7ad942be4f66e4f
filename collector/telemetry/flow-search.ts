/**
 * Searches the flows of the last traces by an expression, the same as the selection's. Bounded: it looks at so many
 * flows, the latest first, and says at how many.
 */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { attributeType } from '../../crds/selection/attributes.ts';
import { parseExpression } from '../../crds/selection/expression.ts';
import { nest } from '../select/record-values.ts';
import type { Value } from '../select/span-attributes.ts';
import { spanCondition } from '../select/span-condition.ts';
import { attributeNames, type NameOf } from '../span/attributes.ts';
import type { AttributeValue, Span } from './spans.ts';

/** Some 0.1 s of work. */
const MAX_LOOKED_AT = 5_000;
const MAX_FOUND = 100;

/** A flow, its packet's trace and span, and when that came, in Unix milliseconds. */
export type SeenFlow = { traceId: string; time: number; span: Span; root: Span | undefined };
export type FoundFlows = {
  /** The latest first. */
  flows: (Omit<SeenFlow, 'root'> & { exporter?: string })[];
  lookedAt: number;
  /** There may be more: only so many are looked at, or told. */
  more: boolean;
  /** Attributes of the expression that spans are sent without, by the configuration. */
  notSent: string[];
  /** On how many flows the expression failed, and how. */
  failed?: { flows: number; error: string };
};

/** Flows of which `filter` is true; without one all. What is wrong with an expression is told instead. */
export function searchFlows(
  seen: Iterable<SeenFlow>,
  filter: string,
  spans: CollectorConfig['spans'],
): FoundFlows | { error: string } {
  const expression = parseExpression(filter.trim() || 'true');
  if ('error' in expression) return expression;
  const holds = spanCondition(expression.ast);
  const nameOf: NameOf = attributeNames(spans);
  const names = [...expression.attributes].map((name) => [name, nameOf(name as Parameters<NameOf>[0])] as const);
  const found: FoundFlows = {
    ...{ flows: [], lookedAt: 0, more: false },
    notSent: names.flatMap(([name, sent]) => (sent === undefined && !OF_PACKET.includes(name) ? [name] : [])),
  };
  for (const flow of seen) {
    if (found.lookedAt === MAX_LOOKED_AT || found.flows.length === MAX_FOUND) {
      found.more = true;
      break;
    }
    found.lookedAt++;
    const { root, ...told } = flow;
    try {
      const flat = valuesOf(flow, names);
      if (!holds({ flat, nested: nest(expression.attributes, flat) })) continue;
    } catch (error) {
      const [message] = String(error).split('\n');
      found.failed = { flows: (found.failed?.flows ?? 0) + 1, error: message };
      continue;
    }
    const exporter = root?.attributes[EXPORTER] ?? flow.span.attributes[EXPORTER];
    found.flows.push({ ...told, ...(exporter !== undefined && { exporter: String(exporter) }) });
  }
  return found;
}

const EXPORTER = 'netflow.exporter.address';
/** What a packet's span says for its flows. */
const OF_PACKET = ['netflow.version', EXPORTER, 'netflow.exporter.port', 'netflow.observation_domain.id'];

function valuesOf(
  { span, root }: SeenFlow,
  names: readonly (readonly [name: string, sent: string | undefined])[],
): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const [name, sent] of names) {
    const ofFlow = sent === undefined ? undefined : span.attributes[sent];
    const value = ofFlow ?? (OF_PACKET.includes(name) ? root?.attributes[name] : undefined);
    if (value !== undefined && value !== null) values.set(name, celValue(name, value));
  }
  return values;
}

/** As the library takes it: whole numbers are bigints, unless the attribute is a fraction. */
function celValue(name: string, value: NonNullable<AttributeValue>): Value {
  if (Array.isArray(value)) return value.map((item) => celValue(name, item ?? ''));
  if (typeof value === 'object') return JSON.stringify(value);
  return typeof value === 'number' && Number.isInteger(value) && attributeType(name) !== 'double'
    ? BigInt(value)
    : value;
}
