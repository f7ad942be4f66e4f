/**
 * Template records (RFC 3954 §5.2 and §6.1, RFC 7011 §3.4): the bytes that say where a record's fields are.
 * In: a template record as it was exported. Out: a `Template`, or the reason why it can't be used.
 */
import type { DescribedElement } from './elements/elements.ts';

/** Field length that announces a variable-length element: RFC 7011 §7, and what H3C and others send in v9. */
export const VARIABLE_LENGTH = 65_535;

/** One field of a record: which element, and how many bytes. */
export type Field = {
  /** Private Enterprise Number; 0 for IANA elements and in all versions before IPFIX. */
  pen: number;
  id: number;
  /** Bytes on the wire, or `VARIABLE_LENGTH`. */
  length: number;
};

/** Elements of a template, each as a user or its device described it. */
export type NamedElements = {
  /** By enterprise number and id, as `elementKey` joins them. */
  byKey: ReadonlyMap<number, DescribedElement>;
  /** The same for the same elements, described in the same way, and for no others. */
  digest: string;
};

export type Template = {
  /** Export protocol version: 9 or 10, or one of 1, 5, 7 whose formats are fixed. */
  version: number;
  id: number;
  /** A template of options data, which describe the exporter and are not flows. */
  options: boolean;
  /**
   * How many of the fields, from the first on, say what options data are about (RFC 7011 §3.4.2.1). In v9 their ids are
   * types of scope, not elements (RFC 3954 §6.1).
   */
  scopeFieldCount: number;
  /** Those that have bytes: each takes at least one of every record. */
  fields: readonly Field[];
  /** Bytes of the shortest record; of every record when `variable` is false. Never 0. */
  minLength: number;
  variable: boolean;
  /** Elements of it that the registry does not name, or the user names otherwise; undefined when there are none. */
  named?: NamedElements;
  /** The template record as exported, by which templates are compared, shared and kept; in memory of its own. */
  raw: Buffer;
};

/** Smallest id of a template: ids below are those of sets (RFC 7011 §3.4.1). */
const MIN_TEMPLATE_ID = 256;
/** Bytes of the field specifiers, by enterprise bit. */
const SPECIFIER_LENGTH = 4;
const ENTERPRISE_SPECIFIER_LENGTH = 8;

export type TemplateRecord =
  | { kind: 'template'; template: Template; next: number }
  /** A withdrawal (RFC 7011 §8.1), which has no meaning over UDP (§8.4). */
  | { kind: 'withdrawal'; next: number }
  /** Unlike the one that is known, and not taken: too many came in a short time. */
  | { kind: 'refused'; id: number; next: number }
  /**
   * Can't be used. The next record begins where this one says that it ends; at the end of the set if that is beyond.
   */
  | { kind: 'bad'; reason: string; next: number };

/** What is known of the templates of a message's domain. */
export type Learning = {
  /** The one of this id: if its record is repeated, nothing is made anew. */
  known(id: number): Template | undefined;
  /** Whether another one of so many fields may be taken. */
  admits(fields: number): boolean;
};

export const LEARN_ALL: Learning = { known: () => undefined, admits: () => true };

/**
 * Reads the template record at `offset` of a set that ends at `end`.
 * v9 options templates give the lengths of their scope and option specifiers in bytes; IPFIX counts fields.
 */
export function readTemplate(
  view: DataView,
  offset: number,
  end: number,
  version: 9 | 10,
  options: boolean,
  maxFields: number,
  learning: Learning = LEARN_ALL,
): TemplateRecord {
  const headerLength = options ? 6 : 4;
  const overrun: TemplateRecord = { kind: 'bad', reason: 'runs over the end of its set', next: end };
  if (offset + 4 > end) return overrun;
  const id = view.getUint16(offset);
  const count = view.getUint16(offset + 2);
  if (version === 10 && count === 0) return { kind: 'withdrawal', next: offset + 4 };
  const known = learning.known(id);
  if (known?.options === options && isRepeated(known.raw, view, offset, end))
    return { kind: 'template', template: known, next: offset + known.raw.length };
  if (offset + headerLength > end) return overrun;

  let fieldCount = count;
  let scopeCount = options ? view.getUint16(offset + 4) : 0;
  if (version === 9 && options) {
    const optionLength = view.getUint16(offset + 4);
    scopeCount = count / SPECIFIER_LENGTH;
    fieldCount = scopeCount + optionLength / SPECIFIER_LENGTH;
    if (!Number.isInteger(scopeCount) || !Number.isInteger(fieldCount)) {
      const next = offset + headerLength + count + optionLength;
      return next > end ? overrun : { kind: 'bad', reason: 'a length that is not of whole fields', next };
    }
  }

  let next = offset + headerLength;
  let minLength = 0;
  for (let index = 0; index < fieldCount; index++) {
    if (next + SPECIFIER_LENGTH > end) return overrun;
    const length = view.getUint16(next + 2);
    minLength += length === VARIABLE_LENGTH ? 1 : length;
    next += version === 10 && view.getUint8(next) >= 0x80 ? ENTERPRISE_SPECIFIER_LENGTH : SPECIFIER_LENGTH;
    if (next > end) return overrun;
  }

  const bad = (reason: string): TemplateRecord => ({ kind: 'bad', reason, next });
  if (id < MIN_TEMPLATE_ID) return bad('template id below 256');
  if (fieldCount > maxFields) return bad('too many fields');
  if (minLength === 0) return bad('no field has a length');
  if (options && version === 10 && (scopeCount === 0 || scopeCount > fieldCount)) return bad('illegal scope count');

  if (!learning.admits(fieldCount)) return { kind: 'refused', id, next };

  const raw = Buffer.alloc(next - offset);
  for (let index = 0; index < raw.length; index++) raw[index] = view.getUint8(offset + index);
  const fields: Field[] = [];
  let scopeFieldCount = 0;
  let at = headerLength;
  for (let index = 0; index < fieldCount; index++) {
    const element = raw.readUInt16BE(at);
    const length = raw.readUInt16BE(at + 2);
    const isPrivate = version === 10 && element >= 0x8000;
    const pen = isPrivate ? raw.readUInt32BE(at + SPECIFIER_LENGTH) : 0;
    if (length > 0) fields.push({ pen, id: isPrivate ? element & 0x7fff : element, length });
    if (index < scopeCount) scopeFieldCount = fields.length;
    at += isPrivate ? ENTERPRISE_SPECIFIER_LENGTH : SPECIFIER_LENGTH;
  }
  const variable = fields.some(({ length }) => length === VARIABLE_LENGTH);
  const template = { version, id, options, scopeFieldCount, fields, minLength, variable, raw };
  return { kind: 'template', template, next };
}

/** Whether the record at `offset` is this one, byte for byte. */
function isRepeated(raw: Uint8Array, view: DataView, offset: number, end: number): boolean {
  if (offset + raw.length > end) return false;
  for (let index = 0; index < raw.length; index++) if (view.getUint8(offset + index) !== raw[index]) return false;
  return true;
}

/** End of the record at `offset`, by the lengths of its fields (RFC 7011 §7), or -1 when it runs over `end`. */
export function recordEnd(template: Template, bytes: Uint8Array, offset: number, end: number): number {
  let at = offset;
  for (const { length } of template.fields) {
    if (length !== VARIABLE_LENGTH) {
      at += length;
    } else {
      if (at >= end) return -1;
      const short = bytes[at];
      if (short < 255) at += 1 + short;
      else if (at + 3 > end) return -1;
      else at += 3 + bytes[at + 1] * 256 + bytes[at + 2];
    }
    if (at > end) return -1;
  }
  return at;
}
