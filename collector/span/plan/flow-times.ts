/** When a flow began and ended: from which of its elements, whether that can be, and what its span says instead. */
import type { CollectorConfig } from '../../../crds/collector-config.ts';
import type { PlanCode } from './code.ts';
import { emitField } from './elements.ts';
import type { FieldSet } from './fieldset.ts';
import { type LocatedField, lowWord } from './layout.ts';
import { writeTimes } from './span.ts';

/** What is done with times. */
export type TimeOptions = {
  timestamps: CollectorConfig['spans']['timestamps'];
  /** Milliseconds; used by timestamps `clamped`. */
  maxAge: number;
};

/**
 * A way in which exporters tell the two times, by the types of its elements. The statements set milliseconds `ms` and
 * nanoseconds beyond `ns`, named for the start (`a`, `an`) or the end (`z`, `zn`); `exact` is the same as a BigInt of
 * nanoseconds, also where no double holds it.
 */
type TimeForm = {
  start: number;
  end: number;
  assign: (field: LocatedField, ms: string, ns: string) => string;
  exact: (field: LocatedField, ms: string) => string;
};

const ntp = (start: number, end: number, microseconds: boolean): TimeForm => ({
  start,
  end,
  assign: ({ at }, ms, ns) =>
    `${ns} = r.ntpNanos(v, ${at}, ${microseconds}); ${ms} = r.ntpSeconds(v, ${at}) * 1000 + Math.floor(${ns} / 1e6); ${ns} %= 1e6;`,
  exact: ({ at }) => `(BigInt(r.ntpSeconds(v, ${at})) * 1000000000n + BigInt(r.ntpNanos(v, ${at}, ${microseconds})))`,
});

const milliseconds = (start: number, end: number): TimeForm => ({
  start,
  end,
  assign: ({ at }, ms) => `${ms} = v.getUint32(${at}) * 4294967296 + v.getUint32(${at} + 4);`,
  exact: ({ at }) => `v.getBigUint64(${at}) * 1000000n`,
});

const seconds = (start: number, end: number): TimeForm => ({
  start,
  end,
  assign: ({ at }, ms) => `${ms} = v.getUint32(${at}) * 1000;`,
  exact: ({ at }) => `BigInt(v.getUint32(${at})) * 1000000000n`,
});

/** Microseconds before the Export Time. */
const deltaMicroseconds: TimeForm = {
  start: 158,
  end: 159,
  assign: (field, ms, ns) =>
    `x = c.exportMs * 1000 - (${lowWord(field)}); ${ms} = Math.floor(x / 1000); ${ns} = (x - ${ms} * 1000) * 1000;`,
  exact: (field) => `(BigInt(c.exportMs) * 1000n - BigInt(${lowWord(field)})) * 1000n`,
};

/** v1, v5, v7 and v9: the header tells uptime and time at once; the difference counts modulo 2³² ms, with its sign. */
const uptimeOfHeader: TimeForm = {
  start: 22,
  end: 21,
  assign: (field, ms) => `${ms} = c.exportMs - (c.sysUptime - (${lowWord(field)}) | 0);`,
  exact: (_, ms) => `BigInt(${ms}) * 1000000n`,
};

/**
 * IPFIX: relative to when the device was started, which the record tells or options data told. Uptime wraps: of all
 * times that differ by 2³² ms, the one nearest to the Export Time is meant.
 */
const uptimeSince = (init: LocatedField | undefined): TimeForm => {
  const started = init ? `v.getUint32(${init.at}) * 4294967296 + v.getUint32(${init.at} + 4)` : 'c.systemInitMs';
  return {
    start: 22,
    end: 21,
    assign: (field, ms) => `${ms} = r.unwrapUptime(${started}, ${lowWord(field)}, c.exportMs);`,
    exact: (field, ms) =>
      init
        ? `(${ms} < 9e15 ? BigInt(${ms}) : v.getBigUint64(${init.at}) + BigInt(${lowWord(field)})) * 1000000n`
        : `BigInt(${ms}) * 1000000n`,
  };
};

const SYSTEM_INIT_TIME = 160;
const DURATION_MILLISECONDS = 161;
const DURATION_MICROSECONDS = 162;
/** Longest integer that a word holds. */
const WORD_LENGTH = 4;

/** Appends the span's times, and what is to be said about them. */
export function emitTimes(code: PlanCode, fields: FieldSet, version: number, options: TimeOptions): void {
  const [init] = version === 10 ? [fields.find(SYSTEM_INIT_TIME)] : [];
  const forms = [
    ntp(156, 157, false),
    ntp(154, 155, true),
    milliseconds(152, 153),
    seconds(150, 151),
    deltaMicroseconds,
    version === 10 ? uptimeSince(init) : uptimeOfHeader,
    milliseconds(323, 323),
    ntp(324, 324, true),
    ntp(325, 325, false),
    seconds(322, 322),
  ];
  const find = (id: number): LocatedField | undefined => {
    const field = fields.find(id);
    return field && (field.type.startsWith('dateTime') || field.length! <= WORD_LENGTH) ? field : undefined;
  };
  const form = forms.find(({ start, end }) => find(start) || find(end));
  code.line('let a = c.receivedMs, an = c.receivedNs, z = a, zn = an;');
  if (!form) {
    code.line('c.timesReplaced++;');
    emitTimeSource(code, fields, 'absent');
  } else {
    const start = find(form.start);
    const end = find(form.end);
    const duration = start && end ? undefined : (find(DURATION_MILLISECONDS) ?? find(DURATION_MICROSECONDS));
    const used = [start, end, duration, form.start === 22 ? init : undefined].filter((field) => field !== undefined);
    const byOptions = form.start === 22 && version === 10 && !init;
    const elements = [...new Set(used)].map((field) => ({ field, all: byOptions ? fields.takeAll(field.key) : [] }));
    if (!byOptions) for (const { field } of elements) fields.take(field.key);
    emitOwnTimes(code, form, { start, end, duration });
    emitReplacement(code, fields, options, {
      exact: exactTimes(form, { start, end, duration }),
      unknowable: byOptions ? elements.map(({ all }) => all) : undefined,
    });
    const further = elements.map(({ field, all }) => all.filter((other) => other !== field));
    if (further.some(({ length }) => length > 0)) {
      code.block('if (!Number.isNaN(c.systemInitMs)) {', () => emitAsElements(code, fields, further));
    }
  }
  writeTimes(code, ['a', 'an'], ['z', 'zn']);
}

