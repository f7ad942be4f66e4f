/** The values of dimensions in a record, as source text: the words of a key, and what they are. */
import { INTERFACE_DIRECTION, networkDimension, SERVICE_NAME } from '../../crds/flow-metrics.ts';
import type { Networks } from '../networks/table.ts';
import { type Column, columnOf, FLOW_DIRECTION } from '../select/columns.ts';
import type { RecordValues } from '../select/record-values.ts';
import { JOINED_ATTRIBUTES } from '../span/attributes.ts';
import type { PlanCode } from '../span/plan/code.ts';
import { DIRECTIONS, directionOf } from '../span/plan/direction.ts';
import { placeOf } from '../span/plan/ends.ts';
import type { FieldSet } from '../span/plan/fieldset.ts';
import { keyOf } from '../span/plan/joined.ts';
import { type Dimension, KIND } from './dimension.ts';
import { JoinedNames } from './joined-names.ts';
import { NetworkNames, ServiceNumbers } from './network-names.ts';
import { NO_NAME, NO_ROOM, type Texts } from './texts.ts';

/** What the records of a template are read by. */
export type ValueContext = {
  code: PlanCode;
  fields: FieldSet;
  version: number;
  texts: Texts;
  networks: Networks | undefined;
  /** What services without a name are called; undefined when flows are not drawn between services. */
  rest: string | undefined;
  /** Reads what only the span of a record tells; undefined when no dimension needs it. */
  values: RecordValues | undefined;
};

/** The attributes of which only the span of a record tells the values, of these dimensions and both ways. */
export function namesOfSpan(dimensions: readonly Dimension[], fields: FieldSet, version: number): Set<string> {
  const names = dimensions.flatMap(({ name }) => [name, mirrored(name)]);
  const isOther = (name: string) =>
    name !== INTERFACE_DIRECTION &&
    !networkDimension(name) &&
    !isJoined(name, fields) &&
    columnOf(name, fields, version) === undefined;
  return new Set(names.filter(isOther));
}

/**
 * Appends variables of the words of a dimension's value, and adds to `m` what they are. In the flow the other way,
 * which a biflow has as well, `reverse` swaps its ends. Returns the variables, and whether there may be no room for the
 * value, in which case one of them is negative.
 */
export function emitValue(
  context: ValueContext,
  dimension: Dimension,
  reverse: boolean,
): { words: string[]; mayLack: boolean } {
  const { code, fields, version } = context;
  const name = reverse ? mirrored(dimension.name) : dimension.name;
  const [first, second, third, fourth] = [0, 1, 2, 3].map((word) => `x${dimension.index}${word}`);
  const all = (words: readonly string[]) => ({ words: [...words], mayLack: false });

  const network = networkDimension(name);
  if (network || isJoined(name, fields)) {
    const number = network ? networkNumber(context, network) : joinedNumber(context, name);
    if (number === undefined) return all([]);
    return text(number);
  }
  const column = name === INTERFACE_DIRECTION ? interfaceDirection(fields, version) : columnOf(name, fields, version);
  if (!column) return text(`${code.constant(textReader(context.values!, context.texts, name))}(s, v, o, c, e)`);
  switch (column.kind) {
    case 'absent':
      return all([]);
    case 'name': {
      dimension.nameOf = column.nameOf;
      const isDirection = name === 'flow.direction' && reverse;
      const value = isDirection ? `((${column.value}) === 0 ? 0 : 3 - (${column.value}))` : column.value;
      when(column.when, [first], () => `${first} = (${value}) | 0; m |= ${dimension.mark(KIND.name)};`);
      return all([first]);
    }
    case 'number': {
      const { value, wide } = column;
      if (!wide) {
        when(column.when, [first], () => `${first} = (${value}) | 0; m |= ${dimension.mark(KIND.number)};`);
        return all([first]);
      }
      when(
        column.when,
        [first, second],
        () =>
          `n = ${value}; ${first} = n | 0; ${second} = (n / 4294967296) | 0; m |= ${second} === 0 ? ${dimension.mark(KIND.number)} : ${dimension.mark(KIND.wide)};`,
      );
      return all([first, second]);
    }
    case 'address': {
      const words = [first, second, third, fourth].slice(0, Math.max(...column.forms.map(({ words }) => words.length)));
      code.line(`let ${words.map((word) => `${word} = 0`).join(', ')};`);
      for (const [index, form] of column.forms.entries()) {
        const set = form.words.map((value, word) => `${words[word]} = ${value};`).join(' ');
        const kind = form.family === 4 ? KIND.ipv4 : KIND.ipv6;
        code.line(`${index > 0 ? 'else ' : ''}if (${form.when}) { ${set} m |= ${dimension.mark(kind)}; }`);
      }
      return all(words);
    }
  }

  function when(condition: string | undefined, words: readonly string[], set: () => string): void {
    code.line(`let ${words.map((word) => `${word} = 0`).join(', ')};`);
    code.line(condition === undefined ? set() : `if (${condition}) { ${set()} }`);
  }

  function text(number: string): { words: string[]; mayLack: boolean } {
    code.line(`let ${first} = ${number};`);
    code.line(`if (${first} === ${NO_NAME}) ${first} = 0; else m |= ${dimension.mark(KIND.text)};`);
    return { words: [first], mayLack: true };
  }
}

