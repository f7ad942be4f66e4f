/** Templates that nobody has exported, for records that are made here. */
import { type Field, type Template, VARIABLE_LENGTH } from '../decode/template.ts';

/** No template that is exported has so many fields: it stands where these count theirs. */
const MADE = 0xffff;

/** A template of data of these fields, each of which has bytes. */
export function makeTemplate(version: number, id: number, fields: readonly Field[]): Template {
  const variable = fields.some(({ length }) => length === VARIABLE_LENGTH);
  const minLength = fields.reduce((sum, { length }) => sum + (length === VARIABLE_LENGTH ? 1 : length), 0);
  const raw = Buffer.alloc(4 + 8 * fields.length);
  raw.writeUInt16BE(id, 0);
  raw.writeUInt16BE(MADE, 2);
  for (const [index, field] of fields.entries()) {
    raw.writeUInt16BE(field.id, 4 + 8 * index);
    raw.writeUInt16BE(field.length, 6 + 8 * index);
    raw.writeUInt32BE(field.pen, 8 + 8 * index);
  }
  return { version, id, options: false, scopeFieldCount: 0, fields, minLength, variable, raw };
}
