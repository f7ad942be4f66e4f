/** Where the fields of a record are, as source text, and what they are. */
import type { AbstractDataType } from '../../decode/elements/elements.ts';
import { type Template, VARIABLE_LENGTH } from '../../decode/template.ts';
import { describeField, type ElementName, elementKey } from '../attributes.ts';
import type { PlanCode } from './code.ts';

/** One field of a record, in the generated source. */
export type LocatedField = {
  key: number;
  /** Attribute outside the profile, such as `netflow.postVlanId`. */
  attribute: ElementName;
  type: AbstractDataType;
  /** Expression of its offset in the packet. */
  at: string;
  /** Its length in bytes; undefined when each record tells. */
  length: number | undefined;
  /** Expression of its length. */
  size: string;
  /** Of another header than the flow's: it stands under its own name, and is no source of another attribute. */
  aside?: true;
};

/** Lengths at which a type is what it says; others are shown as bytes and serve nothing else. */
const FIXED_LENGTHS: Partial<Record<AbstractDataType, readonly number[]>> = {
  boolean: [1],
  float32: [4],
  float64: [4, 8],
  macAddress: [6],
  ipv4Address: [4],
  ipv6Address: [16],
  // Of other lengths than 4 and 8 by some devices.
  dateTimeSeconds: [1, 2, 3, 4, 5, 6, 7, 8],
  dateTimeMilliseconds: [1, 2, 3, 4, 5, 6, 7, 8],
  dateTimeMicroseconds: [8],
  dateTimeNanoseconds: [8],
};
const MAX_INTEGER_LENGTH = 8;

/** Whether the field is of its type's length, so that an attribute of the profile can be made from it. */
export function isSound(field: Pick<LocatedField, 'type' | 'length'>): boolean {
  if (field.length === undefined) return field.type === 'string' || field.type === 'octetArray';
  if (/^(un)?signed\d+$/.test(field.type)) return field.length <= MAX_INTEGER_LENGTH;
  return FIXED_LENGTHS[field.type]?.includes(field.length) ?? true;
}

/**
 * Locates a template's fields. Offsets behind a field of variable length depend on the
 * record: the statements that compute them, and where the next record starts (`c.next`), are appended to `code`.
 */
export function locateFields(template: Template, code: PlanCode): LocatedField[] {
  const fields: LocatedField[] = [];
  let base = 'o';
  let offset = 0;
  for (const [index, field] of template.fields.entries()) {
    const { attribute, type } = describeField(template, field);
    const described = { key: elementKey(field.pen, field.id), attribute, type };
    const at = offset === 0 ? base : `${base} + ${offset}`;
    if (field.length !== VARIABLE_LENGTH) {
      fields.push({ ...described, at, length: field.length, size: String(field.length) });
      offset += field.length;
      continue;
    }
    const [start, size] = [`a${index}`, `l${index}`];
    code.line(`let ${start} = ${at}, ${size} = s[${start}];`);
    code.line(`if (${size} < 255) ${start} += 1; else { ${size} = v.getUint16(${start} + 1); ${start} += 3; }`);
    code.line(`const e${index} = ${start} + ${size};`);
    fields.push({ ...described, at: start, length: undefined, size });
    base = `e${index}`;
    offset = 0;
  }
  if (template.variable) code.line(`c.next = ${offset === 0 ? base : `${base} + ${offset}`};`);
  return fields;
}

/** Expression of an unsigned integer of 1 to 4 bytes, or the low 4 bytes of a longer one. */
export function lowWord({ at, length = 0 }: Pick<LocatedField, 'at' | 'length'>): string {
  switch (length) {
    case 1:
      return `s[${at}]`;
    case 2:
      return `v.getUint16(${at})`;
    case 3:
      return `s[${at}] * 65536 + v.getUint16(${at} + 1)`;
    default:
      return `v.getUint32(${at} + ${length - 4})`;
  }
}

/** Expression of what an unsigned integer of 5 to 8 bytes has above its low 4 bytes. */
export function highWord(field: LocatedField): string {
  return lowWord({ ...field, length: field.length! - 4 });
}

/** Expression of an unsigned integer of 1 to 8 bytes; exact below 2⁵³. */
export function numberOf(field: LocatedField): string {
  return field.length! > 4 ? `(${highWord(field)}) * 4294967296 + ${lowWord(field)}` : lowWord(field);
}

/** Expression of the first of some numbers that is not zero, or of 0. */
export function firstNumberOf(fields: readonly LocatedField[]): string {
  return `(${fields.map((field) => `(${numberOf(field)})`).join(' || ')})`;
}

/** Longest field that is looked at in words, without a loop. */
const MAX_WORDS = 16;

/** Expression of whether any bit of a field is set. */
export function isSet({ at, length, size }: LocatedField): string {
  if (length === undefined || length > MAX_WORDS) return `r.isSet(s, ${at}, ${size})`;
  const words: string[] = [];
  let offset = 0;
  for (; length - offset >= 4; offset += 4) words.push(`v.getInt32(${at} + ${offset})`);
  if (length > offset) words.push(lowWord({ at: `${at} + ${offset}`, length: length - offset }));
  return `(${words.join(' | ')}) !== 0`;
}
