import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../runtime/clock.ts';
import { METRICS } from '../runtime/harness.fixture.ts';
import { createCopies } from './copies.ts';
import { createRegistry, podOf } from './registry.fixture.ts';

const KEY = 'netflow/edge';
const template = (domain: number) => ({
  ...{ listener: 'netflow', address: '10.0.0.1', port: 2_000, version: 10 as const, domain, options: false },
  ...{ exportTime: 77, receivedAt: 100, record: 'AQAAAQAEAAE=' },
});

function createHarness() {
  let now = 0;
  const warnings: string[] = [];
  const copies = createCopies({
    clock: { now: () => now, wallTime: () => 1_000 + now } as Clock,
    isThere: () => true,
    metrics: METRICS,
    log: { warn: (message: string) => warnings.push(message) } as never,
  });
  const enqueued: string[] = [];
  copies.source.start((key) => enqueued.push(key));
  return {
    warnings,
    enqueued,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    tell: (domain: number) => copies.registry.exchange(KEY, podOf('one'), { cursor: 0, templates: [template(domain)] }),
    copyOf: (kept?: Uint8Array) => copies.copyOf(KEY, async () => kept),
  };
}

function domainsIn(copy: Uint8Array): number[] {
  const { registry } = createRegistry();
  registry.load(KEY, copy);
  return registry.exchange(KEY, podOf('one'), { cursor: 0, templates: [] }).templates.map(({ domain }) => domain);
}

test('a copy changes when something was learned, not more often than every half minute', async () => {
  const { tell, pass, copyOf } = createHarness();
  tell(1);
  const first = await copyOf();
  assert.deepEqual(domainsIn(first.copy), [1]);
  pass(60_000);
  assert.equal((await copyOf()).copy, first.copy);
  tell(2);
  const second = await copyOf();
  assert.deepEqual(domainsIn(second.copy), [1, 2]);
  tell(3);
  pass(24_000);
  assert.deepEqual(await copyOf(), { copy: second.copy, staleIn: 6_000 });
  pass(6_000);
  assert.deepEqual(domainsIn((await copyOf()).copy), [1, 2, 3]);
});

test('the next operator goes on with the copy that is kept, to the byte', async () => {
  const before = createHarness();
  before.tell(1);
  const { copy } = await before.copyOf();
  const after = createHarness();
  assert.deepEqual((await after.copyOf(copy)).copy, copy);
  after.tell(2);
  after.pass(30_000);
  assert.deepEqual(domainsIn((await after.copyOf()).copy), [1, 2]);
});

test('a kept copy that cannot be read is replaced', async () => {
  const { warnings, copyOf } = createHarness();
  assert.deepEqual(domainsIn((await copyOf(Buffer.from('damaged'))).copy), []);
  assert.equal(warnings.length, 1);
});

test('the source tells of news once until there is a new copy', async () => {
  const { tell, pass, copyOf, enqueued } = createHarness();
  await copyOf();
  for (const domain of [1, 2]) tell(domain);
  assert.deepEqual(enqueued, [KEY]);
  await copyOf();
  tell(3);
  assert.deepEqual(enqueued, [KEY]);
  pass(30_000);
  await copyOf();
  tell(3);
  assert.deepEqual(enqueued, [KEY]);
  tell(4);
  assert.deepEqual(enqueued, [KEY, KEY]);
});
