/**
 * Who owns which field, as the API server keeps it for server-side apply. Simpler than the real one in one way: every
 * list counts as one field.
 */
import type { KubeObject, ManagedFieldsEntry } from './resource.ts';

/** `manager`, `operation` and `subresource`, joined. */
type Owner = string;
export type Owners = ReadonlyMap<Owner, ReadonlySet<string>>;

type Json = unknown;
type Fields = Map<string, string>;

const NOT_OWNED = /^(apiVersion|kind|metadata\/(name|namespace|uid|resourceVersion|generation|creationTimestamp))$/;

/** The leaves of an object: path → value as JSON. */
export function leaves(value: Json, path = ''): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) {
    const nested = Object.entries(value).map(([key, child]) =>
      leaves(child, path ? `${path}/${escapeKey(key)}` : escapeKey(key)),
    );
    return new Map(nested.flatMap((fields) => [...fields]));
  }
  if (value === undefined || NOT_OWNED.test(path) || path.startsWith('metadata/managedFields')) return new Map();
  return new Map([[path, JSON.stringify(value)]]);
}

/** The object after `manager` applied `desired`, taking over what others own. */
export function applyFields(
  old: KubeObject | undefined,
  owners: Owners,
  desired: KubeObject,
  owner: Owner,
): { object: KubeObject; owners: Owners } {
  const wanted = leaves(desired);
  const object = structuredClone(old ?? { ...desired, metadata: { ...desired.metadata } });
  const next = new Map([...owners].map(([other, paths]) => [other, new Set(paths)]));
  const mine = next.get(owner) ?? new Set();
  for (const path of mine) {
    const shared = [...next].some(([other, paths]) => other !== owner && paths.has(path));
    if (!wanted.has(path) && !shared) setPath(object, path, undefined);
  }
  const before = leaves(object);
  for (const [path, value] of wanted) {
    if (before.get(path) !== value) for (const paths of next.values()) paths.delete(path);
    setPath(object, path, JSON.parse(value));
  }
  next.set(owner, new Set(wanted.keys()));
  return { object, owners: next };
}

/** The owners after `owner` wrote `object` in place of `old`: what differs is theirs now. */
export function updateOwners(old: KubeObject | undefined, owners: Owners, object: KubeObject, owner: Owner): Owners {
  const before = old ? leaves(old) : new Map<string, string>();
  const now = leaves(object);
  const changed = [...now.keys()].filter((path) => before.get(path) !== now.get(path));
  const next = new Map<Owner, Set<string>>();
  for (const [other, paths] of owners) {
    next.set(other, new Set([...paths].filter((path) => now.has(path) && before.get(path) === now.get(path))));
  }
  next.set(owner, new Set([...(next.get(owner) ?? []), ...changed]));
  return next;
}

/** As `metadata.managedFields` shows them. */
export function toManagedFields(owners: Owners, time: string): ManagedFieldsEntry[] {
  return [...owners]
    .filter(([, paths]) => paths.size > 0)
    .map(([owner, paths]) => {
      const [manager, operation, subresource] = owner.split(' ');
      const fieldsV1 = {};
      for (const path of [...paths].sort()) setPath(fieldsV1, path.replace(/(^|\/)/g, '$1f:'), {});
      return { manager, operation, time, fieldsType: 'FieldsV1', fieldsV1, ...(subresource ? { subresource } : {}) };
    });
}

function escapeKey(key: string): string {
  return key.replaceAll('/', '~1');
}

function setPath(object: object, path: string, value: Json): void {
  const keys = path.split('/').map((key) => key.replaceAll('~1', '/'));
  const last = keys.pop() as string;
  let at = object as Record<string, Json>;
  for (const key of keys) {
    at[key] ??= {};
    at = at[key] as Record<string, Json>;
  }
  if (value === undefined) delete at[last];
  else at[last] = value;
}
