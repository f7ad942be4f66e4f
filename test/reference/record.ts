/** A record's values with the elements they are of, and which of them have found their place in a span. */

import { REGISTRIES } from '../../collector/decode/elements/elements.generated.ts';
import {
  type Element,
  findElement,
  findV9Element,
  REVERSE_PEN,
  vendorName,
} from '../../collector/decode/elements/elements.ts';
import { ABSTRACT_DATA_TYPES, type AbstractDataType } from '../../collector/decode/elements/types.ts';
import type { Attributes, AttributeValue } from '../otlp/decode.ts';
import { bitsOf, meaningOf } from './meanings.ts';
import { type FieldValue, type Header, toUnsigned } from './packet.ts';
import { addressText, attributeValue, fits } from './values.ts';

export { REVERSE_PEN };

const PADDING = 210;

export type Entry = {
  pen: number;
  id: number;
  element?: Element;
  /** What the user's file calls it. */
  attribute?: string;
  bytes: Uint8Array;
  variable: boolean;
  used: boolean;
  /** Of another header than the flow's: it is found by nobody. */
  aside?: boolean;
};

/** A row of the user's file of elements. */
export type ElementRow = { pen: number; id: number; attribute: string; type: AbstractDataType };

/** What is known of elements beside the registry. */
export type Elements = {
  ofUser: readonly ElementRow[];
  /** What options data told of one: its name, and the number of its type (RFC 5610). */
  told(pen: number, id: number): { name?: string; type?: number } | undefined;
};

/** The values of a record that are not empty. */
export function entriesOf(values: FieldValue[], version: Header['version'], elements: Elements): Entry[] {
  return describedValues(values, version, elements).filter(({ bytes }) => bytes.length > 0);
}

/** The values of a record, with elements as the user, the registry or else their device has them. */
export function describedValues(values: FieldValue[], version: Header['version'], { ofUser, told }: Elements): Entry[] {
  const given = new Map(ofUser.map(({ attribute }) => [attribute, 'the user']));
  return values.map(({ pen, id, bytes, variable, isTaken = false }): Entry => {
    const row = ofUser.find((row) => row.pen === pen && row.id === id);
    if (row) {
      const element = { pen, id, name: '', type: row.type };
      return { pen, id, element, attribute: row.attribute, bytes, variable, used: isTaken };
    }
    const element = (version === 9 ? findV9Element(id) : findElement(pen, id)) ?? toldElement(pen, id, told, given);
    return { pen: element?.pen ?? pen, id: element?.id ?? id, element, bytes, variable, used: isTaken };
  });
}

/** A name is an element's that was the first to have it, in `given`, and no registered element of the same vendor's. */
function toldElement(pen: number, id: number, told: Elements['told'], given: Map<string, string>): Element | undefined {
  const { name = '', type = 0 } = told(pen, id) ?? { type: -1 };
  if (type === -1) return undefined;
  const vendor = vendorName(pen) ?? String(pen);
  const attribute = `netflow.${vendor}.${name}`;
  const ofVendor = [...REGISTRIES].filter(([other]) => vendorName(other) === vendor).map(([, lines]) => lines);
  const isRegistered = ofVendor.some((lines) => lines.split('\n').some((line) => line.split(',')[1] === name));
  const isName = name.length <= 128 && /^[a-z]\w*$/i.test(name) && !isRegistered;
  if (isName && !given.has(attribute)) given.set(attribute, `${pen} ${id}`);
  const isOwn = isName && given.get(attribute) === `${pen} ${id}`;
  return { pen, id, name: isOwn ? name : String(id), type: ABSTRACT_DATA_TYPES[type] ?? 'octetArray' };
}

/**
 * The first occurrence of an element whose length fits the element's type. Only strings and octet arrays are of
 * variable length.
 */
export function find(entries: Entry[], id: number, pen = 0): Entry | undefined {
  return entries.find((entry) => entry.id === id && entry.pen === pen && !entry.aside && isSound(entry));
}

