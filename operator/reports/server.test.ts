import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, type RequestOptions, request } from 'node:https';
import { connect } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { parse } from 'yaml';
import { MAX_REPORT_BYTES, REPORT_PATH, report } from '../../crds/report.ts';
import { reportOf } from '../ingestion/reporter.fixture.ts';
import { createReports } from '../ingestion/reports.ts';
import { NO_SUMS } from '../ingestion/sums.fixture.ts';
import { clientOf, keptLog, METRICS } from '../runtime/harness.fixture.ts';
import { readText } from '../runtime/lines.ts';
import { VirtualClock } from '../runtime/virtual-clock.fixture.ts';
import { createAuthority, createServerCertificate } from './certificate.ts';
import { createReviewer } from './reviewer.ts';
import { CONNECTION_LIMITS, serveReports } from './server.ts';
import { reviewer, tokenOf } from './token.fixture.ts';

const HOST = 'reports.test.svc';
const KEY = 'flows/edge';
const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };
const commonName = 'test';
const authority = createAuthority(commonName, validity);
const newCertificate = () => createServerCertificate({ ...authority, commonName }, HOST, validity);

async function world(t: TestContext, knows: (token: string) => boolean = () => true) {
  const clock = new VirtualClock();
  const reports = createReports({
    clock,
    templatesOf: () => ({ registry: 'r', cursor: 0 }),
    sums: NO_SUMS,
  });
  const server = await serveReports({
    ...{ host: '127.0.0.1', port: 0, certificate: newCertificate(), metrics: METRICS, log: keptLog().log },
    routes: { [REPORT_PATH]: { maxBytes: MAX_REPORT_BYTES, schema: report, answer: reports.take } },
    knows: (key) => key === KEY,
    review: createReviewer({ client: clientOf(reviewer(knows).handle, clock), clock }),
  });
  const agent = new Agent({ keepAlive: true, ca: authority.certificate, servername: HOST });
  t.after(async () => {
    agent.destroy();
    await server.close();
  });

  async function post(body: string | object, changes: RequestOptions & { token?: string } = {}) {
    const { token = tokenOf(), ...options } = changes;
    const outgoing = request({
      ...{ agent, host: '127.0.0.1', port: server.port, path: REPORT_PATH, method: 'POST' },
      headers: { authorization: `Bearer ${token}`, ...options.headers },
      ...options,
    });
    outgoing.end(typeof body === 'string' ? body : JSON.stringify(body));
    const [response] = await once(outgoing, 'response');
    return { status: response.statusCode, body: JSON.parse(await readText(response, 1 << 16)) };
  }
  return { clock, reports, server, post };
}

const nodesOf = (reports: ReturnType<typeof createReports>) =>
  reports.healthOf(KEY, []).summary.topExporters.map(({ node }) => node);
const exporter = { address: '10.0.0.1', packetsPerSecond: 1, flowsPerSecond: 1, lostPercent: 0 };

test('a report is taken for the pod and node of its token, and told when the next is wanted', async (t) => {
  const { reports, post } = await world(t);
  for (const node of ['one', 'two']) {
    const forged = { ...reportOf(1_000, {}, { topExporters: [exporter] }), node: 'forged', pod: 'forged', new: {} };
    const answer = await post(forged, { token: tokenOf({ pod: `pod-${node}`, node }) });
    assert.deepEqual(answer, { status: 200, body: { interval: 5_000, templates: { registry: 'r', cursor: 0 } } });
  }
  assert.deepEqual(nodesOf(reports), ['one', 'two']);
});

test('a report that was taken is refused when it comes again', async (t) => {
  const { post } = await world(t);
  assert.equal((await post(reportOf(2_000))).status, 200);
  assert.equal((await post(reportOf(2_000))).status, 409);
  assert.equal((await post(reportOf(1_000))).status, 409);
  assert.equal((await post(reportOf(3_000))).status, 200);
});

