import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isTrue, record } from './record.fixture.ts';

const FLOW = record(9, [
  { id: 8, hex: '0a010203' },
  { id: 12, hex: 'c0000201' },
  { id: 7, hex: 'c350' },
  { id: 11, hex: '0035' },
  { id: 4, hex: '11' },
  { id: 6, hex: '12' },
  { id: 1, hex: '00000001 00000000' },
  { id: 2, hex: '0003' },
  { id: 10, hex: '00000007' },
  { id: 5, hex: 'b9' },
  { id: 16, hex: '0000fde8' },
  { id: 136, hex: '03' },
  { id: 58, hex: '002a' },
  { id: 56, hex: '000ab102c3d4' },
  { id: 32, hex: '0800' },
  { id: 59, hex: '0009' },
  { id: 34, hex: '00000064' },
]);
const IPV6 = record(10, [
  { id: 96, hex: '646e73', variable: true },
  { id: 27, hex: '20010db8 00000000 00000000 00000001' },
  { id: 28, hex: 'fe800000 00000000 00000000 00000002' },
  { id: 4, hex: '3a' },
  { id: 233, hex: '03' },
  { id: 239, hex: '01' },
  { id: 85, hex: 'ffffffff ffffffff' },
  { id: 90, hex: '0102030405060708' },
]);
const BOTH = record(9, [
  { id: 8, hex: '00000000' },
  { id: 27, hex: '20010db8 00000000 00000000 00000001' },
  { id: 60, hex: '06' },
]);
const TUNNELLED = record(10, [
  { id: 8, hex: '01010101' },
  { id: 12, hex: '02020202' },
  { id: 4, hex: '2f' },
  { id: 8, hex: '0a000001' },
  { id: 12, hex: '0a000002' },
  { id: 4, hex: '04' },
  { id: 8, hex: '0a010203' },
  { id: 12, hex: 'c0000201' },
  { id: 4, hex: '11' },
]);
const EMPTY = record(5, [{ id: 210, hex: '00' }]);

const SEEN = record(9, [{ id: 61, hex: '01' }]);
const EVENT = record(10, [
  { id: 230, hex: '04' },
  { id: 467, hex: '000000c8' },
]);

