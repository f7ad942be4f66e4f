import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnnouncedFact } from '../../crds/fact.ts';
import type { AnnouncedTemplate } from '../../crds/template.ts';
import { KnownTemplates } from './known.ts';

const record = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
const template = (change: Partial<AnnouncedTemplate> = {}): AnnouncedTemplate => ({
  ...{ listener: 'netflow', address: '10.0.0.1', port: 2_000, version: 10, domain: 5, options: false, exportTime: 77 },
  ...{ receivedAt: 77_500, record: record('0100000100040001') },
  ...change,
});

for (const [name, change, count] of [
  ['the same template, later', { receivedAt: 77_501 }, 1],
  ['a changed template', { receivedAt: 77_501, record: record('0100000100040002') }, 1],
  ['one with more fields', { receivedAt: 77_501, record: record('010000020004000100040002') }, 1],
  ['one that is now of options', { receivedAt: 77_501, options: true }, 1],
  ['another id', { record: record('0101000100040001') }, 2],
  ['another domain', { domain: 6 }, 2],
  ['another version', { version: 9 }, 2],
  ['another exporter', { address: '10.0.0.2' }, 2],
  ['another port', { port: 2_001 }, 2],
  ['another listener', { listener: 'ipfix' }, 2],
  ['options data beside their template', { options: true, data: { domain: 5, record: record('00') } }, 2],
] as [string, Partial<AnnouncedTemplate>, number][]) {
  test(`${name}: ${count === 1 ? 'the one received last is kept' : 'both are kept'}`, () => {
    const known = new KnownTemplates(10);
    assert.equal(known.add(template()), true);
    assert.equal(known.add(template(change)), true);
    assert.equal(known.list().length, count);
    assert.deepEqual(known.list().at(-1), template(change));
  });
}

test('of options data the record received last is kept, for each domain that they describe', () => {
  const known = new KnownTemplates(10);
  const told = [
    { receivedAt: 100, data: { domain: 1, record: record('01') } },
    { receivedAt: 100, data: { domain: 2, record: record('02') } },
    { receivedAt: 200, data: { domain: 1, record: record('03') } },
    { receivedAt: 150, data: { domain: 1, record: record('04') } },
  ];
  for (const each of told) known.add(template(each));
  assert.deepEqual(
    known.list().map((announced) => 'data' in announced && announced.data),
    [told[1].data, told[2].data],
  );
});

test('what was received earlier, or at the same time, is no news', () => {
  const known = new KnownTemplates(10);
  const news: number[] = [];
  known.onNews(({ receivedAt }) => news.push(receivedAt));
  for (const receivedAt of [100, 100, 99, 101]) known.add(template({ receivedAt }));
  assert.deepEqual(news, [100, 101]);
  assert.equal(known.list()[0].receivedAt, 101);
});

test('beyond the limit what was learned longest ago goes', () => {
  const known = new KnownTemplates(3);
  for (const [receivedAt, domain] of [1, 2, 3, 1, 4].entries()) known.add(template({ domain, receivedAt }));
  assert.deepEqual(
    known.list().map(({ domain }) => domain),
    [3, 1, 4],
  );
});

const fact = (address: string, id: number, interval = 100): AnnouncedFact => ({
  ...{ listener: 'netflow', address, port: 0, version: 9, domain: 5, receivedAt: 100 },
  fact: { kind: 'rate of sampler', id, interval },
});

test('facts are kept beside templates, by what they are about', () => {
  const known = new KnownTemplates(1);
  known.add(fact('10.0.0.1', 1));
  known.add(fact('10.0.0.1', 2));
  known.add(template());
  known.add({ ...fact('10.0.0.1', 1, 200), receivedAt: 200 });
  known.add({ ...fact('10.0.0.1', 2, 300), receivedAt: 50 });
  assert.deepEqual(
    known.list().map((announced) => ('fact' in announced ? announced.fact.interval : 'template')),
    ['template', 100, 200],
  );
});

test('an exporter that tells too many facts loses its own', () => {
  const known = new KnownTemplates(1);
  known.add(fact('10.0.0.1', 1));
  for (let id = 0; id < 40_000; id++) known.add(fact('10.0.0.2', id));
  const facts = known.list();
  assert.ok(facts.length <= 32_768 && facts.length > 30_000, String(facts.length));
  assert.deepEqual(facts[0], fact('10.0.0.1', 1));
});

test('what an exporter announced here is not replaced by what is adopted, nor forgotten for it', () => {
  const known = new KnownTemplates(2);
  known.add(template({ domain: 1, receivedAt: 100 }));
  assert.equal(known.adopt(template({ domain: 1, receivedAt: 9_999, exportTime: 1 })), undefined);
  const second = template({ domain: 2, receivedAt: 9_999 });
  assert.deepEqual(known.adopt(second), { ...second, adopted: true });
  assert.equal(known.adopt(template({ domain: 3 })), undefined, 'there is no room');
  assert.equal(known.add(template({ domain: 2, receivedAt: 100 })), true, 'its own word replaces it');
  assert.deepEqual(
    known.list().map(({ domain, receivedAt, adopted }) => [domain, receivedAt, adopted]),
    [
      [1, 100, undefined],
      [2, 100, undefined],
    ],
  );
});
