/** Expected values are those of sFlow.org's specifications: sFlow Version 5, and the others named beside structures. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ethernet, ipv4, ipv6, label, TCP, udp } from '../dissect/frames.fixture.ts';
import { createHarness } from '../pipeline/pipeline.fixture.ts';
import {
  address,
  datagram,
  discardedPacket,
  expandedFlowSample,
  flowSample,
  rawHeader,
  record,
  text,
  u32,
} from './datagram.fixture.ts';
import { dropReasonName } from './drop-reasons.ts';

type Attributes = Record<string, unknown>;

function flowsOf(...samples: string[]): Attributes[] {
  const { receive, flows } = createHarness();
  receive(datagram(samples));
  return flows().map(({ attributes }) => attributes);
}

/** The only flow of these samples. */
function flowOf(...samples: string[]): Attributes {
  const flows = flowsOf(...samples);
  assert.equal(flows.length, 1);
  return flows[0];
}

/** Of the attributes, those that are expected; undefined is for none. */
function assertHas(attributes: Attributes, expected: Attributes): void {
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, attributes[name]])), expected);
}

const FRAME = ethernet('0800', ipv4(6, TCP));
const TUPLE = {
  'source.address': '192.0.2.1',
  'destination.address': '198.51.100.1',
  'network.transport': 'tcp',
  'source.port': 443n,
  'destination.port': 50_000n,
  'flow.packets.delta': 1n,
};
const MAC = '00005e005301';
const OTHER_MAC = '00005e005302';
const padded = (mac: string) => `${mac}0000`;
const ETHERNET = u32(64) + padded(MAC) + padded(OTHER_MAC) + u32(0x0806);
const IPV4 = `${u32(1_500, 6)}c0000201c6336401${u32(443, 50_000, 18, 0xb8)}`;
const [V6, OTHER_V6] = [`20010db8${'0'.repeat(23)}1`, `20010db8${'0'.repeat(23)}2`];
const IPV6 = u32(1_400, 17) + V6 + OTHER_V6 + u32(53, 50_000, 0, 0xb8);

describe('the first bytes of a packet, by their protocol', () => {
  const packet = ipv4(6, TCP);
  const cases: [string, string, Attributes][] = [
    ['Ethernet', rawHeader(FRAME, { length: 1_518 }), { ...TUPLE, 'flow.bytes.delta': 1_518n }],
    ['IPv4', rawHeader(packet, { protocol: 11 }), { ...TUPLE, 'flow.bytes.delta': 40n }],
    ['IPv6', rawHeader(ipv6(17, udp()), { protocol: 12 }), { 'network.type': 'ipv6', 'network.transport': 'udp' }],
    [
      'MPLS',
      rawHeader(label(16, true) + packet, { protocol: 13 }),
      { ...TUPLE, 'netflow.mplsTopLabelStackSection': 16n },
    ],
    ['PPP', rawHeader(`0021${packet}`, { protocol: 7 }), TUPLE],
    ['PPP of a short protocol', rawHeader(`21${packet}`, { protocol: 7 }), TUPLE],
    ['PPP over SONET, with address and control', rawHeader(`ff030021${packet}`, { protocol: 14 }), TUPLE],
    ['PPP that is cut off', rawHeader('ff03', { protocol: 7 }), { 'source.address': undefined }],
    [
      'one that is not taken apart',
      rawHeader(FRAME, { protocol: 4, length: 100 }),
      { 'source.address': undefined, 'flow.bytes.delta': 100n, 'flow.packets.delta': 1n },
    ],
    [
      'none, as there are no bytes',
      rawHeader('', { length: 64 }),
      { 'flow.bytes.delta': 64n, 'source.mac': undefined },
    ],
  ];
  for (const [name, raw, expected] of cases) test(name, () => assertHas(flowOf(flowSample([raw])), expected));
});

test('no more bytes are a packet’s than its record has', () => {
  const raw = record(1, u32(1, 1_500, 0, 2 ** 32 - 1) + FRAME.slice(0, 68));
  const flow = flowOf(flowSample([raw, record(1_001, u32(0xffff_ffff, 5, 7, 6))]));
  assertHas(flow, { 'source.address': '192.0.2.1', 'source.port': undefined, 'netflow.vlan.id': undefined });
});

