import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { createLog } from '../../../crds/common/log.ts';
import { COUNTER } from '../../ledger/ledger.ts';
import type { Grouping } from '../history.ts';
import { serveHttp } from '../http-server.ts';
import { packetSpans } from '../spans.fixture.ts';
import { exporterFixture, type StateFixture, stateFixture } from '../state.fixture.ts';
import { busyState, hourOf, networkState } from './busy.fixture.ts';
import { generateAssets } from './generate.ts';

const CHROMIUM = '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const AXE = readFileSync(new URL('../../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const LOOKS = [
  [390, 'dark'],
  [768, 'dark'],
  [768, 'light'],
  [1280, 'light'],
] as const;
const SCREENSHOTS = new URL('../../../test-results/page/', import.meta.url).pathname;

test('the generated assets are those of the files beside them', () => {
  assert.equal(readFileSync(new URL('assets.generated.ts', import.meta.url), 'utf8'), generateAssets());
});

const missing = existsSync(CHROMIUM) ? false : `${CHROMIUM} is not installed: apt-get install chromium`;
if (missing && process.env.CI) throw new Error(missing);

test('the page in a browser', { skip: missing }, async (t) => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  t.after(() => browser.close());

  await t.test('says what to do before the first packet', async () => {
    await withPage(browser, stateFixture(), async (page) => {
      await page.getByText('No packet received yet on UDP port 2055.').waitFor();
      await page.getByText('Try it with recorded packets').waitFor();
      await page.getByText('shown on this page and then discarded').waitFor();
      await page.getByText('No trace yet').waitFor();
      await page.screenshot({ path: `${SCREENSHOTS}empty.png`, fullPage: true });
    });
  });

  await t.test('says why there is no trace of what was sent before it was opened', async () => {
    const state = stateFixture({ otlp: { endpoint: 'http://tempo.example:4317' } }, {}, { packets: 1, flows: 5 });
    await withPage(browser, state, async (page) => {
      await page.getByText('this page gets packets only while it is open').waitFor();
    });
  });

  await t.test('shows a trace, and on a click all attributes of a span', async () => {
    const state = busyState({ otlp: { endpoint: 'http://tempo.example:4317' } });
    await withPage(browser, state, async (page) => {
      const rows = page.locator('.rows > li');
      await rows.first().waitFor();
      assert.equal(await rows.count(), 8);
      const flow = page.getByRole('button', { name: /flow_ipv4_tcp.*192\.168\.7\.20:51514 → 203\.0\.113\.80:443/ });
      await flow.click();
      assert.equal(await flow.getAttribute('aria-expanded'), 'true');
      const details = page.locator('.details');
      await details.getByText('flow.bytes.delta', { exact: true }).waitFor();
      await details.getByText('flow.tcp.flags.bits', { exact: true }).waitFor();
      await details.getByText('CLIENT', { exact: true }).waitFor();
      await page
        .locator('.figure', { hasText: /[1-9].* \/s/ })
        .first()
        .waitFor();
      await page.getByText('192.168.7.31 ↔ 203.0.113.80').waitFor();
      await page.getByRole('row', { name: /tcp 443 13\.[34]\d* MiB 12,000/ }).waitFor();
      await page.screenshot({ path: `${SCREENSHOTS}light.png`, fullPage: true });
    });
  });

  await t.test('asks for a token where one is wanted, and keeps it out of URLs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'page-token-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const tokenFile = join(folder, 'token');
    const [first, second] = ['0123456789abcdef', 'fedcba9876543210'];
    writeFileSync(tokenFile, first);
    const asked: string[] = [];
    const check = async (page: Page) => {
      page.on('request', (request) => asked.push(request.url()));
      const [field, complaint] = [page.getByLabel('Token of this collector'), page.getByRole('alert')];
      const enter = async (token: string) => {
        await field.fill(token);
        await field.press('Enter');
      };
      await field.waitFor();
      assert.equal(await page.locator('#rates').isVisible(), false);
      await page.screenshot({ path: `${SCREENSHOTS}token.png`, fullPage: true });
      await enter('wrong – and not even ASCII');
      await complaint.getByText('does not take this token').waitFor();
      await enter(first);
      await page.locator('#trace-list button').first().waitFor();
      assert.equal(await field.isVisible(), false);
      await page.reload();
      await page.locator('#trace-list button').first().waitFor();
      writeFileSync(tokenFile, second);
      await field.waitFor();
      await enter(second);
      await page.locator('#rates').waitFor();
      assert.ok(asked.length > 0 && asked.every((url) => !url.includes(first) && !url.includes(second)));
    };
    await withPage(browser, busyState({ http: { tokenFile } }), check, {}, /401 \(Unauthorized\)/);
  });

  await t.test('shows what the selection did', async () => {
    const state = busyState({ selection: { filter: 'source.port != 53', sampling: { probability: 0.1 } } });
    await withPage(browser, state, async (page) => {
      const rows = page.locator('#selection tbody tr');
      await rows.first().waitFor();
      assert.deepEqual(await rows.allTextContents(), ['filterdrop046,500100', 'defaultsample4,20037,80090']);
    });
    await withPage(browser, busyState({}), async (page) => {
      await page.locator('#trace-list button').first().waitFor();
      assert.equal(await page.locator('#selection-card').isVisible(), false);
    });
  });

  await t.test('shows another trace when it is chosen, by keyboard too', async () => {
    await withPage(browser, busyState({}), async (page) => {
      const malformed = page.locator('#trace-list button', { hasText: 'malformed' });
      await malformed.focus();
      await page.keyboard.press('Enter');
      await page.locator('.rows button').first().press('Enter');
      await page.locator('.details').getByText('error set runs over the end of its message').waitFor();
      await page.locator('.rows button').first().press('ArrowDown');
      assert.match((await page.locator(':focus').textContent()) ?? '', /netflow\.parse_packet/);
    });
  });

  await t.test('stops at Pause and goes on after it', async () => {
    const state = busyState({});
    await withPage(browser, state, async (page) => {
      await page.locator('.rows > li').first().waitFor();
      await page.getByRole('button', { name: 'Pause' }).click();
      state.emit(packetSpans(Date.now(), [], { 'netflow.exporter.address': '10.9.9.9' }));
      await page.waitForTimeout(2_500);
      assert.equal(await page.locator('#trace-list', { hasText: '10.9.9.9' }).count(), 0);
      await page.getByRole('button', { name: 'Resume' }).click();
      await page.locator('#trace-list', { hasText: '10.9.9.9' }).waitFor();
    });
  });

  await t.test('tells when the collector does not answer', async () => {
    await withPage(
      browser,
      busyState({}),
      async (page, server) => {
        await page.locator('.rows > li').first().waitFor();
        await server.close();
        await page.getByText('The collector does not answer; trying again.').waitFor();
      },
      {},
      /ERR_CONNECTION_REFUSED/,
    );
  });

  await t.test('shows who was refused, and why', async () => {
    await withPage(browser, busyState({}, true), async (page) => {
      await page.getByRole('row', { name: /^10\.0\.0\.7 neither NetFlow, IPFIX nor sFlow 5 sFlow v4 0{7}4/ }).waitFor();
    });
  });

  await t.test(
    'draws the last hour, by what is chosen, and tells its values at a time chosen by keyboard',
    async () => {
      await withPage(browser, networkState(12), async (page) => {
        await showHour(page, 12);
        const legend = page.locator('#traffic tbody tr');
        await legend.nth(9).waitFor();
        assert.match((await legend.first().textContent())!, /^10\.0\.0\.0\d/);
        assert.match((await legend.nth(9).textContent())!, /^others/);
        const caption = page.locator('#traffic caption');
        const last = await caption.textContent();
        await page.getByRole('slider', { name: 'Time' }).press('ArrowLeft');
        assert.notEqual(await caption.textContent(), last);
        await page.getByLabel('packets', { exact: true }).check();
        assert.doesNotMatch((await legend.first().textContent())!, /iB/);
        // Also while it is paused.
        await page.getByRole('button', { name: 'Pause' }).click();
        await page.getByLabel('service', { exact: true }).check();
        await legend.filter({ hasText: '443 tcp' }).waitFor();
        await page.getByText('with spans.services by name').waitFor();
      });
    },
  );

  await t.test('calls sFlow by its name, and tells how it samples', async () => {
    const rates = [{ rate: 1_024, from: 'last sample of sub-agent 0' }];
    const exporters = [exporterFixture({ versions: ['sflow'], rates })];
    const packet = { 'netflow.version': undefined, 'sflow.version': 5 };
    const flows = [{ source: '10.1.1.1 40000', destination: '10.2.2.2 443' }];
    const traces = [packetSpans(Date.now(), flows, packet)];
    const state = stateFixture({}, { exporters: () => exporters }, {}, traces);
    await withPage(browser, state, async (page) => {
      await page.locator('#trace-list button', { hasText: 'sFlow · 1 flow ·' }).waitFor();
      await page.locator('#exporters tbody button').press('Enter');
      await page.getByText('1 in 1,024 (last sample of sub-agent 0)').waitFor();
    });
  });

  await t.test('says how to have counted what is not', async () => {
    await withPage(browser, stateFixture({ flowMetrics: { sets: [], topTalkers: 0 } }), async (page) => {
      await page.getByText('Not counted: no set of flowMetrics.sets').waitFor();
      await page.getByText('set flowMetrics.topTalkers to 10').waitFor();
    });
  });

  await t.test('finds, sorts and opens one of 500 exporters, by keyboard', async () => {
    await withPage(browser, networkState(500), async (page) => {
      const [exporters, rows] = [page.locator('#exporters'), page.locator('#exporters tbody > tr')];
      await exporters.getByText('1 to 25 of 500.').waitFor();
      await exporters.getByRole('button', { name: 'Next' }).press('Enter');
      await exporters.getByText('26 to 50 of 500.').waitFor();
      await exporters.getByRole('button', { name: 'Packets' }).press('Enter');
      assert.equal(await exporters.locator('[aria-sort]').getAttribute('aria-sort'), 'ascending');
      assert.match((await rows.first().textContent())!, /5,180/);
      await exporters.getByLabel('with problems only').check();
      await rows.filter({ hasText: 'sampled at a rate that is not known' }).first().waitFor();
      await exporters.getByLabel('Filter exporters').fill('nobody');
      await exporters.getByText('No exporter fits; there are 500.').waitFor();
      await exporters.getByLabel('with problems only').uncheck();
      await exporters.getByLabel('Filter exporters').fill('10.0.7.0:');
      const first = exporters.getByRole('button', { name: '10.0.7.0:50101' });
      await first.press('Enter');
      await exporters.getByText('256: flows, 3 fields, v9, domain 0').press('Enter');
      await exporters.getByText('netflow.octetDeltaCount').waitFor();
      await exporters.getByRole('cell', { name: 'Gi0/0/2', exact: true }).waitFor();
      assert.equal(await first.getAttribute('aria-expanded'), 'true');
    });
  });

  await t.test('searches recent flows, and links them to the backend', async () => {
    const traceUrl = 'https://jaeger.example/trace/{traceId}';
    await withPage(
      browser,
      busyState({ http: { traceUrl } }),
      async (page) => {
        await page.locator('.rows > li').first().waitFor();
        const filter = page.getByLabel('Expression, as in selection.filter');
        await filter.fill('destination.prt == 443');
        await filter.press('Enter');
        await page.getByRole('alert').getByText('no attribute is called destination.prt').waitFor();
        await filter.fill('destination.port == 53');
        await filter.press('Enter');
        await page.getByText('2 flows of the 7 looked at').waitFor();
        const found = page.locator('#flows tbody tr');
        assert.equal(await found.count(), 2);
        const [first, second] = ['192.168.7.20:39120', '10.1.1.9:40000'].map((hasText) => found.filter({ hasText }));
        assert.match((await first.textContent())!, /192\.168\.7\.20:39120192\.0\.2\.53:53/);
        const link = first.getByRole('link', { name: 'In the backend' });
        assert.match((await link.getAttribute('href'))!, /^https:\/\/jaeger\.example\/trace\/[0-9a-f]{32}$/);
        await second.getByRole('button', { name: 'Show' }).click();
        await page.locator('#trace').getByText('10.1.1.9:40000 → 10.2.2.2:53').waitFor();
      },
      {},
      /400 \(Bad Request\)/,
    );
  });

  await t.test('tells all spans of a long trace, on request', async () => {
    const flow = { source: '10.1.1.9 40000', destination: '10.2.2.2 53' };
    await withPage(
      browser,
      stateFixture({}, {}, {}, [packetSpans(Date.now(), Array(700).fill(flow))]),
      async (page) => {
        await page.getByText('702 spans, of which 500 are shown').waitFor();
        await page.getByRole('button', { name: 'Show 202 more of 202' }).click();
        await page.locator('.rows > li').nth(701).waitFor();
      },
    );
  });

  for (const count of [0, 1, 111, 500]) {
    await t.test(`fits, and all can use it: ${count} exporters`, async () => {
      const config = { otlp: { endpoint: 'http://tempo.example:4317' } };
      await withPage(browser, networkState(count, config), async (page) => {
        await showHour(page, count);
        await page
          .locator('#exporters [role=status]', { hasText: count === 0 ? 'No exporter' : String(count) })
          .waitFor();
        if (count > 0) {
          await page.getByText('UNAVAILABLE: connect ECONNREFUSED').waitFor();
          await page.locator('#exporters .opens').first().click();
          await page.getByRole('cell', { name: 'Gi0/0/2', exact: true }).waitFor();
          await page.locator('.rows button').nth(3).click();
        }
        await page.getByRole('button', { name: 'Pause' }).click();
        for (const [width, colorScheme] of LOOKS) {
          await page.setViewportSize({ width, height: 844 });
          await page.emulateMedia({ colorScheme });
          assert.deepEqual(await cutOff(page), [], `${width} px`);
          // Each layout and each set of colours, with few rows and with all: axe takes a second for each.
          if (width === 768 || count === 111) continue;
          await page.screenshot({ path: `${SCREENSHOTS}${count}-${width}-${colorScheme}.png`, fullPage: true });
          assert.deepEqual(await violations(page), [], `${width} px, ${colorScheme}`);
        }
      });
    });
  }
});

