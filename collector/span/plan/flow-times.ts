/** When a flow began and ended: from which of its elements, whether that can be, and what its span says instead. */
import { SFLOW } from '../../decode/header.ts';
import { spanAttribute } from '../../otlp/protobuf-writer.ts';
import type { PlanCode } from './code.ts';
import { emitField } from './field.ts';
import type { FieldSet } from './fieldset.ts';
import { type LocatedField, numberOf } from './layout.ts';
import { sourceNumber, TIME_SOURCES, type TimeFields, type TimeOptions } from './odd-times.ts';
import { writeTimes } from './span.ts';
import { isDate, SYSTEM_INIT_TIME, type TimeForm, timeForms } from './time-forms.ts';

const DURATION_MILLISECONDS = 161;
const DURATION_MICROSECONDS = 162;
/** In nanoseconds: backends don't show a span of no length, and some refuse it. */
const SHORTEST_SPAN = 1_000;

/** The fields of a record that tell one of its times, of those that both are made of. */
type Ends = {
  form: TimeForm;
  start: LocatedField | undefined;
  end: LocatedField | undefined;
  /** What stands for the end that is missing. */
  other: { date: LocatedField; form: TimeForm } | { duration: LocatedField } | undefined;
};

/** Appends the span's times, and what is to be said about them. When the flow ended is then in `f`, in milliseconds. */
export function emitTimes(code: PlanCode, fields: FieldSet, version: number, options: TimeOptions): void {
  const init = version === 10 ? fields.find(SYSTEM_INIT_TIME) : undefined;
  const forms = timeForms(version, init).filter(({ start, end }) => fields.find(start, end));
  code.line('let a = c.receivedMs, an = c.receivedNs, z = a, zn = an, f = a, y = 0;');
  if (forms.length === 0) {
    // What sFlow samples was there just now: nobody has to set a clock for it.
    code.line(`y = ${sourceNumber('absent')};${version === SFLOW ? '' : ' c.timesReplaced++;'}`);
    emitSource(code, fields);
  } else {
    const ends = findEnds(fields, forms);
    const byOptions = ends.form.unit === 'uptime since start' && !init;
    const used = usedFields(ends, init);
    const elements = used.map((field) => (byOptions ? fields.takeAll(field.key) : [field]));
    if (!byOptions) for (const field of used) fields.take(field.key);
    const places = new Places();
    const timeFields = describe(fields, forms, init, options, places);
    emitOwnTimes(code, ends);
    code.block(`if (!(${isPlain(ends)})) {`, () => {
      code.line(`y = r.resolveTimes(s, c, ${code.constant(timeFields)}, [${places.source}]); m = c.times;`);
      code.line('a = m.startMs; an = m.startNs; z = m.endMs; zn = m.endNs; f = m.flowEndMs;');
      code.block('if (m.own) {', () => emitExact(code, fields));
    });
    code.block('else {', () => emitPlain(code, fields, ends.form, options));
    emitSource(code, fields);
    if (byOptions) emitElementsByOptions(code, fields, elements, used);
  }
  code.block(`if ((z - a) * 1e6 + zn - an < ${SHORTEST_SPAN}) {`, () => {
    code.line(`z = a; zn = an + ${SHORTEST_SPAN}; if (zn >= 1e6) { z++; zn -= 1e6; }`);
  });
  writeTimes(code, ['a', 'an'], ['z', 'zn']);
}

function findEnds(fields: FieldSet, [form, ...others]: readonly TimeForm[]): Ends {
  const [start, end] = [fields.find(form.start), fields.find(form.end)];
  const ends = { form, start, end, other: undefined };
  if (start && end) return ends;
  for (const other of others) {
    const date = isDate(other.unit) && fields.find(start ? other.end : other.start);
    if (date) return { ...ends, other: { date, form: other } };
  }
  const duration = fields.find(DURATION_MILLISECONDS, DURATION_MICROSECONDS);
  return duration ? { ...ends, other: { duration } } : ends;
}