/** Expressions by the record, and whether they are true. */
const CASES = [
  [SEEN, "netflow.flowDirection == 'egress' && netflow.flowDirection in ['egress', 'x']", true],
  [SEEN, "netflow.flowDirection == 'ingress' || netflow.flowDirection == 'x'", false],
  [SEEN, 'netflow.flowDirection == 1 && netflow.flowDirection in [1, 7] && netflow.flowDirection != 0', true],
  [EVENT, 'netflow.natEvent == 4 && !(netflow.natEvent in [5]) && netflow.natThresholdEvent == 200', true],
  [FLOW, "netflow.flowDirection == 'ingress'", false],
  [FLOW, "netflow.flowDirection != 'ingress'", true],
  [TUNNELLED, "source.address == '10.1.2.3' && network.transport == 'udp' && has(netflow.tunnel.type)", true],
  // Of several headers around the flow's, the one next to it.
  [TUNNELLED, "netflow.tunnel.type == 'ipv4' && netflow.tunnel.source.address.startsWith('10.')", true],
  [FLOW, 'has(netflow.tunnel.type)', false],
  [FLOW, 'source.port == 50000 && destination.port == 53', true],
  [
    FLOW,
    '53 == destination.port && 50000 > destination.port && destination.port >= 53 && 53 <= destination.port',
    true,
  ],
  [FLOW, 'destination.port in [443, 53]', true],
  [FLOW, 'destination.port in [1, 2, 3, 4, 5, 6, 7, 8, 9, 53]', true],
  [FLOW, 'destination.port in []', false],
  [FLOW, 'destination.port > -1 && destination.port != -53', true],
  [FLOW, 'source.port > destination.port', true],
  [FLOW, "network.transport == 'udp' && network.transport != 'tcp' && network.transport in ['tcp', 'udp']", true],
  [FLOW, "network.type == 'ipv4' && network.type != 'ipv6'", true],
  [FLOW, "source.address == '10.1.2.3' && source.address in ['::1', '10.1.2.3']", true],
  [FLOW, "cidr('10.0.0.0/8').containsIP(source.address) && !cidr('10.0.0.0/16').containsIP(ip(source.address))", true],
  [FLOW, "cidr('0.0.0.0/0').containsIP(source.address) && !cidr('::/0').containsIP(source.address)", true],
  [FLOW, "cidr('192.0.2.1/32').containsIP(destination.address)", true],
  [FLOW, "[cidr('192.168.0.0/16'), cidr('10.0.0.0/8')].exists(c, c.containsIP(source.address))", true],
  [FLOW, 'ip(source.address).isGlobalUnicast()', true],
  [FLOW, 'flow.bytes.delta == 4294967296 && flow.bytes.delta > 4294967295', true],
  [FLOW, 'flow.bytes.delta < 9223372036854775807', true],
  [FLOW, 'flow.bytes.delta / flow.packets.delta > 1000000', true],
  [FLOW, 'flow.packets.delta == 3 ? source.port == 50000 : false', true],
  [FLOW, 'math.bitAnd(flow.tcp.flags.bits, 0x02) != 0 && math.bitAnd(flow.tcp.flags.bits, 0x04) == 0', true],
  [FLOW, 'flow.ip.dscp.id == 46 && flow.ip.ecn.id == 1', true],
  [FLOW, "flow.end_reason == 'end_of_flow_detected'", true],
  [FLOW, 'flow.end_reason == 3 && flow.end_reason in [1, 3]', true],
  [FLOW, "flow.direction == 'forward' && source.mac == '00:0a:b1:02:c3:d4'", true],
  [FLOW, '!has(flow.icmp.type.id) && flow.sampling.interval == 100', true],
  [FLOW, 'netflow.vlan.id == 42 && source.as.number == 65000 && netflow.interface.ingress.index == 7', true],
  [FLOW, "netflow.version == 9 && netflow.exporter.address == '10.9.8.7' && netflow.exporter.port == 4739", true],
  [FLOW, "cidr('10.9.0.0/16').containsIP(netflow.exporter.address) && netflow.observation_domain.id == 7", true],
  [FLOW, 'has(source.port) && !has(destination.as.number) && has(source.mac)', true],
  [FLOW, "source.address.startsWith('10.') && netflow.exporter.address.endsWith('.7')", true],
  [FLOW, '(has(destination.as.number) ? destination.as.number : 0) == 0', true],
  [IPV6, "source.address == '2001:db8::1' && cidr('2001:db8::/32').containsIP(source.address)", true],
  [IPV6, "cidr('fe80::/10').containsIP(destination.address) && ip(destination.address).isLinkLocalUnicast()", true],
  [IPV6, "cidr('::/0').containsIP(source.address) && !cidr('0.0.0.0/0').containsIP(source.address)", true],
  [IPV6, "network.transport == 'ipv6-icmp' && network.type == 'ipv6'", true],
  [
    IPV6,
    "netflow.application.name == 'dns' && netflow.firewall.event == 'denied' && flow.direction == 'forward'",
    true,
  ],
  [IPV6, 'flow.bytes.total > 9007199254740992', true],
  [IPV6, 'flow.bytes.total > 9007199254740991 && flow.bytes.total > 0', true],
  [IPV6, "netflow.mplsVpnRouteDistinguisher == '0102030405060708'", true],
  [BOTH, "source.address == '2001:db8::1' && !cidr('0.0.0.0/0').containsIP(source.address)", true],
  [BOTH, "network.type == 'ipv6'", true],
  // What a flow lacks equals nothing, and differs from everything.
  [EMPTY, 'source.port == 0 || source.port < 1 || source.port > 0 || source.port in [0]', false],
  [EMPTY, "source.port != 53 && source.address != '1.2.3.4' && !(source.port == 53)", true],
  [EMPTY, "cidr('0.0.0.0/0').containsIP(source.address) || ip(source.address).isLoopback()", false],
  [EMPTY, 'source.port == destination.port', false],
  [EMPTY, 'source.port != destination.port', true],
  [EMPTY, "math.bitAnd(flow.tcp.flags.bits, 2) == 0 || network.transport == 'tcp' || network.type == ''", false],
  [EMPTY, 'has(source.port) || has(netflow.vlan.id) || has(netflow.observation_domain.id)', true],
  [EMPTY, 'netflow.postVlanId == 5 || flow.end_reason.size() == 0', false],
  [EMPTY, 'source.port + 1 != 1 || math.bitAnd(flow.tcp.flags.bits, 2) != 0', false],
  [EMPTY, 'source.port != math.bitAnd(flow.tcp.flags.bits, 2) || 0 != source.port + 1', false],
] as const;

suite('an expression, by plan and by the library', () => {
  for (const [flow, text, expected] of CASES) {
    test(text, () => {
      assert.equal(isTrue(text, flow), expected);
      assert.equal(isTrue(text, flow, { libraryOnly: true }), expected);
    });
  }
});

suite('an expression that fails', () => {
  for (const text of [
    'source.port / (destination.port - 53) == 1',
    "netflow.vlan.id == 42 && netflow.postVlanId > 'a'",
    'ip(source.mac).isLoopback()',
  ]) {
    test(`${text} throws`, () => {
      assert.throws(() => isTrue(text, FLOW));
      assert.throws(() => isTrue(text, FLOW, { libraryOnly: true }));
    });
  }
});
