/** Nodes: processes of this machine in namespaces and cgroups of their own. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ctr } from './images.ts';
import { kubeconfigOf } from './keys.ts';
import { kubectl } from './kubectl.ts';
import { LOGS, NAME, type Node } from './layout.ts';
import { namespaceOf } from './network.ts';
import { writeNodeFiles } from './node-files.ts';
import { start } from './processes.ts';
import { TOOLS } from './tools.ts';
import { waitFor } from './wait.ts';

const SCRIPT = join(import.meta.dirname, 'node.sh');
const CGROUPS = '/sys/fs/cgroup';
const READY_SECONDS = 120;
const END_SECONDS = 20;

/** Starts a node, unless it runs; resolves when its containerd answers. */
export async function startNode(node: Node): Promise<void> {
  const cgroup = join(NAME, node.name);
  // The kubelet and runc use those of cgroup v1.
  for (const hierarchy of hierarchies()) if (hierarchy !== 'unified') createCgroup(hierarchy, cgroup);
  writeNodeFiles(node, `/${cgroup}`);
  const namespaces = ['--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child'];
  const script = [SCRIPT, node.name, node.address, node.folder, TOOLS, kubeconfigOf(node.name), LOGS];
  start(node.name, 'nsenter', [`--net=${namespaceOf(node)}`, 'unshare', ...namespaces, ...script]);
  await waitFor(`containerd answers on ${node.name}`, READY_SECONDS, async () => {
    await ctr(node, 'version');
    return true;
  });
}

/** Resolves when the API server takes the node for ready and reaches its kubelet. */
export async function nodeReady({ name }: Node): Promise<void> {
  await waitFor(`${name} is ready`, READY_SECONDS, async () => {
    await kubectl(['get', '--raw', `/api/v1/nodes/${name}/proxy/healthz`]);
    return kubectl(['wait', '--for=condition=Ready', `node/${name}`, '--timeout=10s']);
  });
}

/** Removes the nodes' cgroups, once the kernel has let go of the processes in them. */
export async function removeCgroups(): Promise<void> {
  for (const hierarchy of hierarchies()) {
    const folder = join(CGROUPS, hierarchy, NAME);
    await waitFor(`${folder} is empty`, END_SECONDS, () => {
      removeCgroup(folder);
      return true;
    });
  }
}

const hierarchies = (): string[] => readdirSync(CGROUPS);

function createCgroup(hierarchy: string, path: string): void {
  let folder = join(CGROUPS, hierarchy);
  for (const name of path.split('/')) {
    const parent = folder;
    folder = join(folder, name);
    mkdirSync(folder, { recursive: true });
    // A cpuset without processors and memory takes no processes.
    for (const file of hierarchy === 'cpuset' ? ['cpuset.cpus', 'cpuset.mems'] : []) {
      writeFileSync(join(folder, file), readFileSync(join(parent, file)));
    }
  }
}

function removeCgroup(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeCgroup(join(folder, entry.name));
  }
  rmdirSync(folder);
}