/** The same of the flow the other way. */
function mirrored(name: string): string {
  const swapped: Record<string, string> = {
    source: 'destination',
    destination: 'source',
    ingress: 'egress',
    egress: 'ingress',
  };
  if (name === INTERFACE_DIRECTION) return name;
  return name
    .split('.')
    .map((part) => swapped[part] ?? part)
    .join('.');
}

/** Expression of the number of an address's name; undefined when there can be none. */
function networkNumber(
  context: ValueContext,
  { end, column }: NonNullable<ReturnType<typeof networkDimension>>,
): string | undefined {
  const { code, fields } = context;
  const numbers = numbersOf(context, column);
  if (!numbers) return undefined;
  const names = code.constant(numbers);
  const [source, destination] = [0, 1].map((end) => {
    const place = placeOf(fields, end);
    return place ? `${names}.numberOf(v, ${place.at}, ${place.length})` : String(NO_NAME);
  });
  if (end === 'source') return source;
  if (end === 'destination') return destination;
  const direction = `(${directionOf(fields)})`;
  const [forward, reverse] = end === 'client' ? [source, destination] : [destination, source];
  const [isForward, isReverse] = [DIRECTIONS.indexOf('forward'), DIRECTIONS.indexOf('reverse')];
  return `(${direction} === ${isForward} ? ${forward} : ${direction} === ${isReverse} ? ${reverse} : ${NO_NAME})`;
}

function numbersOf({ networks, rest, texts }: ValueContext, column: string): NetworkNames | ServiceNumbers | undefined {
  if (column === SERVICE_NAME && rest !== undefined) return new ServiceNumbers(networks, rest, texts);
  const at = networks ? networks.names.columnNames.indexOf(column) : -1;
  return networks && at >= 0 ? new NetworkNames(networks, at, texts) : undefined;
}

function isJoined(name: string, fields: FieldSet): boolean {
  const row = JOINED_ATTRIBUTES.find(({ attribute }) => attribute === name);
  return row !== undefined && fields.findEach(row.by).length > 0 && !fields.find(...row.sources);
}

function joinedNumber({ code, fields, texts }: ValueContext, name: string): string {
  const row = JOINED_ATTRIBUTES.find(({ attribute }) => attribute === name)!;
  return `${code.constant(new JoinedNames(row, texts))}.numberOf(c.device, ${keyOf(row, fields.findEach(row.by))})`;
}

function interfaceDirection(fields: FieldSet, version: number): Column {
  const column = columnOf(FLOW_DIRECTION.attribute, fields, version);
  if (column?.kind !== 'name') return { kind: 'absent' };
  return { ...column, when: `(${column.value}) < ${FLOW_DIRECTION.names.length}` };
}

/** Reads what only the span of a record tells, as the number of its text. */
function textReader(
  values: RecordValues,
  texts: Texts,
  name: string,
): (...record: Parameters<RecordValues['read']>) => number {
  return (...record) => {
    const value = values.read(...record).flat.get(name);
    return value === undefined ? NO_NAME : texts.numberOf(String(value));
  };
}

/** Expression of whether one of some values found no room. */
export function lacksRoom(values: readonly string[]): string {
  return values.map((value) => `${value} === ${NO_ROOM}`).join(' || ');
}
