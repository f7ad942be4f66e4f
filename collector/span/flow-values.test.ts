/** Values by abstract data type (RFC 7011 §6), outside the profile. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createHarness, hex, ipfix } from '../pipeline/pipeline.fixture.ts';
import { spanOf } from './record.fixture.ts';

type Value = bigint | number | boolean | string | undefined;

function check(name: string, attribute: string, rows: [record: string, value: Value][]): void {
  describe(name, () => {
    for (const [record, value] of rows) {
      const short = record.length > 60 ? `${record.slice(0, 60)}…` : record;
      test(`${short}: ${String(value).slice(0, 60)}`, () =>
        assert.equal(spanOf([record, '16 01']).attributes[attribute], value));
    }
  });
}

check('unsigned, also of reduced size', 'netflow.flowId', [
  ['148 00', 0n],
  ['148 7f', 127n],
  ['148 80', 128n],
  ['148 ffff', 65_535n],
  ['148 010000', 65_536n],
  ['148 ffffffff', 4_294_967_295n],
  ['148 0100000000', 4_294_967_296n],
  ['148 ffffffffffff', 281_474_976_710_655n],
  ['148 0020000000000001', 9_007_199_254_740_993n],
  ['148 7fffffffffffffff', 9_223_372_036_854_775_807n],
  ['148 8000000000000000', '9223372036854775808'],
  ['148 ffffffffffffffff', '18446744073709551615'],
  ['148 000000000000000001', '000000000000000001'],
  ['148* 0100', 256n],
  ['148* 0100000000', 4_294_967_296n],
  ['148*', undefined],
]);

check('signed: the sign is extended', 'netflow.mibObjectValueInteger', [
  ['434 00', 0n],
  ['434 7f', 127n],
  ['434 80', -128n],
  ['434 ffff', -1n],
  ['434 ff0000', -65_536n],
  ['434 80000000', -2_147_483_648n],
  ['434 7fffffffffffffff', 9_223_372_036_854_775_807n],
  ['434 8000000000000000', -9_223_372_036_854_775_808n],
  ['434* fe', -2n],
  ['434 000000000000000001', '000000000000000001'],
]);

check('float64, also as float32 (§6.2)', 'netflow.absoluteError', [
  ['320 3fb999999999999a', 0.1],
  ['320 3e800000', 0.25],
  ['320 0000000000000000', 0],
  ['320 8000000000000000', -0],
  ['320 7ff0000000000000', Number.POSITIVE_INFINITY],
  ['320 7fc00000', Number.NaN],
  ['320 3e80', '3e80'],
  ['320* 3e800000', 0.25],
]);

check('boolean (§6.1.5)', 'netflow.dataRecordsReliability', [
  ['276 01', true],
  ['276 02', false],
  ['276 00', undefined],
  ['276 03', undefined],
  ['276* 01', true],
  ['276 0001', '0001'],
]);

check('strings', 'netflow.interfaceName', [
  ['82 65746830', 'eth0'],
  ['82 6574683000000000', 'eth0'],
  ['82 65006274', 'e'],
  ['82 00650074', undefined],
  ['82 c3a9e282ac', 'é€'],
  ['82 f09f9880', '😀'],
  ['82 61ff62', 'a\ufffdb'],
  ['82 61e282', 'a\ufffd'],
  ['82 c0af', '\ufffd\ufffd'],
  ['82* 657468', 'eth'],
  ['82*', undefined],
  ['82 000000', undefined],
  [`82* ${'61'.repeat(254)}`, 'a'.repeat(254)],
  [`82* ${'61'.repeat(255)}`, 'a'.repeat(255)],
  [`82* ${'61'.repeat(60_000)}`, 'a'.repeat(60_000)],
  [`82* ${'ff'.repeat(60_000)}`, '\ufffd'.repeat(60_000)],
]);

check('octets', 'netflow.bgpLargeCommunity', [
  ['489 ff0102', 'ff0102'],
  ['489* 04 0052 0001 61', '040052000161'],
  [`489* ${'0a'.repeat(60_000)}`, '0a'.repeat(60_000)],
]);

check('dates', 'netflow.collectionTimeMilliseconds', [
  ['258 0000019b7ca98f2e', '2026-01-02T03:04:05.678Z'],
  ['258* 0000019b7ca98f2e', '2026-01-02T03:04:05.678Z'],
  ['258 019b7ca98f2e', '2026-01-02T03:04:05.678Z'],
  ['258 00000000019b7ca98f2e', '00000000019b7ca98f2e'],
  ['258 ffffffffffffffff', 'ffffffffffffffff'],
]);
check('dates', 'netflow.observationTimeMicroseconds', [['324* ed01b42580000000', '2026-01-02T03:04:05.500000Z']]);
check('dates', 'netflow.observationTimeNanoseconds', [['325* ed01b42580000000', '2026-01-02T03:04:05.500000000Z']]);
check('dates', 'netflow.observationTimeSeconds', [['322* 695735a5', '2026-01-02T03:04:05Z']]);
check('addresses', 'netflow.exporterIPv6Address', [['131 20010db8000000000000000000000001', '2001:db8::1']]);
check('addresses', 'netflow.exporterIPv4Address', [
  ['130 0a000001', '10.0.0.1'],
  ['130 20010db8000000000000000000000001', '20010db8000000000000000000000001'],
]);
check('MAC addresses', 'netflow.postSourceMacAddress', [
  ['81 0a1b2c3d4e5f', '0a:1b:2c:3d:4e:5f'],
  ['81 0a1b2c3d4e5f6071', '0a1b2c3d4e5f6071'],
]);

describe('spans of every length', () => {
  const interfaceName = (length: number): string => `82* ${'61'.repeat(length)}`;
  test('shorter than 128 bytes', () => {
    const options = { spans: { attributes: { exclude: ['*'] } } };
    assert.equal(spanOf(['16 01'], options).name, 'flow_unknown_unknown');
  });
  for (const length of [0, 16_100, 16_150, 16_200, 16_250, 16_300, 16_350, 65_000]) {
    test(`with a value of ${length} bytes`, () => {
      assert.equal(
        String(spanOf([interfaceName(length), '16 01']).attributes['netflow.interfaceName'] ?? '').length,
        length,
      );
    });
  }
});

test('a template of every byte width and 1,024 fields fits into a batch', () => {
  const ids = Array.from({ length: 1_024 }, (_, index) => 600 + index);
  const uint16 = (value: number): string => value.toString(16).padStart(4, '0');
  const specifiers = ids.map((id) => `${uint16(id)} 0020`).join('');
  const template = `0002 ${uint16(8 + 4 * 1_024)} 0100 0400 ${specifiers}`;
  const data = `0100 ${uint16(4 + 32 * 1_024)} ${'ab'.repeat(32 * 1_024)}`;
  const { receive, flows } = createHarness({ otlp: { batch: { maxSize: '16Ki' } } });
  receive(ipfix(template + data));
  const { attributes } = flows()[0];
  assert.equal(ids.filter((id) => attributes[`netflow.element.${id}`] === 'ab'.repeat(32)).length, 1_024);
  assert.equal(hex(data).length, 4 + 32 * 1_024);
});
