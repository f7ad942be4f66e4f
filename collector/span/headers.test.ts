/** The flow is one header of its record: which, with which protocol and ports, and what its ICMP is. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { spanOf } from './record.fixture.ts';

type Row = [record: string[], name: string, attributes: Record<string, unknown>];

function check(rows: Record<string, Row[]>): void {
  for (const [title, cases] of Object.entries(rows)) {
    test(title, () => {
      for (const version of [9, 10] as const) {
        for (const [record, name, attributes] of cases) {
          const exclude = ['flow.direction', 'client.*', 'server.*', 'netflow.exporter.address'];
          const options = { version, spans: { attributes: { exclude } } };
          const span = spanOf([...record, '150 695735a5', '151 695735a5'], options);
          assert.deepEqual(span.attributes, attributes, record.join(', '));
          assert.equal(span.name, name, record.join(', '));
        }
      }
    });
  }
}

const [A, B, C, D] = ['0a000001', '0a000002', 'c0000201', 'c0000202'];
const [A6, B6] = ['20010db8000000000000000000000001', '20010db8000000000000000000000002'];
const [C6, D6] = ['20010db8000000000000000000000003', '20010db8000000000000000000000004'];
const NO6 = '00'.repeat(16);
const V4 = { 'source.address': '192.0.2.1', 'destination.address': '192.0.2.2', 'network.type': 'ipv4' };
const V6 = { 'source.address': '2001:db8::3', 'destination.address': '2001:db8::4', 'network.type': 'ipv6' };
const OUTER_V4 = {
  'netflow.tunnel.source.address': '10.0.0.1',
  'netflow.tunnel.destination.address': '10.0.0.2',
};
const OUTER_V6 = {
  'netflow.tunnel.source.address': '2001:db8::1',
  'netflow.tunnel.destination.address': '2001:db8::2',
};

describe('two headers: the inner one is the flow (RFC 7011 §8)', () => {
  const udp = { 'network.transport': 'udp', 'source.port': 1_024n, 'destination.port': 53n };
  check({
    'IPv4 in IPv6': [
      [
        [`27 ${A6}`, `28 ${B6}`, '7 0000', '11 0000', '4 04', '5 b8', `8 ${C}`, `12 ${D}`, '7 0400', '11 0035', '4 11'],
        'flow_ipv4_udp',
        {
          ...V4,
          ...udp,
          ...OUTER_V6,
          'netflow.tunnel.type': 'ipv4',
          'netflow.ipClassOfService': 184n,
        },
      ],
    ],
    'IPv6 in IPv4': [
      [
        [`8 ${A}`, `12 ${B}`, '4 29', '9 18', '13 18', `27 ${C6}`, `28 ${D6}`, '29 40', '30 30', '31 00000007', '4 3a'],
        'flow_ipv6_ipv6-icmp',
        {
          ...V6,
          ...OUTER_V4,
          'network.transport': 'ipv6-icmp',
          'source.prefix.length': 64n,
          'destination.prefix.length': 48n,
          'flow.ip.flow_label': 7n,
          'netflow.tunnel.type': 'ipv6',
          'netflow.sourceIPv4PrefixLength': 24n,
          'netflow.destinationIPv4PrefixLength': 24n,
        },
      ],
    ],
    'of one family, UDP around UDP, to VXLAN’s port (RFC 7348)': [
      [
        [
          ...[`8 ${A}`, `12 ${B}`, '4 11', '7 c350', '11 12b5', '5 08'],
          ...[`8 ${C}`, `12 ${D}`, '4 11', '7 0400', '11 0035', '5 b8'],
        ],
        'flow_ipv4_udp',
        {
          ...V4,
          ...udp,
          ...OUTER_V4,
          'flow.ip.dscp.id': 46n,
          'netflow.tunnel.type': 'vxlan',
          'netflow.tunnel.source.port': 50_000n,
          'netflow.tunnel.destination.port': 4_789n,
          'netflow.ipClassOfService': 8n,
        },
      ],
      [
        [`8 ${A}`, `12 ${B}`, `8 ${C}`, `12 ${D}`, '4 2f', '4 11', '7 0400', '11 0035'],
        'flow_ipv4_udp',
        { ...V4, ...udp, ...OUTER_V4, 'netflow.tunnel.type': 'gre' },
      ],
      [
        [`27 ${A6}`, `28 ${B6}`, '4 29', `27 ${C6}`, `28 ${D6}`, '4 06'],
        'flow_ipv6_tcp',
        { ...V6, ...OUTER_V6, 'network.transport': 'tcp', 'netflow.tunnel.type': 'ipv6' },
      ],
    ],
    'with one protocol: it is of the addresses before it': [
      [
        [`8 ${A}`, `12 ${B}`, '4 2f', `8 ${C}`, `12 ${D}`],
        'flow_ipv4_unknown',
        { ...V4, ...OUTER_V4, 'netflow.tunnel.type': 'gre' },
      ],
      [
        [`8 ${A}`, `12 ${B}`, `27 ${C6}`, `28 ${D6}`, '4 06'],
        'flow_ipv6_tcp',
        { ...V6, ...OUTER_V4, 'network.transport': 'tcp', 'netflow.tunnel.type': 'ipv6' },
      ],
    ],
    'a protocol of 0, of an outer header: what it carries tells the type': [
      [
        [`8 ${A}`, `12 ${B}`, `27 ${C6}`, `28 ${D6}`, '4 00', '4 06'],
        'flow_ipv6_tcp',
        { ...V6, ...OUTER_V4, 'network.transport': 'tcp', 'netflow.tunnel.type': 'ipv6' },
      ],
    ],
    'SRv6: the outer header has segments (RFC 9487)': [
      [
        [`27 ${A6}`, `28 ${B6}`, '4 2b', `495 ${C6}`, '498 01', `8 ${C}`, `12 ${D}`, '4 11', '7 0400', '11 0035'],
        'flow_ipv4_udp',
        {
          ...V4,
          ...udp,
          ...OUTER_V6,
          'netflow.tunnel.type': 'srv6',
          'netflow.srhActiveSegmentIPv6': '2001:db8::3',
          'netflow.srhSegmentsIPv6Left': 1n,
        },
      ],
      [
        [`27 ${A6}`, `28 ${B6}`, '4 04', `495 ${NO6}`, `8 ${C}`, `12 ${D}`, '4 11'],
        'flow_ipv4_udp',
        { ...V4, ...OUTER_V6, 'network.transport': 'udp', 'netflow.tunnel.type': 'ipv4' },
      ],
    ],
  });
});

describe('more headers than two', () => {
  const three = (outermost: string[], middle: string[], inner: string[]) => [...outermost, ...middle, ...inner];
  const NO4 = ['8 00000000', '12 00000000'];
  check({
    'all around the flow’s, the outermost first': [
      [
        three(
          ['8 01010101', '12 02020202', '4 11', '7 c000', '11 12b5'],
          [`27 ${A6}`, `28 ${B6}`, '4 2f', '7 0000', '11 0000'],
          [`8 ${C}`, `12 ${D}`, '4 11', '7 0400', '11 0035'],
        ),
        'flow_ipv4_udp',
        {
          ...V4,
          'network.transport': 'udp',
          'source.port': 1_024n,
          'destination.port': 53n,
          'netflow.tunnel.type': ['vxlan', 'gre'],
          'netflow.tunnel.source.address': ['1.1.1.1', '2001:db8::1'],
          'netflow.tunnel.destination.address': ['2.2.2.2', '2001:db8::2'],
          'netflow.tunnel.source.port': [49_152n, 0n],
          'netflow.tunnel.destination.port': [4_789n, 0n],
        },
      ],
    ],
    'those without a protocol are of the family that they carry': [
      [
        three(['8 01010101', '12 02020202'], [`27 ${A6}`, `28 ${B6}`], [`8 ${C}`, `12 ${D}`]),
        'flow_ipv4_unknown',
        {
          ...V4,
          'netflow.tunnel.type': ['ipv6', 'ipv4'],
          'netflow.tunnel.source.address': ['1.1.1.1', '2001:db8::1'],
          'netflow.tunnel.destination.address': ['2.2.2.2', '2001:db8::2'],
        },
      ],
    ],
    'room for three: what is all zeros is not there': [
      [
        three([`8 ${C}`, `12 ${D}`, '4 06'], [`27 ${NO6}`, `28 ${NO6}`, '4 00'], [...NO4, '4 00']),
        'flow_ipv4_tcp',
        { ...V4, 'network.transport': 'tcp' },
      ],
      [
        three([`8 ${A}`, `12 ${B}`, '4 29'], [`27 ${C6}`, `28 ${D6}`, '4 06'], [...NO4, '4 00']),
        'flow_ipv6_tcp',
        { ...V6, ...OUTER_V4, 'network.transport': 'tcp', 'netflow.tunnel.type': 'ipv6' },
      ],
      [
        three([`8 ${A}`, `12 ${B}`, '4 04'], [`27 ${NO6}`, `28 ${NO6}`, '4 00'], [`8 ${C}`, `12 ${D}`, '4 06']),
        'flow_ipv4_tcp',
        { ...V4, ...OUTER_V4, 'network.transport': 'tcp', 'netflow.tunnel.type': 'ipv4' },
      ],
      [
        three([...NO4, '4 00'], [`27 ${NO6}`, `28 ${NO6}`, '4 00'], [`8 ${C}`, `12 ${D}`, '4 06']),
        'flow_ipv4_tcp',
        { ...V4, 'network.transport': 'tcp' },
      ],
    ],
    'of five, the four innermost are told': [
      [
        [
          ...['8 01010101', '12 01010102', '8 02020201', '12 02020202', '8 03030301', '12 03030302'],
          ...[`8 ${A}`, `12 ${B}`, `8 ${C}`, `12 ${D}`],
        ],
        'flow_ipv4_unknown',
        {
          ...V4,
          'netflow.sourceIPv4Address': '1.1.1.1',
          'netflow.destinationIPv4Address': '1.1.1.2',
          'netflow.tunnel.type': ['ipv4', 'ipv4', 'ipv4'],
          'netflow.tunnel.source.address': ['2.2.2.1', '3.3.3.1', '10.0.0.1'],
          'netflow.tunnel.destination.address': ['2.2.2.2', '3.3.3.2', '10.0.0.2'],
        },
      ],
    ],
  });
});

describe('room for two headers, or two families', () => {
  check({
    'no inner header: the outer one is the flow': [
      [
        [`27 ${C6}`, `28 ${D6}`, '4 06', '7 0400', '11 0035', '8 00000000', '12 00000000', '4 00', '7 0000', '11 0000'],
        'flow_ipv6_tcp',
        { ...V6, 'network.transport': 'tcp', 'source.port': 1_024n, 'destination.port': 53n },
      ],
    ],
    'both families, of one protocol': [
      [
        [`8 ${C}`, `12 ${D}`, `27 ${NO6}`, `28 ${NO6}`, '4 01'],
        'flow_ipv4_icmp',
        { ...V4, 'network.transport': 'icmp' },
      ],
      [
        ['8 00000000', '12 00000000', `27 ${C6}`, `28 ${D6}`, '4 06', '9 00', '29 40'],
        'flow_ipv6_tcp',
        { ...V6, 'network.transport': 'tcp', 'source.prefix.length': 64n },
      ],
    ],
    'one address of a pair may be zeros': [
      [
        ['8 00000000', '12 ffffffff', `27 ${NO6}`, `28 ${NO6}`],
        'flow_ipv4_unknown',
        { 'source.address': '0.0.0.0', 'destination.address': '255.255.255.255', 'network.type': 'ipv4' },
      ],
    ],
    'the IP version decides, where there is one protocol': [
      [
        [`8 ${A}`, `12 ${B}`, `27 ${C6}`, `28 ${D6}`, '4 06', '60 06'],
        'flow_ipv6_tcp',
        {
          ...V6,
          'network.transport': 'tcp',
          'netflow.sourceIPv4Address': '10.0.0.1',
          'netflow.destinationIPv4Address': '10.0.0.2',
        },
      ],
    ],
  });
});

describe('ports are those of the protocol', () => {
  const of = (protocol: string, transport: string, fields: string[], attributes: object): Row => [
    [`4 ${protocol}`, ...fields],
    `flow_unknown_${transport}`,
    { 'network.transport': transport, ...attributes },
  ];
  const all = ['7 0000', '11 0000', '180 0001', '181 0002', '182 0003', '183 0004'];
  const both = (source: bigint, destination: bigint) => ({ 'source.port': source, 'destination.port': destination });
  const ofUdp = { 'netflow.udpSourcePort': 1n, 'netflow.udpDestinationPort': 2n };
  const ofTcp = { 'netflow.tcpSourcePort': 3n, 'netflow.tcpDestinationPort': 4n };
  check({
    UDP: [of('11', 'udp', all, { ...both(1n, 2n), ...ofTcp })],
    TCP: [
      of('06', 'tcp', all, { ...both(3n, 4n), ...ofUdp }),
      of('06', 'tcp', ['180 0000', '181 0000', '182 01bb', '183 c350'], both(443n, 50_000n)),
      of('06', 'tcp', ['7 0000', '11 0000'], both(0n, 0n)),
      of('06', 'tcp', ['182 0000'], { 'source.port': 0n }),
    ],
    'SCTP, in the elements of any': [of('84', 'sctp', ['7 0000', '11 0050'], both(0n, 80n))],
    'protocols without ports: none of 0': [
      of('2f', 'gre', ['7 0000', '11 0000'], {}),
      of('2f', 'gre', ['7 0001', '11 0000'], { 'source.port': 1n }),
    ],
    'ICMP has none': [of('01', 'icmp', ['7 0007', '11 0800'], { 'flow.icmp.type.id': 8n, 'flow.icmp.code.id': 0n })],
  });
});

describe('type and code of ICMP', () => {
  const icmp = (type: bigint, code: bigint) => ({
    'network.transport': 'icmp',
    'flow.icmp.type.id': type,
    'flow.icmp.code.id': code,
  });
  const icmp6 = (type: bigint, code: bigint) => ({ ...icmp(type, code), 'network.transport': 'ipv6-icmp' });
  check({
    'in the destination port': [
      [['4 01', '11 0301'], 'flow_unknown_icmp', icmp(3n, 1n)],
      [['4 3a', '11 8000'], 'flow_unknown_ipv6-icmp', icmp6(128n, 0n)],
    ],
    'in one element': [
      [['4 01', '32 0301'], 'flow_unknown_icmp', icmp(3n, 1n)],
      [['4 01', '32 0000'], 'flow_unknown_icmp', icmp(0n, 0n)],
      [['4 3a', '139 8700'], 'flow_unknown_ipv6-icmp', icmp6(135n, 0n)],
      [['4 3a', '32 0000', '139 8700'], 'flow_unknown_ipv6-icmp', icmp6(135n, 0n)],
      [['4 3a', '32 0000', '139 0000', '11 8700'], 'flow_unknown_ipv6-icmp', icmp6(135n, 0n)],
    ],
    'in two': [
      [['4 01', '176 03', '177 01'], 'flow_unknown_icmp', icmp(3n, 1n)],
      [['4 3a', '176 00', '177 00', '178 80', '179 01'], 'flow_unknown_ipv6-icmp', icmp6(128n, 1n)],
      [['4 01', '32 0303', '176 00', '177 00'], 'flow_unknown_icmp', icmp(3n, 3n)],
      [
        ['4 01', '32 0301', '176 08', '177 00'],
        'flow_unknown_icmp',
        { ...icmp(8n, 0n), 'netflow.icmpTypeCodeIPv4': 769n },
      ],
    ],
    'beside these, a port is an identifier': [
      [['4 01', '11 448d', '176 00', '177 00'], 'flow_unknown_icmp', icmp(0n, 0n)],
    ],
    'on nothing else': [
      [['4 06', '32 0000', '176 00', '177 00'], 'flow_unknown_tcp', { 'network.transport': 'tcp' }],
      [['4 06', '32 0301'], 'flow_unknown_tcp', { 'network.transport': 'tcp', 'netflow.icmpTypeCodeIPv4': 769n }],
    ],
    'without a protocol and ports: it is ICMP': [
      [['32 0800'], 'flow_unknown_icmp', icmp(8n, 0n)],
      [['139 8700'], 'flow_unknown_ipv6-icmp', icmp6(135n, 0n)],
      [['32 0800', '7 0001'], 'flow_unknown_unknown', { 'source.port': 1n, 'netflow.icmpTypeCodeIPv4': 2_048n }],
    ],
  });
});

describe('the station of a wireless controller', () => {
  const station = ['366 0a000001', '365 0a1b2c3d4e5f'];
  const mac = '0a:1b:2c:3d:4e:5f';
  check({
    'sent what came in': [
      [
        [...station, '61 00'],
        'flow_ipv4_unknown',
        {
          'source.address': '10.0.0.1',
          'source.mac': mac,
          'network.type': 'ipv4',
          'netflow.flowDirection': 'ingress',
        },
      ],
    ],
    'got what went out': [
      [
        [...station, '61 01'],
        'flow_ipv4_unknown',
        {
          'destination.address': '10.0.0.1',
          'destination.mac': mac,
          'network.type': 'ipv4',
          'netflow.flowDirection': 'egress',
        },
      ],
    ],
    'is no end of a flow that tells its own, nor without a direction': [
      [
        [...station, '61 00', '12 0a000002'],
        'flow_ipv4_unknown',
        {
          'destination.address': '10.0.0.2',
          'network.type': 'ipv4',
          'netflow.flowDirection': 'ingress',
          'netflow.staIPv4Address': '10.0.0.1',
          'netflow.staMacAddress': mac,
        },
      ],
      [station, 'flow_unknown_unknown', { 'netflow.staIPv4Address': '10.0.0.1', 'netflow.staMacAddress': mac }],
    ],
  });
});
