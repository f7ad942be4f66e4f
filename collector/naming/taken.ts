/** Names below `netflow.` that attributes have, whatever users and devices call their elements. */
import { ATTRIBUTES } from '../../crds/attributes/table.ts';
import { PROFILE_NAMES } from '../../crds/spans/profiles.ts';
import { registeredNames } from '../span/element-names.ts';

let names: Set<string> | undefined;

/** Whether an attribute of any profile, or an element of the registry, is called so. Takes milliseconds the first time. */
export function isTaken(attribute: string): boolean {
  names ??= new Set([
    ...ATTRIBUTES.map(({ name }) => name as string),
    ...Object.values(PROFILE_NAMES).flatMap((all) => [...all.values()]),
    ...registeredNames(),
  ]);
  return names.has(attribute);
}