describe('headers that the agent has read itself', () => {
  const cases: [string, string[], Attributes][] = [
    [
      'Ethernet',
      [record(2, ETHERNET)],
      {
        'source.mac': '00:00:5e:00:53:01',
        'destination.mac': '00:00:5e:00:53:02',
        'netflow.ethernetType': 0x0806n,
        'flow.bytes.delta': 64n,
      },
    ],
    [
      'Ethernet of addresses that are not filled up',
      [record(2, u32(64) + MAC + OTHER_MAC + u32(0x0806))],
      { 'source.mac': '00:00:5e:00:53:01', 'destination.mac': '00:00:5e:00:53:02', 'netflow.ethernetType': 0x0806n },
    ],
    [
      'IPv4',
      [record(3, IPV4)],
      { ...TUPLE, 'flow.bytes.delta': 1_500n, 'flow.tcp.flags.bits': 18n, 'flow.ip.dscp.id': 46n },
    ],
    [
      'IPv6',
      [record(4, IPV6)],
      {
        'source.address': '2001:db8::1',
        'destination.address': '2001:db8::2',
        'network.transport': 'udp',
        'source.port': 53n,
        'flow.bytes.delta': 1_400n,
        'flow.ip.dscp.id': 46n,
      },
    ],
    [
      'Ethernet and IPv4',
      [record(3, IPV4), record(2, ETHERNET)],
      { ...TUPLE, 'source.mac': '00:00:5e:00:53:01', 'netflow.ethernetType': undefined, 'flow.bytes.delta': 64n },
    ],
    ['nothing, beside the first bytes', [record(4, IPV6), rawHeader(FRAME)], { ...TUPLE, 'flow.bytes.delta': 54n }],
    ['none', [], { 'flow.packets.delta': 1n, 'flow.bytes.delta': undefined, 'flow.sampling.interval': 1_000n }],
  ];
  for (const [name, records, expected] of cases) test(name, () => assertHas(flowOf(flowSample(records)), expected));
});

