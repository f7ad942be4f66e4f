/** Type records: options data by which a device says what elements of an enterprise are (RFC 5610 §3.9). */
import { ABSTRACT_DATA_TYPES, type AbstractDataType } from '../../collector/decode/elements/types.ts';
import { encodeRecord, type OptionsTemplate } from './set.ts';

/** The longest name that elements may have. */
const NAME_LENGTH = 128;

/** Enterprise number and element, the scope; its type and name. */
export const TYPE_RECORDS: OptionsTemplate = {
  id: 300,
  scope: [
    { id: 346, length: 4 },
    { id: 303, length: 2 },
  ],
  fields: [
    { id: 339, length: 1 },
    { id: 341, length: NAME_LENGTH },
  ],
};

/** The enterprise of documents (RFC 5612). */
export const DOCUMENTED_PEN = 32_473;

/** A record by that template. */
export function typeRecord(
  id: number,
  name: string,
  type: AbstractDataType = 'unsigned32',
  pen = DOCUMENTED_PEN,
): Buffer {
  return encodeRecord([...TYPE_RECORDS.scope, ...TYPE_RECORDS.fields], {
    ...{ 346: pen, 303: id, 339: ABSTRACT_DATA_TYPES.indexOf(type) },
    341: Buffer.from(name.padEnd(NAME_LENGTH, '\0')),
  });
}
