/** Items of structures → fields of a record: which, and their bytes. What a record is too short for is empty or 0. */
import { type Field, VARIABLE_LENGTH } from '../decode/template.ts';
import { append, copy, writeNumber } from './bytes.ts';
import { iana } from './elements.ts';
import { ITEM, type Item, type Structure } from './structures.ts';

/** Families of an address, as XDR has them. */
const [IPV4, IPV6] = [1, 2];
const FAMILY_BITS = 2;
/** What stands for a number that is not known. */
const UNKNOWN = 0xffff_ffff;
/** Bits of the layout of a structure: it has two addresses or four optional numbers at most. */
export const LAYOUT_BITS = 4;
/** Bytes of the longest text or list: its length is one byte. */
const MAX_TEXT = 254;
/** Of a path, the type of a segment whose numbers have no order. */
const AS_SET = 1;
/** Bytes of a list before its items (RFC 6313 §4.5.1), and what says that their relation is not told. */
const LIST_HEADER = 5;
const UNDEFINED = 255;
/** What items of lists are: an element that is such a number, or for labels and texts one of the same type. */
const [AS_NUMBER, VLAN, LABEL, TEXT] = [iana(17, 4), iana(243, 2), iana(17, 4), iana(371, VARIABLE_LENGTH)];

/** Where the next item begins, and where the record ends: of the structure that is being read. */
let at = 0;
let end = 0;

/** Which of the items that vary a record has: the families of its addresses, and a bit for each optional number. */
export function layoutOf({ items, varying }: Structure, view: DataView, start: number, stop: number): number {
  at = start;
  end = stop;
  let layout = 0;
  let shift = 0;
  for (let index = 0; index < varying; index++) {
    if (items[index].kind === ITEM.address) {
      layout |= nextFamily(view) << shift;
      shift += FAMILY_BITS;
    } else {
      layout |= Number(number(view) !== UNKNOWN) << shift;
      shift++;
    }
  }
  return layout;
}

/** The family of the address at hand, which is skipped: 0 where it is none, or not whole. */
function nextFamily(view: DataView): number {
  const family = number(view);
  const length = family === IPV4 ? 4 : family === IPV6 ? 16 : 0;
  if (length === 0 || at + length > end) return 0;
  at += length;
  return family;
}

/** The fields of a structure of this layout. */
export function itemFields({ items }: Structure, layout: number): Field[] {
  let shift = 0;
  return items.flatMap(({ kind, fields, fieldsOfIpv6 }) => {
    if (kind === ITEM.optional) return (layout >> shift++) & 1 ? fields : [];
    if (kind !== ITEM.address) return (layout & 3) === IPV6 ? fieldsOfIpv6 : fields;
    const family = (layout >> shift) & 3;
    shift += FAMILY_BITS;
    return family === 0 ? [] : family === IPV6 ? fieldsOfIpv6 : fields;
  });
}

/** Appends the values of those fields at `p` of `out`; returns where they end. */
export function writeItems(
  out: Uint8Array,
  p: number,
  { items, minLength }: Structure,
  bytes: Uint8Array,
  view: DataView,
  start: number,
  stop: number,
): number {
  at = start;
  end = stop;
  const macLength = stop - start === minLength ? 6 : 8;
  for (let index = 0; index < items.length; index++) p = write(out, p, items[index], bytes, view, macLength);
  return p;
}

function write(out: Uint8Array, p: number, item: Item, bytes: Uint8Array, view: DataView, macLength: number): number {
  switch (item.kind) {
    case ITEM.word:
      return writeWord(out, p, number(view), item.fields[0].length);
    case ITEM.optional: {
      const value = number(view);
      return value === UNKNOWN ? p : writeWord(out, p, value, item.fields[0].length);
    }
    case ITEM.wide:
      return writeNumber(out, writeNumber(out, p, number(view), 4), number(view), 4);
    case ITEM.mac:
      return writeMac(out, p, bytes, macLength);
    case ITEM.text:
      return writeText(out, p, bytes, number(view));
    case ITEM.address: {
      const family = nextFamily(view);
      const length = family === 0 ? 0 : family === IPV4 ? 4 : 16;
      return copy(out, p, bytes, at - length, length);
    }
    case ITEM.asPath:
      return writePath(out, p, view);
    case ITEM.communities:
    case ITEM.labels:
    case ITEM.tags:
      return writeList(out, p, item.kind, view);
    default:
      number(view);
      return p;
  }
}