describe('structures beside the packet', () => {
  const name = 'netflow.sflow';
  const wlan = text('guest') + padded(MAC) + u32(4);
  const cases: [string, string, Attributes][] = [
    [
      'extended_switch',
      record(1_001, u32(10, 1, 20, 2)),
      {
        ...{ 'netflow.vlan.id': 10n, 'netflow.dot1qPriority': 1n, 'netflow.postVlanId': 20n },
        [`${name}.egressPriority`]: 2n,
      },
    ],
    [
      'extended_switch of priorities that are not known',
      record(1_001, u32(10, 0xffff_ffff, 20, 0xffff_ffff)),
      {
        ...{ 'netflow.vlan.id': 10n, 'netflow.dot1qPriority': undefined, 'netflow.postVlanId': 20n },
        [`${name}.egressPriority`]: undefined,
      },
    ],
    [
      'extended_router',
      record(1_002, address('0a000001') + u32(24, 16)),
      { 'netflow.next_hop.address': '10.0.0.1', 'source.prefix.length': 24n, 'destination.prefix.length': 16n },
    ],
    [
      'extended_router of IPv6',
      record(1_002, address(V6) + u32(48, 64)),
      { 'netflow.next_hop.address': '2001:db8::1', 'source.prefix.length': 48n, 'destination.prefix.length': 64n },
    ],
    [
      'extended_gateway',
      record(
        1_003,
        address('0a000002') +
          u32(64_500, 64_501, 64_502, 2) +
          u32(2, 2, 64_503, 64_504, 1, 2, 64_505, 64_506) +
          u32(2, 64_500 * 65_536 + 100, 5, 200),
      ),
      {
        'netflow.bgpNextHopIPv4Address': '10.0.0.2',
        'source.as.number': 64_501n,
        'destination.as.number': 64_506n,
        'netflow.bgpPrevAdjacentAsNumber': 64_502n,
        'netflow.bgpNextAdjacentAsNumber': 64_503n,
        [`${name}.routerAsNumber`]: 64_500n,
        [`${name}.destinationAsPath`]: [64_503n, 64_504n, 64_505n, 64_506n],
        [`${name}.destinationAsSet`]: [64_505n, 64_506n],
        [`${name}.communities`]: ['64500:100', '0:5'],
        [`${name}.localPreference`]: 200n,
      },
    ],
    [
      'extended_gateway of a path of nothing',
      record(1_003, u32(0) + u32(64_500, 64_501, 64_502, 0, 0, 200)),
      {
        'source.as.number': 64_501n,
        'destination.as.number': undefined,
        [`${name}.destinationAsPath`]: undefined,
        [`${name}.destinationAsSet`]: undefined,
        [`${name}.communities`]: undefined,
        [`${name}.localPreference`]: 200n,
      },
    ],
    [
      'extended_gateway of a path without sets',
      record(1_003, u32(0) + u32(64_500, 64_501, 64_502, 1, 2, 1, 64_503, 0, 200)),
      { [`${name}.destinationAsPath`]: [64_503n], [`${name}.destinationAsSet`]: undefined },
    ],
    [
      'extended_user',
      record(1_004, u32(106) + text('ann') + u32(3) + text('robert')),
      { 'netflow.userName': 'ann', [`${name}.destinationUserName`]: 'robert' },
    ],
    [
      'extended_url',
      record(1_005, u32(1) + text('/index.html') + text('www.example.org')),
      { 'netflow.httpRequestTarget': '/index.html', 'netflow.httpRequestHost': 'www.example.org' },
    ],
    [
      'extended_mpls',
      record(1_006, `${address('0a000003')}${u32(2)}${label(16)}${label(17, true)}${u32(1)}${label(18, true)}`),
      {
        'netflow.mplsTopLabelIPv4Address': '10.0.0.3',
        [`${name}.mplsIngressLabels`]: [16n, 17n],
        [`${name}.mplsEgressLabels`]: [18n],
      },
    ],
    [
      'extended_nat',
      record(1_007, address('cb007101') + address(V6)),
      { 'netflow.nat.source.address': '203.0.113.1', 'netflow.nat.destination.address': '2001:db8::1' },
    ],
    [
      'extended_mpls_tunnel',
      record(1_008, text('to-ams') + u32(7, 5)),
      { [`${name}.mplsTunnelName`]: 'to-ams', [`${name}.mplsTunnelId`]: 7n, [`${name}.mplsTunnelCos`]: 5n },
    ],
    [
      'extended_mpls_vc',
      record(1_009, text('vc') + u32(8, 4)),
      { [`${name}.mplsVcName`]: 'vc', [`${name}.mplsVcId`]: 8n, [`${name}.mplsVcCos`]: 4n },
    ],
    [
      'extended_mpls_FTN',
      record(1_010, text('fec') + u32(32)),
      { [`${name}.mplsFtnDescription`]: 'fec', [`${name}.mplsFtnMask`]: 32n },
    ],
    ['extended_mpls_LDP_FEC', record(1_011, u32(24)), { 'netflow.mplsTopLabelPrefixLength': 24n }],
    ['extended_vlantunnel', record(1_012, u32(2, 0x88a8_0064, 0x8100_20c8)), { [`${name}.vlanTunnel`]: [100n, 200n] }],
    [
      'extended_80211_rx',
      record(1_014, wlan + u32(11, 0, 54_000_000, 20, 90, 300)),
      {
        'netflow.wlanSSID': 'guest',
        'netflow.wlanChannelId': 11n,
        [`${name}.wlanBssid`]: '00:00:5e:00:53:01',
        [`${name}.wlanVersion`]: 4n,
        [`${name}.wlanSpeed`]: 54_000_000n,
        [`${name}.wlanRsni`]: 20n,
        [`${name}.wlanRcpi`]: 90n,
        [`${name}.wlanPacketDuration`]: 300n,
      },
    ],
    [
      'extended_80211_tx',
      record(1_015, wlan + u32(2, 300, 100, 11, 1, 0, 50)),
      {
        'netflow.wlanSSID': 'guest',
        'netflow.wlanChannelId': 11n,
        [`${name}.wlanTransmissions`]: 2n,
        [`${name}.wlanPacketDuration`]: 300n,
        [`${name}.wlanRetransmissionDuration`]: 100n,
        [`${name}.wlanSpeed`]: 2n ** 32n,
        [`${name}.wlanPower`]: 50n,
      },
    ],
    ['extended_nat_port', record(1_020, u32(1_024, 80)), { 'netflow.nat.source.port': 1_024n }],
    [
      'extended_L2_tunnel_ingress',
      record(1_022, ETHERNET),
      { [`${name}.tunnelSourceMac`]: '00:00:5e:00:53:01', [`${name}.tunnelDestinationMac`]: '00:00:5e:00:53:02' },
    ],
    [
      'extended_ipv4_tunnel_egress',
      record(1_023, `${u32(1_540, 17)}0a0000010a000002${u32(1_024, 4_789, 0, 0)}`),
      {
        ...TUPLE,
        'netflow.tunnel.type': 'vxlan',
        'netflow.tunnel.source.address': '10.0.0.1',
        'netflow.tunnel.destination.address': '10.0.0.2',
        'netflow.tunnel.destination.port': 4_789n,
        'flow.bytes.delta': 54n,
      },
    ],
    [
      'extended_ipv6_tunnel_ingress',
      record(1_026, u32(1_540, 47) + V6 + OTHER_V6 + u32(0, 0, 0, 0)),
      { ...TUPLE, 'netflow.tunnel.type': 'gre', 'netflow.tunnel.source.address': '2001:db8::1' },
    ],
    ['extended_vni_ingress', record(1_030, u32(5_000)), { [`${name}.vni`]: 5_000n }],
    ['extended_egress_queue', record(1_036, u32(3)), { [`${name}.egressQueue`]: 3n }],
    [
      'extended_acl',
      record(1_037, u32(101) + text('edge-in') + u32(1)),
      { [`${name}.aclNumber`]: 101n, [`${name}.aclName`]: 'edge-in', [`${name}.aclDirection`]: 1n },
    ],
    ['extended_function', record(1_038, text('ip_rcv')), { [`${name}.function`]: 'ip_rcv' }],
    ['extended_transit', record(1_039, u32(1_200)), { [`${name}.transitDelay`]: 1_200n }],
    ['extended_queue', record(1_040, u32(4_096)), { [`${name}.queueDepth`]: 4_096n }],
    [
      'extended_hw_trap',
      record(1_041, text('l2_drops') + text('ingress_vlan_filter')),
      { [`${name}.hardwareTrapGroup`]: 'l2_drops', [`${name}.hardwareTrap`]: 'ingress_vlan_filter' },
    ],
    ['extended_linux_drop_reason', record(1_042, text('NO_SOCKET')), { [`${name}.linuxDropReason`]: 'NO_SOCKET' }],
  ];
  for (const [title, structure, expected] of cases)
    test(title, () => {
      const samples = [flowSample([structure, rawHeader(FRAME)]), expandedFlowSample([rawHeader(FRAME), structure])];
      for (const attributes of flowsOf(...samples)) assertHas(attributes, { ...TUPLE, ...expected });
    });
});

