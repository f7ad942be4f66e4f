import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { chromium } from 'playwright-core';
import { type CollectorView, viewsOf } from '../ingestion/collectors.ts';
import { reporterOf, reportOf } from '../ingestion/reporter.fixture.ts';
import { hear, type Reporter, START_MS } from '../ingestion/reporter.ts';
import { keptLog, METRICS } from '../runtime/harness.fixture.ts';
import type { PageRequest } from '../runtime/health.ts';
import { serveHealth } from '../runtime/health.ts';
import { COLLECTORS_PAGE, createCollectorsPage, type PageAccess } from './page.ts';

const INTERVAL = 5_000;
const EVIL = `"><script>alert('1')</script>&`;
const exporter = { address: '10.0.0.9', packetsPerSecond: 1, flowsPerSecond: 12.3, lostPercent: 0 };

/** One that has reported `at`, by the clock's `now`. */
function heard(node: string, at: number, changes: Parameters<typeof reportOf>[2] = {}): Reporter {
  const report = reportOf(INTERVAL, { packets: 50, flows: 500, exported: 500 }, changes);
  return hear(reporterOf(node), report, { now: at, wallTime: at, interval: INTERVAL }) as Reporter;
}

const REPORTERS = [
  heard('good', 100_000, { exporters: 3, topExporters: [exporter] }),
  heard('failing', 100_000, { export: { state: 'failing', error: EVIL }, droppedByReason: { export_failed: 7 } }),
  heard('gone', 10_000),
  reporterOf('new', 99_000),
  reporterOf('never', 100_000 - START_MS - 1),
];

function resource(collectors: readonly CollectorView[], name = 'edge') {
  const conditions = [{ type: 'Ready', status: 'False', reason: 'NotAllAvailable', message: EVIL }];
  return { namespace: 'flows', name, conditions, collectors: () => collectors };
}

const OPEN: PageAccess = { names: [], tokenFile: undefined };
const requestOf = (headers: IncomingHttpHeaders = {}, remoteAddress = '127.0.0.1'): PageRequest => ({
  headers: { host: 'localhost:8080', ...headers },
  socket: { remoteAddress, localAddress: remoteAddress },
});

function ask(resources: ReturnType<typeof resource>[], path = COLLECTORS_PAGE, accept = 'text/html') {
  const { pages, show } = createCollectorsPage(OPEN);
  show(() => resources);
  const request = requestOf({ accept });
  const { status, type, body } = pages[path](request);
  return { status, type, parts: [...body], text: [...pages[path](request).body].join('') };
}

test('the worst come first, each in words', () => {
  const views = viewsOf(
    REPORTERS,
    new Map([['uid-new', { reason: 'ImagePullFailed', message: 'no such image' }]]),
    101_000,
  );
  assert.deepEqual(
    views.map(({ node, state, wrong, report, rates }) => [
      node,
      state,
      wrong?.reason,
      report?.secondsAgo,
      rates?.flows,
    ]),
    [
      ['new', 'awaited', 'ImagePullFailed', undefined, undefined],
      ['gone', 'silent', 'Silent', 91, undefined],
      ['never', 'silent', 'Silent', undefined, undefined],
      ['failing', 'reporting', 'ExportFailing', 1, 100],
      ['good', 'reporting', undefined, 1, 100],
    ],
  );
});

test('the page names every node, those that are missing, and what is wrong', () => {
  const { status, type, text } = ask([resource(viewsOf(REPORTERS, new Map(), 101_000))]);
  assert.deepEqual([status, type], [200, 'text/html; charset=utf-8']);
  for (const expected of [
    '<h2>flows/edge</h2>',
    '5 collectors. 2 do not report: gone, never.',
    '<td>good<td>edge-collector-good<td>1 s ago<td>100<td>10<td>0<td>100<td>0<td><td><td><details><summary>3</summary>',
    '10.0.0.9: 12.3 flows/s, 0.0 % lost',
    'export_failed 7',
    'ExportFailing: the backend does not take flows',
    '<td>never<td>edge-collector-never<td>none',
    'its first report is awaited',
  ]) {
    assert.ok(text.includes(expected), `${expected}\n${text}`);
  }
});

