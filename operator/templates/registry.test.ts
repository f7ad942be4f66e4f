import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { AnnouncedFact } from '../../crds/fact.ts';
import { type AnnouncedTemplate, MAX_EXCHANGE_BYTES, packTemplates, templateReply } from '../../crds/template.ts';
import { createRegistry, podOf } from './registry.fixture.ts';
import type { TemplateRegistry } from './registry.ts';

const UID = 'a';
const POD = podOf('one');
const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
const template = (change: Partial<AnnouncedTemplate> = {}): AnnouncedTemplate => ({
  ...{ listener: 'netflow', address: '10.0.0.1', port: 2_000, version: 10, domain: 0, options: false, exportTime: 77 },
  ...{ receivedAt: 100, record: base64('0100000100040001') },
  ...change,
});
const domainsOf = (templates: AnnouncedTemplate[]) => templates.map(({ domain }) => domain);

/** A collector: tells, and takes in all that it is answered. */
function createCollector(registry: TemplateRegistry, uid = UID, pod = POD) {
  let last: { registry?: string; cursor: number } = { cursor: 0 };
  return (...templates: AnnouncedTemplate[]): AnnouncedTemplate[] => {
    const news: AnnouncedTemplate[] = [];
    for (let told = templates; ; told = []) {
      const reply = registry.exchange(uid, pod, { ...last, templates: told });
      assert.ok(Buffer.byteLength(JSON.stringify(templateReply.parse(reply))) <= MAX_EXCHANGE_BYTES);
      last = { registry: reply.registry, cursor: reply.cursor };
      news.push(...reply.templates);
      if (!reply.more) return news;
    }
  };
}

test('what one collector has learned, the others are told once', () => {
  const registry = createRegistry().registry;
  const [one, other] = [createCollector(registry), createCollector(registry)];
  one(template({ domain: 1 }), template({ domain: 2 }));
  assert.deepEqual(domainsOf(other()), [1, 2]);
  assert.deepEqual(other(), []);
  one(template({ domain: 3 }));
  assert.deepEqual(domainsOf(other()), [3]);
});

test('collectors of other resources are told nothing of it', () => {
  const registry = createRegistry().registry;
  createCollector(registry)(template());
  assert.deepEqual(createCollector(registry, 'b')(), []);
});

test('of one template the one received last stays; the same again is no news', () => {
  const registry = createRegistry().registry;
  const [one, other] = [createCollector(registry), createCollector(registry)];
  const newer = template({ receivedAt: 200, record: base64('0100000100040002') });
  one(newer);
  assert.deepEqual(other(template()), [newer]);
  one({ ...newer, receivedAt: 300 });
  assert.deepEqual(other(template({ receivedAt: 250 })), []);
  assert.deepEqual(createCollector(registry)(), [{ ...newer, receivedAt: 300 }]);
});

test('of options data the record received last stays, for each domain that they describe', () => {
  const registry = createRegistry().registry;
  const [one, other] = [createCollector(registry), createCollector(registry)];
  const data = (domain: number, receivedAt: number, record: string) =>
    template({ options: true, receivedAt, data: { domain, record: base64(record) } });
  one(template({ options: true }), data(1, 100, '01000000'), data(2, 100, '02000000'));
  assert.equal(other().length, 3);
  one(data(1, 200, '01000000'), data(2, 200, '02000001'), data(1, 150, '01000009'));
  assert.deepEqual(other(), [data(2, 200, '02000001')]);
});

test('options data come in several messages, too', () => {
  const registry = createRegistry().registry;
  const teller = createCollector(registry);
  const record = base64('00'.repeat(1_000));
  for (let domain = 0; domain < 3_000; domain++) teller(template({ options: true, data: { domain, record } }));
  assert.equal(createCollector(registry)().length, 3_000);
});

test('thousands come in several messages, each of bounded size', () => {
  const registry = createRegistry().registry;
  const teller = createCollector(registry);
  const record = base64(`01000100${'00040001'.repeat(256)}`);
  for (let domain = 0; domain < 3_000; domain++) teller(template({ domain, record }));
  assert.equal(createCollector(registry)().length, 3_000);
});

test('what a collector knows of another registry does not count', () => {
  const cursors = createCollector(createRegistry().registry);
  cursors(template());
  const registry = createRegistry().registry;
  createCollector(registry)(template({ domain: 1 }));
  const stale = registry.exchange(UID, POD, { registry: 'another', cursor: 1, templates: [] });
  assert.deepEqual(domainsOf(stale.templates), [1]);
});

