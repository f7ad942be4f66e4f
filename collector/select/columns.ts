/**
 * Attributes as they stand in records: where an expression finds them, without a span in between. The attributes are
 * those of `span/`, by the same fields; the rest is left to who reads spans.
 */
import { protocolKeyword } from '../decode/elements/elements.ts';
import { SFLOW } from '../decode/header.ts';
import {
  ADDRESS_ATTRIBUTES,
  type AddressAttribute,
  ELEMENT_ATTRIBUTES,
  END_ADDRESSES,
  JOINED_ATTRIBUTES,
  PORT_ATTRIBUTES,
} from '../span/attributes.ts';
import { presence } from '../span/plan/choice.ts';
import { DIRECTIONS, directionOf } from '../span/plan/direction.ts';
import { isChosen } from '../span/plan/ends.ts';
import type { FieldSet } from '../span/plan/fieldset.ts';
import { firstNumberOf, isSet, type LocatedField, numberOf } from '../span/plan/layout.ts';
import { portOf } from '../span/plan/ports.ts';
import { protocolOf } from '../span/plan/protocol.ts';
import { FAMILIES, protocolName } from '../span/plan/transport.ts';

const CLASS_OF_SERVICE = 5;
const IP_VERSION = 60;
const DIFF_SERV_CODE_POINT = 195;
/** At which side of its interface a flow was seen: the one element that is often asked for and has no attribute. */
export const FLOW_DIRECTION = {
  element: 61,
  attribute: 'netflow.flowDirection',
  names: ['ingress', 'egress'],
} as const;
/** Versions whose packets have no observation domain. */
const WITHOUT_DOMAIN = [1, 7];
const PROTOCOL_NUMBERS = 256;

/** One form that an address can have in a record: `when` it has, as source text, and its signed words. */
export type AddressForm = { when: string; family: 4 | 6; words: readonly string[] };

/** An attribute in generated source. `when`: whether a record has it; without one, all have. */
export type Column =
  /** An unsigned integer; one that is `wide` can be above 2³². */
  | { kind: 'number'; value: string; wide: boolean; when?: string | undefined }
  | { kind: 'address'; forms: readonly AddressForm[] }
  /** A number below 2³² that is shown by its name. */
  | {
      kind: 'name';
      value: string;
      nameOf(number: number): string;
      numbersOf(name: string): number[];
      when?: string | undefined;
    }
  /** No record of the template has it. */
  | { kind: 'absent' };

const ABSENT: Column = { kind: 'absent' };

/** The column of an attribute; undefined when only the span tells its value. The source has the protocol in `t`. */
export function columnOf(name: string, fields: FieldSet, version: number): Column | undefined {
  const ofElement = ELEMENT_ATTRIBUTES.find(({ attribute }) => attribute === name);
  if (ofElement) {
    const found = fields.findEach(ofElement.sources);
    if (found.length === 0) return isJoined(name, fields) ? undefined : ABSENT;
    const column = numberColumn(...found);
    if (!column) return undefined;
    const { names, zero } = ofElement;
    const when = presence(fields, `${column.value} !== 0`, zero);
    if (!names) return { ...column, when };
    if (column.wide) return undefined;
    const numbersOf = (text: string) => numbersNamed(text, (number) => names[number]);
    return { kind: 'name', value: column.value, nameOf: (number) => names[number] ?? String(number), numbersOf, when };
  }
  const address = ADDRESS_ATTRIBUTES.find(({ attribute }) => attribute === name);
  if (address) return addressColumn(fields, address);
  const ofPort = PORT_ATTRIBUTES.find(({ attribute }) => attribute === name);
  if (ofPort) {
    const port = portOf(fields, ofPort);
    return port ? { kind: 'number', value: port.value, wide: port.wide, when: port.present } : ABSENT;
  }
  switch (name) {
    case 'network.transport': {
      const protocol = protocolOf(fields);
      if (typeof protocol !== 'number' && protocol.length! > 4) return undefined;
      return protocol === -1 ? ABSENT : { kind: 'name', value: 't', nameOf: protocolName, numbersOf: protocolsNamed };
    }
    case 'network.type':
      return typeColumn(fields);
    case 'flow.direction':
      return {
        kind: 'name',
        value: String(directionOf(fields)),
        nameOf: (number) => DIRECTIONS[number],
        numbersOf: (text) => [(DIRECTIONS as readonly string[]).indexOf(text)],
      };
    case 'client.address':
    case 'server.address':
    case 'server.port':
      return sideColumn(name, fields, version);
    case 'flow.ip.dscp.id': {
      const [octet, codePoint] = [fields.find(CLASS_OF_SERVICE), fields.find(DIFF_SERV_CODE_POINT)];
      const ofPoint = codePoint && numberColumn(codePoint);
      if (!octet) return codePoint ? ofPoint : ABSENT;
      const ofOctet = `((${numberOf(octet)}) >>> 2 & 63)`;
      if (!codePoint) return { kind: 'number', value: ofOctet, wide: false };
      return ofPoint && { ...ofPoint, value: `(${isSet(octet)} ? ${ofOctet} : ${ofPoint.value})` };
    }
    case 'flow.ip.ecn.id': {
      const octet = fields.find(CLASS_OF_SERVICE);
      if (!octet) return ABSENT;
      const value = `((${numberOf(octet)}) & 3)`;
      return { kind: 'number', value, wide: false, when: `(${value} !== 0)` };
    }
    case FLOW_DIRECTION.attribute: {
      const side = fields.find(FLOW_DIRECTION.element);
      const { names } = FLOW_DIRECTION;
      const numbersOf = (text: string) => [...names.keys()].filter((number) => names[number] === text);
      return (
        side && { kind: 'name', value: numberOf(side), nameOf: (number) => names[number] ?? String(number), numbersOf }
      );
    }
    case 'netflow.version':
      return version === SFLOW ? ABSENT : { kind: 'number', value: String(version), wide: false };
    case 'netflow.exporter.port':
      return { kind: 'number', value: 'e.port', wide: false };
    case 'netflow.observation_domain.id':
      return WITHOUT_DOMAIN.includes(version) ? ABSENT : { kind: 'number', value: 'e.domain', wide: false };
    case 'netflow.exporter.address': {
      const words = [0, 1, 2, 3].map((word) => `e.words[${word}]`);
      const four: AddressForm = { when: 'e.family === 4', family: 4, words: words.slice(0, 1) };
      return { kind: 'address', forms: [four, { when: 'e.family === 6', family: 6, words }] };
    }
    default:
      return undefined;
  }
}

