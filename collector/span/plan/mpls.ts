/** MPLS labels: the numbers of a stack's entries (70–79), from the top to the bottom. */
import type { PlanCode } from './code.ts';
import type { FieldSet } from './fieldset.ts';

const [TOP, LAST] = [70, 79];
/** A label stack entry without its TTL (RFC 3032 §2.1): 20 bits of label, 3 of traffic class, 1 of bottom of stack. */
const ENTRY_LENGTH = 3;

/**
 * Appends the labels under the names of their elements. Entries of zeros are of no label; what comes after the bottom
 * of the stack is none of it. An element that occurs again is read as any other is.
 */
export function emitLabels(code: PlanCode, fields: FieldSet): void {
  const elements = Array.from({ length: LAST - TOP + 1 }, (_, index) => TOP + index);
  const entries = elements.flatMap((element) => {
    const [field, again] = fields.rest().filter(({ key, length }) => key === element && length !== 0);
    return field?.length === ENTRY_LENGTH && !again ? [fields.take(element)!] : [];
  });
  if (entries.length === 0) return;
  code.line('h = 0;');
  for (const { attribute, at } of entries) {
    const name = fields.nameOf(attribute);
    code.line(`if ((h & 1) === 0) { h = s[${at}] << 16 | v.getUint16(${at} + 1);`);
    if (name) code.block('if (h !== 0) {', () => code.uint32(name, 'h >>> 4'));
    code.line('}');
  }
}
