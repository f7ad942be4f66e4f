import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../crds/common/log.ts';
import type { Announced } from '../../crds/template.ts';
import { CollectorError } from '../common/errors.ts';
import { elementKey } from '../span/attributes.ts';
import { CONNECTION_LIMITS, serveHttp } from './http-server.ts';
import { parsePrometheus } from './prometheus.fixture.ts';
import { packetSpans } from './spans.fixture.ts';
import { exporterFixture, type StateFixture, stateFixture } from './state.fixture.ts';

const log = createLog('error');

async function serve(
  t: TestContext,
  state: StateFixture,
): Promise<(path: string, method?: string) => Promise<Response>> {
  const server = await serveHttp(state, log);
  t.after(() => server.close());
  return (path, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method });
}

test('health', async (t) => {
  for (const { live, ready, livez, readyz, body } of [
    { live: true, ready: true, livez: 200, readyz: 200, body: /^ok\n$/ },
    { live: true, ready: false, livez: 200, readyz: 503, body: /^not all sockets are open yet.*\n$/ },
    { live: false, ready: true, livez: 503, readyz: 503, body: /^a worker does not answer\n$/ },
    { live: false, ready: false, livez: 503, readyz: 503, body: /^a worker .*\nnot all .*\n$/ },
  ]) {
    const get = await serve(t, stateFixture({}, { live: () => live, ready: () => ready }));
    assert.equal((await get('/livez')).status, livez);
    const answer = await get('/readyz');
    assert.equal(answer.status, readyz);
    assert.match(await answer.text(), body);
  }
});

test('metrics are Prometheus text', async (t) => {
  const get = await serve(t, stateFixture({}, {}, { packets: 7 }));
  const answer = await get('/metrics');
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const { values } = parsePrometheus(await answer.text());
  assert.equal(values.get('netflow_packets_total'), 7);
});

test('the status tells everything but secrets', async (t) => {
  const state = stateFixture(
    {
      otlp: { endpoint: 'https://me:hunter2@tempo.example:4317/x?key=hunter2', headers: { authorization: 'hunter2' } },
      metrics: { otlp: { endpoint: 'https://prometheus.example/otlp', headers: { 'x-key': 'hunter2' } } },
    },
    {
      exporters: () => [exporterFixture({ packets: 2 }), exporterFixture({ packets: 3, versions: [5] })],
      exportError: () => ({ error: 'unavailable', time: 1_000 }),
    },
    { packets: 5, flows: 9, flowsExported: 6, 'flowsDropped.queue_full': 2 },
  );
  const get = await serve(t, state);
  const text = await (await get('/status')).text();
  assert.doesNotMatch(text, /hunter2/);
  const status = JSON.parse(text);
  assert.equal(status.version, '1.2.3');
  assert.equal(status.config.otlp.endpoint, 'https://tempo.example:4317/x');
  assert.deepEqual(Object.keys(status.config.otlp.headers), ['authorization']);
  assert.equal(status.ledger.flowsDropped.queue_full, 2);
  assert.equal(status.ledger.imbalance, 1);
  assert.equal(status.exporters.length, 1);
  assert.equal(status.exporters[0].packets, 5);
  assert.deepEqual(status.exporters[0].versions, [5, 9]);
  assert.equal(status.sockets.length, 1);
  assert.deepEqual(status.exportError, { error: 'unavailable', time: '1970-01-01T00:00:01.000Z' });
  assert.ok(Array.isArray(status.advice));
});

test('the status tells by what no flows are sent', async (t) => {
  const get = await serve(t, stateFixture({}, { tracesOff: 'OTEL_TRACES_EXPORTER=none' }));
  const status = (await (await get('/status')).json()) as { tracesOff?: string };
  assert.equal(status.tracesOff, 'OTEL_TRACES_EXPORTER=none');
});

