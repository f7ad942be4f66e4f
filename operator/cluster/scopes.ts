import type { Scope } from '../runtime/store.ts';

/** Which objects of a kind the operator sees: where NetflowCollectors are, and what they are called. */
export type Sight = {
  /** All namespaces when empty. */
  namespaces: readonly string[];
  /**
   * The names that NetflowCollectors may have, where the operator has rights on Secrets and ConfigMaps by their names
   * alone; otherwise empty.
   */
  collectors: readonly string[];
};

/** Every object of a kind; or those of these names, each by itself, as RBAC takes no list of names for one request. */
export function scopesOf({ namespaces }: Sight, names: readonly string[] = []): Scope[] {
  const spaces: Scope[] = namespaces.length === 0 ? [{}] : namespaces.map((namespace) => ({ namespace }));
  return names.length === 0 ? spaces : spaces.flatMap((scope) => names.map((name) => ({ ...scope, name })));
}
