import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnnouncedFact } from '../../crds/fact.ts';
import { type AnnouncedTemplate, MAX_EXCHANGE_BYTES, templateReply } from '../../crds/template.ts';
import { TemplateRegistry } from './registry.ts';

const UID = 'a';
const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
const template = (change: Partial<AnnouncedTemplate> = {}): AnnouncedTemplate => ({
  ...{ listener: 'netflow', address: '10.0.0.1', port: 2_000, version: 10, domain: 0, options: false, exportTime: 77 },
  ...{ receivedAt: 100, record: base64('0100000100040001') },
  ...change,
});
const domainsOf = (templates: AnnouncedTemplate[]) => templates.map(({ domain }) => domain);

/** A collector: tells, and takes in all that it is answered. */
function createCollector(registry: TemplateRegistry, uid = UID) {
  let last: { registry?: string; cursor: number } = { cursor: 0 };
  return (...templates: AnnouncedTemplate[]): AnnouncedTemplate[] => {
    const news: AnnouncedTemplate[] = [];
    for (let told = templates; ; told = []) {
      const reply = registry.exchange(uid, { ...last, templates: told });
      assert.ok(Buffer.byteLength(JSON.stringify(templateReply.parse(reply))) <= MAX_EXCHANGE_BYTES);
      last = { registry: reply.registry, cursor: reply.cursor };
      news.push(...reply.templates);
      if (!reply.more) return news;
    }
  };
}

test('what one collector has learned, the others are told once', () => {
  const registry = new TemplateRegistry(() => {});
  const [one, other] = [createCollector(registry), createCollector(registry)];
  one(template({ domain: 1 }), template({ domain: 2 }));
  assert.deepEqual(domainsOf(other()), [1, 2]);
  assert.deepEqual(other(), []);
  one(template({ domain: 3 }));
  assert.deepEqual(domainsOf(other()), [3]);
});

test('collectors of other resources are told nothing of it', () => {
  const registry = new TemplateRegistry(() => {});
  createCollector(registry)(template());
  assert.deepEqual(createCollector(registry, 'b')(), []);
});

test('of one template the one received last stays; the same again is no news', () => {
  const registry = new TemplateRegistry(() => {});
  const [one, other] = [createCollector(registry), createCollector(registry)];
  const newer = template({ receivedAt: 200, record: base64('0100000100040002') });
  one(newer);
  assert.deepEqual(other(template()), [newer]);
  one({ ...newer, receivedAt: 300 });
  assert.deepEqual(other(template({ receivedAt: 250 })), []);
  assert.deepEqual(createCollector(registry)(), [{ ...newer, receivedAt: 300 }]);
});

test('of options data the record received last stays, for each domain that they describe', () => {
  const registry = new TemplateRegistry(() => {});
  const [one, other] = [createCollector(registry), createCollector(registry)];
  const data = (domain: number, receivedAt: number, record: string) =>
    template({ options: true, receivedAt, data: { domain, record: base64(record) } });
  one(template({ options: true }), data(1, 100, '01000000'), data(2, 100, '02000000'));
  assert.equal(other().length, 3);
  one(data(1, 200, '01000000'), data(2, 200, '02000001'), data(1, 150, '01000009'));
  assert.deepEqual(other(), [data(2, 200, '02000001')]);
});

test('options data come in several messages, too', () => {
  const registry = new TemplateRegistry(() => {});
  const teller = createCollector(registry);
  const record = base64('00'.repeat(1_000));
  for (let domain = 0; domain < 3_000; domain++) teller(template({ options: true, data: { domain, record } }));
  assert.equal(createCollector(registry)().length, 3_000);
});

test('thousands come in several messages, each of bounded size', () => {
  const registry = new TemplateRegistry(() => {});
  const teller = createCollector(registry);
  const record = base64(`01000100${'00040001'.repeat(256)}`);
  for (let domain = 0; domain < 3_000; domain++) teller(template({ domain, record }));
  assert.equal(createCollector(registry)().length, 3_000);
});

test('what a collector knows of another registry does not count', () => {
  const cursors = createCollector(new TemplateRegistry(() => {}));
  cursors(template());
  const registry = new TemplateRegistry(() => {});
  createCollector(registry)(template({ domain: 1 }));
  const stale = registry.exchange(UID, { registry: 'another', cursor: 1, templates: [] });
  assert.deepEqual(domainsOf(stale.templates), [1]);
});