test('of two that tell the same, the first counts', () => {
  const first = record(1_036, u32(1));
  assertHas(flowOf(flowSample([first, record(1_036, u32(2))])), { 'netflow.sflow.egressQueue': 1n });
  const tunnels = [1_024, 1_023].map((format, nth) =>
    record(format, `${u32(0, 47)}0a00000${nth}0a000009${u32(0, 0, 0, 0)}`),
  );
  assertHas(flowOf(flowSample([rawHeader(FRAME), ...tunnels])), { 'netflow.tunnel.source.address': '10.0.0.0' });
});

test('texts and lists are as long as there is room for them', () => {
  const long = 'x'.repeat(300);
  const path = Array.from({ length: 70 }, (_, index) => 64_500 + index);
  const gateway = u32(0, 1, 2, 3, 1, 1, path.length, ...path, path.length, ...path, 7);
  const flow = flowOf(
    flowSample([record(1_038, text(long)), record(1_003, gateway), record(1_005, u32(1, 2 ** 32 - 1, 0x61626364))]),
  );
  assertHas(flow, {
    'netflow.sflow.function': 'x'.repeat(254),
    // Five bytes say what is in a list, and texts have their length.
    'netflow.sflow.destinationAsPath': path.slice(0, 62).map(BigInt),
    'netflow.sflow.destinationAsSet': path.slice(0, 62).map(BigInt),
    'netflow.sflow.communities': path.slice(0, 31).map((number) => `0:${number}`),
    'destination.as.number': 64_569n,
    'netflow.sflow.localPreference': 7n,
    'netflow.httpRequestTarget': 'abcd',
    'netflow.httpRequestHost': undefined,
  });
});