/** Has the page show an hour of so many exporters. */
async function showHour(page: Page, count: number): Promise<void> {
  const read = hourOf(count);
  await page.route('**/api/traffic/*', (route, request) => {
    return route.fulfill({ json: read(request.url().split('/').at(-1) as Grouping) });
  });
  await page.reload();
}

/** What axe-core finds, each as what is wrong and where. */
async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(AXE);
  return page.evaluate(`axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target + ' ' + failureSummary)))`);
}

/** Elements that reach beyond the window, but for those in the list of traces, which is scrolled. */
async function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll('body *')]
    .filter((node) => !node.closest('.trace-list, thead, .span') && node.getClientRects().length > 0)
    .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
    .map((node) => node.tagName + ' ' + node.className + ' ' + node.textContent.slice(0, 40))`);
}

type Server = Awaited<ReturnType<typeof serveHttp>>;

/** Runs `check` on the page of `state`; no other error than `expectedError` may stand in the
 * console at its end. */
async function withPage(
  browser: Browser,
  state: StateFixture,
  check: (page: Page, server: Server) => Promise<void>,
  options: Parameters<Browser['newPage']>[0] = {},
  expectedError = /^$/,
): Promise<void> {
  const server = await serveHttp(state, createLog('error'));
  // The kernel's clock drives the rates: two packets a tick, so that the sparklines have something to show.
  const timer = setInterval(() => {
    if (state.counters[COUNTER.packets] === 0) return;
    const packets = 40 + Math.round(30 * Math.sin(Date.now() / 700));
    state.counters[COUNTER.packets] += packets;
    state.counters[COUNTER.flows] += packets * 24;
    state.counters[COUNTER.flowsExported] += packets * 24;
  }, 200);
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  page.setDefaultTimeout(10_000);
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(String(error)));
  try {
    await page.goto(`http://127.0.0.1:${server.port}/`);
    await check(page, server);
    assert.deepEqual(
      errors.filter((error) => !expectedError.test(error)),
      [],
    );
  } finally {
    clearInterval(timer);
    await page.close();
    await server.close();
  }
}
