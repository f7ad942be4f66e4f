/** A record's values with the elements they are of, and which of them have found their place in a span. */
import {
  type Element,
  findElement,
  findV9Element,
  REVERSE_PEN,
  vendorName,
} from '../../collector/decode/elements/elements.ts';
import type { Attributes, AttributeValue } from '../otlp/decode.ts';
import { type FieldValue, type Header, toUnsigned } from './packet.ts';
import { addressText, attributeValue, fits } from './values.ts';

export { REVERSE_PEN };

const PADDING = 210;

export type Entry = { pen: number; id: number; element?: Element; bytes: Uint8Array; variable: boolean; used: boolean };

/** The values of a record that are not empty. */
export function entriesOf(values: FieldValue[], version: Header['version']): Entry[] {
  return values
    .filter(({ bytes }) => bytes.length > 0)
    .map(({ pen, id, bytes, variable }) => {
      const element = version === 9 ? findV9Element(id) : findElement(pen, id);
      return { pen: element?.pen ?? pen, id: element?.id ?? id, element, bytes, variable, used: false };
    });
}

/**
 * The first occurrence of an element whose length fits the element's type. Only strings and octet arrays are of
 * variable length.
 */
export function find(entries: Entry[], id: number, pen = 0): Entry | undefined {
  return entries.find((entry) => {
    const type = entry.element?.type;
    if (entry.id !== id || entry.pen !== pen || type === undefined) return false;
    return fits(type, entry.bytes) && (!entry.variable || type === 'string' || type === 'octetArray');
  });
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

/** Attributes of the entries that are not used; several values of one name become an array. */
export function remaining(entries: Entry[], isLostZeroAddress: (entry: Entry) => boolean): Attributes {
  const lists = new Map<string, AttributeValue[]>();
  for (const entry of entries) {
    if (entry.used || (entry.pen === 0 && entry.id === PADDING) || isLostZeroAddress(entry)) continue;
    const value = attributeValue(entry.element?.type, entry.bytes);
    if (value === undefined) continue;
    const name = attributeName(entry);
    lists.set(name, [...(lists.get(name) ?? []), value]);
  }
  return Object.fromEntries(Array.from(lists, ([name, list]) => [name, list.length === 1 ? list[0] : list]));
}

function attributeName({ pen, id, element }: Entry): string {
  if (pen === 0) return `netflow.${element?.name ?? `element.${id}`}`;
  if (pen === REVERSE_PEN) return `netflow.reverse.${element?.name ?? id}`;
  return `netflow.${vendorName(pen) ?? pen}.${element?.name ?? id}`;
}
