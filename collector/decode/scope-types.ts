/** What scopes of v9's options templates are of: types of their own, where IPFIX has elements. */
import type { Template } from './template.ts';

/** RFC 3954 §6.1. */
const SCOPE_TYPES: Readonly<Record<number, string>> = {
  1: 'System',
  2: 'Interface',
  3: 'Line Card',
  4: 'NetFlow Cache',
  5: 'Template',
};

/**
 * What the field at `index` is of as a scope of v9; undefined where it is an element, as every other number is taken.
 */
export function scopeType({ version, scopeFieldCount, fields }: Template, index: number): string | undefined {
  return version === 9 && index < scopeFieldCount ? SCOPE_TYPES[fields[index].id] : undefined;
}
