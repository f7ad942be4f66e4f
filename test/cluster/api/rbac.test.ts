/**
 * The chart's roles against what the operator does, by the API server's record of a whole life of a resource: it is
 * granted what it uses, and uses what it is granted. A new permission needs a step here that asks for it.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { REPORT_AUDIENCE, REPORT_PATH } from '../../../crds/report.ts';
import { type DataObject, FIELD_MANAGER, type RawCollector } from '../../../operator/cluster/kinds.ts';
import { NAMESPACE as OPERATOR_NAMESPACE, render } from '../../chart/helm.ts';
import { boundRules } from '../../chart/roles.ts';
import { type AuditEvent, auditTrail, resourceOf } from '../audit.ts';
import { collector } from '../collector.fixture.ts';
import { requireCluster } from '../requirements.ts';
import { startClusterWithRights } from '../rights.fixture.ts';
import { waitFor } from '../wait.ts';

const NAMESPACE = 'rbac';
const OWNED = 'serviceaccounts,configmaps,secrets,daemonsets,services,podmonitors';
const OURS = 'app.kubernetes.io/managed-by=netflow2traces-operator';
const ENFORCE = 'pod-security.kubernetes.io/enforce';
/**
 * Never sent: OpenShift's OwnerReferencesPermissionEnforcement asks for it when an owner is named that may block its
 * deletion. The test cluster does without: for half a minute that plugin refuses owners whose kind is new.
 */
const FINALIZERS = 'update netflow2traces.io/netflowcollectors/finalizers';
const SECONDS = 60;

const token = { secretKeyRef: { name: 'backend', key: 'token' } };
const resource = collector(NAMESPACE, 'edge', {
  otlp: { endpoint: 'http://tempo.tracing:4317', bearerToken: token },
  metrics: { podMonitor: true },
});

