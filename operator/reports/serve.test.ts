import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { SECRETS } from '../cluster/kinds.ts';
import { ApiServer, failure } from '../runtime/api-server.fixture.ts';
import type { Handler } from '../runtime/fault-server.fixture.ts';
import { clientOf, keptLog, METRICS } from '../runtime/harness.fixture.ts';
import { VirtualClock } from '../runtime/virtual-clock.fixture.ts';
import { serve } from './serve.ts';

const DAY = 86_400_000;
const secret = { namespace: 'ns', name: 'netflow2traces-reports' };

function world(handle?: Handler) {
  const clock = new VirtualClock();
  const server = new ApiServer(clock);
  server.edit(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: secret });
  const { log, lines } = keptLog();
  const stop = new AbortController();
  const options = {
    endpoint: 'https://reports.ns.svc:8443',
    address: { host: '127.0.0.1', port: 0 },
    secret,
    routes: {},
    knows: () => true,
    client: clientOf(handle ?? server.handle, clock),
    ...{ metrics: METRICS, log, clock },
  };
  return { clock, server, lines, stop, serving: () => serve(options, stop.signal) };
}

/** When the certificate at `port` ends. */
async function validTo(port: number, ca: string): Promise<number> {
  // Its times are those of the virtual clock.
  const socket = connect({ host: '127.0.0.1', port, ca, servername: 'reports.ns.svc', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerX509Certificate()!;
  socket.destroy();
  assert.ok(certificate.checkIssued(new X509Certificate(ca)));
  return certificate.validToDate.getTime();
}

test('a leader serves under the authority of the one before, with a certificate that is renewed each day', async (t) => {
  const { clock, serving } = world();
  const first = await serving();
  await first?.close();
  const second = await serving();
  t.after(() => second?.close());
  assert.ok(first && second);
  assert.deepEqual(second.target, first.target);
  const { port, target } = second;
  const before = await validTo(port, target.ca);
  await clock.advance(DAY + 1_000);
  assert.equal(await validTo(port, target.ca), before + DAY);
});

test('where the operator may not keep an authority, it says so and goes on', async () => {
  const { serving, lines } = world(async () => failure(403, 'Forbidden', 'secrets is forbidden'));
  assert.equal(await serving(), undefined);
  assert.match(lines.at(-1)!, /collectors can’t report.*secrets is forbidden/);
});

test('an API server in trouble is waited for', async (t) => {
  let down = true;
  const api = world();
  const { clock, serving } = world(async (request) =>
    down ? failure(503, 'ServiceUnavailable', 'down') : api.server.handle(request),
  );
  const promise = serving();
  await clock.advance(10_000);
  down = false;
  await clock.advance(60_000);
  const result = await promise;
  t.after(() => result?.close());
  assert.ok(result);
});
