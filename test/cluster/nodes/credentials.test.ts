/**
 * Credentials from end to end: collectors on two nodes send over gRPC and TLS to a backend in the cluster that asks for
 * a client certificate and a token. Each is rotated, and so is the authority, while flows come in: no pod is restarted
 * and no flow is lost.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { readCapture } from '../../../collector/replay/captures.ts';
import { createSender } from '../../../collector/replay/sender.ts';
import { NAMESPACE as OPERATOR_NAMESPACE } from '../../chart/helm.ts';
import { imageArchive } from '../../image/archive.ts';
import type { Demands, Received } from '../../otlp/receiver.ts';
import { createAuthority } from '../authority.ts';
import { startCluster } from '../cluster.ts';
import { collector } from '../collector.fixture.ts';
import { installRights, startOperator } from '../operator-process.ts';
import { withForwardedPort } from '../port-forward.ts';
import { requireCluster } from '../requirements.ts';
import { waitFor } from '../wait.ts';

const CAPTURE = join(import.meta.dirname, '../../captures/telegraf/netflow_v5_example/netflow_v5.bin');
const RECEIVER = join(import.meta.dirname, '../../otlp/receiver.ts');
const IMAGE = 'localhost/netflow2traces-collector:test';
const NAMESPACE = 'credentials';
const BACKEND = `receiver.${NAMESPACE}`;
/**
 * The kubelet brings a changed Secret to a pod within its sync period, at most about a minute; then retries go through.
 */
const ROTATION_SECONDS = 180;
const SECONDS = 60;
const PACE_MS = 250;