test('the operator’s rights', async (t) => {
  if (!requireCluster(t, { own: true })) return;
  const { cluster, kubectl, start } = await startClusterWithRights(t, NAMESPACE);
  const trail = auditTrail();
  const reports = `127.0.0.1:${await freePort()}`;
  const endpoint = `https://netflow2traces-reports.${OPERATOR_NAMESPACE}.svc:8443`;
  const operator = await start({ args: ['--reports', reports, '--reports-endpoint', endpoint] });
  await operator.logged('became the leader');

  const condition = (type: string, value: string) =>
    kubectl(['wait', `--for=condition=${type}=${value}`, 'nfc/edge', `--timeout=${SECONDS}s`]);
  const apply = (object: object) => kubectl(['apply', '--server-side', '--filename', '-'], JSON.stringify(object));
  let nudges = 0;
  /** Makes the operator look at once at what it would otherwise look at within half a minute. */
  const nudge = () => kubectl(['annotate', '--overwrite', 'nfc/edge', `nudge=${++nudges}`]);
  const names = async () => (await kubectl(['get', OWNED, '--selector', OURS, '--output', 'name'])).split('\n').sort();

  await t.test('are enough for a resource that is made when its Secret is missing, and comes and goes', async () => {
    await apply(resource);
    for (let times = 0; times < 2; times++) {
      await condition('ConfigAccepted', 'False');
      await kubectl(['create', 'secret', 'generic', 'backend', '--from-literal=token=first']);
      await nudge();
      await condition('ConfigAccepted', 'True');
      if (times > 0) break;
      await kubectl(['delete', 'secret', 'backend']);
      await nudge();
    }
    await condition('Ready', 'True');
  });

  await t.test('are enough to know who reports', async () => {
    const [pod] = (await kubectl(['get', 'pods', '--output', 'name'])).split('\n');
    const bound = ['--bound-object-kind', 'Pod', '--bound-object-name', pod.replace('pod/', '')];
    const token = await kubectl(['create', 'token', 'edge-collector', '--audience', REPORT_AUDIENCE, ...bound]);
    // Those without a valid token would be answered with 401.
    assert.equal(await post(`https://${reports}${REPORT_PATH}`, token, '{}'), 400);
  });

  await t.test('are enough for a change, and for a rotation', async () => {
    await apply({ ...resource, spec: { ...resource.spec, listeners: [{ port: 4739 }] } });
    const secret = JSON.stringify({ stringData: { token: 'second' } });
    await kubectl(['patch', 'secret', 'backend', '--type=merge', '--patch', secret]);
    await nudge();
    await waitFor('the token is rotated', SECONDS, async () => {
      const { data } = JSON.parse(await kubectl(['get', 'secret', 'edge-otlp', '--output', 'json'])) as DataObject;
      return Object.values(data!).some((file) => Buffer.from(file, 'base64').includes('second'));
    });
  });

  await t.test('are enough to make anew what somebody deletes', async () => {
    const before = await names();
    await kubectl(['delete', '--wait=false', ...before]);
    await waitFor('all are back', SECONDS, async () => {
      assert.deepEqual(await names(), before);
      return true;
    });
  });

  await t.test('are enough to remove what an older version called otherwise', async () => {
    const before = await names();
    const args = ['get', OWNED, '--selector', OURS, '--output', 'json'];
    const { items } = JSON.parse(await kubectl(args)) as { items: RawCollector[] };
    const older = items.map(({ apiVersion, kind, metadata: { labels, ownerReferences } }) => {
      const spec = kind === 'Service' ? { ports: [{ port: 1 }] } : kind === 'DaemonSet' ? daemonSetSpec() : undefined;
      return { apiVersion, kind, metadata: { name: 'older', labels, ownerReferences }, spec };
    });
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: older });
    const force = ['--server-side', '--force-conflicts', '--field-manager', FIELD_MANAGER];
    await kubectl(['apply', ...force, '--filename', '-'], list);
    await waitFor('they are gone', SECONDS, async () => {
      assert.deepEqual(await names(), before);
      return true;
    });
  });

  await t.test('are enough to tell why pods are not made', async () => {
    await cluster.kubectl(['label', 'namespace', NAMESPACE, `${ENFORCE}=restricted`]);
    await kubectl(['delete', 'daemonset', 'edge-collector']);
    await waitFor('the reason is told', SECONDS, async () =>
      (await kubectl(['get', 'nfc', 'edge', '--output', 'json'])).includes(`${ENFORCE}=privileged`),
    );
    await cluster.kubectl(['label', 'namespace', NAMESPACE, `${ENFORCE}-`]);
  });

  await t.test('are enough to the end', async () => {
    await kubectl(['delete', 'nfc', 'edge']);
    await waitFor('all are gone', SECONDS, async () => (await names()).join() === '');
    operator.signal('SIGTERM');
    assert.equal(await operator.exited, 0);
  });

  await t.test('are all used', () => {
    const events = trail();
    const refused = events
      .filter(({ responseStatus }) => responseStatus?.code === 403)
      .map(({ requestURI }) => requestURI);
    assert.deepEqual(refused, []);
    // What everybody may ask is no object: which kinds there are.
    const open = events.filter(({ objectRef }) => !objectRef).map(({ requestURI }) => requestURI);
    assert.deepEqual([...new Set(open)], ['/apis/monitoring.coreos.com/v1']);
    const used = new Set([...events.filter(({ objectRef }) => objectRef).flatMap(permissionsOf), FINALIZERS]);
    assert.deepEqual([...used].sort(), [...granted()].sort());
  });
});

/** Resolves with the status of the answer. */
async function post(url: string, token: string, body: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const outgoing = request(url, { method: 'POST', headers, rejectUnauthorized: false, agent: false });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  incoming.resume();
  return incoming.statusCode!;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** What a request needs. An apply needs one thing more when there is nothing yet to apply to. */
function permissionsOf(event: AuditEvent): string[] {
  const resource = resourceOf(event);
  const made = event.verb === 'patch' && event.responseStatus?.code === 201;
  return [`${event.verb} ${resource}`, ...(made ? [`create ${resource}`] : [])];
}

function granted(): Set<string> {
  const objects = render();
  const rules = [...boundRules(objects, 'ClusterRole'), ...boundRules(objects, 'Role')];
  return new Set(
    rules.flatMap(({ apiGroups = [], resources = [], verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    ),
  );
}

function daemonSetSpec(): object {
  const labels = { older: 'yes' };
  const spec = { containers: [{ name: 'a', image: 'registry.example/older:1' }], nodeSelector: { none: 'such' } };
  return { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } };
}
