/**
 * Attributes as they stand in records: where an expression finds them, without a span in between. The attributes are
 * those of `span/`, by the same fields; the rest is left to who reads spans.
 */
import { protocolKeyword } from '../decode/elements/elements.ts';
import { ADDRESS_ATTRIBUTES, ELEMENT_ATTRIBUTES, END_ADDRESSES, JOINED_ATTRIBUTES } from '../span/attributes.ts';
import type { FieldSet } from '../span/plan/fieldset.ts';
import { type LocatedField, numberOf } from '../span/plan/layout.ts';
import { FAMILIES } from '../span/plan/transport.ts';

const PROTOCOL = 4;
const CLASS_OF_SERVICE = 5;
const IP_VERSION = 60;
const DIFF_SERV_CODE_POINT = 195;
/** Versions whose packets have no observation domain. */
const WITHOUT_DOMAIN = [1, 7];
const PROTOCOL_NUMBERS = 256;

/** One form that an address can have in a record: `when` it has, as source text, and its signed words. */
export type AddressForm = { when: string; family: 4 | 6; words: readonly string[] };

/** An attribute in generated source. */
export type Column =
  /** An unsigned integer; one that is `wide` can be above 2³². */
  | { kind: 'number'; value: string; wide: boolean }
  | { kind: 'address'; forms: readonly AddressForm[] }
  /** A number that is shown by its name. */
  | { kind: 'name'; value: string; numbersOf(name: string): number[] }
  /** No record of the template has it. */
  | { kind: 'absent' };

const ABSENT: Column = { kind: 'absent' };

/** The column of an attribute; undefined when only the span tells its value. */
export function columnOf(name: string, fields: FieldSet, version: number): Column | undefined {
  const ofElement = ELEMENT_ATTRIBUTES.find(({ attribute }) => attribute === name);
  if (ofElement) {
    const field = fields.find(...ofElement.sources);
    if (!field) return isJoined(name, fields) ? undefined : ABSENT;
    const column = numberColumn(field);
    const { names } = ofElement;
    if (!names || !column) return column;
    return { kind: 'name', value: column.value, numbersOf: (text) => numbersNamed(text, (number) => names[number]) };
  }
  const address = ADDRESS_ATTRIBUTES.find(({ attribute }) => attribute === name);
  if (address) return addressColumn(fields, address.ipv4, address.ipv6);
  switch (name) {
    case 'network.transport': {
      const field = fields.find(PROTOCOL);
      return field ? { kind: 'name', value: numberOf(field), numbersOf: protocolsNamed } : ABSENT;
    }
    case 'network.type':
      return typeColumn(fields);
    case 'flow.ip.dscp.id': {
      const octet = fields.find(CLASS_OF_SERVICE);
      if (octet) return { kind: 'number', value: `((${numberOf(octet)}) >>> 2 & 63)`, wide: false };
      const codePoint = fields.find(DIFF_SERV_CODE_POINT);
      return codePoint ? numberColumn(codePoint) : ABSENT;
    }
    case 'flow.ip.ecn.id': {
      const octet = fields.find(CLASS_OF_SERVICE);
      return octet ? { kind: 'number', value: `((${numberOf(octet)}) & 3)`, wide: false } : ABSENT;
    }
    case 'netflow.version':
      return { kind: 'number', value: String(version), wide: false };
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

/** Whether the span may have what options data tell of something that the record names. */
function isJoined(name: string, fields: FieldSet): boolean {
  return JOINED_ATTRIBUTES.some(({ attribute, by }) => attribute === name && fields.find(...by) !== undefined);
}

function numberColumn(field: LocatedField): { kind: 'number'; value: string; wide: boolean } | undefined {
  if (!field.type.startsWith('unsigned') || field.length === undefined) return undefined;
  return { kind: 'number', value: `(${numberOf(field)})`, wide: field.length > 4 };
}

function addressColumn(fields: FieldSet, ipv4: readonly number[], ipv6: readonly number[]): Column {
  const [four, six] = [fields.find(...ipv4), fields.find(...ipv6)];
  const version = fields.find(IP_VERSION);
  const isSet = four && `v.getUint32(${four.at}) !== 0`;
  const isFour = version ? `((${numberOf(version)}) === 4 || (${numberOf(version)}) !== 6 && ${isSet})` : `(${isSet})`;
  const forms: AddressForm[] = [];
  if (four) forms.push({ when: six ? isFour : 'true', family: 4, words: [`v.getInt32(${four.at})`] });
  if (six) {
    const words = [0, 4, 8, 12].map((offset) => `v.getInt32(${six.at} + ${offset})`);
    forms.push({ when: four ? `!${isFour}` : 'true', family: 6, words });
  }
  return forms.length > 0 ? { kind: 'address', forms } : ABSENT;
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