test('a copy brings back all, but nothing over newer', () => {
  const registry = createRegistry().registry;
  createCollector(registry)(template({ domain: 1 }), template({ domain: 2 }));
  const restarted = createRegistry().registry;
  const changed = template({ domain: 2, receivedAt: 101, record: base64('0100000100040002') });
  createCollector(restarted)(changed);
  restarted.load(UID, registry.copy(UID));
  assert.deepEqual(createCollector(restarted)(), [changed, template({ domain: 1 })]);
});

test('a copy fits into a ConfigMap; those learned last are in it', () => {
  const registry = createRegistry().registry;
  const teller = createCollector(registry);
  const random = (domain: number) => Buffer.alloc(400, `${domain} ${Math.sin(domain)} ${Math.cos(domain)}`);
  for (let domain = 0; domain < 16_000; domain++) {
    teller(template({ domain, record: Buffer.concat([Buffer.of(1, 0, 0, 99), random(domain)]).toString('base64') }));
  }
  const copy = registry.copy(UID);
  assert.ok(copy.length <= 700 * 1024, String(copy.length));
  const restarted = createRegistry().registry;
  restarted.load(UID, copy);
  const domains = domainsOf(createCollector(restarted)());
  assert.equal(domains.at(-1), 15_999);
  assert.ok(domains.length > 1_000, String(domains.length));
});

test('templates of one resource are bounded, and those of one pod', () => {
  const { registry, refused } = createRegistry();
  const tell = (name: string, first: number, count: number) => {
    const teller = createCollector(registry, UID, podOf(name));
    for (let at = first; at < first + count; at += 1_000)
      teller(...Array.from({ length: 1_000 }, (_, index) => template({ domain: at + index })));
  };
  const told = () => domainsOf(createCollector(registry)());
  tell('good', 0, 1_000);
  tell('flood', 100_000, 40_000);
  const left = told();
  assert.equal(left.filter((domain) => domain < 100_000).length, 1_000);
  // 512 bytes and 12 characters each: half of 16 MiB, less what goes at once.
  assert.ok(left.length >= 15_000 && left.length <= 1_000 + 2 ** 23 / 524, String(left.length));
  assert.equal(left.at(-1), 139_999);
  assert.ok(refused.length > 0 && refused.every((line) => /^flood: \d+ quota$/.test(line)));
  for (let flood = 1; flood < 4; flood++) tell(`flood ${flood}`, 100_000 * (flood + 1), 16_000);
  const after = told();
  assert.ok(after.length <= 2 ** 24 / 524, String(after.length));
  assert.equal(after.filter((domain) => domain < 100_000).length, 1_000);
});

test('what is no copy is refused, however it looks', () => {
  const registry = createRegistry().registry;
  assert.throws(() => registry.load(UID, Buffer.from('not gzip')));
  assert.throws(() => registry.load(UID, Buffer.alloc(0)));
});

test('facts are told like templates, also of kinds that nobody here knows', () => {
  const registry = createRegistry().registry;
  const fact = (kind: string, receivedAt: number, value: number): AnnouncedFact => ({
    ...{ listener: 'netflow', address: '10.0.0.1', port: 0, version: 10, domain: 5, receivedAt },
    fact: { kind, id: 1, value },
  });
  const tell = (cursor: number, ...facts: AnnouncedFact[]) => {
    const { registry: id } = registry.stateOf(UID);
    return registry.exchange(UID, POD, { registry: id, cursor, templates: [], facts });
  };
  const { cursor } = tell(0, fact('interface', 100, 1), fact('clock', 100, 1));
  assert.deepEqual(tell(0).facts, [fact('interface', 100, 1), fact('clock', 100, 1)]);
  assert.deepEqual(tell(cursor, fact('clock', 200, 1), fact('clock', 150, 2)).facts, [], 'no news');
  assert.deepEqual(tell(cursor, fact('clock', 300, 2)).facts, [fact('clock', 300, 2)]);
  const restarted = createRegistry().registry;
  restarted.load(UID, registry.copy(UID));
  assert.deepEqual(restarted.exchange(UID, POD, { cursor: 0, templates: [] }).facts, [
    fact('interface', 100, 1),
    fact('clock', 300, 2),
  ]);
});

