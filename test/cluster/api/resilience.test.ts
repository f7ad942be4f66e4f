/** Two operators, of which one leads: who writes when, by the API server's own record. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NAMESPACE as OPERATOR_NAMESPACE } from '../../chart/helm.ts';
import { type AuditEvent, auditTrail, credentialOf, isWrite, resourceOf } from '../audit.ts';
import { type Cluster, startCluster } from '../cluster.ts';
import { collector } from '../collector.fixture.ts';
import { installRights, type OperatorProcess, removeNamespace, startOperator } from '../operator-process.ts';
import { startProxy } from '../proxy.ts';
import { requireCluster } from '../requirements.ts';
import { waitFor } from '../wait.ts';

const NAMESPACE = 'resilience';
const LEASE = 'netflow2traces-operator';
const LEASES = 'coordination.k8s.io/leases';
/** What is promised of a handover, in milliseconds: after SIGTERM, and when the leader dies without a word. */
const HANDOVER_MS = 3_000;
const TAKEOVER_MS = 17_000;
/** No sooner may another lead, after the last renewal. */
const LEASE_MS = 15_000;
const SECONDS = 60;

type LeaseSpec = { holderIdentity: string; acquireTime: string; renewTime: string; leaseTransitions: number };

test('two operators', async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const cluster = await startCluster({ nodes: 0 });
  const operators: OperatorProcess[] = [];
  t.after(async () => {
    await Promise.all(operators.map(({ kill }) => kill()));
    await removeNamespace(cluster, NAMESPACE).finally(cluster.stop);
  });
  await installRights(cluster);
  await cluster.kubectl(['create', 'namespace', NAMESPACE]);
  const trail = auditTrail();
  const start = async (server?: string) => {
    const operator = await startOperator(cluster, { server });
    operators.push(operator);
    return operator;
  };
  const apply = (name: string, spec: object) =>
    cluster.kubectl(['apply', '--filename', '-'], JSON.stringify(collector(NAMESPACE, name, spec)));
  const made = (what: string) => waitFor(what, SECONDS, () => cluster.kubectl(['get', '--namespace', NAMESPACE, what]));

  let leader = await start();
  await leader.logged('became the leader');
  let other = await start();

  await t.test('hand over when the leader is told to end', async (t) => {
    const before = await leaseOf(cluster);
    const told = Date.now();
    leader.signal('SIGTERM');
    await other.logged('became the leader');
    const after = await leaseOf(cluster);
    const took = Date.parse(after.acquireTime) - told;
    t.diagnostic(`${took} ms`);
    assert.ok(took < HANDOVER_MS, `${took} ms`);
    assert.equal(after.leaseTransitions, before.leaseTransitions + 1);
    assert.equal(await leader.exited, 0);
    assert.deepEqual(writesAfter(trail(), leader, after.acquireTime), []);
  });

  await t.test('take over from a leader that is killed', async (t) => {
    leader = other;
    other = await start();
    // It must have seen the lease, or it would wait longer than promised.
    await waitFor('the other has looked', SECONDS, () =>
      trail().some((event) => credentialOf(event) === other.credential && resourceOf(event) === LEASES),
    );
    const killed = Date.now();
    await leader.kill();
    const before = await leaseOf(cluster);
    await other.logged('became the leader');
    const after = await leaseOf(cluster);
    const took = Date.parse(after.acquireTime) - killed;
    const idle = Date.parse(after.acquireTime) - Date.parse(before.renewTime);
    t.diagnostic(`${took} ms after the kill, ${idle} ms after the last renewal`);
    assert.ok(took < TAKEOVER_MS, `${took} ms`);
    assert.ok(idle >= LEASE_MS, `${idle} ms: while the other might have been alive`);
    assert.equal(after.leaseTransitions, before.leaseTransitions + 1);
  });

  await t.test('write nothing any more when they wake up after their term', async (t) => {
    other.signal('SIGTERM');
    await other.exited;
    const proxy = await startProxy(cluster.kubeconfig);
    t.after(proxy.close);
    const sleeper = await start(proxy.url);
    await sleeper.logged('became the leader', SECONDS);
    const successor = await start();
    // An Event of its first reconcile does not get through, and more wait for that.
    const asleep = Promise.withResolvers<void>();
    const event = Promise.withResolvers<void>();
    proxy.before = async ({ method, url }) => {
      if (method !== 'POST' || !url?.includes('/events')) return;
      event.resolve();
      await asleep.promise;
      throw new Error('lost');
    };
    await apply('before', {});
    await made('service/before-metrics');
    await event.promise;

    // It falls asleep between the first write of a reconcile and the second, whose turn it is when it wakes up.
    proxy.after = ({ method, url }) => {
      if (method !== 'PATCH' || !url?.includes('/during-')) return;
      sleeper.signal('SIGSTOP');
      proxy.after = () => {};
      asleep.resolve();
    };
    await apply('during', { listeners: [{ port: 2056 }], metrics: { port: 9465 } });
    await asleep.promise;
    await successor.logged('became the leader');
    const { acquireTime, holderIdentity } = await leaseOf(cluster);
    await made('service/during-metrics');
    const written = trail().filter((event) => credentialOf(event) === successor.credential && isWrite(event)).length;
    assert.ok(written > 5, 'the successor works');

    proxy.before = () => {};
    sleeper.signal('SIGCONT');
    await sleeper.logged('no longer the leader');
    const seen = () => trail().filter((event) => credentialOf(event) === sleeper.credential).length;
    const soFar = seen();
    await waitFor('it stands for election again', SECONDS, () => seen() >= soFar + 2);
    assert.deepEqual(writesAfter(trail(), sleeper, acquireTime), []);
    assert.equal((await leaseOf(cluster)).holderIdentity, holderIdentity);
  });
});

/** What an operator tried to write after a time, its candidacy aside: the server refuses that as it must. */
function writesAfter(events: readonly AuditEvent[], { credential }: OperatorProcess, time: string): string[] {
  return events
    .filter((event) => credentialOf(event) === credential && isWrite(event))
    .filter(({ requestReceivedTimestamp }) => requestReceivedTimestamp > time)
    .filter((event) => !(resourceOf(event) === LEASES && event.responseStatus?.code === 409))
    .map((event) => `${event.requestReceivedTimestamp} ${event.verb} ${event.requestURI}`);
}

async function leaseOf({ kubectl }: Cluster): Promise<LeaseSpec> {
  const lease = await kubectl(['get', 'lease', LEASE, '--namespace', OPERATOR_NAMESPACE, '--output', 'json']);
  return (JSON.parse(lease) as { spec: LeaseSpec }).spec;
}
