/** Attributes that show fields as they are. */
import { ELEMENT_BITS } from '../../../crds/attributes/element-bits.ts';
import { ELEMENT_VALUES } from '../../../crds/attributes/element-values.ts';
import { elementKey, isSilentWhenZero } from '../attributes.ts';
import type { PlanCode } from './code.ts';
import type { FieldSet } from './fieldset.ts';
import { highWord, isSet, isSound, type LocatedField, lowWord, numberOf } from './layout.ts';

const PADDING = 210;
/** Bytes of unsigned256. */
const MAX_BITS_LENGTH = 32;

/**
 * Appends an attribute with the values of one element; of several, those that are zero and say nothing are left out.
 */
export function emitField(code: PlanCode, attribute: string, occurrences: readonly LocatedField[]): void {
  const [field] = occurrences;
  const names = meaningsOf(occurrences);
  const bits = bitsOf(occurrences);
  if (occurrences.length > 1) {
    const places = occurrences.flatMap(({ at, size }) => [at, size]).join(', ');
    const options = `${isSilentWhenZero(field)}${names ? `, ${code.constant(names)}` : ''}`;
    code.line(`p = r.arrayAttribute(u, w, p, ${code.key(attribute)}, '${field.type}', s, v, [${places}], ${options});`);
  } else if (names) {
    emitName(code, attribute, field, names);
  } else if (bits) {
    code.line(
      `p = r.bitsAttribute(u, p, ${code.key(attribute)}, ${code.constant(bits)}, s, ${field.at}, ${field.length});`,
    );
  } else if (!field.type.startsWith('unsigned') || field.length === undefined || field.length > 8) {
    code.line(`p = r.attribute(u, w, p, ${code.key(attribute)}, '${field.type}', s, v, ${field.at}, ${field.size});`);
  } else if (field.length <= 4) {
    code.uint32(attribute, lowWord(field));
  } else {
    code.block(`h = ${highWord(field)}; if (h === 0) {`, () => code.uint32(attribute, lowWord(field)));
    code.line(`else p = r.uint64Attribute(u, p, ${code.key(attribute)}, h, ${lowWord(field)});`);
  }
}

/** Appends the name of a number; a number without a name in digits. */
export function emitName(
  code: PlanCode,
  attribute: string,
  field: LocatedField,
  names: Readonly<Record<number, string>>,
): void {
  code.line(`switch (x = ${numberOf(field)}) {`);
  for (const [number, name] of Object.entries(names)) {
    code.block(`case ${number}:`, () => code.constantString(attribute, name), 'break;');
  }
  code.line(`default: p = r.textAttribute(u, p, ${code.key(attribute)}, String(x)); }`);
}

/**
 * Appends fields that no attribute is made from under the names of their elements; those of one element as one array.
 * Paddings are left out, and zeros that say nothing.
 */
export function emitOthers(code: PlanCode, fields: FieldSet, others: readonly LocatedField[]): void {
  const byAttribute = Map.groupBy(others, ({ attribute }) => attribute);
  for (const [attribute, occurrences] of byAttribute) {
    const name = fields.nameOf(attribute);
    if (occurrences[0].key === elementKey(0, PADDING) || name === undefined) continue;
    const isSilent = occurrences.length === 1 && isSilentWhenZero(occurrences[0]);
    if (isSilent) code.line(`if (${isSet(occurrences[0])}) {`);
    emitField(code, name, occurrences);
    if (isSilent) code.line('}');
  }
}

/** What a field's bits are called, where it is one of bits, and alone. */
export function bitsOf(occurrences: readonly Pick<LocatedField, 'key' | 'length'>[]): readonly string[] | undefined {
  const [{ key, length }] = occurrences;
  const isWhole = occurrences.length === 1 && length !== undefined && length <= MAX_BITS_LENGTH;
  return isWhole ? ELEMENT_BITS[key]?.names : undefined;
}

/** Names of what the numbers of an element mean, where its fields are numbers. */
export function meaningsOf(
  occurrences: readonly Pick<LocatedField, 'key' | 'type' | 'length'>[],
): Readonly<Record<number, string>> | undefined {
  const areNumbers = occurrences.every(
    (field) => field.type.startsWith('unsigned') && field.length !== undefined && isSound(field),
  );
  return areNumbers ? ELEMENT_VALUES[occurrences[0].key]?.names : undefined;
}
