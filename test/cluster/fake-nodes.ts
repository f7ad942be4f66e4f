/** Nodes that kwok plays: for the API they are like others, but no program runs on them. */

import { kubectl } from './kubectl.ts';
import { KUBECONFIG } from './layout.ts';
import { kill, start } from './processes.ts';
import { tool } from './tools.ts';
import { waitFor } from './wait.ts';

const LABEL = 'type=kwok';
const ANNOTATION = 'kwok.x-k8s.io/node';
const READY_SECONDS = 300;
/** Renewed every quarter of it; longer than 100 s, and nodes are taken for dead. */
const LEASE_SECONDS = 100;

/**
 * Adds `count` nodes, and resolves when they are ready. They are tainted `kwok.x-k8s.io/node=fake:NoSchedule`, so that
 * what has to run doesn't end up there: what shall be spread over them has to tolerate it.
 */
export async function addFakeNodes(count: number): Promise<void> {
  start('kwok', tool('kwok'), [
    ...['--kubeconfig', KUBECONFIG, '--config', tool('kwok.yaml')],
    ...['--manage-nodes-with-annotation-selector', `${ANNOTATION}=fake`],
    ...['--node-lease-duration-seconds', String(LEASE_SECONDS)],
    ...['--cidr', '10.200.0.0/16', '--node-ip', '10.78.0.1'],
  ]);
  const existing = (await kubectl(['get', 'nodes', '--selector', LABEL, '--output', 'name'])).split('\n');
  const first = existing.filter(Boolean).length + 1;
  const items = Array.from({ length: count }, (_, index) => fakeNode(`fake-${first + index}`));
  await kubectl(['create', '--filename', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await waitFor(`${count} simulated nodes are ready`, READY_SECONDS, async () => {
    const status = '{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
    const nodes = await kubectl(['get', 'nodes', '--selector', LABEL, '--output', `jsonpath=${status}`]);
    return nodes.split('\n').filter((ready) => ready === 'True').length === first - 1 + count;
  });
}

/** Removes the nodes that `addFakeNodes` added. */
export async function removeFakeNodes(): Promise<void> {
  await kubectl(['delete', 'nodes', '--selector', LABEL]);
  await kill('kwok');
}

function fakeNode(name: string): object {
  const capacity = { cpu: '32', memory: '256Gi', pods: '110' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { [ANNOTATION]: 'fake' },
      labels: { type: 'kwok', 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' },
    },
    spec: { taints: [{ key: ANNOTATION, value: 'fake', effect: 'NoSchedule' }] },
    status: { allocatable: capacity, capacity },
  };
}
