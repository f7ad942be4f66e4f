/** How many packets an observed one stands for: by the record itself, else by what is known of its device. */
import { isInterval } from '../../devices/sampling-interval.ts';
import { sourcesOf } from '../attributes.ts';
import type { PlanCode } from './code.ts';
import type { FieldSet } from './fieldset.ts';
import { interfacesOf } from './interfaces.ts';
import { firstNumberOf, type LocatedField, numberOf } from './layout.ts';

const [RANDOM_INTERVAL, SAMPLING_INTERVAL] = [50, 34];
const [SELECTOR, SAMPLER, SAMPLER_NAME] = [302, 48, 84];
const LINE_CARD = 141;
const [DIRECTION, EGRESS] = [61, 1];
/** Flows that name how they were sampled. */
const ALGORITHMS = [35, 49, 304];
const MAX_UINT32 = 0xffff_ffff;

/** Forms of two elements, in the order in which they count: the interval is (`whole`) ÷ the element `part`. */
const RATIOS: readonly { whole: readonly number[]; part: number }[] = [
  { whole: [305, 306], part: 305 },
  { whole: [310], part: 309 },
  { whole: [], part: 311 },
  { whole: [307, 308], part: 307 },
];

/** Counters, and what they are called when they are multiplied by the interval. */
const ESTIMATES = [
  ['flow.bytes.delta', 'flow.bytes.estimate'],
  ['flow.packets.delta', 'flow.packets.estimate'],
] as const;

/** Appends the interval and, with `scale`, what counters come to by it, unless it is not known. */
export function emitSampling(code: PlanCode, fields: FieldSet, version: number, scale: boolean): void {
  const own = ownIntervals(fields);
  const products = scale ? ESTIMATES.map(([counter, name]) => ({ name, by: fields.findEach(sourcesOf(counter)) })) : [];
  const wanted = [{ name: 'flow.sampling.interval' as const, by: [] }, ...products.filter(({ by }) => by.length > 0)]
    .map(({ name, by }) => ({ name: fields.nameOf(name), factor: by.length > 0 ? ` * ${firstNumberOf(by)}` : '' }))
    .filter((one): one is { name: string; factor: string } => one.name !== undefined);
  const samples = [SELECTOR, SAMPLER, ...ALGORITHMS]
    .map((element) => fields.find(element))
    .filter((field) => field !== undefined);
  const conditions = [
    ...samples.map((field) => `(${numberOf(field)}) > 0`),
    ...(version === 5 ? ['c.samplingMode > 0'] : []),
  ];
  if (wanted.length === 0 && conditions.length === 0) return;
  emitInterval(code, fields, version, own);
  code.block('if (h > 0) {', () => {
    for (const { name, factor } of wanted) emitRounded(code, name, `h${factor}`);
  });
  if (conditions.length > 0) code.line(`else if (${conditions.join(' || ')}) c.unratedFlows++;`);
}

/** Appends statements that set `h` to the interval of a record, or to 0 where it is not known. */
export function emitInterval(
  code: PlanCode,
  fields: FieldSet,
  version: number,
  own: readonly string[] = ownIntervals(fields),
): void {
  code.line('h = 0;');
  for (const [index, interval] of own.entries()) {
    code.line(`${index > 0 ? 'if (h === 0) ' : ''}h = r.samplingInterval(${interval});`);
  }
  const number = (element: number): string => {
    const field = fields.find(element);
    return field ? numberOf(field) : '-1';
  };
  const samplerName = fields.find(SAMPLER_NAME);
  const nameText = samplerName ? `r.textOf(s, ${samplerName.at}, ${samplerName.size})` : "''";
  const known = `c.rates.of(h, ${number(SELECTOR)}, ${number(SAMPLER)}, ${nameText}, ${observedFirst(fields)}, ${number(LINE_CARD)})`;
  code.line(`if (c.rates !== undefined) h = ${known};`);
  if (version === 5) code.line('else h = c.samplingInterval;');
}

/** Expressions of the indexes of a flow's interfaces, the one where it was observed first. */
function observedFirst(fields: FieldSet): string {
  const [ingress, egress] = interfacesOf(fields);
  const direction = fields.find(DIRECTION);
  if (!direction) return `${ingress}, ${egress}`;
  const isEgress = `${numberOf(direction)} === ${EGRESS}`;
  return `${isEgress} ? ${egress} : ${ingress}, ${isEgress} ? ${ingress} : ${egress}`;
}

function emitRounded(code: PlanCode, name: string, expression: string): void {
  code.line(
    `if ((n = Math.round(${expression})) > ${MAX_UINT32}) p = r.bigintAttribute(u, p, ${code.key(name)}, BigInt(n));`,
  );
  code.block('else {', () => code.uint32(name, 'n'));
}

/** Expressions of the intervals that the record may tell. The fields of the first are not shown again. */
function ownIntervals(fields: FieldSet): string[] {
  const intervals: string[] = [];
  const use = (elements: readonly number[], expression: (fields: LocatedField[]) => string): void => {
    const found = elements.map((element) => fields.find(element)).filter((field) => field !== undefined);
    if (found.length < elements.length) return;
    if (intervals.length === 0) for (const element of elements) fields.take(element);
    intervals.push(expression(found));
  };
  for (const element of [RANDOM_INTERVAL, SAMPLING_INTERVAL]) use([element], ([field]) => numberOf(field));
  for (const { whole, part } of RATIOS) {
    use([...new Set([...whole, part])], (found) => {
      const divisor = found.find(({ key }) => key === part)!;
      const parts = found.filter(({ key }) => whole.includes(key)).map((field) => `(${numberOf(field)})`);
      return `(${parts.join(' + ') || '1'}) / (${divisor.type === 'float64' ? floatOf(divisor) : numberOf(divisor)})`;
    });
  }
  return intervals;
}

function floatOf({ at, length }: LocatedField): string {
  return length === 4 ? `v.getFloat32(${at})` : `v.getFloat64(${at})`;
}

/** The interval itself, or 0 when it can't be one. */
export function samplingInterval(interval: number): number {
  return isInterval(interval) ? interval : 0;
}
