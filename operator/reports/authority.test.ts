import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { suite, test } from 'node:test';
import { type DataObject, SECRETS } from '../cluster/kinds.ts';
import { ApiServer } from '../runtime/api-server.fixture.ts';
import { isFailure } from '../runtime/errors.ts';
import { clientOf, keptLog } from '../runtime/harness.fixture.ts';
import { keyOf } from '../runtime/resource.ts';
import { VirtualClock } from '../runtime/virtual-clock.fixture.ts';
import { issueServerCertificate, loadAuthority } from './authority.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2030, 0, 1);
const secret = { namespace: 'netflow-system', name: 'netflow2traces-reports' };
const { signal } = new AbortController();

function world() {
  const clock = new VirtualClock();
  const server = new ApiServer(clock);
  const client = clientOf(server.handle, clock);
  const { log, lines } = keptLog();
  server.edit(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: secret, type: 'Opaque' } as DataObject);
  return { server, lines, load: (now = NOW) => loadAuthority({ client, secret, log }, now, signal) };
}

suite('the authority', () => {
  test('is made once, and found again', async () => {
    const { load, lines } = world();
    const made = await load();
    assert.deepEqual(await load(NOW + 365 * DAY), made);
    assert.deepEqual(lines, []);
  });

  test('is renewed with its key at half of its life', async () => {
    const { load } = world();
    const made = await load();
    const renewed = await load(NOW + 6 * 365 * DAY);
    assert.equal(renewed.key, made.key);
    assert.notEqual(renewed.certificate, made.certificate);
    assert.deepEqual(await load(NOW + 6 * 365 * DAY), renewed);
  });

  for (const [what, data] of [
    ['nothing', {}],
    ['garbage', { 'tls.crt': 'AAAA', 'tls.key': 'AAAA' }],
  ] as const) {
    test(`is made anew when its Secret holds ${what}`, async () => {
      const { server, load } = world();
      server.edit(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: secret, data } as DataObject);
      const made = await load();
      assert.deepEqual(await load(), made);
    });
  }

  test('of two who make it at once is one', async () => {
    const { load } = world();
    const both = await Promise.allSettled([load(), load()]);
    const [one, other] = both.toSorted((a) => (a.status === 'fulfilled' ? -1 : 1));
    assert.ok(one.status === 'fulfilled');
    assert.ok(other.status === 'rejected' && isFailure(other.reason, 'Conflict'));
    assert.deepEqual(await load(), one.value);
  });

  test('is another each time while its Secret is missing, and nothing is made', async () => {
    const { server, load, lines } = world();
    server.remove(SECRETS, keyOf(secret));
    assert.notEqual((await load()).certificate, (await load()).certificate);
    assert.deepEqual(server.objects(SECRETS), []);
    assert.match(lines.at(-1)!, /warn.*missing.*helm upgrade/);
  });

  test('leaves alone what others have set of its Secret', async () => {
    const { server, load } = world();
    const labels = { 'app.kubernetes.io/managed-by': 'Helm' };
    server.edit(SECRETS, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...secret, labels },
      type: 'Opaque',
    } as DataObject);
    await load();
    const { metadata, data } = server.get(SECRETS, keyOf(secret)) as DataObject;
    assert.deepEqual([metadata.labels, Object.keys(data!)], [labels, ['tls.crt', 'tls.key']]);
  });

  test('signs for the name that collectors look for', async () => {
    const authority = await world().load();
    const leaf = new X509Certificate(issueServerCertificate(authority, 'reports.ns.svc', NOW).certificate);
    assert.ok(leaf.checkIssued(new X509Certificate(authority.certificate)));
    assert.equal(leaf.checkHost('reports.ns.svc'), 'reports.ns.svc');
    assert.ok(leaf.validFromDate.getTime() <= NOW - DAY, 'a clock that is a day behind is no obstacle');
  });
});
