import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startControlPlane } from './control-plane.ts';
import { down } from './down.ts';
import { importImages } from './images.ts';
import { createKeys } from './keys.ts';
import { kubectl } from './kubectl.ts';
import { DNS_SERVICE, KEPT, LOGS, type Node, nodeOf, WORK } from './layout.ts';
import { createNetwork } from './network.ts';
import { nodeReady, startNode } from './node.ts';
import { buildTools, tool } from './tools.ts';

const DNS = join(import.meta.dirname, 'coredns.yaml');

export type ClusterOptions = {
  /** None where the API is enough: `addFakeNodes` then gives pods a place to seem to run at. */
  nodes: number;
  /** Archives of images, of OCI's or Docker's format, that every node gets. */
  images: readonly string[];
};

/**
 * Brings the cluster up, or what doesn't run of one that people keep, whose nodes stay. Resolves with its nodes when
 * they and DNS are ready. The caller holds the lock.
 */
export async function up(options: ClusterOptions, report: (line: string) => void): Promise<Node[]> {
  buildTools();
  if (!existsSync(KEPT)) {
    // Left by a test that died, in an unknown state.
    await down();
    rmSync(LOGS, { recursive: true, force: true });
  }
  mkdirSync(LOGS, { recursive: true });
  const count = Math.max(options.nodes, readdirSync(WORK).filter((name) => /^node\d$/.test(name)).length);
  const nodes = Array.from({ length: count }, (_, index) => nodeOf(index + 1));
  createKeys(nodes);
  createNetwork(nodes);

  const controlPlane = startControlPlane().then(() => report('the API server is ready'));
  await Promise.all([controlPlane, ...nodes.map(startNode)]);
  for (const archive of [tool('pause.tar'), tool('coredns.tar'), ...options.images]) {
    await importImages(nodes, archive);
  }
  report('the nodes have their images');
  await Promise.all(nodes.map(nodeReady));
  if (nodes.length === 0) return nodes;
  report(`ready: ${nodes.map(({ name, address }) => `${name} (${address})`).join(', ')}`);
  const dns = readFileSync(DNS, 'utf8').replace('$DNS_SERVICE', DNS_SERVICE);
  await kubectl(['apply', '--server-side', '--filename', '-'], dns);
  await kubectl(['rollout', 'status', '--namespace', 'kube-system', 'deployment/coredns', '--timeout', '120s']);
  report('DNS is ready');
  return nodes;
}
