/**
 * What one collector, or who has its token, tells of devices that are not its own: nothing comes of it for the others.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex, ipfix, SOURCE } from '../../collector/pipeline/pipeline.fixture.ts';
import { type AnnouncedTemplate, MAX_EXCHANGED } from '../../crds/template.ts';
import { createFleet } from './fleet.ts';

/** Source and destination address; and the same the other way round. */
const RIGHT = '0100 0002 0008 0004 000c 0004';
const REVERSED = '0100 0002 000c 0004 0008 0004';
const templateSet = (record: string) => `0002 0010 ${record}`;
const DATA = '0100 000c 0a000001 0a000002';

const base64 = (record: string) => hex(record).toString('base64');
const told = (change: Partial<AnnouncedTemplate>): AnnouncedTemplate => ({
  ...{ listener: 'netflow', address: SOURCE.address, port: 0, version: 10, domain: 0, options: false, exportTime: 1 },
  ...{ receivedAt: 1, record: base64(REVERSED) },
  ...change,
});

async function createWorld() {
  const fleet = createFleet();
  const { clock } = fleet;
  const [hears, idle] = [await fleet.createCollector('hears'), await fleet.createCollector('idle')];
  const receive = (collector: typeof hears, sets: string) =>
    collector.receive(ipfix(sets, { exportTime: clock.wallTime() / 1_000 }), SOURCE, clock.wallTime());
  receive(hears, templateSet(RIGHT));
  await hears.round();
  await idle.round();
  /** Sources of the flow that each collector decodes; undefined when it doesn't. */
  async function sources() {
    for (const each of [hears, idle]) await each.round();
    return [hears, idle, await fleet.createCollector('new')].map((collector) => {
      receive(collector, DATA);
      return collector.flows().at(-1)?.attributes['source.address'];
    });
  }
  return { ...fleet, hears, idle, sources, receive };
}

const AS_EVER = ['10.0.0.1', '10.0.0.1', '10.0.0.1'];
const FUTURE = Date.UTC(2099, 0, 1);

for (const [what, change] of [
  ['a poisoned template', { receivedAt: Date.UTC(2030, 0, 1) }],
  ['one of the future', { receivedAt: FUTURE, exportTime: FUTURE / 1_000 }],
  ['a stale one', { receivedAt: Date.UTC(2029, 0, 1) }],
  ['one that is said to be adopted', { receivedAt: Date.UTC(2030, 0, 1), adopted: true }],
] as const) {
  test(`${what} of one pod changes nothing for the others`, async () => {
    const { post, sources } = await createWorld();
    post('bad', { cursor: 0, templates: [told(change)] });
    assert.deepEqual(await sources(), AS_EVER);
  });
}

test('a quota’s worth of made-up ones from one pod changes nothing for the others', async () => {
  const { post, sources, hears, idle, refused } = await createWorld();
  for (let message = 0; message < 40; message++) {
    const templates = Array.from({ length: MAX_EXCHANGED }, (_, index) =>
      told({ address: `172.16.${message}.${index >> 2}`, domain: index & 3, receivedAt: Date.UTC(2030, 0, 1) }),
    );
    post('bad', { cursor: 0, templates });
  }
  assert.deepEqual(await sources(), AS_EVER);
  assert.ok(refused.length > 0 && refused.every((line) => /^bad: \d+ quota$/.test(line)));
  for (const { pipeline, known } of [hears, idle]) {
    assert.ok(pipeline.exporters.has(`0 ${SOURCE.address}`));
    assert.ok(known.list().some(({ address }) => address === SOURCE.address));
  }
});

test('who spoke before the device did loses where it is heard', async () => {
  const fleet = createFleet();
  const { clock, post } = fleet;
  post('bad', { cursor: 0, templates: [told({ receivedAt: clock.wallTime(), exportTime: FUTURE / 1_000 })] });
  const hears = await fleet.createCollector('hears');
  for (const sets of [templateSet(RIGHT), DATA]) hears.receive(ipfix(sets), SOURCE, clock.wallTime());
  await hears.round();
  hears.receive(ipfix(DATA), SOURCE, clock.wallTime());
  assert.deepEqual(
    hears.flows().map(({ attributes }) => attributes['source.address']),
    ['10.0.0.1', '10.0.0.1'],
  );
});

test('a device that moves is decoded from its first packet, and its next template counts', async () => {
  const { idle, gone, receive, createCollector, clock } = await createWorld();
  gone.add('hears');
  await clock.advance(1_000);
  receive(idle, templateSet(REVERSED));
  await idle.round();
  const next = await createCollector('next');
  receive(next, DATA);
  assert.equal(next.flows()[0].attributes['source.address'], '10.0.0.2');
});