test('a copy that is too large is without facts first', () => {
  const registry = createRegistry().registry;
  registry.exchange(UID, POD, { cursor: 0, templates: [template()] });
  const random = (id: number) => Buffer.alloc(200, `${id} ${Math.sin(id)} ${Math.cos(id)}`).toString('latin1');
  for (let id = 0; id < 32_000; id += 1_000) {
    const facts = Array.from(
      { length: 1_000 },
      (_, index): AnnouncedFact => ({
        ...{ listener: 'netflow', address: '10.0.0.1', port: 0, version: 10, domain: 5, receivedAt: 1 },
        fact: { kind: 'interface', id: id + index, name: random(id + index) },
      }),
    );
    registry.exchange(UID, POD, { cursor: 0, templates: [], facts });
  }
  const copy = registry.copy(UID);
  assert.ok(copy.length <= 700 * 1024, String(copy.length));
  const restarted = createRegistry().registry;
  restarted.load(UID, copy);
  const { templates } = restarted.exchange(UID, POD, { cursor: 0, templates: [] });
  assert.deepEqual(templates, [template()]);
});

suite('of a domain of an exporter the word of one pod counts', () => {
  const other = (receivedAt = 200) => template({ receivedAt, record: base64('0100000100040002') });

  function createPods() {
    const world = createRegistry();
    const [good, bad] = [podOf('good'), podOf('bad')].map((pod) => createCollector(world.registry, UID, pod));
    /** What is known now of the template. */
    const known = () => createCollector(world.registry, UID, podOf('new'))()[0].record;
    return { ...world, good, bad, known };
  }

  for (const [what, told] of [
    ['another template', other()],
    ['one of the future', other(Date.UTC(2040, 0, 1))],
    ['a stale one', other(50)],
    ['one more', template({ record: base64('0101000100040002') })],
  ] as const) {
    test(`of the one that spoke first: ${what} of another pod changes nothing`, () => {
      const { good, bad, registry } = createPods();
      good(template());
      bad(told);
      assert.deepEqual(createCollector(registry)(), [template()]);
      assert.deepEqual(good(), []);
    });
  }

  test('and is refused aloud only when it is another', () => {
    const { good, bad, refused } = createPods();
    good(template());
    bad(template());
    bad({ ...other(), adopted: true });
    assert.deepEqual(refused, []);
    bad(other());
    assert.deepEqual(refused, ['bad: 1 spoken_for']);
  });

  test('until that pod is gone', () => {
    const { good, bad, known, gone } = createPods();
    good(template());
    gone.add('good');
    bad(other());
    assert.equal(known(), other().record);
  });

  test('until that pod has not repeated it for long', async () => {
    const { good, bad, known, clock } = createPods();
    good(template());
    await clock.advance(3_600_000);
    good(template({ receivedAt: 150 }));
    await clock.advance(3_600_000);
    bad(other());
    assert.equal(known(), template().record);
    await clock.advance(3_600_000);
    bad(other(300));
    assert.equal(known(), other().record);
  });

  test('also under the next operator', () => {
    const { good, registry } = createPods();
    good(template());
    const next = createRegistry();
    next.registry.load(UID, registry.copy(UID));
    createCollector(next.registry, UID, podOf('bad'))(other());
    assert.deepEqual(next.refused, ['bad: 1 spoken_for']);
  });

  test('of its domain alone', () => {
    const { good, bad, registry } = createPods();
    good(template());
    bad(template({ domain: 1 }));
    assert.deepEqual(domainsOf(createCollector(registry)()), [0, 1]);
  });

  test('what a pod has from elsewhere fills a gap, and gives way to the first word', () => {
    const { good, bad, known, refused } = createPods();
    bad({ ...other(), adopted: true });
    assert.equal(known(), other().record);
    good(template({ receivedAt: 300 }));
    assert.equal(known(), template().record);
    assert.deepEqual(refused, []);
  });
});

test('nothing is received later than now', () => {
  const { registry, clock, refused } = createRegistry();
  const now = clock.wallTime();
  const collector = createCollector(registry);
  collector(template({ receivedAt: now + 200_000 }), template({ domain: 1, receivedAt: now + 400_000 }));
  assert.deepEqual(createCollector(registry)(), [template({ receivedAt: now })]);
  assert.deepEqual(refused, ['one: 1 future']);
});

test('a copy of before that is of the future does not stay', () => {
  const { registry, clock } = createRegistry();
  const poisoned = template({ receivedAt: Date.UTC(2040, 0, 1), record: base64('0100000100040002') });
  registry.load(UID, packTemplates({ announced: [poisoned], speakers: {} }));
  const own = template({ receivedAt: clock.wallTime() });
  createCollector(registry)(own);
  assert.deepEqual(createCollector(registry)(), [own]);
});