/** Whether the length fits the type. */
export function isSound({ element, bytes, variable }: Entry): boolean {
  if (element === undefined) return false;
  const { type } = element;
  return fits(type, bytes) && (!variable || type === 'string' || type === 'octetArray');
}

export function unsigned(entry: Entry): bigint {
  return toUnsigned(entry.bytes);
}

export function address(entry: Entry): string {
  return addressText(entry.bytes);
}

export function isZero({ bytes }: Entry): boolean {
  return bytes.every((byte) => byte === 0);
}

/** The first that is not zero, or else the first. */
export function firstSet(entries: Entry[]): Entry {
  return entries.find((entry) => !isZero(entry)) ?? entries[0];
}

/**
 * IANA's elements of which a zero says nothing, beside all that are addresses: in both directions, or in the forward
 * one only; and Cisco's in v9.
 */
const WITHOUT_ZERO = [
  ...[31, 9, 13, 29, 30, 10, 252, 14, 253, 16, 17, 128, 129, 58, 59, 243, 245, 254, 255, 256],
  ...[227, 228, 33, 46, 91, 48, 35, 49, 304, 89, 136, 230],
];
const WITHOUT_ZERO_FORWARD = [4, 5, 195, 6, 7, 11, 180, 181, 182, 183, 32, 139, 176, 177, 178, 179];
const WITHOUT_ZERO_OF_CISCO = [33_000, 33_001, 40_003, 40_004];

function isSilent(entry: Entry): boolean {
  const { pen, id, element } = entry;
  const isListed =
    ((pen === 0 || pen === REVERSE_PEN) && WITHOUT_ZERO.includes(id)) ||
    (pen === 0 && WITHOUT_ZERO_FORWARD.includes(id)) ||
    (pen === 9 && WITHOUT_ZERO_OF_CISCO.includes(id));
  return isZero(entry) && (isListed || /Address$/.test(element?.type ?? ''));
}

function shownValue(entry: Entry, areNumbers: boolean, isAlone: boolean): AttributeValue | undefined {
  const bits = isAlone && !entry.variable && entry.bytes.length <= 32 ? bitsOf(entry) : undefined;
  if (bits) return bits.length > 0 ? bits : undefined;
  const meaning = areNumbers ? meaningOf(entry) : undefined;
  if (!meaning) return attributeValue(entry.element?.type, entry.bytes);
  const number = Number(unsigned(entry));
  return meaning(number) ?? String(number);
}

/** The values of one element in a list, without those that mean nothing. */
export function listed(entries: Entry[]): AttributeValue[] {
  const areNumbers = entries.every((entry) => isSound(entry));
  return entries.map((entry) => shownValue(entry, areNumbers, false)).filter((value) => value !== undefined);
}

/** Attributes of the entries that are not used; several values of one name become an array. */
export function remaining(entries: Entry[]): Attributes {
  const left = entries.filter((entry) => !entry.used && (entry.pen !== 0 || entry.id !== PADDING));
  const byName = Map.groupBy(left, attributeName);
  const values = Array.from(byName, ([name, occurrences]) => {
    const shown = occurrences.filter((entry) => !isSilent(entry));
    const areNumbers = occurrences.every((entry) => isSound(entry));
    return [
      name,
      shown
        .map((entry) => shownValue(entry, areNumbers, occurrences.length === 1))
        .filter((value) => value !== undefined),
    ] as const;
  });
  return Object.fromEntries(
    values.filter(([, list]) => list.length > 0).map(([name, list]) => [name, list.length === 1 ? list[0] : list]),
  );
}

export function attributeName({ pen, id, element, attribute }: Entry): string {
  if (attribute !== undefined) return attribute;
  if (pen === 0) return `netflow.${element?.name ?? `element.${id}`}`;
  if (pen === REVERSE_PEN) return `netflow.reverse.${element?.name ?? id}`;
  return `netflow.${vendorName(pen) ?? pen}.${element?.name ?? id}`;
}