test('traces are listed and read', async (t) => {
  const spans = packetSpans(0, [{ source: '10.0.0.5 1234', destination: '10.0.0.6 443' }]);
  const get = await serve(t, stateFixture({}, {}, {}, [spans]));
  const { traces } = (await (await get('/api/traces')).json()) as { traces: { traceId: string; spans: number }[] };
  const [trace] = traces;
  assert.equal(trace.spans, 3);
  const read = (await (await get(`/api/traces/${trace.traceId}`)).json()) as { spans: unknown[] };
  assert.equal(read.spans.length, 3);
  const rest = (await (await get(`/api/traces/${trace.traceId}?from=2`)).json()) as { spans: unknown[]; total: number };
  assert.deepEqual([rest.spans.length, rest.total], [1, 3]);
  assert.equal((await get('/api/traces/ff')).status, 404);
});

test('recent flows are searched by an expression, and what is wrong with it is told', async (t) => {
  const spans = packetSpans(0, [
    { source: '10.0.0.5 1234', destination: '10.0.0.6 443' },
    { source: '10.0.0.5 1234', destination: '10.0.0.6 53' },
  ]);
  const get = await serve(t, stateFixture({}, {}, {}, [spans]));
  const search = (filter: string) => get(`/api/flows?${new URLSearchParams({ filter })}`);
  const found = (await (await search('destination.port == 53')).json()) as { flows: unknown[]; lookedAt: number };
  assert.deepEqual([found.flows.length, found.lookedAt], [1, 2]);
  const wrong = await search('destination.prt == 53');
  assert.equal(wrong.status, 400);
  assert.match(await wrong.text(), /^is wrong at column 1: no attribute is called destination\.prt; there are .+\n$/);
});

test('an exporter is told of by its listener, address and port', async (t) => {
  const origin = { listener: 'netflow', address: '2001:db8::7', port: 0, version: 10 as const, domain: 3 };
  const announced: Announced[] = [
    { ...origin, receivedAt: 5, fact: { kind: 'interface', id: 7, name: 'up' } },
    { ...origin, receivedAt: 5, options: false, exportTime: 0, record: 'AQAAAQABAAg=' },
    { ...origin, address: '10.0.0.1', receivedAt: 5, options: false, exportTime: 0, record: 'AQAAAQABAAg=' },
  ];
  const get = await serve(t, stateFixture({}, { announced: () => announced }));
  const answer = await get('/api/exporter?listener=netflow&address=2001%3Adb8%3A%3A7&port=4739');
  assert.deepEqual(await answer.json(), {
    templates: [
      {
        ...{ version: 10, domain: 3, id: 256, options: false, receivedAt: 5, adopted: false },
        fields: [{ name: 'netflow.octetDeltaCount', pen: 0, id: 1, isScope: false, length: 8 }],
      },
    ],
    interfaces: [{ domain: 3, index: 7, name: 'up' }],
    counts: { templates: 1, interfaces: 1 },
  });
});

test('elements of an exporter’s templates are called as it told in type records, or as the user’s file has it', async (t) => {
  const origin = { listener: 'netflow', address: '10.0.0.1', port: 0, version: 10 as const, receivedAt: 5 };
  const element = (id: string, name: string) => ({ kind: 'element', id, name, type: 3 });
  // Elements 1, 2 and 3 of enterprise 32473, of four bytes.
  const record = Buffer.from(
    '01000003 80010004 00007ed9 80020004 00007ed9 80030004 00007ed9'.replaceAll(' ', ''),
    'hex',
  ).toString('base64');
  const announced: Announced[] = [
    ...[1, 2].map((domain) => ({ ...origin, domain, options: false, exportTime: 0, record })),
    { ...origin, domain: 0, fact: element('32473.1', 'ofAll') },
    { ...origin, domain: 0, fact: element('32473.3', 'mineToo') },
    { ...origin, domain: 2, fact: element('32473.1', 'ofOne') },
  ];
  const userElements = new Map([[elementKey(32_473, 3), { attribute: 'netflow.acme.mine', type: 'string' as const }]]);
  const get = await serve(t, stateFixture({}, { announced: () => announced, userElements }));
  const answer = await get('/api/exporter?listener=netflow&address=10.0.0.1&port=4739');
  const { templates } = (await answer.json()) as { templates: { fields: { name: string }[] }[] };
  assert.deepEqual(
    templates.map(({ fields }) => fields.map(({ name }) => name)),
    [
      ['netflow.32473.ofAll', 'netflow.32473.2', 'netflow.acme.mine'],
      ['netflow.32473.ofOne', 'netflow.32473.2', 'netflow.acme.mine'],
    ],
  );
});

