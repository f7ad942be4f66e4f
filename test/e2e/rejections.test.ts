/** Why a router is silent: what the status, its advice and the log say of senders whose packets can't be used. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { v5, v9 } from '../../collector/pipeline/pipeline.fixture.ts';
import { startCollector } from './collector.ts';
import { openExporter } from './exporter.ts';

const OLD_SFLOW = Buffer.from('00000004000000010a000001000000000000000100', 'hex');

const ADVICE = [
  /not allowed: from 127\.0\.0\.9\.$/,
  /nor sFlow \(5\): from 127\.0\.0\.1 \(sFlow v4\)\.$/,
  /malformed: from 127\.0\.0\.1 \(at byte 20: /,
];

test('each sender is told with the reason, in the status, in advice and in the log', async (t) => {
  const collector = await startCollector(t, {
    listen: ['0.0.0.0:0'],
    args: ['--allow', '127.0.0.1', '--workers', '2'],
  });
  const stranger = await openExporter(t, collector, { address: '127.0.0.9' });
  const device = await openExporter(t, collector, { address: '127.0.0.1' });
  await stranger.burst([v5(1)]);
  await device.burst([OLD_SFLOW, v9('0100 0008 01020304'), v9('0100 0003 01020304')]);

  const refused = () => collector.log.filter(({ message }) => message.startsWith('packet refused'));
  const { rejections } = await collector.until(
    ({ rejections, advice }) =>
      rejections.length === 4 &&
      ADVICE.every((expected) => advice.some(({ what }) => expected.test(what))) &&
      refused().length === 2,
  );
  const found = rejections
    .map(({ address, reason, detail, count }) => [address, reason, detail, count].join(' '))
    .sort();
  assert.deepEqual(found, [
    '127.0.0.1 malformed at byte 20: a set states 3 bytes, its own header has 4 1',
    '127.0.0.1 template_missing domain 0, template 256 1',
    '127.0.0.1 unknown_version sFlow v4 1',
    '127.0.0.9 source_not_allowed  1',
  ]);
  const { firstBytes } = rejections.find(({ reason }) => reason === 'unknown_version')!;
  assert.equal(firstBytes, OLD_SFLOW.toString('hex'));
  const logged = refused().map(({ subject, detail }) => `${subject} ${detail}`);
  assert.deepEqual(logged.sort(), ['127.0.0.1 sFlow v4', '127.0.0.9 undefined']);
});
