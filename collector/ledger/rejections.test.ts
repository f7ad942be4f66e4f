import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PacketError } from './ledger.ts';
import { mergeRejections, REMEMBERED_MS, Rejections } from './rejections.ts';

const START = 1_800_000_000_000;
const BYTES = Uint8Array.from({ length: 40 }, (_, index) => index);

const moment = (ms: number) => ({ receivedMs: START + ms, monotonicMs: ms });
const sender = (address: string, port = 5_000) => ({ listener: 'netflow', address, port });
const addressesOf = (rejections: Rejections, reason: PacketError, ms: number) =>
  rejections
    .list(ms)
    .filter((one) => one.reason === reason)
    .map(({ address }) => address);

test('a sender is noted with its last packet, how many there were, and when', () => {
  const rejections = new Rejections();
  const [first, second] = [1, 2].map((index) =>
    rejections.add(
      'malformed',
      sender('10.0.0.1', index),
      BYTES.subarray(index),
      moment(2_000 * index),
      () => `${index}`,
    ),
  );
  assert.equal(first?.address, '10.0.0.1');
  assert.equal(second, undefined);
  assert.deepEqual(rejections.list(5_000), [
    {
      ...{ listener: 'netflow', address: '10.0.0.1', port: 2, reason: 'malformed', detail: '2', count: 2 },
      firstBytes: Buffer.from(BYTES.subarray(2, 34)).toString('hex'),
      ...{ firstTime: START + 2_000, lastTime: START + 4_000 },
    },
  ]);
});

test('the detail is looked at once a second', () => {
  const rejections = new Rejections();
  let asked = 0;
  for (let ms = 0; ms < 2_000; ms++)
    rejections.add('malformed', sender('10.0.0.1'), BYTES, moment(ms), () => `${++asked}`);
  assert.deepEqual([asked, rejections.list(2_000)[0].count], [2, 2_000]);
});

test('a sender is forgotten ten minutes after its last packet, and is news when it comes again', () => {
  const rejections = new Rejections();
  rejections.add('unknown_version', sender('10.0.0.1'), BYTES, moment(0));
  rejections.add('unknown_version', sender('10.0.0.1'), BYTES, moment(REMEMBERED_MS));
  assert.equal(rejections.list(2 * REMEMBERED_MS).length, 1);
  assert.equal(rejections.list(2 * REMEMBERED_MS + 1).length, 0);
  assert.equal(rejections.add('unknown_version', sender('10.0.0.1'), BYTES, moment(3 * REMEMBERED_MS))?.count, 1);
});

test('a flood of made-up senders hides neither other reasons nor a router that sends again and again', () => {
  const rejections = new Rejections();
  rejections.add('malformed', sender('10.0.0.1'), BYTES, moment(0));
  for (const ms of [0, 1]) rejections.add('source_not_allowed', sender('10.0.0.2'), BYTES, moment(ms));
  for (let index = 0; index < 10_000; index++)
    rejections.add('source_not_allowed', sender(`198.18.${index >> 8}.${index & 255}`), BYTES, moment(index));
  assert.deepEqual(addressesOf(rejections, 'malformed', 10_000), ['10.0.0.1']);
  const refused = addressesOf(rejections, 'source_not_allowed', 10_000);
  assert.equal(refused.length, 16);
  assert.ok(refused.includes('10.0.0.2'));
  assert.ok(refused.includes('198.18.39.15'), 'the newest is there, too');
});

test('what several workers noted of a sender is added up', () => {
  const [a, b] = [new Rejections(), new Rejections()];
  a.add('malformed', sender('10.0.0.1'), BYTES, moment(1), () => 'earlier');
  b.add('malformed', sender('10.0.0.1'), BYTES, moment(9), () => 'later');
  b.add('malformed', sender('10.0.0.2'), BYTES, moment(10));
  const merged = mergeRejections([...a.list(10), ...b.list(10)]);
  assert.deepEqual(
    merged.map(({ address, count, firstTime, lastTime, detail }) => [
      ...[address, count, firstTime - START, lastTime - START, detail],
    ]),
    [
      ['10.0.0.2', 1, 10, 10, undefined],
      ['10.0.0.1', 2, 1, 9, 'later'],
    ],
  );
});