test('traffic of the last hour is told by what it is counted by', async (t) => {
  const get = await serve(t, stateFixture());
  const history = (await (await get('/api/traffic/service')).json()) as Record<string, unknown>;
  assert.deepEqual(Object.keys(history), ['stepSeconds', 'end']);
  assert.equal((await get('/api/traffic/weather')).status, 404);
});

test('the page and its parts come under a policy that allows nothing from elsewhere', async (t) => {
  const get = await serve(t, stateFixture());
  const page = await get('/?x=1');
  assert.match(page.headers.get('content-type')!, /^text\/html/);
  assert.match(page.headers.get('content-security-policy')!, /^default-src 'none'; script-src 'self'/);
  const html = await page.text();
  for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
    assert.equal((await get(`/${path}`)).status, 200, path);
  }
});

test('methods and paths', async (t) => {
  const get = await serve(t, stateFixture());
  for (const [method, path, expected] of [
    ['HEAD', '/metrics', 200],
    ['HEAD', '/', 200],
    ['POST', '/livez', 405],
    ['DELETE', '/nothing', 405],
    ['GET', '/nothing', 404],
    ['GET', '/constructor', 404],
    ['GET', '/__proto__', 404],
    ['GET', '/page/../../etc/passwd', 404],
  ] as const) {
    const answer = await get(path, method);
    assert.equal(answer.status, expected, `${method} ${path}`);
    if (method === 'HEAD') assert.equal(await answer.text(), '');
    if (expected === 405) assert.equal(answer.headers.get('allow'), 'GET, HEAD');
  }
});

test('the default address serves IPv4 too', async (t) => {
  const server = await serveHttp(stateFixture({ http: { host: '::', port: 0 } }), log);
  t.after(() => server.close());
  assert.equal((await fetch(`http://127.0.0.1:${server.port}/livez`)).status, 200);
});

test('a taken port is told with what to do', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  await assert.rejects(
    serveHttp(stateFixture({ http: { host: '127.0.0.1', port } }), log),
    (error) =>
      error instanceof CollectorError && error.code === 'E_HTTP_PORT_IN_USE' && error.message.includes(`:${port}`),
  );
  await assert.rejects(
    serveHttp(stateFixture({ http: { host: '192.0.2.1', port: 0 } }), log),
    (error) => error instanceof CollectorError && error.code === 'E_HTTP_LISTEN',
  );
});

test('a successor that is reported for can open the same port before this process ends', async (t) => {
  const reports = { dir: '/var/run/reports' };
  const first = await serveHttp(stateFixture({ reports }), log);
  const http = { host: '127.0.0.1', port: first.port };
  await assert.rejects(serveHttp(stateFixture({ http }), log), { code: 'E_HTTP_PORT_IN_USE' });
  const second = await serveHttp(stateFixture({ reports, http }), log);
  t.after(() => second.close());
  await first.close();
  assert.equal((await fetch(`http://127.0.0.1:${second.port}/livez`)).status, 200);
});

const PRIVATE = ['/', '/status', '/api/history', '/api/traces', '/page/main.js'];
const PUBLIC = ['/metrics', '/livez', '/readyz'];

/** Statuses by path, asked for with these headers: `fetch` would not send another Host. */
async function statuses(port: number, paths: readonly string[], headers: Record<string, string> = {}) {
  const answers = paths.map(async (path) => {
    const outgoing = request({ host: '127.0.0.1', port, path, headers, agent: false }).end();
    const [incoming] = await once(outgoing, 'response');
    incoming.resume();
    return incoming.statusCode as number;
  });
  return [...new Set(await Promise.all(answers))];
}

