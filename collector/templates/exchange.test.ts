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
  const learned: number[] = [];
  const exchange = createExchange({
    known,
    async send(request) {
      requests.push(request);
      const reply = replies.shift() ?? {};
      if (reply instanceof Error) throw reply;
      return { registry: 'r', cursor: 0, templates: [], facts: [], more: false, ...reply };
    },
    onLearned: ({ domain }) => learned.push(domain),
  });
  const told = () => requests.map(({ templates }) => templates.map(({ domain }) => domain));
  return { known, exchange, requests, told, learned };
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
  const { known, exchange, requests, told, learned } = createHarness(
    { cursor: 1, templates: [template(1)], more: true },
    { cursor: 2, templates: [template(1), template(2)] },
  );
  await exchange.round();
  await exchange.round();
  assert.deepEqual(
    known.list().map(({ domain }) => domain),
    [1, 2],
  );
  assert.deepEqual(learned, [1, 2]);
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

test('a round is due when there is something to tell or to take', async () => {
  const { known, exchange } = createHarness({ cursor: 1 }, { cursor: 1 });
  assert.equal(exchange.due(undefined), false);
  await exchange.round();
  assert.equal(exchange.due({ registry: 'r', cursor: 1 }), false);
  assert.equal(exchange.due({ registry: 'r', cursor: 2 }), true);
  assert.equal(exchange.due({ registry: 's', cursor: 1 }), true);
  known.add(template(1));
  assert.equal(exchange.due({ registry: 'r', cursor: 1 }), true);
});
