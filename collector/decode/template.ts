/**
 * Template records (RFC 3954 §5.2 and §6.1, RFC 7011 §3.4): the bytes that say where a record's fields are.
 * In: a template record as it was exported. Out: a `Template`, or the reason why it can't be used.
 */

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
  /** Can't be used. The next record begins where this one says that it ends; at the end of the set if that is beyond. */
  | { kind: 'bad'; reason: string; next: number };

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
): TemplateRecord {
  const headerLength = options ? 6 : 4;
  const overrun: TemplateRecord = { kind: 'bad', reason: 'runs over the end of its set', next: end };
  if (offset + 4 > end) return overrun;
  const id = view.getUint16(offset);
  const count = view.getUint16(offset + 2);
  if (version === 10 && count === 0) return { kind: 'withdrawal', next: offset + 4 };
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

  const fields: Field[] = [];
  let next = offset + headerLength;
  let minLength = 0;
  let variable = false;
  let scopeFieldCount = 0;
  for (let index = 0; index < fieldCount; index++) {
    if (next + SPECIFIER_LENGTH > end) return overrun;
    let fieldId = view.getUint16(next);
    let pen = 0;
    const length = view.getUint16(next + 2);
    if (version === 10 && fieldId >= 0x8000) {
      if (next + ENTERPRISE_SPECIFIER_LENGTH > end) return overrun;
      fieldId &= 0x7fff;
      pen = view.getUint32(next + 4);
      next += ENTERPRISE_SPECIFIER_LENGTH;
    } else {
      next += SPECIFIER_LENGTH;
    }
    if (length === VARIABLE_LENGTH) {
      variable = true;
      minLength += 1;
    } else {
      minLength += length;
    }
    if (length > 0 && fields.length < maxFields) fields.push({ pen, id: fieldId, length });
    if (index < scopeCount) scopeFieldCount = fields.length;
  }

  const bad = (reason: string): TemplateRecord => ({ kind: 'bad', reason, next });
  if (id < MIN_TEMPLATE_ID) return bad('template id below 256');
  if (fieldCount > maxFields) return bad('too many fields');
  if (minLength === 0) return bad('no field has a length');
  if (options && version === 10 && (scopeCount === 0 || scopeCount > fieldCount)) return bad('illegal scope count');

  const start = view.byteOffset + offset;
  const raw = Buffer.from(view.buffer.slice(start, start + next - offset));
  const template = { version, id, options, scopeFieldCount, fields, minLength, variable, raw };
  return { kind: 'template', template, next };
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
