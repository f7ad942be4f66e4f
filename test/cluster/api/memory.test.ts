/** Secrets that are not the operator's cost it nothing. MEMORY_SECRETS=20000 makes as many; 2,000 without it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectApi } from '../api.ts';
import { auditTrail, resourceOf } from '../audit.ts';
import { startCluster } from '../cluster.ts';
import { collector } from '../collector.fixture.ts';
import { installRights, type OperatorProcess, removeNamespace, startOperator } from '../operator-process.ts';
import { requireCluster } from '../requirements.ts';
import { waitFor } from '../wait.ts';

const SECRETS = Number(process.env.MEMORY_SECRETS ?? 2_000);
/** In bytes: together they are several times what is allowed to differ. */
const SECRET_SIZE = 4_096;
const AT_ONCE = 50;
const NAMESPACE = 'memory';
const SECONDS = 60;
/** What live objects may differ from one start to the next, and what the process holds, in bytes. */
const HEAP_NOISE = 3 << 20;
const RSS_NOISE = 24 << 20;

/** Has a process tell its memory after a full collection when it gets SIGUSR2. */
const PROBE = `process.on('SIGUSR2', () => {
  gc();
  console.error(JSON.stringify({ message: 'memory', ...process.memoryUsage() }));
})`;
const NODE_OPTIONS = ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(PROBE)}`];

const RECONCILES = 'controller_runtime_reconcile_total';
const SETTLE_MS = 2_000;

type Memory = { heapUsed: number; rss: number };

test(`${SECRETS} Secrets of others cost no memory`, async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const cluster = await startCluster({ nodes: 0 });
  const kubectl = (args: string[], input?: string) => cluster.kubectl(['--namespace', NAMESPACE, ...args], input);
  const operators: OperatorProcess[] = [];
  t.after(async () => {
    await Promise.all(operators.map(({ kill }) => kill()));
    await removeNamespace(cluster, NAMESPACE).finally(cluster.stop);
  });
  await installRights(cluster);
  await cluster.kubectl(['create', 'namespace', NAMESPACE]);
  const bearerToken = { secretKeyRef: { name: 'backend', key: 'token' } };
  const spec = { otlp: { endpoint: 'http://tempo.tracing:4317', bearerToken } };
  await kubectl(['create', 'secret', 'generic', 'backend', '--from-literal=token=t0k3n']);
  await kubectl(['apply', '--filename', '-'], JSON.stringify(collector(NAMESPACE, 'edge', spec)));
  const trail = auditTrail();

  async function start(): Promise<OperatorProcess> {
    const operator = await startOperator(cluster, { nodeOptions: NODE_OPTIONS });
    operators.push(operator);
    await waitFor('it has looked', SECONDS, async () => (await operator.metric(RECONCILES)) > 0);
    await sleep(SETTLE_MS);
    return operator;
  }

  const first = await start();
  const without = await memoryOf(first);
  const started = performance.now();
  await createSecrets(cluster.kubeconfig);
  t.diagnostic(`made in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
  const meanwhile = await memoryOf(first);
  first.signal('SIGTERM');
  await first.exited;
  const after = await memoryOf(await start());

  const mb = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const told = (name: string, { heapUsed, rss }: Memory) => `${name}: heap ${mb(heapUsed)}, RSS ${mb(rss)}`;
  t.diagnostic(
    [told('without', without), told('as they came', meanwhile), told('started with them', after)].join('; '),
  );
  for (const { heapUsed, rss } of [meanwhile, after]) {
    assert.ok(heapUsed - without.heapUsed < HEAP_NOISE, `the heap grew by ${mb(heapUsed - without.heapUsed)}`);
    assert.ok(rss - without.rss < RSS_NOISE, `it grew by ${mb(rss - without.rss)}`);
  }
  const asked = trail().filter((event) => resourceOf(event) === '/secrets' && event.verb !== 'get');
  const unselected = asked.filter(({ verb, requestURI }) => verb !== 'patch' && !requestURI.includes('labelSelector='));
  assert.ok(asked.length > 0);
  assert.deepEqual(unselected, []);
});

async function memoryOf(operator: OperatorProcess): Promise<Memory> {
  const said = () => operator.log.filter(({ message }) => message === 'memory');
  let least: Memory | undefined;
  for (let times = 1; times <= 3; times++) {
    const before = said().length;
    operator.signal('SIGUSR2');
    await waitFor('it tells its memory', SECONDS, () => said().length > before);
    const { heapUsed, rss } = said().at(-1) as unknown as Memory;
    least = { heapUsed: Math.min(heapUsed, least?.heapUsed ?? heapUsed), rss: Math.min(rss, least?.rss ?? rss) };
  }
  return least!;
}

async function createSecrets(kubeconfig: string): Promise<void> {
  const api = await connectApi(kubeconfig, AT_ONCE);
  const data = { content: Buffer.alloc(SECRET_SIZE, 'x').toString('base64') };
  let next = 0;
  async function create(): Promise<void> {
    for (let number = next++; number < SECRETS; number = next++) {
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: `foreign-${number}` }, data };
      const path = `/api/v1/namespaces/${NAMESPACE}/secrets`;
      const { status, body } = await api.send('POST', path, 'application/json', secret);
      assert.equal(status, 201, JSON.stringify(body));
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, create));
  } finally {
    api.close();
  }
}
