/** What users and devices may call their elements, and names below `netflow.` that attributes have already. */
import { ATTRIBUTES } from '../../crds/attributes/table.ts';
import { PROFILE_NAMES } from '../../crds/spans/profiles.ts';
import { registeredNames } from '../span/element-names.ts';

/** Of letters, digits and `_`: all that attributes are used by takes such names. */
export const ELEMENT_NAME = /^[A-Za-z][A-Za-z0-9_]{0,127}$/;

type Taken = { names: ReadonlySet<string>; groups: ReadonlySet<string> };

let taken: Taken | undefined;

/** Takes milliseconds the first time. */
function all(): Taken {
  if (!taken) {
    const names = new Set([
      ...ATTRIBUTES.map(({ name }) => name as string),
      ...Object.values(PROFILE_NAMES).flatMap((named) => [...named.values()]),
      ...registeredNames(),
    ]);
    taken = { names, groups: new Set([...names].flatMap(groupsOf)) };
  }
  return taken;
}

/** Whether an attribute of any profile, or an element of the registry, is called so. */
export function isTaken(attribute: string): boolean {
  return all().names.has(attribute);
}

/** Whether names of such attributes begin with it and a dot. */
export function isGroup(name: string): boolean {
  return all().groups.has(name);
}

/** `netflow` and `netflow.acme` for `netflow.acme.depth`. */
export function groupsOf(name: string): string[] {
  const parts = name.split('.');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('.'));
}