test('credentials', async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const cluster = await startCluster({ nodes: 2, images: [imageArchive('Dockerfile.collector', IMAGE)] });
  const kubectl = (args: string[], input?: string) => cluster.kubectl(['--namespace', NAMESPACE, ...args], input);
  const ends: (() => unknown)[] = [];
  t.after(async () => {
    await Promise.allSettled(ends.map(async (end) => end()));
    await cluster.stop();
  });
  await installRights(cluster);
  await cluster.kubectl(['create', 'namespace', NAMESPACE]);
  ends.push(() =>
    cluster.kubectl(['delete', 'namespace', NAMESPACE, OPERATOR_NAMESPACE, '--ignore-not-found', '--wait=false']),
  );
  const operator = await startOperator(cluster);
  ends.push(operator.kill);

  const apply = (...items: object[]) =>
    kubectl(['apply', '--server-side', '--filename', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const dataOf = (kind: 'Secret' | 'ConfigMap', name: string, data: Record<string, string>) =>
    apply({ apiVersion: 'v1', kind, metadata: { name }, [kind === 'Secret' ? 'stringData' : 'data']: data });
  const bring = {
    token: (token: string) => dataOf('Secret', 'backend', { token }),
    client: ({ cert, key }: { cert: string; key: string }) =>
      dataOf('Secret', 'client', { 'tls.crt': cert, 'tls.key': key }),
    authority: (ca: string) => dataOf('ConfigMap', 'authorities', { 'ca.pem': ca }),
  };

  let [servers, clients] = [createAuthority('servers'), createAuthority('clients')];
  await Promise.all([bring.token('first'), bring.client(clients.issue('collector')), bring.authority(servers.ca)]);
  await apply(...receiver(await bundle(RECEIVER)));
  const address = await kubectl(['get', 'service', 'receiver', '--output', 'jsonpath={.spec.clusterIP}']);
  const ask = async (path: string, init?: RequestInit) =>
    (await (await fetch(`http://${address}:8080${path}`, init)).json()) as Received;
  const received = () => ask('/received');
  const demand = (...tokens: string[]) => {
    const tls = { ...servers.issue(BACKEND), ca: clients.ca };
    const demands: Demands = { tls, authorization: tokens.map((token) => `Bearer ${token}`) };
    return ask('/demands', { method: 'PUT', body: JSON.stringify(demands) });
  };
  await waitFor('the backend runs', SECONDS, () => demand('first'));

  const secretKeyRef = { name: 'backend', key: 'token' };
  const otlp = {
    endpoint: `https://${BACKEND}:4317`,
    bearerToken: { secretKeyRef },
    tls: {
      ca: { configMapKeyRef: { name: 'authorities', key: 'ca.pem' } },
      clientCertificate: { secretName: 'client' },
    },
    retry: { maxInterval: '5s' },
  };
  await apply(collector(NAMESPACE, 'edge', { otlp, pod: { image: IMAGE } }));
  await kubectl(['wait', '--for=condition=Ready', 'nfc/edge', '--timeout=90s']);

  const { packets } = readCapture(CAPTURE);
  const sent = new Map(cluster.nodes.map(({ name }) => [name, 0]));
  const senders = await Promise.all(
    cluster.nodes.map(async ({ name, address: host }) => {
      const sender = await createSender({ host, port: 2055, sourcePort: undefined, distinctSources: false });
      ends.push(() => sender.close());
      return { name, sender };
    }),
  );
  async function replay(): Promise<void> {
    for (const { name, sender } of senders) {
      for (const { payload, source } of packets) {
        await sender.send(payload, source);
        sent.set(name, sent.get(name)! + payload.readUInt16BE(2)); // of NetFlow v5: the flows in it
      }
    }
  }
  /** Resolves when the backend has all flows that were sent until now. */
  async function allArrived(what: string, seconds: number): Promise<void> {
    const due = new Map(sent);
    await waitFor(what, seconds, async () => {
      const now = await received();
      return [...due].every(([name, flows]) => (now[name]?.flows ?? 0) >= flows);
    });
  }
  const pods = async () => {
    const { items } = JSON.parse(
      await kubectl(['get', 'pods', '--selector=app.kubernetes.io/instance=edge', '-o=json']),
    );
    return (items as Pod[]).map(
      ({ metadata, status }) => `${metadata.uid} ${status.containerStatuses[0].restartCount}`,
    );
  };

  await t.test('are shown to the backend, which lets the flows of each node in', async () => {
    await replay();
    await allArrived('all flows are there', SECONDS);
    assert.deepEqual(
      Object.values(await received()).map(({ authorization }) => authorization),
      ['Bearer first', 'Bearer first'],
    );
  });

  const before = await pods();
  let failure: unknown;
  const timer = setInterval(() => replay().catch((error) => (failure ??= error)), PACE_MS);
  ends.push(() => clearInterval(timer));

  const ROTATIONS: [what: string, rotate: () => Promise<void>][] = [
    [
      'token',
      async () => {
        await demand('first', 'second');
        await bring.token('second');
        await waitFor('all use the new token', ROTATION_SECONDS, async () =>
          Object.values(await received()).every(({ authorization }) => authorization === 'Bearer second'),
        );
        await demand('second');
      },
    ],
    [
      'client certificate',
      async () => {
        clients = createAuthority('other clients');
        await demand('second'); // the old one is refused from here on
        await bring.client(clients.issue('collector'));
      },
    ],
    [
      'authority of the backend',
      async () => {
        servers = createAuthority('other servers');
        await demand('second');
        await bring.authority(servers.ca);
      },
    ],
  ];
  for (const [what, rotate] of ROTATIONS) {
    await t.test(`may be rotated: the ${what}`, async (t) => {
      const start = performance.now();
      await rotate();
      await allArrived('flows go on, and those that waited are there', ROTATION_SECONDS);
      t.diagnostic(`${Math.round((performance.now() - start) / 1_000)} s`);
      assert.deepEqual(await pods(), before);
    });
  }

  await t.test('and all that was sent has arrived, by the ledger of each collector too', async (t) => {
    clearInterval(timer);
    assert.equal(failure, undefined);
    await allArrived('the last flows are there', SECONDS);
    const now = await received();
    for (const { name } of cluster.nodes) {
      const of = ['--selector', 'app.kubernetes.io/component=collector', '--field-selector', `spec.nodeName=${name}`];
      const pod = await kubectl(['get', 'pods', ...of, '--output', 'jsonpath={.items[0].metadata.name}']);
      const { ledger } = await withForwardedPort(cluster.kubeconfig, [NAMESPACE, `pod/${pod}`], 9_464, async (url) => {
        const answer = await fetch(`${url}/status`);
        return (await answer.json()) as { ledger: CollectorLedger };
      });
      const flows = sent.get(name);
      t.diagnostic(`${name}: ${flows} flows`);
      assert.deepEqual(
        [now[name].flows, ledger.flows, ledger.flowsExported, ledger.imbalance],
        [flows, flows, flows, 0],
      );
    }
    assert.deepEqual(await pods(), before);
  });
});

type Pod = { metadata: { uid: string }; status: { containerStatuses: { restartCount: number }[] } };
type CollectorLedger = { flows: number; flowsExported: number; imbalance: number };

/** The backend: a program in a ConfigMap, run by the Node of the collector's image, and its Service. */
function receiver(program: string): object[] {
  const labels = { app: 'receiver' };
  const ports = [
    { name: 'otlp', port: 4317 },
    { name: 'control', port: 8080 },
  ];
  const container = {
    name: 'receiver',
    image: IMAGE,
    command: ['/usr/local/bin/node', '/program/receiver.mjs'],
    volumeMounts: [{ name: 'program', mountPath: '/program' }],
  };
  const volumes = [{ name: 'program', configMap: { name: 'receiver' } }];
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'receiver' }, data: { 'receiver.mjs': program } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'receiver', labels },
      spec: { containers: [container], volumes },
    },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'receiver' }, spec: { selector: labels, ports } },
  ];
}

/** A program and all that it imports as one text; small enough for a ConfigMap. */
async function bundle(program: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [program],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    write: false,
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
  return outputFiles[0].text;
}
