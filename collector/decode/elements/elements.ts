/**
 * The registry of information elements: an enterprise number and an id come in, a name and an abstract data type go
 * out. The tables are generated from `data/` (`data/SOURCES.md` says where they come from) and parsed when first used.
 */
import { REGISTRIES, V9_FIELD_TYPES, VENDORS } from './elements.generated.ts';
import { PROTOCOLS } from './protocols.generated.ts';
import type { AbstractDataType } from './types.ts';

export type { AbstractDataType } from './types.ts';

/** An information element: IANA's have the enterprise number 0. */
export type Element = { pen: number; id: number; name: string; type: AbstractDataType };

/** What spans call an element, and its type. */
export type DescribedElement = { attribute: string; type: AbstractDataType };

/** The enterprise number that marks the reverse direction of an IANA element (RFC 5103 §6.1). */
export const REVERSE_PEN = 29_305;

const CISCO_PEN = 9;
const NTOP_PEN = 35_632;

/** NetFlow v9 has no enterprise numbers: Cisco exports its own element n as the field type n + 32768. */
const V9_CISCO_BASE = 32_768;
/** ntop exports its own element n as the field type n + 57472. */
const V9_NTOP_BASE = 57_472;

/** Elements that describe the export itself or both directions, so that they have no reverse (RFC 5103 §6.1). */
const NOT_REVERSIBLE = new Set([
  40, 41, 42, 130, 131, 137, 145, 148, 149, 163, 164, 165, 166, 167, 168, 173, 210, 211, 212, 213, 214, 215, 216, 217,
  239,
]);

type Registry = ReadonlyMap<number, Element>;

const registries = new Map<number, Registry>();
let v9FieldTypes: Registry | undefined;

function parse(lines: string, pen: number): Registry {
  const elements = new Map<number, Element>();
  for (const line of lines.split('\n')) {
    const [id, name, type, ownPen = pen] = line.split(',') as [string, string, AbstractDataType, string?];
    elements.set(Number(id), { pen: Number(ownPen), id: Number(id), name, type });
  }
  return elements;
}

/** The element with this id of IANA (enterprise number 0), of a vendor, or of the reverse direction (`REVERSE_PEN`). */
export function findElement(pen: number, id: number): Element | undefined {
  if (pen === REVERSE_PEN) {
    const forward = NOT_REVERSIBLE.has(id) ? undefined : findElement(0, id);
    return forward && { ...forward, pen };
  }
  let registry = registries.get(pen);
  if (!registry) {
    const lines = REGISTRIES.get(pen);
    if (lines === undefined) return undefined;
    registry = parse(lines, pen);
    registries.set(pen, registry);
  }
  return registry.get(id);
}

/**
 * The element of a NetFlow v9 field type: IANA's, or one of a vendor, most of which begin at 32768. One that is a
 * vendor's IPFIX element at an offset has that element's id; one that v9 alone knows has the field type as its id.
 */
export function findV9Element(fieldType: number): Element | undefined {
  v9FieldTypes ??= parse(V9_FIELD_TYPES, CISCO_PEN);
  return (
    findElement(0, fieldType) ??
    v9FieldTypes.get(fieldType) ??
    findElement(NTOP_PEN, fieldType - V9_NTOP_BASE) ??
    findElement(CISCO_PEN, fieldType - V9_CISCO_BASE)
  );
}

/** The short lower-case name of the vendor that holds a private enterprise number, such as `cisco`. */
export function vendorName(pen: number): string | undefined {
  return VENDORS.get(pen);
}

/** IANA's keyword of an IP protocol number in lower case, such as `tcp`. */
export function protocolKeyword(number: number): string | undefined {
  return PROTOCOLS.get(number);
}