/** An attribute of the client or the server: of one end or the other, by the direction. */
function sideColumn(name: string, fields: FieldSet, version: number): Column | undefined {
  const [side, what] = name.split('.');
  const direction = directionOf(fields);
  const ends = side === 'client' ? ['source', 'destination'] : ['destination', 'source'];
  const columns = ends.map((end, index) => {
    const column = columnOf(`${end}.${what}`, fields, version);
    return column && under(`(${direction}) === ${index + 1}`, column);
  });
  if (columns.includes(undefined)) return undefined;
  const [forward, reverse] = columns.filter((column) => column?.kind !== 'absent');
  if (!forward || !reverse) return forward ?? ABSENT;
  if (forward.kind === 'address' && reverse.kind === 'address')
    return { kind: 'address', forms: [...forward.forms, ...reverse.forms] };
  if (forward.kind !== 'number' || reverse.kind !== 'number') return undefined;
  return {
    kind: 'number',
    value: `((${direction}) === 1 ? ${forward.value} : ${reverse.value})`,
    wide: forward.wide || reverse.wide,
    when: `(${forward.when} || ${reverse.when})`,
  };
}

/** A column that a record has only if a condition is true. */
function under(condition: string, column: Column): Column {
  if (column.kind === 'absent') return column;
  if (column.kind === 'address')
    return { ...column, forms: column.forms.map((form) => ({ ...form, when: `${condition} && ${form.when}` })) };
  return { ...column, when: column.when === undefined ? condition : `(${condition} && ${column.when})` };
}

/** Whether the span may have what options data tell of something that the record names. */
function isJoined(name: string, fields: FieldSet): boolean {
  return JOINED_ATTRIBUTES.some(({ attribute, by }) => attribute === name && fields.find(...by) !== undefined);
}

/** Of several fields, the first that is not zero. */
function numberColumn(...fields: LocatedField[]): { kind: 'number'; value: string; wide: boolean } | undefined {
  if (!fields.every(({ type, length }) => type.startsWith('unsigned') && length !== undefined)) return undefined;
  return { kind: 'number', value: firstNumberOf(fields), wide: fields.some(({ length }) => length! > 4) };
}

function addressColumn(fields: FieldSet, row: AddressAttribute): Column {
  const found = fields.findEach(row.sources);
  if (found.length === 0) return ABSENT;
  const isPresent = presence(fields, isSet(found[0]), row.zero) ?? 'true';
  if (found.length === 1) return { kind: 'address', forms: [formOf(found[0], [isPresent])] };
  const chosen = found.map((field) => isChosen(fields, row, field));
  const forms = found.map((field, index) => formOf(field, [...chosen.slice(0, index).map(not), chosen[index]]));
  // If none is chosen, it is the first.
  return { kind: 'address', forms: [...forms, formOf(found[0], [...chosen.map(not), isPresent])] };
}

function not(condition: string): string {
  return `!(${condition})`;
}

function formOf({ at, length }: LocatedField, conditions: readonly string[]): AddressForm {
  const words = Array.from({ length: length! / 4 }, (_, word) => `v.getInt32(${at} + ${4 * word})`);
  return { when: `(${conditions.join(' && ')})`, family: length === 4 ? 4 : 6, words };
}

/** The family of a record's addresses, where the template tells it. */
function typeColumn(fields: FieldSet): Column | undefined {
  if (fields.find(IP_VERSION)) return undefined;
  for (const { ipv4, ipv6 } of END_ADDRESSES) {
    const [four, six] = [fields.find(...ipv4), fields.find(...ipv6)];
    if (four && six) return undefined;
    if (four || six) {
      const family = FAMILIES.indexOf(four ? 'ipv4' : 'ipv6');
      return {
        kind: 'name',
        value: String(family),
        nameOf: (number) => FAMILIES[number],
        numbersOf: (text) => [FAMILIES.indexOf(text as (typeof FAMILIES)[number])],
      };
    }
  }
  return ABSENT;
}

function protocolsNamed(text: string): number[] {
  const known = Array.from({ length: PROTOCOL_NUMBERS }, (_, number) => number);
  const byKeyword = known.filter((number) => protocolKeyword(number) === text);
  const unnamed = /^protocol_(0|[1-9]\d{0,15})$/.exec(text)?.[1];
  return unnamed !== undefined && !protocolKeyword(Number(unnamed)) ? [...byKeyword, Number(unnamed)] : byKeyword;
}

/** Numbers whose name is `text`; one without a name is shown in digits. */
function numbersNamed(text: string, nameOf: (number: number) => string | undefined): number[] {
  const known = Array.from({ length: PROTOCOL_NUMBERS }, (_, number) => number);
  const byName = known.filter((number) => nameOf(number) === text);
  return /^(0|[1-9]\d{0,15})$/.test(text) && nameOf(Number(text)) === undefined ? [...byName, Number(text)] : byName;
}