/** The number of 32 bits at hand. */
function number(view: DataView): number {
  if (at + 4 > end) {
    at = end;
    return 0;
  }
  at += 4;
  return view.getUint32(at - 4);
}

/** 0 if the field is too short for it. */
function writeWord(out: Uint8Array, p: number, value: number, length: number): number {
  return writeNumber(out, p, value < 2 ** (8 * length) ? value : 0, length);
}

function writeMac(out: Uint8Array, p: number, bytes: Uint8Array, length: number): number {
  const isWhole = at + 6 <= end;
  for (let index = 0; index < 6; index++) out[p + index] = isWhole ? bytes[at + index] : 0;
  at = Math.min(end, at + length);
  return p + 6;
}

/** Text of `length` bytes, which XDR fills up to whole words. */
function writeText(out: Uint8Array, p: number, bytes: Uint8Array, length: number): number {
  const kept = Math.min(length, MAX_TEXT, end - at);
  out[p] = kept;
  p = copy(out, p + 1, bytes, at, kept);
  at = Math.min(end, at + Math.ceil(length / 4) * 4);
  return p;
}

/**
 * The AS numbers next to this router and at the other end; then all of them or the first ones, and those in sets, as
 * lists.
 */
function writePath(out: Uint8Array, p: number, view: DataView): number {
  const start = p + 8;
  const limit = limitOf(start);
  let q = beginList(out, start, AS_NUMBER);
  const inSets: number[] = [];
  let next = 0;
  let last = 0;
  for (let segments = number(view); segments > 0 && at < end; segments--) {
    const isSet = number(view) === AS_SET;
    for (let count = number(view); count > 0 && at + 4 <= end; count--) {
      last = number(view);
      next ||= last;
      if (q + 4 <= limit) q = writeNumber(out, q, last, 4);
      if (isSet) inSets.push(last);
    }
  }
  writeNumber(out, writeNumber(out, p, next, 4), last, 4);
  return writeNumbers(out, endList(out, start, q), inSets);
}

/** A list of AS numbers: all or the first ones. */
function writeNumbers(out: Uint8Array, p: number, numbers: readonly number[]): number {
  const limit = limitOf(p);
  let q = beginList(out, p, AS_NUMBER);
  for (let index = 0; index < numbers.length && q + 4 <= limit; index++) q = writeNumber(out, q, numbers[index], 4);
  return endList(out, p, q);
}

/** A list of communities, labels or VLANs: all or the first ones. */
function writeList(out: Uint8Array, p: number, kind: Item['kind'], view: DataView): number {
  let limit = limitOf(p);
  let q = beginList(out, p, kind === ITEM.communities ? TEXT : kind === ITEM.labels ? LABEL : VLAN);
  for (let count = number(view); count > 0 && at + 4 <= end; count--) {
    const behind = writeItem(out, q, limit, kind, number(view));
    if (behind === q) limit = q;
    q = behind;
  }
  return endList(out, p, q);
}

/** Appends an item, unless it would go beyond `limit`. */
function writeItem(out: Uint8Array, q: number, limit: number, kind: Item['kind'], value: number): number {
  if (kind === ITEM.labels) return q + 4 > limit ? q : writeNumber(out, q, value >>> 12, 4);
  if (kind === ITEM.tags) return q + 2 > limit ? q : writeNumber(out, q, value & 0xfff, 2);
  const behind = append(out, q + 1, limit, `${value >>> 16}:${value & 0xffff}`);
  if (behind === q + 1) return q;
  out[q] = behind - q - 1;
  return behind;
}

/** Where a list ends at the latest that begins at `p`, with its length. */
function limitOf(p: number): number {
  return p + 1 + MAX_TEXT;
}

/** Begins a list at `p`; returns where its items begin. */
function beginList(out: Uint8Array, p: number, { id, length }: Field): number {
  out[p + 1] = UNDEFINED;
  return writeNumber(out, writeNumber(out, p + 2, id, 2), length, 2);
}

/** Ends the list at `p` whose items end at `q`; returns where it ends itself: one without items has no bytes. */
function endList(out: Uint8Array, p: number, q: number): number {
  const length = q - p - 1;
  out[p] = length > LIST_HEADER ? length : 0;
  return p + 1 + out[p];
}
