/** The golden files of the operator's manifests in a real API server: it takes them as they are. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCluster } from '../cluster.ts';
import { requireCluster } from '../requirements.ts';

const FOLDER = join(import.meta.dirname, '../../../operator/manifests');
/** Of the golden files. */
const NAMESPACE = 'flows';

test('the operator’s manifests', async (t) => {
  if (!requireCluster(t)) return;
  const cluster = await startCluster({ nodes: 0 });
  t.after(async () => {
    await cluster
      .kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false'])
      .finally(cluster.stop);
  });
  // Another test may have left it.
  await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found']);
  await cluster.kubectl(['create', 'namespace', NAMESPACE]);
  // The CustomResourceDefinition of PodMonitor belongs to the Prometheus operator.
  const files = readdirSync(FOLDER).filter((name) => /(?<!pod-monitor)\.golden\.yaml$/.test(name));
  for (const file of files) {
    await t.test(file, async () => {
      const strict = ['--server-side', '--dry-run=server', '--validate=strict'];
      await cluster.kubectl(['apply', ...strict, '--filename', join(FOLDER, file)]);
    });
  }
});