/** The fields that stand for the span's times, and under no name of their own: all but events. */
function usedFields({ form, start, end, other }: Ends, init: LocatedField | undefined): LocatedField[] {
  const used = [start, end, form.unit === 'uptime since start' ? init : undefined];
  if (other && 'duration' in other) used.push(other.duration);
  else if (other && other.form.start !== other.form.end) used.push(other.date);
  return [...new Set(used)].filter((field) => field !== undefined);
}

/** Offsets and lengths of fields, as the source of a list. */
class Places {
  readonly #fields: LocatedField[] = [];

  /** The place of a field in the list; -1 when there is no such field. */
  of(field: LocatedField | undefined): number {
    return field ? this.#fields.push(field) - 1 : -1;
  }

  get source(): string {
    return this.#fields.flatMap(({ at, size }) => [at, size]).join(', ');
  }
}

function describe(
  fields: FieldSet,
  forms: readonly TimeForm[],
  init: LocatedField | undefined,
  { timestamps, maxAge }: TimeOptions,
  places: Places,
): TimeFields {
  const duration = fields.find(DURATION_MILLISECONDS, DURATION_MICROSECONDS);
  return {
    ...{ timestamps, maxAge },
    sources: forms.map((form) => ({
      form,
      start: places.of(fields.find(form.start)),
      end: places.of(fields.find(form.end)),
    })),
    duration: duration && {
      place: places.of(duration),
      nanoseconds: duration.key === DURATION_MILLISECONDS ? 1_000_000n : 1_000n,
    },
    init: places.of(init),
  };
}

function emitOwnTimes(code: PlanCode, { form, start, end, other }: Ends): void {
  code.line('an = zn = 0;');
  if (start) code.line(form.assign(start, 'a', 'an', 'x'));
  if (end && end !== start) code.line(form.assign(end, 'z', 'zn', 'n'));
  if (start && end && end !== start) return;
  const [known, missing] = start ? ['a', 'z'] : ['z', 'a'];
  if (!other) {
    code.line(`${missing} = ${known}; ${missing}n = ${known}n;`);
  } else if ('date' in other) {
    code.line(other.form.assign(other.date, missing, `${missing}n`, ''));
  } else {
    addDuration(code, known, missing, other.duration);
  }
}

function addDuration(code: PlanCode, known: string, missing: string, duration: LocatedField): void {
  const sign = missing === 'z' ? '+' : '-';
  if (duration.key === DURATION_MILLISECONDS) {
    code.line(`${missing} = ${known} ${sign} (${numberOf(duration)}); ${missing}n = ${known}n;`);
    return;
  }
  code.line(`h = ${numberOf(duration)}; ${missing}n = ${known}n ${sign} (h % 1000) * 1000;`);
  code.line(`m = Math.floor(${missing}n / 1e6); ${missing} = ${known} ${sign} Math.floor(h / 1000) + m;`);
  code.line(`${missing}n -= m * 1e6;`);
}

/** Expression of whether the times that the record tells can be those of the flow. */
function isPlain({ form, end }: Ends): string {
  // 0 is not told, but for the start of a flow that began when its device did.
  const told = form.unit.startsWith('uptime') ? [end ? 'n !== 0' : 'x !== 0'] : [];
  return [...told, '(z > a || z === a && zn >= an)', `a >= c.${form.bounds}.minMs && z <= c.${form.bounds}.maxMs`].join(
    ' && ',
  );
}

