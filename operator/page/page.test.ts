import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CollectorView, viewsOf } from '../ingestion/collectors.ts';
import { reporterOf, reportOf } from '../ingestion/reporter.fixture.ts';
import { hear, type Reporter, START_MS } from '../ingestion/reporter.ts';
import { COLLECTORS_PAGE, createCollectorsPage } from './page.ts';

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

function ask(resources: ReturnType<typeof resource>[], path = COLLECTORS_PAGE, accept = 'text/html') {
  const { pages, show } = createCollectorsPage();
  show(() => resources);
  const { status, type, body } = pages[path]({ accept });
  return { status, type, parts: [...body], text: [...pages[path]({ accept }).body].join('') };
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
  const { pages, show } = createCollectorsPage();
  const status = () => pages[COLLECTORS_PAGE]({}).status;
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