type Ends = { start: LocatedField | undefined; end: LocatedField | undefined; duration: LocatedField | undefined };

function emitOwnTimes(code: PlanCode, form: TimeForm, { start, end, duration }: Ends): void {
  code.line('an = zn = 0;');
  if (start) code.line(form.assign(start, 'a', 'an'));
  if (end && end !== start) code.line(form.assign(end, 'z', 'zn'));
  if (start && end && end !== start) return;
  const [known, other] = start ? ['a', 'z'] : ['z', 'a'];
  if (!duration) {
    code.line(`${other} = ${known}; ${other}n = ${known}n;`);
    return;
  }
  const sign = start ? '+' : '-';
  if (duration.key === DURATION_MILLISECONDS) {
    code.line(`${other} = ${known} ${sign} (${lowWord(duration)}); ${other}n = ${known}n;`);
  } else {
    code.line(`x = ${lowWord(duration)}; ${other}n = ${known}n ${sign} (x % 1000) * 1000;`);
    code.line(
      `n = Math.floor(${other}n / 1e6); ${other} = ${known} ${sign} Math.floor(x / 1000) + n; ${other}n -= n * 1e6;`,
    );
  }
}

/** The same as BigInts of nanoseconds. */
function exactTimes(form: TimeForm, { start, end, duration }: Ends): [string, string] {
  const exactStart = start && form.exact(start, 'a');
  const exactEnd = end && form.exact(end, 'z');
  const nanoseconds = duration
    ? `BigInt(${lowWord(duration)}) * ${duration.key === DURATION_MILLISECONDS ? '1000000n' : '1000n'}`
    : '0n';
  return [exactStart ?? `${exactEnd} - ${nanoseconds}`, exactEnd ?? `${exactStart} + ${nanoseconds}`];
}

/** Appends fields under the names of their elements; `elements` has the occurrences of each. */
function emitAsElements(code: PlanCode, fields: FieldSet, elements: LocatedField[][]): void {
  for (const occurrences of elements) {
    const name = occurrences.length > 0 ? fields.nameOf(occurrences[0].attribute) : undefined;
    if (name !== undefined) emitField(code, name, occurrences);
  }
}

/** Appends the case that the span does not get the flow's own times. */
function emitReplacement(
  code: PlanCode,
  fields: FieldSet,
  { timestamps, maxAge }: TimeOptions,
  { exact, unknowable }: { exact: [string, string]; unknowable: LocatedField[][] | undefined },
): void {
  const replace = (source: string): void => {
    emitTimeSource(code, fields, source);
    for (const [attribute, time] of [
      ['netflow.flow.start', exact[0]],
      ['netflow.flow.end', exact[1]],
      ['flow.start', exact[0]],
      ['flow.end', exact[1]],
    ] as const) {
      const name = fields.nameOf(attribute);
      if (name) code.line(`p = r.bigintAttribute(u, p, ${code.key(name)}, ${time});`);
    }
  };
  const useReception = 'a = z = c.receivedMs; an = zn = c.receivedNs;';

  code.line(
    'if (z > a ? !(a >= c.minTimeMs && z <= c.maxTimeMs) : !(z === a && zn >= an && a >= c.minTimeMs && z <= c.maxTimeMs)) {',
  );
  code.line('c.timesReplaced++;');
  if (unknowable) {
    code.line('if (Number.isNaN(a) || Number.isNaN(z)) {');
    emitTimeSource(code, fields, 'absent');
    emitAsElements(code, fields, unknowable);
    code.line('} else {');
    replace(timestamps === 'received' ? 'received' : 'absurd');
    code.line('}');
  } else {
    replace(timestamps === 'received' ? 'received' : 'absurd');
  }
  code.line(useReception);
  code.line('}');

  if (timestamps === 'received') {
    code.line('else {');
    replace('received');
    code.line(useReception);
    code.line('}');
    return;
  }
  if (timestamps === 'clamped') {
    code.line(`else if (a < (x = c.receivedMs - ${maxAge}) || a === x && an < c.receivedNs) {`);
    replace('clamped');
    code.line('a = x; an = c.receivedNs; if (z < a || z === a && zn < an) { z = a; zn = an; }');
    code.line('}');
  }
  const [startName, endName] = [fields.nameOf('flow.start'), fields.nameOf('flow.end')];
  if (startName === undefined && endName === undefined) return;
  code.block('else {', () => {
    if (startName) code.nanos(startName, 'a', 'an');
    if (endName) code.nanos(endName, 'z', 'zn');
  });
}

function emitTimeSource(code: PlanCode, fields: FieldSet, source: string): void {
  const name = fields.nameOf('netflow.time.source');
  if (name) code.constantString(name, source);
}
