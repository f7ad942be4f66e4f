/** What the operator may do, by the chart: the rules of the roles that it is bound to. */
import type { KubernetesObject, V1ClusterRole, V1PolicyRule, V1RoleBinding } from '@kubernetes/client-node';

/** Rules of the ClusterRoles, or of the Roles, that a binding among `objects` refers to. */
export function boundRules(objects: readonly KubernetesObject[], kind: 'ClusterRole' | 'Role'): V1PolicyRule[] {
  const bindings = objects.filter(({ kind }) => kind!.endsWith('RoleBinding')) as V1RoleBinding[];
  const bound = new Set(bindings.map(({ roleRef }) => `${roleRef.kind} ${roleRef.name}`));
  const roles = objects.filter((object) => object.kind === kind && bound.has(`${kind} ${object.metadata!.name}`));
  return roles.flatMap((role) => (role as V1ClusterRole).rules ?? []);
}
