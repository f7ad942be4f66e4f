/** A cluster with all of the chart but the operator, for tests that run operators as processes of this machine. */
import type { TestContext } from 'node:test';
import { type Cluster, startCluster } from './cluster.ts';
import { POD_MONITOR_DEFINITION } from './collector.fixture.ts';
import type { Kubectl } from './kubectl.ts';
import {
  installRights,
  type OperatorOptions,
  type OperatorProcess,
  removeNamespace,
  startOperator,
} from './operator-process.ts';

export type ClusterWithRights = {
  cluster: Cluster;
  /** In the test's namespace. */
  kubectl: Kubectl;
  /** Starts an operator, which ends with the test at the latest. */
  start(options?: OperatorOptions): Promise<OperatorProcess>;
};

/** Has two simulated nodes, PodMonitors and a namespace for the test. All of it goes when the test ends. */
export async function startClusterWithRights(t: TestContext, namespace: string): Promise<ClusterWithRights> {
  const cluster = await startCluster({ nodes: 0 });
  const operators: OperatorProcess[] = [];
  t.after(async () => {
    for (const operator of operators) await operator.kill();
    await cluster
      .kubectl(['delete', 'crd', POD_MONITOR_DEFINITION.metadata.name, '--ignore-not-found'])
      .then(() => removeNamespace(cluster, namespace))
      .finally(cluster.stop);
  });
  await installRights(cluster);
  await cluster.kubectl(['apply', '--filename', '-'], JSON.stringify(POD_MONITOR_DEFINITION));
  await cluster.kubectl(['create', 'namespace', namespace]);
  await cluster.addFakeNodes(2);
  return {
    cluster,
    kubectl: (args, input) => cluster.kubectl(['--namespace', namespace, ...args], input),
    async start(options) {
      const operator = await startOperator(cluster, options);
      operators.push(operator);
      return operator;
    },
  };
}