describe('where the packet came in and went out', () => {
  const [ingress, egress] = ['netflow.interface.ingress.index', 'netflow.interface.egress.index'];
  const INTERNAL = 0x3fff_ffff;
  const cases: [string, [number, number, number, number], Attributes][] = [
    ['indexes', [0, 7, 0, 8], { [ingress]: 7n, [egress]: 8n, 'netflow.sflow.dropReason': undefined }],
    ['discarded', [0, 7, 1, 258], { [egress]: undefined, 'netflow.sflow.dropReason': 'acl' }],
    ['multiple', [0, 7, 2, 3], { [egress]: undefined, 'netflow.sflow.egressInterfaceCount': 3n }],
    ['from the device', [0, INTERNAL, 0, 8], { [ingress]: undefined, 'netflow.sflow.ingressInternal': true }],
    ['to the device', [0, 7, 0, INTERNAL], { [egress]: undefined, 'netflow.sflow.egressInternal': true }],
    ['of a format that is not known', [3, 7, 3, 8], { [ingress]: undefined, [egress]: undefined }],
  ];
  for (const [name, [inputFormat, input, outputFormat, output], expected] of cases) {
    test(name, () => {
      const compact = flowSample([], {
        input: inputFormat * 2 ** 30 + input,
        output: outputFormat * 2 ** 30 + output,
      });
      const expanded = expandedFlowSample([], { inputFormat, input, outputFormat, output });
      for (const flow of flowsOf(compact, expanded)) assertHas(flow, expected);
    });
  }
});

test('sampling, and what was sampled at', () => {
  const attributes = {
    'flow.sampling.interval': 512n,
    'netflow.sflow.samplePool': 1_024n,
    'netflow.sflow.sampleDrops': 9n,
    'netflow.sflow.dataSourceIndex': 7n,
  };
  const sampling = { rate: 512, pool: 1_024, drops: 9 };
  assertHas(flowOf(flowSample([], sampling)), { ...attributes, 'netflow.sflow.dataSourceClass': undefined });
  const expanded = expandedFlowSample([], { ...sampling, sourceClass: 1, sourceIndex: 7 });
  assertHas(flowOf(expanded), { ...attributes, 'netflow.sflow.dataSourceClass': 1n });
});

test('packets that were discarded tell why', () => {
  const flow = flowOf(discardedPacket([rawHeader(FRAME), record(1_038, text('nf_hook'))], { reason: 257, drops: 4 }));
  assertHas(flow, {
    ...TUPLE,
    'netflow.sflow.dropReasonId': 257n,
    'netflow.sflow.dropReason': 'ttl_exceeded',
    'netflow.sflow.sampleDrops': 4n,
    'netflow.sflow.function': 'nf_hook',
    'netflow.interface.ingress.index': 7n,
    'flow.sampling.interval': undefined,
  });
  // sFlow Version 5, §5 and Dropped Packet Notification Structures.
  const names = [0, 13, 15, 16, 256, 263, 279, 303, 304].map(dropReasonName);
  assert.deepEqual(names, [
    ...['net_unreachable', 'comm_admin_prohibited', 'precedence_cutoff', '16', 'unknown', 'src_mac_is_multicast'],
    ...['unresolved_neigh', 'split_horizon', '304'],
  ]);
});

test('flows come in the order of their samples, and as many as a packet may have', () => {
  const frames = [FRAME, ethernet('86dd', ipv6(17, udp())), FRAME, ethernet('0806', '00'.repeat(28))];
  const samples = frames.map((frame) => flowSample([rawHeader(frame)]));
  const kindOf = (flow: Attributes) => flow['network.transport'] ?? flow['netflow.ethernetType'];
  assert.deepEqual(flowsOf(...samples).map(kindOf), ['tcp', 'udp', 'tcp', 0x0806n]);
  const { receive, flows, count } = createHarness({ limits: { recordsPerPacket: 2 } });
  receive(datagram(samples));
  assert.equal(flows().length, 2);
  assert.equal(count('flows'), 4);
});
