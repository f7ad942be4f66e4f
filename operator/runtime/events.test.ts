import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ApiServer } from './api-server.fixture.ts';
import { createRecorder, EVENTS, type EventInput, type KubeEvent } from './events.ts';
import { clientOf, keptLog, thing } from './harness.fixture.ts';
import { VirtualClock } from './virtual-clock.fixture.ts';

const regarding = thing('a', 1, { uid: 'u' });
const input = (note: string, more: Partial<EventInput> = {}): EventInput => ({
  regarding,
  type: 'Warning',
  reason: 'SecretMissing',
  action: 'Reconcile',
  note,
  ...more,
});

function create(reach = () => true) {
  const clock = new VirtualClock();
  const server = new ApiServer(clock);
  const { log, lines } = keptLog();
  const client = clientOf((request) => (reach() ? server.handle(request) : new Promise(() => {})), clock);
  const recorder = createRecorder({ client, controller: 'test/operator', instance: 'pod-1', log, clock });
  return { clock, server, recorder, lines, events: () => server.objects(EVENTS) as KubeEvent[] };
}

suite('events', () => {
  test('say what happened to what', async () => {
    const { clock, recorder, events } = create();
    recorder.record(input('secret x is missing'));
    await clock.advance(0);
    const [{ metadata, ...event }] = events();
    assert.match(metadata.name, /^a\.[0-9a-f]{16}$/);
    assert.equal(metadata.namespace, 'default');
    assert.deepEqual(event, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      eventTime: '2030-01-01T00:00:00.000000Z',
      type: 'Warning',
      reason: 'SecretMissing',
      action: 'Reconcile',
      note: 'secret x is missing',
      regarding: { apiVersion: 'test.example/v1', kind: 'Parent', namespace: 'default', name: 'a', uid: 'u' },
      reportingController: 'test/operator',
      reportingInstance: 'pod-1',
    });
    await recorder.close();
    assert.equal(clock.pending, 0);
  });

  test('that repeat are counted in one series, written once a minute', async () => {
    const { clock, server, recorder, events } = create();
    for (let minute = 0; minute < 5; minute++) {
      for (let times = 0; times < 10; times++) recorder.record(input('again'));
      await clock.advance(60_000);
    }
    await clock.advance(60_000);
    assert.equal(events().length, 1);
    assert.equal(events()[0].series?.count, 50);
    assert.ok(server.version <= 8, 'few writes');
    recorder.record(input('again'));
    await recorder.close();
    assert.equal(events()[0].series?.count, 51, 'the last is not lost');
    assert.equal(clock.pending, 0);
  });

  test('of which the last is long ago begin anew', async () => {
    const { clock, recorder, events } = create();
    recorder.record(input('again'));
    await clock.advance(600_000);
    recorder.record(input('again'));
    await clock.advance(0);
    assert.equal(events().length, 2);
    await recorder.close();
  });

  test('outlive their own expiry', async () => {
    const { clock, server, recorder, events } = create();
    recorder.record(input('again'));
    await clock.advance(0);
    server.remove(EVENTS, `default/${events()[0].metadata.name}`);
    recorder.record(input('again'));
    await clock.advance(120_000);
    assert.equal(events()[0].series?.count, 2);
    await recorder.close();
  });

  test('are bounded in number and in length', async () => {
    const { clock, recorder, events, lines } = create();
    for (let index = 0; index < 500; index++) recorder.record(input(`${index} ${'é'.repeat(2_000)}`));
    await clock.advance(0);
    assert.equal(events().length, 50);
    for (const { note } of events()) assert.ok(Buffer.byteLength(note) <= 1_024 && note.endsWith('é…'));
    assert.match(lines.join(), /too many events/);
    await clock.advance(10_000);
    recorder.record(input('later'));
    await clock.advance(0);
    assert.equal(events().length, 51);
    await recorder.close();
  });

  test('never hold anybody up', async () => {
    let reachable = false;
    const { clock, recorder, events } = create(() => reachable);
    for (let index = 0; index < 500; index++) {
      recorder.record(input(`note ${index}`));
      await clock.advance(2_000);
    }
    reachable = true;
    const closing = recorder.close();
    await clock.advance(10_000);
    await closing;
    assert.ok(events().length <= 60);
    assert.equal(clock.pending, 0);
  });
});