suite('is refused', () => {
  const good = reportOf(1_000);
  const counters = { ...good.counters, flows: -1 };
  const cases: [
    what: string,
    status: number,
    body: string | object,
    changes?: Parameters<Awaited<ReturnType<typeof world>>['post']>[1],
  ][] = [
    ['what has no token', 401, good, { headers: {} }],
    ['what has garbage for a token', 401, good, { token: 'x.y.z' }],
    ['what has a token for somebody else', 401, good, { token: tokenOf({ aud: 'vault' }) }],
    [
      'a report for a resource that is not',
      404,
      good,
      { token: tokenOf({ sub: 'system:serviceaccount:flows:other-collector' }) },
    ],
    ['another path', 404, good, { path: '/' }],
    ['another method', 405, '', { method: 'GET' }],
    ['what is not JSON', 400, '{'],
    ['what is no report', 400, { boot: good.boot }],
    ['a negative counter', 400, { ...good, counters }],
    ['a counter that is no number', 400, JSON.stringify(good).replace('"flows":0', '"flows":1e999')],
    ['an absurd list', 400, { ...good, topExporters: Array(100).fill(exporter) }],
    ['a device without an address', 400, { ...good, topExporters: [{ ...exporter, address: '<script>' }] }],
    ['what is too long', 413, 'x'.repeat(MAX_REPORT_BYTES + 1)],
    [
      'what is too long and does not say so',
      413,
      'x'.repeat(MAX_REPORT_BYTES + 1),
      { headers: { authorization: `Bearer ${tokenOf()}`, 'transfer-encoding': 'chunked' } },
    ],
  ];
  for (const [what, status, body, changes] of cases) {
    test(what, async (t) => {
      const { post, reports } = await world(t);
      assert.equal((await post(body, changes)).status, status);
      assert.equal((await post(good)).status, 200, 'and the next is taken');
      assert.equal(reports.healthOf(KEY, []).summary.nodes.reporting, 1);
    });
  }

  test('a token that has expired, until there is a new one', async (t) => {
    const fresh = tokenOf({ exp: 4e9 });
    const { post } = await world(t, (token) => token === fresh);
    const answer = await post(good);
    assert.deepEqual(answer, { status: 401, body: { error: 'token has expired' } });
    assert.equal((await post(good, { token: fresh })).status, 200);
  });

  test('who can’t prove to be the operator, by the collector', async (t) => {
    const { post } = await world(t);
    const stranger = createAuthority(commonName, validity);
    await assert.rejects(post(good, { agent: new Agent({ ca: stranger.certificate, servername: HOST }) }));
  });
});

test('a certificate is changed without a connection that breaks', async (t) => {
  const { post, server } = await world(t);
  assert.equal((await post(reportOf(1_000))).status, 200);
  server.setCertificate(newCertificate());
  assert.equal((await post(reportOf(2_000))).status, 200);
  const agent = new Agent({ ca: authority.certificate, servername: HOST });
  assert.equal((await post(reportOf(3_000), { agent })).status, 200);
});

suite('connections', () => {
  test('that send nothing are closed, before and after the handshake, and keep nobody out', async (t) => {
    const { post, server } = await world(t);
    const { arrivalMs, maxOfAddress } = CONNECTION_LIMITS;
    const target = { port: server.port, host: '127.0.0.1', localAddress: '127.0.0.2' };
    const silent = Array.from({ length: maxOfAddress + 50 }, (_, index) =>
      index % 4 === 0 ? connectTls({ ...target, ca: authority.certificate, servername: HOST }) : connect(target),
    );
    let open = silent.length;
    const closed = silent.map((socket) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.on('error', () => {}).resume();
      socket.once('close', () => {
        open--;
        resolve();
      });
      return promise;
    });
    t.after(() => silent.map((socket) => socket.destroy()));
    assert.equal((await post(reportOf(1_000))).status, 200);
    assert.ok(open <= maxOfAddress, `${open} are open`);
    const start = performance.now();
    await Promise.all(closed);
    assert.ok(performance.now() - start < 4 * arrivalMs);
    assert.equal((await post(reportOf(2_000))).status, 200);
  });

  test('take at most a quarter of the memory that the chart gives', () => {
    const values = parse(readFileSync(new URL('../../charts/netflow2traces/values.yaml', import.meta.url), 'utf8'));
    const [, mebibytes] = /^(\d+)Mi$/.exec(values.resources.limits.memory)!;
    assert.ok(CONNECTION_LIMITS.max * 75 <= (Number(mebibytes) * 1_024) / 4);
  });

  test('of one pod bring two requests at once', async (t) => {
    const { post, server } = await world(t);
    const body = JSON.stringify(reportOf(1_000));
    const begun = [0, 1].map(() => {
      const outgoing = request({
        ...{ host: '127.0.0.1', port: server.port, path: REPORT_PATH, method: 'POST' },
        ...{ ca: authority.certificate, servername: HOST },
        headers: { authorization: `Bearer ${tokenOf()}`, 'content-length': Buffer.byteLength(body) },
      });
      outgoing.write(body.slice(0, 10));
      return outgoing;
    });
    const other = { token: tokenOf({ pod: 'other', node: 'other' }) };
    while ((await post(reportOf(500))).status !== 503) await sleep(5);
    assert.equal((await post(reportOf(1_000), other)).status, 200);
    begun[0].end(body.slice(10));
    const [response] = await once(begun[0], 'response');
    assert.equal(response.statusCode, 200);
    begun[1].on('error', () => {}).destroy();
  });
});
