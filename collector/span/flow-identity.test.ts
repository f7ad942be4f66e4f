/** Name, kind and direction of a flow's span. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { spanOf } from './record.fixture.ts';

describe('name', () => {
  for (const [record, name, transport] of [
    [[], 'flow_unknown_unknown', undefined],
    [['4 06'], 'flow_unknown_tcp', 'tcp'],
    [['8 0a000001', '4 06'], 'flow_ipv4_tcp', 'tcp'],
    [['8 0a000001', '4 11'], 'flow_ipv4_udp', 'udp'],
    [['12 0a000001', '4 01'], 'flow_ipv4_icmp', 'icmp'],
    [['27 20010db8000000000000000000000001', '4 3a'], 'flow_ipv6_ipv6-icmp', 'ipv6-icmp'],
    [['28 20010db8000000000000000000000001'], 'flow_ipv6_unknown', undefined],
    [['4 84', '60 06'], 'flow_ipv6_sctp', 'sctp'],
    [['4 00'], 'flow_unknown_hopopt', 'hopopt'],
    [['4 fd'], 'flow_unknown_protocol_253', 'protocol_253'],
    [['4 0006'], 'flow_unknown_tcp', 'tcp'],
    [['4 0100'], 'flow_unknown_protocol_256', 'protocol_256'],
  ] as [string[], string, string | undefined][]) {
    test(`${name} of ${record.join(', ') || 'nothing'}`, () => {
      const span = spanOf(['16 0001', ...record]);
      assert.equal(span.name, name);
      assert.equal(span.attributes['network.transport'], transport);
    });
  }
});

describe('direction; the kind is one that waits for no partner', () => {
  const ports = (source: number, destination: number): string[] =>
    [source, destination].map((port, index) => `${index === 0 ? 7 : 11} ${port.toString(16).padStart(4, '0')}`);

  for (const [name, record, direction] of [
    ['to a well-known port', ports(50_000, 443), 'forward'],
    ['from a well-known port', ports(443, 50_000), 'reverse'],
    ['1023 is well known, 1024 is not', ports(1_024, 1_023), 'forward'],
    ['between well-known ports', ports(53, 123), 'unknown'],
    ['to a registered port', ports(32_768, 32_767), 'forward'],
    ['from a registered port', ports(8_080, 40_000), 'reverse'],
    ['between registered ports', ports(1_024, 32_767), 'unknown'],
    ['between ephemeral ports', ports(40_000, 50_000), 'unknown'],
    ['a well-known port is more than a registered one', ports(8_080, 80), 'forward'],
    ['port 0 tells nothing', ports(0, 443), 'unknown'],
    ['to port 0', ports(443, 0), 'unknown'],
    ['one port tells nothing', ['11 01bb'], 'unknown'],
    ['UDP and TCP ports', ['180 c350', '183 01bb'], 'forward'],
    ['biflowDirection initiator', ['239 01', ...ports(443, 50_000)], 'forward'],
    ['biflowDirection reverse initiator', ['239 02', '231 01', ...ports(50_000, 443)], 'reverse'],
    ['biflowDirection arbitrary', ['239 00', ...ports(50_000, 443)], 'unknown'],
    ['biflowDirection perimeter', ['239 03', '231 01'], 'unknown'],
    ['initiator octets', ['231 01', ...ports(443, 50_000)], 'forward'],
    ['responder octets', ['232 01'], 'forward'],
    ['initiator packets', ['298 01'], 'forward'],
    ['responder packets', ['299 01'], 'forward'],
  ] as [string, string[], 'forward' | 'reverse' | 'unknown'][]) {
    test(`${name}: ${direction}`, () => {
      const { kind, attributes } = spanOf(record);
      assert.deepEqual([attributes['flow.direction'], kind], [direction, 'INTERNAL']);
    });
  }
});

describe('attributes chosen by the configuration', () => {
  const record = ['8 0a000001', '4 06', '7 c350', '11 01bb', '82* 6574683000', '150 695735a5'];
  const all = [
    ...['client.address', 'destination.port', 'flow.direction', 'netflow.exporter.address'],
    ...['netflow.interfaceName', 'network.transport', 'network.type', 'server.port'],
    'source.address',
    'source.port',
  ];
  for (const [name, attributes, expected] of [
    ['all', {}, all],
    ['one', { include: ['source.port'] }, ['source.port']],
    ['any rest', { include: ['source.*', 'flow*'] }, ['flow.direction', 'source.address', 'source.port']],
    ['all but some', { exclude: ['netflow.*', 'network.type'] }, all.filter((key) => !/netflow|type/.test(key))],
    ['exclude wins', { include: ['source.*'], exclude: ['source.port'] }, ['source.address']],
    ['a star alone', { exclude: ['*'] }, []],
    ['a name is no prefix', { include: ['source'] }, []],
  ] as [string, { include?: string[]; exclude?: string[] }, string[]][]) {
    test(name, () => {
      const span = spanOf(record, { spans: { attributes } });
      assert.deepEqual(Object.keys(span.attributes).sort(), expected);
      assert.deepEqual(
        [span.name, span.kind, span.startTimeUnixNano],
        ['flow_ipv4_tcp', 'INTERNAL', 1_767_323_045_000_000_000n],
      );
    });
  }

  test('a source that is not wanted does not come back under its own name', () => {
    const { attributes } = spanOf(['1 0a', '5 b8', '32 0301', '34 64', '95 0d000001'], {
      spans: {
        attributes: {
          exclude: ['flow.*', 'network.*', 'netflow.application.*', 'netflow.time.source', 'netflow.exporter.*'],
        },
      },
    });
    assert.deepEqual(attributes, {});
  });
});