/** Appends what becomes of such times: corrected where the clock is wrong, clamped, or replaced by the reception. */
function emitPlain(code: PlanCode, fields: FieldSet, form: TimeForm, { timestamps, maxAge }: TimeOptions): void {
  const bounds = `c.${form.bounds}`;
  code.line('const q = a, qn = an, e = z, en = zn;');
  code.block(`if (${bounds}.shiftMs !== 0) {`, () => {
    code.line(`y = ${sourceNumber('corrected')}; a += ${bounds}.shiftMs; z += ${bounds}.shiftMs;`);
    code.line(`if ((an += ${bounds}.shiftNs) >= 1e6) { a++; an -= 1e6; }`);
    code.line(`if ((zn += ${bounds}.shiftNs) >= 1e6) { z++; zn -= 1e6; }`);
  });
  code.line('f = z; c.lateness.add(c.receivedMs - z);');
  if (timestamps === 'received') {
    code.line(`y = ${sourceNumber('received')}; a = z = c.receivedMs; an = zn = c.receivedNs;`);
  } else if (timestamps === 'clamped') {
    code.block(`if (z < (x = c.receivedMs - ${maxAge}) || z === x && zn < c.receivedNs) {`, () => {
      code.line(`y = ${sourceNumber('clamped')}; z = x; zn = c.receivedNs;`);
    });
  }
  const names = ownTimeNames(fields);
  code.block('if (y !== 0) {', () => {
    for (const { name, end } of names) {
      code.line(`p = r.nanosAttribute(u, w, p, ${code.key(name)}, ${end ? 'e, en' : 'q, qn'});`);
    }
  });
  const always = names.filter(({ isAlways }) => isAlways);
  if (always.length === 0) return;
  code.block('else {', () => {
    for (const { name, end } of always) {
      if (end) code.nanos(name, 'z', 'zn');
      else code.nanos(name, 'a', 'an');
    }
  });
}

/** Appends the flow's own times from `m.own`. */
function emitExact(code: PlanCode, fields: FieldSet): void {
  const write = (always: boolean): void => {
    for (const { name, end, isAlways } of ownTimeNames(fields)) {
      if (isAlways !== always) continue;
      code.line(`p = r.bigintAttribute(u, p, ${code.key(name)}, m.own[${end ? 1 : 0}]);`);
    }
  };
  code.block('if (y !== 0) {', () => write(false));
  write(true);
}

/** Attributes that have the flow's own times: always, or when its span has others. */
function ownTimeNames(fields: FieldSet): { name: string; end: boolean; isAlways: boolean }[] {
  return [
    { name: fields.nameOf('netflow.flow.start'), end: false, isAlways: false },
    { name: fields.nameOf('netflow.flow.end'), end: true, isAlways: false },
    { name: fields.nameOf('flow.start'), end: false, isAlways: true },
    { name: fields.nameOf('flow.end'), end: true, isAlways: true },
  ].filter((own): own is typeof own & { name: string } => own.name !== undefined);
}

/** Appends why the span has other times than the flow. */
function emitSource(code: PlanCode, fields: FieldSet): void {
  const name = fields.nameOf('netflow.time.source');
  if (name === undefined) return;
  const attributes = TIME_SOURCES.map((source) => spanAttribute(name, source));
  code.line(`if (y !== 0) { m = ${code.constant(attributes)}[y]; u.set(m, p); p += m.length; }`);
}

/**
 * Appends the times themselves, under the names of their elements, where it is not known when they count from: all,
 * else those that occur again.
 */
function emitElementsByOptions(
  code: PlanCode,
  fields: FieldSet,
  elements: readonly LocatedField[][],
  used: readonly LocatedField[],
): void {
  const emit = (all: readonly LocatedField[][]): void => {
    for (const occurrences of all) {
      const name = occurrences.length > 0 ? fields.nameOf(occurrences[0].attribute) : undefined;
      if (name !== undefined) emitField(code, name, occurrences);
    }
  };
  code.block('if (Number.isNaN(c.systemInitMs)) {', () => emit(elements));
  const again = elements.map((occurrences) => occurrences.filter((field) => !used.includes(field)));
  if (again.some(({ length }) => length > 0)) code.block('else {', () => emit(again));
}
