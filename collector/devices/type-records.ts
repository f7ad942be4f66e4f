/**
 * Type records (RFC 5610 §3.9): options data by which a device says what an element of an enterprise is called, and of
 * which type it is. Those that the registry has are left out: a device never gives them another meaning.
 */
import { findElement, REVERSE_PEN } from '../decode/elements/elements.ts';

/** What is told of an element, by its enterprise number and id: `32473.1`. `type`: its informationElementDataType. */
export type ElementFact = { kind: 'element'; id: string; name?: string; type?: number };

/** Values of a record, by element. */
type Values = { number(element: number): number | undefined; text(element: number): string | undefined };

const [PRIVATE_ENTERPRISE_NUMBER, ELEMENT_ID] = [346, 303];
const [DATA_TYPE, NAME] = [339, 341];
const [MAX_PEN, ID_MASK] = [2 ** 32 - 1, 0x7fff];

/** The id of what is told of an element. */
export function elementId(pen: number, id: number): string {
  return `${pen}.${id}`;
}

/** What a record tells of an element; undefined when it is no type record, or of an element that is registered. */
export function describedElement(values: Values): ElementFact | undefined {
  const [pen, number] = [values.number(PRIVATE_ENTERPRISE_NUMBER), values.number(ELEMENT_ID)];
  if (pen === undefined || number === undefined || pen === 0 || pen > MAX_PEN || pen === REVERSE_PEN) return undefined;
  // Some exporters leave the bit set that says in templates that a number of an enterprise follows.
  const id = number & ID_MASK;
  const [name, type] = [values.text(NAME), values.number(DATA_TYPE)];
  const told = { ...(name && { name }), ...(type !== undefined && { type }) };
  if (Object.keys(told).length === 0 || findElement(pen, id)) return undefined;
  return { kind: 'element', id: elementId(pen, id), ...told };
}
