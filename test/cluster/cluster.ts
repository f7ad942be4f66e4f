/**
 * A real Kubernetes for tests, of several nodes on this machine, without a registry. README.md tells how it works.
 * Tests start one, use it alone, and stop it; one that `npm run cluster:up` left running is used and left as it is.
 */
import { existsSync } from 'node:fs';
import { type Component, restartComponent } from './control-plane.ts';
import { down } from './down.ts';
import { addFakeNodes, removeFakeNodes } from './fake-nodes.ts';
import { importImages } from './images.ts';
import { type Kubectl, kubectl, kubectlFor } from './kubectl.ts';
import { KEPT, KUBECONFIG, LOGS } from './layout.ts';
import { lock } from './lock.ts';
import { isRunning } from './processes.ts';
import { externalKubeconfig } from './requirements.ts';
import { type ClusterOptions, up } from './up.ts';

/** Another test file may have the cluster. */
const WAIT_SECONDS = 30 * 60;

export type Cluster = {
  /** The administrator's. */
  kubeconfig: string;
  nodes: readonly { name: string; address: string }[];
  kubectl: Kubectl;
  /** Brings the images of an archive, of OCI's or Docker's format, onto the nodes. */
  loadImage(archive: string): Promise<void>;
  /** Adds nodes that exist for the API alone; what shall be on them tolerates `kwok.x-k8s.io/node=fake:NoSchedule`. */
  addFakeNodes(count: number): Promise<void>;
  /** Ends a component as a crash would, starts it again, and resolves when the API server is ready. */
  restart(component: Component): Promise<void>;
  stop(): Promise<void>;
};

/**
 * Starts a cluster and resolves when its nodes and DNS are ready. With NETFLOW2TRACES_TEST_KUBECONFIG set it is that
 * cluster, as it is; the methods that would change more than the API can then reject.
 */
export async function startCluster(options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  const external = externalKubeconfig();
  return external ? useCluster(external) : ownCluster({ nodes: 1, images: [], ...options });
}

async function ownCluster(options: ClusterOptions): Promise<Cluster> {
  const unlock = await lock(WAIT_SECONDS);
  const kept = existsSync(KEPT);
  async function stop(): Promise<void> {
    try {
      if (!kept) await down();
      else if (isRunning('kwok')) await removeFakeNodes();
    } finally {
      unlock();
    }
  }
  try {
    const nodes = await up(options, () => {});
    return {
      kubeconfig: KUBECONFIG,
      nodes,
      kubectl,
      loadImage: (archive) => importImages(nodes, archive),
      addFakeNodes,
      restart: restartComponent,
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`the test cluster does not start; its logs are in ${LOGS}`, { cause: error });
  }
}

async function useCluster(kubeconfig: string): Promise<Cluster> {
  const run = kubectlFor(kubeconfig, 'kubectl');
  const list = JSON.parse(await run(['get', 'nodes', '--output', 'json'])) as {
    items: { metadata: { name: string }; status: { addresses: { type: string; address: string }[] } }[];
  };
  const refuse = async () => {
    throw new Error('only on a cluster of our own: unset NETFLOW2TRACES_TEST_KUBECONFIG');
  };
  return {
    kubeconfig,
    nodes: list.items.map(({ metadata, status }) => ({
      name: metadata.name,
      address: status.addresses.find(({ type }) => type === 'InternalIP')!.address,
    })),
    kubectl: run,
    loadImage: refuse,
    addFakeNodes: refuse,
    restart: refuse,
    stop: async () => {},
  };
}
