/**
 * Aggregation plans: a template goes in; a function comes out that counts one of its records in all sets. It is
 * compiled from source text that holds only numbers and names we know, as record plans are. Bench:
 * test/bench/encode.ts.
 */
import type { ASTNode } from '../../crds/selection/nodes.ts';
import type { Template } from '../decode/template.ts';
import type { Networks } from '../networks/table.ts';
import type { PacketOrigin } from '../select/packet-origin.ts';
import { recordConditions } from '../select/record-conditions.ts';
import { RecordValues } from '../select/record-values.ts';
import { sourcesOf } from '../span/attributes.ts';
import type { PlanCode } from '../span/plan/code.ts';
import type { PlanContext } from '../span/plan/context.ts';
import type { FieldSet } from '../span/plan/fieldset.ts';
import { firstNumberOf, isSound } from '../span/plan/layout.ts';
import type { TimeOptions } from '../span/plan/odd-times.ts';
import { emitProtocol } from '../span/plan/protocol.ts';
import { compileByReading } from '../span/plan/readings.ts';
import { emitInterval } from '../span/plan/sampling.ts';
import type { Dimension } from './dimension.ts';
import { OVERFLOW, type SeriesTable, SUMS } from './table.ts';
import type { Texts } from './texts.ts';
import { emitValue, lacksRoom, namesOfSpan } from './values.ts';

/** Counts the record at `o`. Records of variable length set `c.next`. */
export type CountPlan = (s: Uint8Array, v: DataView, o: number, c: PlanContext, e: PacketOrigin) => void;

/** A set, as plans fill it. */
export type CountedSet = { dimensions: readonly Dimension[]; filter: ASTNode | undefined; table: SeriesTable };

export type CountOptions = {
  sets: readonly CountedSet[];
  texts: Texts;
  networks: Networks | undefined;
  /** What services without a name are called; undefined when flows are not drawn between services. */
  rest: string | undefined;
  times: TimeOptions;
  /** For how many a record counts, read whenever one is counted; undefined: for itself. */
  weight?: { readonly period: number };
  /** Told what a filter threw. The flow is not counted. */
  onError: (error: unknown) => void;
};

/** Of both ways of a record: the counters of what was since the last record, else since the flow began. */
const COUNTERS = {
  forward: [
    ['flow.bytes.delta', 'flow.bytes.total'],
    ['flow.packets.delta', 'flow.packets.total'],
  ],
  reverse: [
    ['flow.reverse.bytes.delta', 'flow.reverse.bytes.total'],
    ['flow.reverse.packets.delta', 'flow.reverse.packets.total'],
  ],
} as const;

/** Compiles what counts the records of a template in all sets. */
export function compileCountPlan(template: Template, options: CountOptions): CountPlan {
  return compileByReading(
    template,
    (name) => name,
    'countRecord',
    's, v, o, c, e',
    (code, fields) => emitSets(code, fields, template, options),
  );
}

function emitSets(code: PlanCode, fields: FieldSet, template: Template, options: CountOptions): void {
  const { sets, texts, networks, rest, times, weight, onError } = options;
  code.line('let h = 0, n = 0, m = 0, i = 0, j = 0;');
  emitProtocol(code, fields);
  const condition = recordConditions(
    sets.map(({ filter }) => filter),
    code,
    fields,
    template,
    times,
  );
  const { version } = template;
  const names = namesOfSpan(
    sets.flatMap(({ dimensions }) => dimensions),
    fields,
    version,
  );
  const values = names.size > 0 ? new RecordValues(template, names, times) : undefined;
  if (values) code.line(`${code.constant(values)}.fresh = false;`);
  const context = { code, fields, version, texts, networks, rest, values };
  emitInterval(code, fields, version);
  const forward = COUNTERS.forward.map((counter) => counterOf(fields, counter));
  const reverse = COUNTERS.reverse.map((counter) => counterOf(fields, counter));
  const isBiflow = reverse.some((counter) => counter !== undefined);
  for (const [index, counter] of [...forward, ...(isBiflow ? reverse : [])].entries())
    code.line(`let q${index} = ${counter ?? 0}; if (h > 0) q${index} = Math.round(h * q${index});`);
  if (weight)
    code.line(`n = ${code.constant(weight)}.period; q0 *= n; q1 *= n;${isBiflow ? ' q2 *= n; q3 *= n;' : ''}`);
  for (const set of sets) {
    const count = () => {
      emitSet(context, set, false, 'q0', 'q1', 1);
      if (isBiflow) code.block('if (q2 > 0 || q3 > 0) {', () => emitSet(context, set, true, 'q2', 'q3', 0));
    };
    if (!set.filter) {
      code.block('{', count);
      continue;
    }
    const failed = code.constant(onError);
    code.block('{', () => {
      code.line(`let f = false; try { f = ${condition(set.filter!)}; } catch (error) { ${failed}(error); }`);
      code.block('if (f) {', count);
    });
  }
}

/** Expression of a counter; undefined when records do not have it. */
function counterOf(fields: FieldSet, [delta, total]: readonly Parameters<typeof sourcesOf>[0][]): string | undefined {
  const found = [delta, total].map((name) => fields.findEach(sourcesOf(name)).filter(isSound));
  const fitting = found.find(({ length }) => length > 0);
  return fitting && firstNumberOf(fitting);
}

/** Appends statements that add to a set's series of the record, or of the flow the other way. */
function emitSet(
  context: Parameters<typeof emitValue>[0],
  { dimensions, table }: CountedSet,
  reverse: boolean,
  bytes: string,
  packets: string,
  records: number,
): void {
  const { code } = context;
  code.line('m = 0;');
  const words: { place: number; name: string }[] = [{ place: 0, name: 'm' }];
  const mayLack: string[] = [];
  for (const dimension of dimensions) {
    const value = emitValue(context, dimension, reverse);
    words.push(...value.words.map((name, word) => ({ place: dimension.at + word, name })));
    if (value.mayLack) mayLack.push(value.words[0]);
  }
  const t = code.constant(table);
  const count = () => {
    const sum = words.map(({ place, name }) => `Math.imul(${name}, ${table.factors[place]})`).join(' + ');
    code.line(`n = ${sum} | 0; n = Math.imul(n ^ n >>> 16, ${0x85ebca6b | 0}); n ^= n >>> 13;`);
    const differs = words.map(({ place, name }) => `K[j * ${table.width} + ${place}] !== ${name}`).join(' || ');
    code.line(`const T = ${t}, I = T.index, K = T.keys; i = n & ${table.mask};`);
    code.line(`while ((j = I[i]) !== 0 && (${differs})) i = i + 1 & ${table.mask};`);
    code.block('if (j === 0) {', () => {
      code.line('T.key.fill(0);');
      for (const { place, name } of words) code.line(`T.key[${place}] = ${name};`);
      code.line('j = T.insert(n, i);');
    });
  };
  if (mayLack.length === 0) code.block('{', count);
  else {
    code.line(`if (${lacksRoom(mayLack)}) j = ${OVERFLOW};`);
    code.block('else {', count);
  }
  code.line(`j *= ${SUMS};`);
  code.line(`const S = ${t}.sums; S[j] += ${bytes}; S[j + 1] += ${packets}; S[j + 2] += ${records};`);
}