test('a copy brings back all, but nothing over newer', () => {
  const registry = new TemplateRegistry(() => {});
  createCollector(registry)(template({ domain: 1 }), template({ domain: 2 }));
  const restarted = new TemplateRegistry(() => {});
  const changed = template({ domain: 2, receivedAt: 101, record: base64('0100000100040002') });
  createCollector(restarted)(changed);
  restarted.load(UID, registry.copy(UID));
  assert.deepEqual(createCollector(restarted)(), [changed, template({ domain: 1 })]);
});

test('a copy fits into a ConfigMap; those learned last are in it', () => {
  const registry = new TemplateRegistry(() => {});
  const teller = createCollector(registry);
  const random = (domain: number) => Buffer.alloc(400, `${domain} ${Math.sin(domain)} ${Math.cos(domain)}`);
  for (let domain = 0; domain < 16_000; domain++) {
    teller(template({ domain, record: Buffer.concat([Buffer.of(1, 0, 0, 99), random(domain)]).toString('base64') }));
  }
  const copy = registry.copy(UID);
  assert.ok(copy.length <= 700 * 1024, String(copy.length));
  const restarted = new TemplateRegistry(() => {});
  restarted.load(UID, copy);
  const domains = domainsOf(createCollector(restarted)());
  assert.equal(domains.at(-1), 15_999);
  assert.ok(domains.length > 1_000, String(domains.length));
});

test('templates of one resource are bounded; those learned longest ago go', () => {
  const registry = new TemplateRegistry(() => {});
  const teller = createCollector(registry);
  for (let domain = 0; domain < 16_400; domain++) teller(template({ domain }));
  const domains = domainsOf(createCollector(registry)());
  assert.equal(domains.length, 16_384);
  assert.deepEqual([domains[0], domains.at(-1)], [16, 16_399]);
});

test('what is no copy is refused, however it looks', () => {
  const registry = new TemplateRegistry(() => {});
  assert.throws(() => registry.load(UID, Buffer.from('not gzip')));
  assert.throws(() => registry.load(UID, Buffer.alloc(0)));
});

test('facts are told like templates, also of kinds that nobody here knows', () => {
  const registry = new TemplateRegistry(() => {});
  const fact = (kind: string, receivedAt: number, value: number): AnnouncedFact => ({
    ...{ listener: 'netflow', address: '10.0.0.1', port: 0, version: 10, domain: 5, receivedAt },
    fact: { kind, id: 1, value },
  });
  const tell = (cursor: number, ...facts: AnnouncedFact[]) => {
    const { registry: id } = registry.stateOf(UID);
    return registry.exchange(UID, { registry: id, cursor, templates: [], facts });
  };
  const { cursor } = tell(0, fact('interface', 100, 1), fact('clock', 100, 1));
  assert.deepEqual(tell(0).facts, [fact('interface', 100, 1), fact('clock', 100, 1)]);
  assert.deepEqual(tell(cursor, fact('clock', 200, 1), fact('clock', 150, 2)).facts, [], 'no news');
  assert.deepEqual(tell(cursor, fact('clock', 300, 2)).facts, [fact('clock', 300, 2)]);
  const restarted = new TemplateRegistry(() => {});
  restarted.load(UID, registry.copy(UID));
  assert.deepEqual(restarted.exchange(UID, { cursor: 0, templates: [] }).facts, [
    fact('interface', 100, 1),
    fact('clock', 300, 2),
  ]);
});

test('a copy that is too large is without facts first', () => {
  const registry = new TemplateRegistry(() => {});
  registry.exchange(UID, { cursor: 0, templates: [template()] });
  const random = (id: number) => Buffer.alloc(200, `${id} ${Math.sin(id)} ${Math.cos(id)}`).toString('latin1');
  for (let id = 0; id < 32_000; id += 1_000) {
    const facts = Array.from(
      { length: 1_000 },
      (_, index): AnnouncedFact => ({
        ...{ listener: 'netflow', address: '10.0.0.1', port: 0, version: 10, domain: 5, receivedAt: 1 },
        fact: { kind: 'interface', id: id + index, name: random(id + index) },
      }),
    );
    registry.exchange(UID, { cursor: 0, templates: [], facts });
  }
  const copy = registry.copy(UID);
  assert.ok(copy.length <= 700 * 1024, String(copy.length));
  const restarted = new TemplateRegistry(() => {});
  restarted.load(UID, copy);
  const { templates } = restarted.exchange(UID, { cursor: 0, templates: [] });
  assert.deepEqual(templates, [template()]);
});
