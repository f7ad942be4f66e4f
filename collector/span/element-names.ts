/** What elements are called in flow spans that have no attribute of their own for them. */
import { REGISTRIES, V9_FIELD_TYPES, VENDORS } from '../decode/elements/elements.generated.ts';
import { type AbstractDataType, REVERSE_PEN } from '../decode/elements/elements.ts';
import { isListType } from '../decode/lists.ts';
import { describeField } from './attributes.ts';

const MAX_PEN = 2 ** 32 - 1;
const MAX_ID = { 9: 65_535, 10: 32_767 };
const SCOPES = new Map([['reverse', REVERSE_PEN], ...[...VENDORS].map(([pen, name]) => [name, pen] as const)]);
const SCOPE_PREFIXES = ['element', ...SCOPES.keys()].map((scope) => `netflow.${scope}.`);

/** The names of all elements that are registered, in both directions. */
export function registeredNames(): readonly string[] {
  const names = new Set<string>();
  for (const [pen, lines] of REGISTRIES) {
    for (const id of idsOf(lines)) {
      names.add(nameOf(10, pen, id));
      if (pen === 0) names.add(nameOf(10, REVERSE_PEN, id));
    }
  }
  for (const id of idsOf(V9_FIELD_TYPES)) names.add(nameOf(9, 0, id));
  return [...names];
}

/**
 * What spans call the element that a name such as `netflow.element.500` or `netflow.cisco.8` tells by number: the same,
 * unless the element is registered. Undefined for other names.
 */
export function nameByNumber(name: string): string | undefined {
  const [, scope, digits] = /^netflow\.([a-z\d]+)\.(\d+)$/.exec(name) ?? [];
  if (scope === undefined) return undefined;
  const pen = scope === 'element' ? 0 : (SCOPES.get(scope) ?? Number(scope));
  const id = Number(digits);
  // What is an element of IPFIX by its number may be a vendor's in v9, which is registered then.
  const version = pen === 0 && id > MAX_ID[10] ? 9 : 10;
  return pen <= MAX_PEN && id <= MAX_ID[version] ? nameOf(version, pen, id) : undefined;
}

/** Whether a name is one of what stands in a list, such as `netflow.subTemplateList.0.octetDeltaCount`. */
export function isListed(name: string): boolean {
  lists ??= [...REGISTRIES].flatMap(([pen, lines]) =>
    lines.split('\n').flatMap((line) => {
      const [id, , type] = line.split(',') as [string, string, AbstractDataType];
      return isListType(type) ? `${nameOf(10, pen, Number(id))}.` : [];
    }),
  );
  return lists.some((list) => name.startsWith(list));
}

let lists: readonly string[] | undefined;

/** Whether exporters may call an element of an enterprise so, in type records (RFC 5610). */
export function mayBeTold(name: string): boolean {
  const [, scope] = /^netflow\.([a-z\d]+)\.[A-Za-z]\w*$/.exec(name) ?? [];
  return scope !== undefined && scope !== 'reverse' && (SCOPES.has(scope) || /^\d+$/.test(scope));
}

/** Whether names of elements that are told by number may begin so. */
export function mayBeNumbered(prefix: string): boolean {
  return (
    SCOPE_PREFIXES.some((scope) => scope.startsWith(prefix)) ||
    SCOPE_PREFIXES.some((scope) => prefix.startsWith(scope) && /^\d*$/.test(prefix.slice(scope.length))) ||
    /^netflow\.\d+(\.\d*)?$/.test(prefix)
  );
}

function nameOf(version: 9 | 10, pen: number, id: number): string {
  return describeField({ version }, { pen, id }).attribute;
}

/** Of lines such as `8,sourceIPv4Address,ipv4Address`. */
function idsOf(lines: string): number[] {
  return lines.split('\n').map((line) => Number.parseInt(line, 10));
}
