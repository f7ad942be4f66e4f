/**
 * What a flow's span says so that it stands by itself: who saw it, who is client and server, what flags it had, its id.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { spanOf } from './record.fixture.ts';

const number = (value: number, length: number) => value.toString(16).padStart(2 * length, '0');
const SIDES = ['client.address', 'client.port', 'server.address', 'server.port'] as const;

describe('client and server', () => {
  const IPV4 = ['8 0a000001', '12 c0000201'];
  const IPV6 = ['27 20010db8000000000000000000000001', '28 20010db8000000000000000000000002'];
  const ports = (source: number, destination: number) => [`7 ${number(source, 2)}`, `11 ${number(destination, 2)}`];
  const NONE = [undefined, undefined, undefined, undefined];

  for (const [name, record, expected] of [
    ['forward', [...IPV4, '4 06', ...ports(50_000, 443)], ['10.0.0.1', 50_000n, '192.0.2.1', 443n]],
    ['reverse', [...IPV4, '4 06', ...ports(443, 50_000)], ['192.0.2.1', 50_000n, '10.0.0.1', 443n]],
    ['unknown', [...IPV4, '4 06', ...ports(40_000, 50_000)], NONE],
    ['IPv6, reverse', [...IPV6, '4 11', ...ports(53, 50_000)], ['2001:db8::2', 50_000n, '2001:db8::1', 53n]],
    ['ICMP by biflowDirection', [...IPV4, '4 01', '239 02'], ['192.0.2.1', undefined, '10.0.0.1', undefined]],
    ['by initiator counters, no ports', [...IPV4, '4 32', '231 05'], ['10.0.0.1', undefined, '192.0.2.1', undefined]],
    ['ports of TCP', [...IPV4, '4 06', '182 c350', '183 01bb'], ['10.0.0.1', 50_000n, '192.0.2.1', 443n]],
    ['no addresses', ['4 06', ...ports(50_000, 443)], [undefined, 50_000n, undefined, 443n]],
  ] as [string, string[], (string | bigint | undefined)[]][]) {
    test(name, () => {
      const { attributes } = spanOf(record, { spans: { profile: 'full' } });
      assert.deepEqual(
        SIDES.map((side) => attributes[side]),
        expected,
      );
    });
  }

  test('also where the addresses are not sent as those of source and destination, or under a long name', () => {
    const record = [...IPV6, '4 06', ...ports(443, 50_000)];
    const long = `server.${'long'.repeat(40)}`;
    for (const attributes of [
      { exclude: ['source.*', 'destination.*'] },
      { rename: { 'server.address': long, 'source.address': `${long}.source` } },
    ]) {
      const sent = spanOf(record, { spans: { attributes } }).attributes;
      assert.equal(sent['client.address'], '2001:db8::2');
      assert.equal(sent['server.address'] ?? sent[long], '2001:db8::1');
    }
  });
});

describe('the exporter', () => {
  test('is told by its address', () => {
    for (const profile of ['flow', 'minimal', 'full'] as const)
      assert.equal(spanOf(['1 05'], { spans: { profile } }).attributes['netflow.exporter.address'], '10.0.0.1');
  });

  test('is left out, or called otherwise, on request', () => {
    const by = (attributes: object) => spanOf(['1 05'], { spans: { attributes } }).attributes;
    assert.equal(by({ exclude: ['netflow.exporter.address'] })['netflow.exporter.address'], undefined);
    assert.equal(by({ rename: { 'netflow.exporter.address': 'device' } }).device, '10.0.0.1');
    const constants = [{ attributes: { 'netflow.exporter.address': 'core1' } }];
    assert.equal(by({ constants })['netflow.exporter.address'], 'core1');
  });
});

describe('flow.tcp.flags.tags', () => {
  for (const [record, expected] of [
    [
      ['4 06', '6 1b'],
      ['fin', 'syn', 'psh', 'ack'],
    ],
    [['4 06', '6 0002'], ['syn']],
    [
      ['4 06', '6 e4'],
      ['rst', 'urg', 'ece', 'cwr'],
    ],
    [['4 06', '6 00'], undefined],
    [['4 06'], undefined],
  ] as [string[], string[] | undefined][]) {
    test(`of ${record.join(', ')}`, () => {
      assert.deepEqual(spanOf(record, { spans: { profile: 'full' } }).attributes['flow.tcp.flags.tags'], expected);
      assert.equal(spanOf(record).attributes['flow.tcp.flags.tags'], undefined);
    });
  }
});

/** `baseline/baseline_deflt.json` of the specification: protocol, addresses, ports or type and code, id. */
const BASELINE: [number, string, string, number | undefined, number | undefined, string][] = [
  [58, 'fe80::200:86ff:fe05:80da', 'fe80::260:97ff:fe07:69ea', 135, 136, '1:dGHyGvjMfljg6Bppwm3bg0LO8TY='],
  [58, 'fe80::260:97ff:fe07:69ea', 'fe80::200:86ff:fe05:80da', 136, 135, '1:dGHyGvjMfljg6Bppwm3bg0LO8TY='],
  [58, 'fe80::260:97ff:fe07:69ea', 'fe80::200:86ff:fe05:80da', 135, 136, '1:zavyT/cezQr1fmImYCwYnMXbgck='],
  [58, 'fe80::200:86ff:fe05:80da', 'fe80::260:97ff:fe07:69ea', 136, 135, '1:zavyT/cezQr1fmImYCwYnMXbgck='],
  [58, '3ffe:501:1800:2345::2', '3ffe:507:0:1:200:86ff:fe05:80da', 3, 0, '1:2ObVBgIn28oZvibYZhZMBgh7WdQ='],
  [58, '3ffe:501:410:0:2c0:dfff:fe47:33e', '3ffe:507:0:1:200:86ff:fe05:80da', 1, 4, '1:hLZd0XGWojozrvxqE0dWB1iM6R0='],
  [58, '3ffe:507:0:1:200:86ff:fe05:80da', '3ffe:501:0:1001::2', 128, 129, '1:+TW+HtLHvV1xnGhV1lv7XoJrqQg='],
  [58, '3ffe:501:0:1001::2', '3ffe:507:0:1:200:86ff:fe05:80da', 129, 128, '1:+TW+HtLHvV1xnGhV1lv7XoJrqQg='],
  [58, 'fe80::200:86ff:fe05:80da', 'ff02::2', 133, 134, '1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0='],
  [58, 'fe80::260:97ff:fe07:69ea', 'ff02::1', 134, 133, '1:pkvHqCL88/tg1k4cPigmZXUtL00='],
  [1, '192.168.0.89', '192.168.0.1', 8, 0, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
  [1, '192.168.0.1', '192.168.0.89', 0, 8, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
  [1, '10.0.0.1', '10.0.0.2', 11, 0, '1:YHxtAirCG//0OzkcVAukqKQN9xM='],
  [6, '2001:470:e5bf:dead:4957:2174:e82c:4887', '2607:f8b0:400c:c03::1a', 63943, 25, '1:/qFaeAR+gFe1KYjMzVDsMv+wgU4='],
  [6, '2607:f8b0:400c:c03::1a', '2001:470:e5bf:dead:4957:2174:e82c:4887', 25, 63943, '1:/qFaeAR+gFe1KYjMzVDsMv+wgU4='],
  [132, '192.168.170.8', '192.168.170.56', 7, 7, '1:MP2EtRCAUIZvTw6MxJHLV7N7JDs='],
  [132, '192.168.170.56', '192.168.170.8', 7, 7, '1:MP2EtRCAUIZvTw6MxJHLV7N7JDs='],
  [6, '128.232.110.120', '66.35.250.204', 34855, 80, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  [6, '66.35.250.204', '128.232.110.120', 80, 34855, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  [17, '192.168.1.52', '8.8.8.8', 54585, 53, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
  [17, '8.8.8.8', '192.168.1.52', 53, 54585, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
  [46, '10.1.12.1', '10.1.12.2', undefined, undefined, '1:KHlLkgoJW7ifUTyTSgyVfkFHzKw='],
  [46, '10.1.12.2', '10.1.12.1', undefined, undefined, '1:KHlLkgoJW7ifUTyTSgyVfkFHzKw='],
];

describe('flow.community_id', () => {
  const idOf = (record: string[]) => spanOf(record, { spans: { profile: 'full' } }).attributes['flow.community_id'];
  const hex = (address: string): string => {
    if (!address.includes(':'))
      return address
        .split('.')
        .map((byte) => number(Number(byte), 1))
        .join('');
    const [head, tail] = address.split('::').map((part) => part.split(':').map((group) => group.padStart(4, '0')));
    const zeros = Array.from({ length: tail ? 8 - head.length - tail.length : 0 }, () => '0000');
    return [...head, ...zeros, ...(tail ?? [])].join('');
  };

  for (const [protocol, source, destination, first, second, id] of BASELINE) {
    test(`of ${protocol} ${source} ${first ?? ''} → ${destination} ${second ?? ''}`, () => {
      const [ofSource, ofDestination] = source.includes(':') ? [27, 28] : [8, 12];
      const numbers =
        first === undefined || second === undefined
          ? []
          : protocol === 1 || protocol === 58
            ? [`${protocol === 1 ? 32 : 139} ${number(first * 256 + second, 2)}`]
            : [`7 ${number(first, 2)}`, `11 ${number(second, 2)}`];
      const record = [
        ...[`${ofSource} ${hex(source)}`, `${ofDestination} ${hex(destination)}`, `4 ${number(protocol, 1)}`],
        ...numbers,
      ];
      assert.equal(idOf(record), id);
      assert.equal(spanOf(record).attributes['flow.community_id'], undefined);
    });
  }

  test('is left out where a part is not known', () => {
    assert.equal(idOf(['8 0a000001', '4 06', '7 c350', '11 01bb']), undefined);
    assert.equal(idOf(['8 0a000001', '12 0a000002', '7 c350', '11 01bb']), undefined);
    assert.equal(idOf(['8 0a000001', '12 0a000002', '4 06', '7 c350']), undefined);
    assert.equal(idOf(['8 0a000001', '12 0a000002', '4 01']), undefined);
  });
});
