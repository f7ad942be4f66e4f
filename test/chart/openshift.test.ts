/** OpenShift's rules, as the types of its API state them, against the pods that there are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject, V1Deployment, V1PodSpec, V1RoleBinding } from '@kubernetes/client-node';
import { buildDaemonSet } from '../../operator/manifests/daemon-set.ts';
import { full, minimal } from '../../operator/manifests/resources.fixture.ts';
import { notes, render, renderTest, requireHelm } from './helm.ts';

/** The fields of a SecurityContextConstraints that decide here. */
type Constraints = KubernetesObject & {
  allowHostNetwork: boolean;
  allowHostPorts: boolean;
  allowHostDirVolumePlugin: boolean;
  allowPrivilegeEscalation: boolean;
  requiredDropCapabilities: string[];
  readOnlyRootFilesystem: boolean;
  /** Without a number: one of the namespace's own, which nobody knows beforehand. */
  runAsUser: { uid?: number };
  fsGroup: { ranges?: { min: number; max: number }[] };
  seccompProfiles: string[];
  volumes: string[];
};

/** As OpenShift 4.11 and later have it. */
const RESTRICTED_V2: Constraints = {
  allowHostNetwork: false,
  allowHostPorts: false,
  allowHostDirVolumePlugin: false,
  allowPrivilegeEscalation: false,
  requiredDropCapabilities: ['ALL'],
  readOnlyRootFilesystem: false,
  runAsUser: {},
  fsGroup: {},
  seccompProfiles: ['runtime/default'],
  volumes: ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'],
};

/** What of a pod the constraints do not allow. */
function violations(pod: V1PodSpec, constraints: Constraints): string[] {
  const { securityContext = {}, containers, volumes = [], hostNetwork = false } = pod;
  const types = volumes.flatMap(({ name: _, ...source }) => Object.keys(source));
  const groups = constraints.fsGroup.ranges ?? [];
  const allowed: [string, boolean][] = [
    ['hostNetwork', !hostNetwork || constraints.allowHostNetwork],
    ['user', securityContext.runAsUser === constraints.runAsUser.uid],
    ['fsGroup', securityContext.fsGroup === undefined || inRange(securityContext.fsGroup, groups)],
    ['seccomp', securityContext.seccompProfile?.type === 'RuntimeDefault'],
    ['hostPath', !types.includes('hostPath') || constraints.allowHostDirVolumePlugin],
    ...types.map((type): [string, boolean] => [`volume ${type}`, constraints.volumes.includes(type)]),
    ...containers.flatMap(({ securityContext = {}, ports = [] }): [string, boolean][] => [
      ['port', !hostNetwork || ports.length === 0 || constraints.allowHostPorts],
      ['escalation', securityContext.allowPrivilegeEscalation === constraints.allowPrivilegeEscalation],
      [
        'capabilities',
        constraints.requiredDropCapabilities.every((name) => securityContext.capabilities?.drop?.includes(name)),
      ],
      ['root', !constraints.readOnlyRootFilesystem || securityContext.readOnlyRootFilesystem === true],
      ['container user', securityContext.runAsUser === undefined],
    ]),
  ];
  return allowed.filter(([, ok]) => !ok).map(([what]) => what);
}

const inRange = (group: number, ranges: { min: number; max: number }[]) =>
  ranges.some(({ min, max }) => min <= group && group <= max);

test('on OpenShift', async (t) => {
  if (!requireHelm(t)) return;
  const objects = render({ openshift: true, watchNamespaces: ['flows', 'lab'] });
  const operatorOf = (objects: KubernetesObject[]) =>
    (objects.find(({ kind }) => kind === 'Deployment') as V1Deployment).spec!.template.spec!;

  await t.test('the operator and its test run under restricted-v2, as they would not otherwise', () => {
    assert.deepEqual(violations(operatorOf(objects), RESTRICTED_V2), []);
    assert.deepEqual(violations(renderTest({ openshift: true }).spec!, RESTRICTED_V2), []);
    assert.deepEqual(violations(operatorOf(render()), RESTRICTED_V2), ['user']);
  });

  await t.test('collectors run under the constraints of the chart', () => {
    const constraints = objects.find(({ kind }) => kind === 'SecurityContextConstraints') as Constraints;
    // One that asks for another user or group needs constraints of its own, as the chart's README says.
    for (const [resource, expected] of [
      [minimal, []],
      [full, ['user', 'fsGroup']],
    ] as const) {
      const { template } = buildDaemonSet(resource, { image: 'i', pullSecrets: [] }).spec!;
      assert.deepEqual(violations(template.spec!, constraints), expected);
      assert.notDeepEqual(violations(template.spec!, RESTRICTED_V2), []);
    }
  });

  await t.test('it is told how other namespaces get them', () => {
    assert.match(
      notes({ openshift: true }),
      /--clusterrole=netflow2traces-collector --group=system:serviceaccounts:netflow$/m,
    );
    assert.doesNotMatch(notes({ openshift: true, watchNamespaces: ['flows'] }), /rolebinding/);
  });

  await t.test('only those in the namespaces of collectors may use these', () => {
    const bindings = objects.filter(
      ({ kind, metadata }) => kind === 'RoleBinding' && metadata!.name === 'netflow2traces-collector',
    ) as V1RoleBinding[];
    assert.deepEqual(
      bindings.map(({ metadata, subjects }) => [metadata!.namespace, subjects!.map(({ name }) => name)]),
      [
        ['flows', ['system:serviceaccounts:flows']],
        ['lab', ['system:serviceaccounts:lab']],
      ],
    );
  });
});
