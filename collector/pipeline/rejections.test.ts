/** Why a router is silent: what is noted of packets that can't be used, and what the log says of them. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import { createHarness, hex, ipfix, NOW, SOURCE, v5, v9 } from './pipeline.fixture.ts';

const OLD_SFLOW = hex('00000004 00000001 0a000001 00000000 00000001 0000ea60 00000001');
/** Template 256: one field of variable length, interfaceName. */
const VARIABLE = '0002 000c 0100 0001 0052 ffff';

function rejectionsOf(packets: readonly Buffer[], config: CollectorConfigInput = {}) {
  const { pipeline, receive } = createHarness(config, { log: createLog('error', () => {}) });
  for (const packet of packets) receive(packet, { address: '::ffff:10.0.0.1' });
  return pipeline.rejections;
}

suite('a sender is noted with the reason', () => {
  for (const [name, packet, reason, detail, config] of [
    ['not allowed', v5(1), 'source_not_allowed', undefined, { allowedSources: ['10.9.0.0/16'] }],
    ['sFlow', OLD_SFLOW, 'unknown_version', 'sFlow v4', undefined],
    ['NetFlow v8', hex('0008 0001 0000ea60'), 'unknown_version', 'NetFlow v8: aggregated flows', undefined],
    ['too short', hex('0009 0001'), 'truncated_header', undefined, undefined],
    [
      'cut off',
      ipfix('0100 0010 0102 0304').subarray(0, 22),
      'malformed',
      'at byte 2: the message states 24 bytes, its datagram has 22',
      undefined,
    ],
    [
      'v5 cut off',
      v5(2).subarray(0, 100),
      'malformed',
      'at byte 2: the header states 2 records, 76 bytes follow it',
      undefined,
    ],
    [
      'a set too long',
      v9('0100 0010 0102 0304'),
      'malformed',
      'at byte 20: a set states 16 bytes, 8 are left',
      undefined,
    ],
    [
      'a set too short',
      v9('0100 0003 0102 0304'),
      'malformed',
      'at byte 20: a set states 3 bytes, its own header has 4',
      undefined,
    ],
    [
      'a value too long',
      ipfix(`${VARIABLE} 0100 0006 0541`),
      'malformed',
      'at byte 28: a value runs over the end of a set of template 256',
      undefined,
    ],
    [
      'template missing',
      ipfix('0100 0008 0102 0304', { domain: 7 }),
      'template_missing',
      'domain 7, template 256',
      undefined,
    ],
    [
      'template unusable',
      ipfix('0002 000c 0010 0001 0004 0001', { domain: 7 }),
      'bad_template',
      'a template of domain 7: template id below 256',
      undefined,
    ],
    [
      'data of another template',
      ipfix('0002 000c 0100 0001 0008 0004 0100 0006 0102', { domain: 7 }),
      'template_mismatch',
      'domain 7, template 256: 2 bytes of data, a record has 4',
      undefined,
    ],
  ] as const satisfies [string, Buffer, string, string | undefined, CollectorConfigInput | undefined][]) {
    test(name, () => {
      const noted = rejectionsOf([packet], config);
      assert.deepEqual(
        noted.map(({ firstBytes, ...one }) => one),
        [
          {
            ...{ listener: 'netflow', address: '10.0.0.1', port: SOURCE.port, reason },
            ...(detail && { detail }),
            ...{ count: 1, firstTime: NOW, lastTime: NOW },
          },
        ],
      );
      assert.equal(noted[0].firstBytes, packet.toString('hex').slice(0, 64));
    });
  }
});

test('nothing is shown of packets from before', () => {
  const noted = rejectionsOf([v5(2), hex('0005 0001')]);
  assert.deepEqual(
    noted.map(({ firstBytes }) => firstBytes),
    ['00050001'],
  );
});

test('the log tells each sender once, and of a flood of made-up ones the first', () => {
  const lines: string[] = [];
  const log = createLog('info', (line) => lines.push(line), { now: () => NOW });
  const { receive } = createHarness({}, { log });
  for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.1']) receive(OLD_SFLOW, { address });
  receive(v9('0100 0008 0102 0304'), { address: '10.0.0.3' });
  assert.deepEqual(
    lines
      .map((line) => JSON.parse(line))
      .map(({ message, subject, detail, template }) => [message, subject, detail ?? template]),
    [
      ['packet refused: neither NetFlow, IPFIX nor sFlow 5', '10.0.0.1', 'sFlow v4'],
      ['packet refused: neither NetFlow, IPFIX nor sFlow 5', '10.0.0.2', 'sFlow v4'],
      ['data wait for their template', '10.0.0.3', 256],
    ],
  );
  for (let index = 0; index < 1_000; index++) receive(OLD_SFLOW, { address: `198.18.${index >> 8}.${index & 255}` });
  assert.equal(lines.length, 20);
});