test('by a name that leads here by a trick (DNS rebinding), only health and metrics are answered', async (t) => {
  const server = await serveHttp(stateFixture({ http: { names: ['flows.example'] } }), log);
  t.after(() => server.close());
  for (const [host, shown] of [
    ['evil.example', 421],
    ['evil.example:9464', 421],
    ['localhost:9464', 200],
    ['127.0.0.1:9464', 200],
    ['[::1]:9464', 200],
    ['flows.example', 200],
  ] as const) {
    assert.deepEqual(await statuses(server.port, PRIVATE, { host }), [shown], host);
    assert.deepEqual(await statuses(server.port, PUBLIC, { host }), [200], host);
  }
});

test('for an operator only health and metrics are served beyond this machine', async (t) => {
  const state = stateFixture({ reports: { dir: '/nowhere' } });
  for (const [local, shown] of [
    [true, 200],
    [false, 403],
  ] as const) {
    const server = await serveHttp(state, log, () => local);
    t.after(() => server.close());
    assert.deepEqual(await statuses(server.port, PRIVATE), [shown]);
    assert.deepEqual(await statuses(server.port, PUBLIC), [200]);
  }
  const alone = await serveHttp(stateFixture(), log, () => false);
  t.after(() => alone.close());
  assert.deepEqual(await statuses(alone.port, PRIVATE), [200], 'without an operator');
});

test('with a token, nothing is told without, from wherever; it may be another one at any time', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'http-token-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const tokenFile = join(folder, 'token');
  const config = { http: { tokenFile }, reports: { dir: '/nowhere' } };
  await assert.rejects(serveHttp(stateFixture(config), log), { code: 'E_HTTP_TOKEN' });
  const [first, second] = ['0123456789abcdef', 'fedcba9876543210'];
  const bearing = (token: string) => ({ authorization: `Bearer ${token}` });
  writeFileSync(tokenFile, first);
  for (const local of [true, false]) {
    writeFileSync(tokenFile, first);
    const server = await serveHttp(stateFixture(config), log, () => local);
    t.after(() => server.close());
    const told = PRIVATE.filter((path) => path !== '/' && !path.startsWith('/page/'));
    assert.deepEqual(await statuses(server.port, ['/', '/page/main.js']), [200], 'the page asks for it');
    assert.deepEqual(await statuses(server.port, PUBLIC), [200]);
    assert.deepEqual(await statuses(server.port, told), [401]);
    assert.deepEqual(await statuses(server.port, told, bearing(second)), [401]);
    assert.deepEqual(await statuses(server.port, told, bearing(first)), [200]);
    assert.deepEqual(await statuses(server.port, [`/status?token=${first}`]), [401]);
    writeFileSync(tokenFile, second);
    assert.deepEqual(await statuses(server.port, told, bearing(first)), [401]);
    assert.deepEqual(await statuses(server.port, told, bearing(second)), [200]);
    assert.deepEqual(await statuses(server.port, told, { ...bearing(second), host: 'evil.example' }), [421]);
    rmSync(tokenFile);
    assert.deepEqual(await statuses(server.port, told, bearing(second)), [500], 'nobody has it');
  }
});

test('128 half-open connections keep nobody out', async (t) => {
  const server = await serveHttp(stateFixture(), log);
  t.after(() => server.close());
  const sockets = Array.from({ length: 128 }, (_, index) => {
    const localAddress = `127.0.0.${10 + Math.floor(index / CONNECTION_LIMITS.maxOfAddress)}`;
    const socket = connect({ port: server.port, host: '127.0.0.1', localAddress });
    socket.on('error', () => {}).resume();
    socket.once('connect', () => socket.write('GET /metrics HTTP/1.1\r\nHost: '));
    return socket;
  });
  t.after(() => sockets.map((socket) => socket.destroy()));
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  const start = performance.now();
  assert.deepEqual(await statuses(server.port, PUBLIC), [200]);
  const open = sockets.filter((socket) => !socket.closed);
  await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  assert.ok(performance.now() - start < 4 * CONNECTION_LIMITS.arrivalMs);
});
