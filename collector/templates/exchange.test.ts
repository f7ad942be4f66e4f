import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnnouncedTemplate, TemplateReply, TemplateRequest } from '../../crds/template.ts';
import { createExchange } from './exchange.ts';
import { KnownTemplates } from './known.ts';

const template = (domain: number, receivedAt = 100): AnnouncedTemplate => ({
  ...{ listener: 'netflow', address: '10.0.0.1', port: 2_000, version: 10, domain, options: false, exportTime: 77 },
  ...{ receivedAt, record: 'AQAAAQAEAAE=' },
});

/** An exchange whose requests are answered in turn; `requests` says what they told. */
function createHarness(...replies: (Partial<TemplateReply> | Error)[]) {
  const known = new KnownTemplates(10_000);
  const requests: TemplateRequest[] = [];
  const exchange = createExchange(known, async (request) => {
    requests.push(request);
    const reply = replies.shift() ?? {};
    if (reply instanceof Error) throw reply;
    return { registry: 'r', cursor: 0, templates: [], more: false, ...reply };
  });
  const told = () => requests.map(({ templates }) => templates.map(({ domain }) => domain));
  return { known, exchange, requests, told };
}

test('news are told once', async () => {
  const { known, exchange, told } = createHarness();
  known.add(template(1));
  await exchange.round();
  await exchange.round();
  known.add(template(2));
  await exchange.round();
  assert.deepEqual(told(), [[1], [], [2]]);
});

test('what is answered is learned, page by page, and not told back', async () => {
  const { known, exchange, requests, told } = createHarness(
    { cursor: 1, templates: [template(1)], more: true },
    { cursor: 2, templates: [template(2)] },
  );
  await exchange.round();
  await exchange.round();
  assert.deepEqual(
    known.list().map(({ domain }) => domain),
    [1, 2],
  );
  assert.deepEqual(told(), [[], [], []]);
  assert.deepEqual(
    requests.map(({ registry, cursor }) => [registry, cursor]),
    [
      [undefined, 0],
      ['r', 1],
      ['r', 2],
    ],
  );
});

test('a registry that has forgotten is told all again', async () => {
  const { known, exchange, told } = createHarness({}, { registry: 's' }, { registry: 's' });
  known.add(template(1));
  await exchange.round();
  known.add(template(2));
  await exchange.round();
  await exchange.round();
  assert.deepEqual(told(), [[1], [2], [1, 2]]);
});

test('what could not be told is told in the next round', async () => {
  const { known, exchange, told } = createHarness(new Error('away'));
  known.add(template(1));
  await assert.rejects(exchange.round(), /away/);
  await exchange.round();
  assert.deepEqual(told(), [[1], [1]]);
});

test('thousands are told in messages of bounded size', async () => {
  const { known, exchange, told } = createHarness();
  for (let domain = 0; domain < 2_500; domain++) known.add(template(domain));
  await exchange.round();
  assert.deepEqual(
    told().map((domains) => domains.length),
    [1_024, 1_024, 452],
  );
});
