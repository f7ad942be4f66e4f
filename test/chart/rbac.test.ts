/** The chart's roles against what the operator makes: enough, and nothing more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject, V1ClusterRole, V1PolicyRule } from '@kubernetes/client-node';
import { buildManifests, type ManifestContext } from '../../operator/manifests/manifests.ts';
import { full } from '../../operator/manifests/resources.fixture.ts';
import { render, requireHelm } from './helm.ts';
import { boundRules } from './roles.ts';

/** What cached and applied objects need. */
const OWNED = ['get', 'list', 'watch', 'create', 'patch', 'delete'];

const CONTEXT: ManifestContext = {
  defaults: { image: 'i', pullSecrets: [], podMonitor: { labels: {} } },
  credentials: {},
  podMonitors: true,
  reports: { endpoint: 'https://r', ca: '', templates: Buffer.alloc(0) },
};

test('the operator may do what it does, and nothing else', (t) => {
  if (!requireHelm(t)) return;
  const built = buildManifests(full, CONTEXT);
  const objects = render();

  assert.deepEqual(permissions(boundRules(objects, 'ClusterRole')), {
    ...Object.fromEntries(built.map((object) => [resourceOf(object), OWNED])),
    'netflow2traces.io/netflowcollectors': ['list', 'watch'],
    'netflow2traces.io/netflowcollectors/status': ['patch'],
    'netflow2traces.io/netflowcollectors/finalizers': ['update'],
    '/pods': ['list', 'watch'],
    '/events': ['list'],
    'events.k8s.io/events': ['create', 'patch'],
    'authentication.k8s.io/tokenreviews': ['create'],
  });
  assert.deepEqual(permissions(boundRules(objects, 'Role')), {
    'coordination.k8s.io/leases/netflow2traces-operator': ['get', 'update'],
    'coordination.k8s.io/leases': ['create'],
    '/secrets/netflow2traces-reports': ['get', 'patch'],
  });
});

test('the operator’s rights on Secrets and ConfigMaps can be by name', (t) => {
  if (!requireHelm(t)) return;
  const built = buildManifests(full, CONTEXT).filter(({ kind }) => kind === 'Secret' || kind === 'ConfigMap');
  const collectors = [full.metadata.name, 'other'];
  const objects = render({ rbac: { collectors, secrets: ['backend'], configMaps: ['networks'] } });
  const rules = boundRules(objects, 'ClusterRole').filter(({ resources }) =>
    resources!.some((resource) => resource === 'secrets' || resource === 'configmaps'),
  );
  for (const { resourceNames = [] } of rules) assert.ok(resourceNames.length > 0, 'by name');
  const given = rules.flatMap(({ resources, resourceNames, verbs }) =>
    resourceNames!.map((name): [string, string[]] => [`/${resources}/${name}`, verbs]),
  );
  const owned = built.map((object): [string, string[]] => [`${resourceOf(object)}/${object.metadata!.name}`, OWNED]);
  assert.deepEqual(
    given.filter(([name]) => !name.includes('/other-')).sort(),
    [
      ['/configmaps/networks', ['get']],
      // The totals that it keeps beside the resource.
      [`/configmaps/${full.metadata.name}-books`, OWNED],
      ['/secrets/backend', ['get']],
      ...owned,
    ].sort(),
  );
});

test('users may do with NetflowCollectors what Kubernetes’ own roles let them do with other objects', (t) => {
  if (!requireHelm(t)) return;
  const aggregate = (role: string) => `rbac.authorization.k8s.io/aggregate-to-${role}`;
  const roles = render().filter(({ kind }) => kind === 'ClusterRole') as V1ClusterRole[];
  const permissionsOf = (role: string) => {
    const parts = roles.filter(({ metadata }) => metadata!.labels![aggregate(role)] === 'true');
    return parts.flatMap(({ rules }) => Object.entries(permissions(rules!)));
  };
  const reads = ['netflowcollectors', 'netflowcollectors/status'].map((resource) => [
    `netflow2traces.io/${resource}`,
    ['get', 'list', 'watch'],
  ]);
  const writes = ['netflow2traces.io/netflowcollectors', ['create', 'update', 'patch', 'delete', 'deletecollection']];
  assert.deepEqual(permissionsOf('view'), reads);
  assert.deepEqual(permissionsOf('edit'), [...reads, writes]);
  assert.deepEqual(permissionsOf('admin'), [...reads, writes]);
});

/** `apps/daemonsets` of a DaemonSet. */
function resourceOf({ apiVersion, kind }: KubernetesObject): string {
  const group = apiVersion!.includes('/') ? apiVersion!.split('/')[0] : '';
  return `${group}/${kind!.toLowerCase()}s`;
}

function permissions(rules: readonly V1PolicyRule[]): Record<string, string[]> {
  return Object.fromEntries(
    rules.flatMap(({ apiGroups, resources, resourceNames = [], verbs }) =>
      apiGroups!.flatMap((group) =>
        resources!.map((resource) => [[group, resource, ...resourceNames].join('/'), verbs]),
      ),
    ),
  );
}
