/** What goes wrong on real nodes, and what the resource's conditions say of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawCollector } from '../../../operator/cluster/kinds.ts';
import { NAMESPACE as OPERATOR_NAMESPACE } from '../../chart/helm.ts';
import { imageArchive } from '../../image/archive.ts';
import { startCluster } from '../cluster.ts';
import { collector, POD_MONITOR_DEFINITION } from '../collector.fixture.ts';
import { programImage } from '../images.ts';
import { installRights, startOperator } from '../operator-process.ts';
import { requireCluster } from '../requirements.ts';
import { waitFor } from '../wait.ts';

const IMAGE = 'localhost/netflow2traces-collector:test';
const NAMESPACE = 'trouble';
const NAME = 'edge';
const SECONDS = 90;
/** How often the operator looks for PodMonitors, with a margin. */
const LOOK_SECONDS = 150;

test('trouble', async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const cluster = await startCluster({ nodes: 2, images: [imageArchive('Dockerfile.collector', IMAGE)] });
  const kubectl = (args: string[], input?: string) => cluster.kubectl(['--namespace', NAMESPACE, ...args], input);
  let operator: Awaited<ReturnType<typeof startOperator>> | undefined;
  t.after(async () => {
    await operator?.kill();
    await cluster
      .kubectl(['delete', 'namespace', NAMESPACE, OPERATOR_NAMESPACE, '--ignore-not-found', '--wait=false'])
      .finally(cluster.stop);
  });
  await installRights(cluster);
  await cluster.kubectl(['create', 'namespace', NAMESPACE]);
  operator = await startOperator(cluster);

  const apply = (object: object) => kubectl(['apply', '--server-side', '--filename', '-'], JSON.stringify(object));
  const write = (name: string, pod: object, more: object = {}) =>
    apply(collector(NAMESPACE, name, { pod: { image: IMAGE, ...pod }, ...more }));
  const conditions = async (name: string) => {
    const { metadata, status } = JSON.parse(await kubectl(['get', 'nfc', name, '--output=json'])) as RawCollector;
    return status?.observedGeneration === metadata.generation ? (status?.conditions ?? []) : [];
  };
  /** Resolves with the message of a condition once it is so, `Ready=True AllAvailable`, and says so. */
  async function message(wanted: string, name = NAME, seconds = SECONDS, saying = /./): Promise<string> {
    let last: string[] = [];
    const find = async () => {
      const all = await conditions(name);
      last = all.map((one) => `${one.type}=${one.status} ${one.reason}: ${one.message}`);
      return last.find((one) => one.startsWith(`${wanted}: `) && saying.test(one));
    };
    const found = await waitFor(wanted, seconds, find).catch((error) => {
      throw new Error(`${(error as Error).message}; it is\n${last.join('\n')}`);
    });
    return found!.slice(wanted.length + 2);
  }
  const podsOf = async (name: string) =>
    (await kubectl(['get', 'pods', `--selector=app.kubernetes.io/instance=${name}`, '--output=name'])).split('\n');

  await t.test('a port that another collector has is refused, and given as soon as it is free', async () => {
    await write(NAME, {});
    await message('Ready=True AllAvailable');
    await write('other', {});
    const text = await message('ConfigAccepted=False PortConflict', 'other');
    assert.match(
      text,
      /^spec\.listeners: the UDP port 2055 is that of NetflowCollector trouble\/edge; .*TCP port 9464/,
    );
    assert.deepEqual(await podsOf('other'), ['']);
    const events = await kubectl(['get', 'events', '--field-selector=reason=PortConflict', '--output=name']);
    assert.notEqual(events, '');

    const [node] = cluster.nodes;
    const zone = (name: string) => ({ nodeSelector: { 'kubernetes.io/hostname': name } });
    await write(NAME, zone(node.name));
    await write('other', zone(cluster.nodes[1].name));
    await message('ConfigAccepted=True Accepted', 'other');
    assert.equal((await podsOf(NAME)).length, 1, 'no pod of before is left');
    await message('Ready=True AllAvailable', 'other');
    await kubectl(['delete', 'nfc', NAME]);
    await write('other', {});
    await message('Ready=True AllAvailable', 'other');
    await kubectl(['delete', 'nfc', 'other']);
    await waitFor('the pods are gone', SECONDS, async () => (await podsOf('other'))[0] === '');
  });

  await t.test('a port that another program has', async () => {
    const [{ name: node }] = cluster.nodes;
    const script = "require('dgram').createSocket('udp6').bind(2055)";
    const holder = { name: 'holder', image: IMAGE, command: ['/usr/local/bin/node', '--eval', script] };
    const spec = { nodeName: node, hostNetwork: true, terminationGracePeriodSeconds: 0, containers: [holder] };
    await apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'holder' }, spec });
    await kubectl(['wait', '--for=condition=Ready', 'pod/holder', `--timeout=${SECONDS}s`]);
    await write(NAME, {});
    const text = await message('Degraded=True PortTaken');
    assert.match(
      text,
      new RegExp(`^on ${node}: the UDP port is taken by another program: .*:2055 .*; stop that program`),
    );
    await message('Ready=True NotAllAvailable');
    await kubectl(['delete', 'pod', 'holder']);
    await message('Ready=True AllAvailable');
    await message('Degraded=False AsExpected');
  });

  await t.test('pods that crash', async () => {
    await write(NAME, { image: programImage('coredns') });
    assert.match(
      await message('Degraded=True CrashLoop'),
      /^on node\d: the collector ends again and again \(exit code \d+\); kubectl logs --previous/,
    );
    await message('Ready=False CrashLoop');
    await message('Stalled=True CrashLoop');
    // The old pod stays until its successor is ready.
    assert.match(await kubectl(['get', 'nfc', NAME, '--no-headers']), / 2\/2 +CrashLoop /);
    await stays('Degraded=True CrashLoop', 25);
  });

  await t.test('an image that can not be pulled', async () => {
    await write(NAME, { image: 'registry.invalid/nothing:1' });
    assert.match(
      await message('Degraded=True ImagePullFailed'),
      /registry\.invalid\/nothing:1.*check spec\.pod\.image/,
    );
    await write(NAME, {});
    await message('Degraded=False AsExpected');
    await message('Progressing=False RolledOut');
  });

  await t.test('no node that matches', async () => {
    await write(NAME, { nodeSelector: { 'example.com/zone': 'nowhere' } });
    assert.match(await message('Ready=False NoMatchingNodes'), /spec\.pod\.nodeSelector/);
    await message('Degraded=False AsExpected');
    await message('Progressing=False Blocked');
    await message('Stalled=True NoMatchingNodes');
    assert.match(await kubectl(['get', 'nfc', NAME, '--no-headers']), / 0\/0 +NoMatchingNodes /);
  });

  await t.test('a PodMonitor where there are none, until there are', async () => {
    const metrics = { metrics: { podMonitor: true } };
    await write(NAME, {}, metrics);
    assert.match(await message('ConfigAccepted=True Accepted'), /spec\.metrics\.podMonitor, which waits for/);
    await message('Ready=True AllAvailable');
    await apply(POD_MONITOR_DEFINITION);
    const get = ['get', 'podmonitor', `${NAME}-collector`, '--output=jsonpath={.spec.podMetricsEndpoints[0].path}'];
    await waitFor('the PodMonitor is there', LOOK_SECONDS, async () => (await kubectl(get)) === '/metrics');
    assert.doesNotMatch(await message('ConfigAccepted=True Accepted'), /podMonitor/);

    await kubectl(['delete', 'podmonitor', `${NAME}-collector`]);
    await waitFor('it is there again', SECONDS, async () => (await kubectl(get)) === '/metrics');
    await write(NAME, {});
    await waitFor('it is gone', SECONDS, async () => (await kubectl(['get', 'podmonitors', '--output=name'])) === '');

    await write(NAME, {}, metrics);
    await waitFor('it is wanted again', SECONDS, async () => (await kubectl(get)) === '/metrics');
    await cluster.kubectl(['delete', 'crd', POD_MONITOR_DEFINITION.metadata.name]);
    await write(NAME, { labels: { without: 'PodMonitors' } }, metrics);
    await message('ConfigAccepted=True Accepted', NAME, LOOK_SECONDS, /which waits for/);
    await message('Degraded=False AsExpected');
    await apply(POD_MONITOR_DEFINITION);
    await waitFor('it is there once more', LOOK_SECONDS, async () => (await kubectl(get)) === '/metrics');
  });

  /** A condition must not come and go. */
  async function stays(wanted: string, seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1_000;
    const [type] = wanted.split('=');
    while (performance.now() < end) {
      const condition = (await conditions(NAME)).find((one) => one.type === type)!;
      assert.equal(`${condition.type}=${condition.status} ${condition.reason}`, wanted, condition.message);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
});
