import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { createLog } from '../../../crds/common/log.ts';
import { COUNTER } from '../../ledger/ledger.ts';
import { serveHttp } from '../http-server.ts';
import { packetSpans } from '../spans.fixture.ts';
import { type StateFixture, stateFixture } from '../state.fixture.ts';
import { busyState } from './busy.fixture.ts';
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
      const traffic = page.locator('#traffic tbody tr');
      assert.equal(await traffic.count(), 3);
      assert.match((await traffic.first().textContent())!, /^10\.0\.0\.1tcp4\.6\d* TiB/);
      await page.getByText('192.168.7.31 ↔ 203.0.113.80').waitFor();
      await page.getByRole('row', { name: /server’s port tcp 443 13\.[34]\d* MiB/ }).waitFor();
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
      await page.getByRole('row', { name: /^10\.0\.0\.7 neither NetFlow nor IPFIX sFlow v5 0{7}5/ }).waitFor();
    });
  });

  for (const [name, options] of [
    ['dark', { colorScheme: 'dark' }],
    ['phone', { viewport: { width: 390, height: 844 } }],
  ] as const) {
    await t.test(`fits: ${name}`, async () => {
      const check = async (page: Page) => {
        await page.locator('.rows > li').first().waitFor();
        await page.locator('.rows button').nth(3).click();
        await page.screenshot({ path: `${SCREENSHOTS}${name}.png`, fullPage: true });
        const [content, window] = await page
          .evaluate('[document.body.scrollWidth, innerWidth]')
          .then((widths) => widths as [number, number]);
        assert.ok(content <= window, `${content} px do not fit into ${window} px`);
      };
      await withPage(browser, busyState({}, true), check, options);
    });
  }
});

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
