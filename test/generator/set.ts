/** Sets (v9: FlowSets) of v9 and IPFIX packets: templates, options templates and data. */

/** One field of a template: its element, its length in bytes, and the enterprise number of a private element. */
export type Field = { id: number; length: number; enterprise?: number };
export type Template = { id: number; fields: readonly Field[] };
/** In v9 the ids of scope fields are scope types (1 system, 2 interface, …), in IPFIX they are elements. */
export type OptionsTemplate = Template & { scope: readonly Field[] };
/** Value by element id: a number in big-endian order, or the bytes themselves. */
export type Values = Record<number, number | bigint | Uint8Array>;

/** Length of a variable-length field, RFC 7011 §7. */
const VARIABLE = 0xffff;

/** A set of templates: RFC 3954 §5.2, RFC 7011 §3.4.1. */
export function templateSet(version: 9 | 10, templates: readonly Template[]): Buffer {
  return set(
    version === 9 ? 0 : 2,
    templates.map(({ id, fields }) => Buffer.concat([uint16(id, fields.length), ...fields.map(fieldSpecifier)])),
  );
}

/** A set of options templates: RFC 3954 §6.1 (lengths in bytes), RFC 7011 §3.4.2.2 (counts of fields). */
export function optionsTemplateSet(version: 9 | 10, templates: readonly OptionsTemplate[]): Buffer {
  const records = templates.map(({ id, scope, fields }) => {
    const counts =
      version === 9
        ? uint16(id, scope.length * 4, fields.length * 4)
        : uint16(id, scope.length + fields.length, scope.length);
    return Buffer.concat([counts, ...[...scope, ...fields].map(fieldSpecifier)]);
  });
  return set(version === 9 ? 1 : 3, records);
}

/** A set of data records, padded to a multiple of four bytes. */
export function dataSet(templateId: number, records: readonly Uint8Array[]): Buffer {
  return set(templateId, records);
}

/** The bytes of one record, fields in the order given; a value that is missing is zero. */
export function encodeRecord(fields: readonly Field[], values: Values): Buffer {
  return Buffer.concat(
    fields.map(({ id, length }) => {
      const value = values[id] ?? 0;
      if (typeof value !== 'object') return unsigned(BigInt(value), length);
      if (length === VARIABLE) return Buffer.concat([variableLength(value.length), value]);
      if (value.length !== length) throw new Error(`element ${id} has ${value.length} bytes, its field ${length}`);
      return Buffer.from(value);
    }),
  );
}

function set(id: number, records: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(records);
  const length = Math.ceil((4 + body.length) / 4) * 4;
  return Buffer.concat([uint16(id, length), body], length);
}

function fieldSpecifier({ id, length, enterprise }: Field): Buffer {
  if (enterprise === undefined) return uint16(id, length);
  return Buffer.concat([uint16(id | 0x8000, length), unsigned(BigInt(enterprise), 4)]);
}

function variableLength(length: number): Buffer {
  return length < 255 ? Buffer.from([length]) : Buffer.concat([Buffer.from([255]), uint16(length)]);
}

function uint16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => {
    bytes.writeUInt16BE(value, index * 2);
  });
  return bytes;
}

function unsigned(value: bigint, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = length - 1, rest = value; index >= 0; index--, rest >>= 8n) bytes[index] = Number(rest & 0xffn);
  return bytes;
}
