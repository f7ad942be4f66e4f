/**
 * What Juniper's inline monitoring tells of a sampled packet beside its beginning: properties of which the first six
 * bits say the kind and the others the value, as Wireshark's dissector reads them.
 */
import type { Field } from '../decode/template.ts';
import { JUNIPER } from './fields.ts';

/** Kinds whose values have elements of their own; the first of them has two. */
const [CLASS_AND_PRIORITY, LAST] = [1, 6];
/** Stands for kinds that are not known: their properties stay as they are. */
const OTHER_KIND = 7;
/** Their ids are above all that a device can send: 15 bits. */
const [FORWARDING_CLASS, DROP_PRIORITY, FIRST_OTHER] = [0x8001, 0x8002, 0x8003];

/** The kind of the property of `length` bytes at `at`. */
export function kindOf(bytes: Uint8Array, at: number): number {
  const kind = bytes[at] >> 2;
  return kind >= CLASS_AND_PRIORITY && kind <= LAST ? kind : OTHER_KIND;
}

/** The fields that a property of a kind becomes. */
export function fieldsOfKind(kind: number, length: number): Field[] {
  const { pen, element } = JUNIPER;
  if (kind === OTHER_KIND) return [{ pen, id: element, length }];
  if (kind > CLASS_AND_PRIORITY) return [{ pen, id: FIRST_OTHER + kind - 2, length: 4 }];
  return [FORWARDING_CLASS, DROP_PRIORITY].map((id) => ({ pen, id, length: 1 }));
}

/** Appends their values at `p`; returns where they end. */
export function writeProperty(
  out: Uint8Array,
  p: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  kind: number,
): number {
  if (kind === OTHER_KIND) {
    for (let index = 0; index < length; index++) out[p + index] = bytes[at + index];
    return p + length;
  }
  if (kind === CLASS_AND_PRIORITY) {
    const low = bytes[at + length - 1];
    out[p] = (low >> 2) & 15;
    out[p + 1] = low & 3;
    return p + 2;
  }
  for (let index = 0; index < 4; index++) {
    const from = index - (4 - length);
    out[p + index] = from < 0 ? 0 : from === 0 ? bytes[at] & 3 : bytes[at + from];
  }
  return p + 4;
}