test('what comes from elsewhere stays text', () => {
  const views = viewsOf([...REPORTERS, reporterOf(EVIL)], new Map(), 101_000);
  const { text } = ask([resource(views, EVIL)]);
  assert.doesNotMatch(text, /<script|alert\('/);
  assert.ok(text.includes('&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;'));
});

for (const [name, path, accept] of [
  ['by its path', `${COLLECTORS_PAGE}.json`, '*/*'],
  ['to those who accept it', COLLECTORS_PAGE, 'application/json'],
] as const) {
  test(`the same is told as JSON ${name}`, () => {
    const views = viewsOf(REPORTERS, new Map(), 101_000);
    const { type, text } = ask([resource(views), resource([], 'none')], path, accept);
    assert.equal(type, 'application/json');
    const { conditions } = resource([]);
    assert.deepEqual(JSON.parse(text), {
      resources: [
        { namespace: 'flows', name: 'edge', conditions, missing: ['gone', 'never'], collectors: views },
        { namespace: 'flows', name: 'none', conditions, missing: [], collectors: [] },
      ],
    });
  });
}

test('without a resource there is a page all the same', () => {
  assert.match(ask([]).text, /There is no NetflowCollector/);
  assert.deepEqual(JSON.parse(ask([], `${COLLECTORS_PAGE}.json`).text), { resources: [] });
});

test('an operator that does not lead says so, also when it has led', () => {
  const { pages, show } = createCollectorsPage(OPEN);
  const status = () => pages[COLLECTORS_PAGE](requestOf()).status;
  assert.equal(status(), 503);
  const hide = show(() => []);
  assert.equal(status(), 200);
  hide();
  assert.equal(status(), 503);
});

test('of 5,000 nodes it comes in small parts, and is of bounded size', () => {
  const full = { exporters: 10, topExporters: Array(10).fill(exporter) };
  const droppedByReason = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((reason) => [reason, 1e9]));
  const reporters = Array.from({ length: 5_000 }, (_, index) =>
    index % 2
      ? reporterOf(`node-${index}.example.com`)
      : heard(`node-${index}.example.com`, 100_000, { ...full, droppedByReason }),
  );
  const views = viewsOf(reporters, new Map(), 101_000);
  for (const path of [COLLECTORS_PAGE, `${COLLECTORS_PAGE}.json`]) {
    const { parts, text } = ask([resource(views)], path);
    assert.ok(text.length < 8 * 2 ** 20, String(text.length));
    assert.ok(Math.max(...parts.map(({ length }) => length)) < 2 ** 18);
    assert.ok(text.includes('node-4999.example.com'));
  }
});

const [TOKEN, NEXT] = ['0123456789abcdef', 'fedcba9876543210'];

/** A page that wants a token, and how to change it. */
function withToken(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'operator-page-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const tokenFile = join(folder, 'token');
  const write = (token: string) => writeFileSync(tokenFile, token);
  write(TOKEN);
  return { page: createCollectorsPage({ names: ['flows.example'], tokenFile }), write };
}

const PATHS = [COLLECTORS_PAGE, `${COLLECTORS_PAGE}.json`];

test('without a token it is for who forwards the port, by a name that is known', () => {
  const { pages, show } = createCollectorsPage({ names: ['flows.example'], tokenFile: undefined });
  show(() => []);
  for (const path of PATHS) {
    for (const [host, address, status] of [
      ['localhost:8080', '127.0.0.1', 200],
      ['flows.example', '::1', 200],
      ['192.0.2.1:8080', '192.0.2.9', 403],
      ['evil.example', '127.0.0.1', 421],
    ] as const) {
      assert.equal(pages[path](requestOf({ host }, address)).status, status, `${host} ${address}`);
    }
  }
});

test('with a token it is for who bears it, from wherever; it may be another one at any time', (t) => {
  const { page, write } = withToken(t);
  const { pages, show } = page;
  show(() => [resource(REPORTERS.flatMap((reporter) => viewsOf([reporter], new Map(), 101_000)))]);
  for (const path of PATHS) {
    write(TOKEN);
    for (const address of ['127.0.0.1', '192.0.2.9']) {
      const status = (token: string, host = 'flows.example') =>
        pages[path](requestOf({ host, authorization: `Bearer ${token}` }, address)).status;
      assert.deepEqual([status(TOKEN), status(NEXT), status(TOKEN, 'evil.example')], [200, 401, 421]);
    }
    const { status, headers, body } = pages[path](requestOf());
    assert.deepEqual([status, headers?.['www-authenticate']], [401, 'Bearer realm="netflow2traces"']);
    assert.doesNotMatch([...body].join(''), /good|flows\/edge/);
    write(NEXT);
    const after = (token: string) => pages[path](requestOf({ authorization: `Bearer ${token}` })).status;
    assert.deepEqual([after(TOKEN), after(NEXT)], [401, 200]);
  }
});

const CHROMIUM = '/usr/bin/chromium';

test('the token is entered in a form, and is in no URL', {
  skip: !existsSync(CHROMIUM) && !process.env.CI,
}, async (t) => {
  const { page: collectors, write } = withToken(t);
  collectors.show(() => [resource(viewsOf(REPORTERS, new Map(), 101_000))]);
  const options = { host: '127.0.0.1', port: 0, live: () => [], ready: () => [], metrics: METRICS, log: keptLog().log };
  const server = await serveHealth({ ...options, pages: collectors.pages });
  t.after(() => server.close());
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  t.after(() => browser.close());
  const page = await browser.newPage();
  page.setDefaultTimeout(10_000);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`http://127.0.0.1:${server.port}${COLLECTORS_PAGE}`);
  const field = page.getByLabel('Token of this page');
  const enter = async (token: string) => {
    await field.fill(token);
    await field.press('Enter');
  };
  await enter('wrong – and not even ASCII');
  await page.getByRole('alert').getByText('does not take this token').waitFor();
  await enter(TOKEN);
  await page.getByRole('heading', { name: 'flows/edge' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'flows/edge' }).waitFor();
  write(NEXT);
  await page.reload();
  await page.getByRole('alert').getByText('does not take this token').waitFor();
  assert.ok(asked.length > 0 && asked.every((url) => !url.includes(TOKEN) && !url.includes('wrong')));
});
