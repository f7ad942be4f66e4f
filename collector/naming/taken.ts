/** Names below `netflow.` that attributes have, whatever users and devices call their elements. */
import { ATTRIBUTES } from '../../crds/attributes/table.ts';
import { PROFILE_NAMES } from '../../crds/spans/profiles.ts';
import { registeredNames } from '../span/element-names.ts';

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
