/** The table of docs/spans.md, row by row. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createHarness, v5 } from '../pipeline/pipeline.fixture.ts';
import { spanOf } from './record.fixture.ts';

/** What a record without ports and times has. */
const ALWAYS = {
  'flow.direction': 'unknown',
  'netflow.exporter.address': '10.0.0.1',
  'netflow.time.source': 'absent',
};

type Row = [record: string[], attributes: object];

function check(rows: Record<string, Row[]>, version: 9 | 10 = 10): void {
  for (const [name, cases] of Object.entries(rows)) {
    test(name, () => {
      for (const [record, attributes] of cases) {
        assert.deepEqual(spanOf(record, { version }).attributes, { ...ALWAYS, ...attributes }, record.join(', '));
      }
    });
  }
}

const A = '0a000001';
const B = '0a000002';
const A6 = '20010db8000000000000000000000001';
const B6 = '20010db8000000000000000000000002';
const NO6 = '00'.repeat(16);

describe('addresses and ports', () => {
  check({
    'source.address': [
      [[`8 ${A}`], { 'source.address': '10.0.0.1', 'network.type': 'ipv4' }],
      [[`27 ${A6}`], { 'source.address': '2001:db8::1', 'network.type': 'ipv6' }],
    ],
    'destination.address': [
      [[`12 ${B}`], { 'destination.address': '10.0.0.2', 'network.type': 'ipv4' }],
      [[`28 ${B6}`], { 'destination.address': '2001:db8::2', 'network.type': 'ipv6' }],
    ],
    'both families: IPv4 unless it is 0.0.0.0': [
      [
        [`8 ${A}`, `27 ${A6}`],
        { 'source.address': '10.0.0.1', 'network.type': 'ipv4', 'netflow.sourceIPv6Address': '2001:db8::1' },
      ],
      [[`27 ${A6}`, '8 00000000'], { 'source.address': '2001:db8::1', 'network.type': 'ipv6' }],
      [[`27 ${NO6}`, `8 ${A}`], { 'source.address': '10.0.0.1', 'network.type': 'ipv4' }],
      [
        ['8 00000000', `27 ${A6}`, '12 00000000', `28 ${B6}`],
        { 'source.address': '2001:db8::1', 'destination.address': '2001:db8::2', 'network.type': 'ipv6' },
      ],
    ],
    'both families: ipVersion decides': [
      [
        [`8 ${A}`, `27 ${A6}`, '60 06'],
        { 'source.address': '2001:db8::1', 'network.type': 'ipv6', 'netflow.sourceIPv4Address': '10.0.0.1' },
      ],
      [
        ['8 00000000', `27 ${A6}`, '60 04'],
        { 'source.address': '0.0.0.0', 'network.type': 'ipv4', 'netflow.sourceIPv6Address': '2001:db8::1' },
      ],
      [['8 00000000', `27 ${A6}`, '60 00'], { 'source.address': '2001:db8::1', 'network.type': 'ipv6' }],
    ],
    'both families, one of them again: what is no source stands under its own name': [
      [
        [`8 ${A}`, `27 ${A6}`, `27 ${B6}`],
        {
          'source.address': '10.0.0.1',
          'network.type': 'ipv4',
          'netflow.sourceIPv6Address': ['2001:db8::1', '2001:db8::2'],
        },
      ],
      [
        [`8 ${A}`, `27 ${NO6}`, `27 ${B6}`],
        { 'source.address': '10.0.0.1', 'network.type': 'ipv4', 'netflow.sourceIPv6Address': '2001:db8::2' },
      ],
      [
        [`27 ${A6}`, '8 00000000', `27 ${B6}`],
        { 'source.address': '2001:db8::1', 'network.type': 'ipv6', 'netflow.sourceIPv6Address': '2001:db8::2' },
      ],
      [
        [`27 ${A6}`, `8 ${A}`, `8 ${B}`, '60 06'],
        {
          'source.address': '2001:db8::1',
          'network.type': 'ipv6',
          'netflow.sourceIPv4Address': ['10.0.0.1', '10.0.0.2'],
        },
      ],
    ],
    'network.type from ipVersion': [
      [['60 04'], { 'network.type': 'ipv4' }],
      [['60 06'], { 'network.type': 'ipv6' }],
      [['60 05'], {}],
    ],
    'source.port': [
      [['7 01bb'], { 'source.port': 443n }],
      [['180 0035'], { 'source.port': 53n }],
      [['182 ffff'], { 'source.port': 65_535n }],
      [['182 0001', '180 0002', '7 0000'], { 'source.port': 2n, 'netflow.tcpSourcePort': 1n }],
      [
        ['182 0001', '180 0002', '7 0003'],
        { 'source.port': 3n, 'netflow.tcpSourcePort': 1n, 'netflow.udpSourcePort': 2n },
      ],
    ],
    'destination.port': [
      [['11 01bb'], { 'destination.port': 443n }],
      [['181 0035'], { 'destination.port': 53n }],
      [['183 0050'], { 'destination.port': 80n }],
    ],
    'netflow.next_hop.address': [
      [[`15 ${A}`], { 'netflow.next_hop.address': '10.0.0.1' }],
      [[`62 ${A6}`], { 'netflow.next_hop.address': '2001:db8::1' }],
      [[`15 00000000`, `62 ${A6}`], { 'netflow.next_hop.address': '2001:db8::1' }],
      [['15 00000000'], {}],
    ],
    'netflow.nat.source.address': [
      [[`225 ${A}`], { 'netflow.nat.source.address': '10.0.0.1' }],
      [[`281 ${A6}`], { 'netflow.nat.source.address': '2001:db8::1' }],
    ],
    'netflow.nat.destination.address': [
      [[`226 ${B}`], { 'netflow.nat.destination.address': '10.0.0.2' }],
      [[`282 ${B6}`], { 'netflow.nat.destination.address': '2001:db8::2' }],
    ],
    'netflow.nat.source.port, netflow.nat.destination.port': [
      [['227 0401', '228 0050'], { 'netflow.nat.source.port': 1_025n, 'netflow.nat.destination.port': 80n }],
    ],
    'source.mac, destination.mac': [
      [
        ['56 0a1b2c3d4e5f', '80 ffffffffffff'],
        { 'source.mac': '0a:1b:2c:3d:4e:5f', 'destination.mac': 'ff:ff:ff:ff:ff:ff' },
      ],
    ],
    'prefix lengths': [
      [['9 18', '13 10'], { 'source.prefix.length': 24n, 'destination.prefix.length': 16n }],
      [['29 40', '30 30'], { 'source.prefix.length': 64n, 'destination.prefix.length': 48n }],
    ],
    'autonomous systems, of two and four bytes': [
      [['16 fde8', '17 fffffffe'], { 'source.as.number': 65_000n, 'destination.as.number': 4_294_967_294n }],
    ],
  });
});

describe('counters', () => {
  check({
    'flow.bytes.delta': [
      [['1 000000000000ffff'], { 'flow.bytes.delta': 65_535n }],
      [['1 05dc'], { 'flow.bytes.delta': 1_500n }],
    ],
    'flow.bytes.delta of an initiator (231)': [
      [['231 00000010'], { 'flow.bytes.delta': 16n, 'flow.direction': 'forward' }],
      [['231 10', '1 20'], { 'flow.bytes.delta': 32n, 'flow.direction': 'forward', 'netflow.initiatorOctets': 16n }],
    ],
    'flow.packets.delta': [
      [['2 00000007'], { 'flow.packets.delta': 7n }],
      [['298 07'], { 'flow.packets.delta': 7n, 'flow.direction': 'forward' }],
    ],
    'flow.bytes.total, flow.packets.total': [
      [['85 0100', '86 02'], { 'flow.bytes.total': 256n, 'flow.packets.total': 2n }],
    ],
    'flow.reverse.bytes.delta, flow.reverse.packets.delta': [
      [['29305/1 0100', '29305/2 02'], { 'flow.reverse.bytes.delta': 256n, 'flow.reverse.packets.delta': 2n }],
      [
        ['232 0100', '299 02'],
        { 'flow.reverse.bytes.delta': 256n, 'flow.reverse.packets.delta': 2n, 'flow.direction': 'forward' },
      ],
    ],
    'flow.reverse.bytes.total, flow.reverse.packets.total': [
      [['29305/85 0100', '29305/86 02'], { 'flow.reverse.bytes.total': 256n, 'flow.reverse.packets.total': 2n }],
    ],
    '23 and 24 are post counters: the flow’s own where there are no others, and not the reverse': [
      [['23 01', '24 02'], { 'flow.bytes.delta': 1n, 'flow.packets.delta': 2n }],
      [['23 01', '1 03'], { 'flow.bytes.delta': 3n, 'netflow.postOctetDeltaCount': 1n }],
      [['23 00', '1 03'], { 'flow.bytes.delta': 3n, 'netflow.postOctetDeltaCount': 0n }],
      [['352 04', '23 01'], { 'flow.bytes.delta': 1n, 'netflow.layer2OctetDeltaCount': 4n }],
    ],
    'bytes of layer 2 (352), where there are no others': [[['352 0400'], { 'flow.bytes.delta': 1_024n }]],
    'a zero gives way to what contradicts it': [
      [['1 00', '23 20'], { 'flow.bytes.delta': 32n, 'netflow.octetDeltaCount': 0n }],
      [['1 00', '23 00'], { 'flow.bytes.delta': 0n, 'netflow.postOctetDeltaCount': 0n }],
    ],
    'flow.sampling.interval': [
      [['34 00000064'], { 'flow.sampling.interval': 100n }],
      [['34 01', '50 64'], { 'flow.sampling.interval': 100n, 'netflow.samplingInterval': 1n }],
      [['50 0a'], { 'flow.sampling.interval': 10n }],
      [['34 00'], {}],
      [['305 00000001', '306 00000063'], { 'flow.sampling.interval': 100n }],
      [['305 02', '306 03'], { 'flow.sampling.interval': 3n }],
      [['305 01', '306 00'], { 'flow.sampling.interval': 1n }],
      [['305 00000001', '306 ffffffff'], { 'flow.sampling.interval': 4_294_967_296n }],
      [['305 00000001', '306 b2d05e00'], { 'flow.sampling.interval': 3_000_000_001n }],
      [['305 00', '306 00'], {}],
      [['305 00', '306 01'], {}],
      [['305 01'], { 'netflow.samplingPacketInterval': 1n }],
    ],
  });
});

describe('the rest of the profile', () => {
  check({
    'flow.tcp.flags.bits, of one and two bytes': [
      [['6 1b'], { 'flow.tcp.flags.bits': 27n }],
      [['6 0112'], { 'flow.tcp.flags.bits': 274n }],
      [['29305/6 12'], { 'flow.reverse.tcp.flags.bits': 18n }],
    ],
    'flow.ip.dscp.id, flow.ip.ecn.id': [
      [['5 b9'], { 'flow.ip.dscp.id': 46n, 'flow.ip.ecn.id': 1n }],
      [['195 2e'], { 'flow.ip.dscp.id': 46n }],
      [['195 2e', '5 00'], { 'flow.ip.dscp.id': 46n }],
      [['5 00'], { 'flow.ip.dscp.id': 0n }],
      [['195 2e', '5 03'], { 'flow.ip.dscp.id': 0n, 'flow.ip.ecn.id': 3n, 'netflow.ipDiffServCodePoint': 46n }],
    ],
    'flow.ip.ttl, flow.ip.flow_label': [
      [['192 40', '31 000fffff'], { 'flow.ip.ttl': 64n, 'flow.ip.flow_label': 1_048_575n }],
    ],
    'flow.icmp.type.id, flow.icmp.code.id': [
      [['176 03', '177 01'], { 'network.transport': 'icmp', 'flow.icmp.type.id': 3n, 'flow.icmp.code.id': 1n }],
      [['178 80', '179 00'], { 'network.transport': 'ipv6-icmp', 'flow.icmp.type.id': 128n, 'flow.icmp.code.id': 0n }],
      [['32 0301'], { 'network.transport': 'icmp', 'flow.icmp.type.id': 3n, 'flow.icmp.code.id': 1n }],
      [['139 8000'], { 'network.transport': 'ipv6-icmp', 'flow.icmp.type.id': 128n, 'flow.icmp.code.id': 0n }],
      [
        ['32 0301', '176 08'],
        { 'network.transport': 'icmp', 'flow.icmp.type.id': 8n, 'netflow.icmpTypeCodeIPv4': 769n },
      ],
    ],
    'ICMP in the destination port': [
      [['4 01', '11 0301'], { 'network.transport': 'icmp', 'flow.icmp.type.id': 3n, 'flow.icmp.code.id': 1n }],
      [
        ['4 3a', '11 8000'],
        {
          'network.transport': 'ipv6-icmp',
          'flow.icmp.type.id': 128n,
          'flow.icmp.code.id': 0n,
        },
      ],
      [['4 06', '11 0301'], { 'network.transport': 'tcp', 'destination.port': 769n }],
      [['4 01', '11 0301', '176 08'], { 'network.transport': 'icmp', 'flow.icmp.type.id': 8n }],
    ],
    'flow.end_reason': [
      [['136 01'], { 'flow.end_reason': 'idle_timeout' }],
      [['136 02'], { 'flow.end_reason': 'active_timeout' }],
      [['136 03'], { 'flow.end_reason': 'end_of_flow_detected' }],
      [['136 04'], { 'flow.end_reason': 'forced_end' }],
      [['136 05'], { 'flow.end_reason': 'lack_of_resources' }],
      [['136 06'], { 'flow.end_reason': '6' }],
      [['136 00'], {}],
      [['136 0001'], { 'flow.end_reason': 'idle_timeout' }],
    ],
    'netflow.firewall.event': [
      [['233 00'], { 'netflow.firewall.event': 'ignore' }],
      [['233 01'], { 'netflow.firewall.event': 'created' }],
      [['233 02'], { 'netflow.firewall.event': 'deleted' }],
      [['233 03'], { 'netflow.firewall.event': 'denied' }],
      [['233 04'], { 'netflow.firewall.event': 'alert' }],
      [['233 05'], { 'netflow.firewall.event': 'update' }],
      [['233 ff'], { 'netflow.firewall.event': '255' }],
    ],
    'netflow.interface.ingress.index, netflow.interface.egress.index': [
      [
        ['10 0001', '14 80000001'],
        { 'netflow.interface.ingress.index': 1n, 'netflow.interface.egress.index': 2_147_483_649n },
      ],
    ],
    'netflow.vlan.id': [
      [['58 0064'], { 'netflow.vlan.id': 100n }],
      [['243 0064'], { 'netflow.vlan.id': 100n }],
      [['243 0065', '58 0064'], { 'netflow.vlan.id': 100n, 'netflow.dot1qVlanId': 101n }],
    ],
    'netflow.application.id: engine, then selector (RFC 6759)': [
      [['95 03000050'], { 'netflow.application.id': '3:80' }],
      [['95 0d'], { 'netflow.application.id': '13:0' }],
      [['95 0cffffffffffffffff'], { 'netflow.application.id': '12:18446744073709551615' }],
      [['95 14 00003044 00008f34'], { 'netflow.application.id': '20:12356:36660' }],
      [['95 14 00003044'], { 'netflow.application.id': '20:12356:0' }],
      [['95 14 000001'], { 'netflow.application.id': '20:1' }],
      [['95* 03000050'], { 'netflow.application.id': '3:80' }],
      [['95*'], {}],
    ],
    'netflow.application.name': [
      [['96 68747470000000'], { 'netflow.application.name': 'http' }],
      [['96* 68747470'], { 'netflow.application.name': 'http' }],
    ],
  });
});

describe('names of numbers', () => {
  check({
    'the observed direction (61) and that of a biflow (239)': [
      [['61 00'], { 'netflow.flowDirection': 'ingress' }],
      [['61 01'], { 'netflow.flowDirection': 'egress' }],
      [['61 02'], { 'netflow.flowDirection': '2' }],
      [['61 00', '61 01', '61 07'], { 'netflow.flowDirection': ['ingress', 'egress', '7'] }],
      [['61 00', '61* 01'], { 'netflow.flowDirection': [0n, 1n] }],
      [['239 03'], { 'netflow.biflowDirection': 'perimeter' }],
    ],
    'the type of an MPLS label (46), of NAT (297), of a point of observation (277), and what is exceeded (466, 467)': [
      [['46 05'], { 'netflow.mplsTopLabelType': 'ldp' }],
      [['46 0a'], { 'netflow.mplsTopLabelType': 'bgp_segment_routing_prefix_sid' }],
      [['46 0b'], { 'netflow.mplsTopLabelType': '11' }],
      [['297 05'], { 'netflow.natType': 'nat66_translated' }],
      [['277 03'], { 'netflow.observationPointType': 'vlan' }],
      [['466 00000002'], { 'netflow.natQuotaExceededEvent': 'maximum_bib_entries' }],
      [['467 00000004'], { 'netflow.natThresholdEvent': 'address_and_port_mapping_per_user_high_threshold' }],
    ],
    'forwarding status (RFC 7270 §4.12), of one and four bytes': [
      [['89 40'], { 'netflow.forwardingStatus': 'forwarded' }],
      [['89 00000081'], { 'netflow.forwardingStatus': 'dropped_acl_deny' }],
      [['89 44'], { 'netflow.forwardingStatus': 'forwarded_acl_redirect' }],
      [['89 c3'], { 'netflow.forwardingStatus': 'consumed_for_us' }],
      [['89 7f'], { 'netflow.forwardingStatus': '127' }],
      [['89 00'], {}],
      [['89 00', '89 81'], { 'netflow.forwardingStatus': 'dropped_acl_deny' }],
    ],
    'how is sampled: before PSAMP (35, 49), by it (304), of flows (390)': [
      [['35 02'], { 'netflow.samplingAlgorithm': 'random' }],
      [['49 01'], { 'netflow.samplerMode': 'deterministic' }],
      [['304 0003'], { 'netflow.selectorAlgorithm': 'random_n_out_of_n_sampling' }],
      [['390 0009'], { 'netflow.flowSelectorAlgorithm': 'flow_state_dependent_selection' }],
    ],
    'engines of classification (101), realms (229), anonymization (286), distribution (384), frames (408), MIBs (448)':
      [
        [['101 0d'], { 'netflow.classificationEngineId': 'pana_l7' }],
        [['101 05'], { 'netflow.classificationEngineId': '5' }],
        [['229 01'], { 'netflow.natOriginatingAddressRealm': 'private' }],
        [['286 0007'], { 'netflow.anonymizationTechnique': 'reverse_truncation' }],
        [['384 05'], { 'netflow.valueDistributionMethod': 'proportional_uniform_distribution' }],
        [['408 0001'], { 'netflow.dataLinkFrameType': 'ieee_802_3_ethernet' }],
        [['448 03'], { 'netflow.mibCaptureTimeSemantics': 'export' }],
        [['500 03'], { 'netflow.srhIPv6ActiveSegmentType': 'ospfv3_segment_routing' }],
      ],
    'options of TCP (520), extension headers of IPv6 (515): the least significant bit is the first': [
      [['520 010c'], { 'netflow.tcpOptionsFull': ['maximum_segment_size', 'window_scale', 'timestamps'] }],
      [['520 8000000004000000'], { 'netflow.tcpOptionsFull': ['compression_filter', '63'] }],
      [[`520 8${'0'.repeat(63)}`], { 'netflow.tcpOptionsFull': ['255'] }],
      [['520 00'], {}],
      [['520 01', '520 02'], { 'netflow.tcpOptionsFull': [1n, 2n] }],
      [['515 0021'], { 'netflow.ipv6ExtensionHeadersFull': ['destination_options', 'routing'] }],
    ],
    'of VMware': [
      [['6876/954 02'], { 'netflow.vmware.flowDirection': 'reverse' }],
      [['6876/956 03'], { 'netflow.vmware.algType': 'sunrpc' }],
      [['6876/957 09'], { 'netflow.vmware.algFlowType': '9' }],
      [
        ['6876/891 01', '6876/892 001234'],
        { 'netflow.vmware.tunnelType': 'vxlan', 'netflow.vmware.tunnelKey': '001234' },
      ],
      [
        ['6876/895 11', '6876/893 0a000001'],
        {
          'netflow.vmware.tunnelProtocolIdentifier': 17n,
          'netflow.vmware.tunnelSourceIPv4Address': '10.0.0.1',
        },
      ],
    ],
    'of Antrea': [
      [['56506/137 03'], { 'netflow.antrea.flowType': 'to_external' }],
      [
        ['56506/115 02', '56506/139 02'],
        {
          'netflow.antrea.ingressNetworkPolicyType': 'antrea',
          'netflow.antrea.ingressNetworkPolicyRuleAction': 'drop',
        },
      ],
    ],
    'NAT events (RFC 8158 §4.1)': [
      [['230 04'], { 'netflow.natEvent': 'nat44_session_create' }],
      [['230 0d'], { 'netflow.natEvent': 'quota_exceeded' }],
      [['230 10'], { 'netflow.natEvent': 'port_block_allocation' }],
      [['230 ff'], { 'netflow.natEvent': '255' }],
      [['230 00'], {}],
    ],
    'the type of IGMP': [
      [['33 16'], { 'netflow.igmpType': 22n }],
      [['33 00'], {}],
    ],
  });
});

describe('zeros that say nothing', () => {
  const nothing = (...fields: string[]): Row => [fields, {}];
  check({
    'autonomous systems, labels of flows, VLANs': [
      nothing('16 0000', '17 00000000'),
      nothing('31 00000000', '58 0000'),
    ],
    'addresses but those of the ends': [
      nothing('15 00000000', '62 00000000000000000000000000000000', '18 00000000', '56 000000000000'),
      nothing('225 00000000', '227 0000', '226 00000000', '228 0000'),
      [['8 00000000'], { 'source.address': '0.0.0.0', 'network.type': 'ipv4' }],
    ],
    'a prefix of no length, unless the flow has a next hop: it is by the default route': [
      nothing('9 00', '30 00', '15 00000000'),
      [[`13 00`, `15 ${A}`], { 'destination.prefix.length': 0n, 'netflow.next_hop.address': '10.0.0.1' }],
    ],
    'interfaces, unless the other one is known: it is the device itself, or the flow was dropped': [
      nothing('10 0000', '14 0000'),
      [['10 0003', '14 0000'], { 'netflow.interface.ingress.index': 3n, 'netflow.interface.egress.index': 0n }],
    ],
    'flags of other protocols than TCP': [
      [['4 11', '6 00'], { 'network.transport': 'udp' }],
      [['4 06', '6 00'], { 'network.transport': 'tcp', 'flow.tcp.flags.bits': 0n }],
      [['6 00'], { 'flow.tcp.flags.bits': 0n }],
    ],
    'an application, a sampler and how it samples': [nothing('95 00000000', '48 00', '35 00', '49 00')],
    'of several of one element, those that are zero': [
      nothing('59 0000', '59 0000'),
      [['59 0000', '59 0005'], { 'netflow.postVlanId': 5n }],
      [['59 0006', '59 0000', '59 0005'], { 'netflow.postVlanId': [6n, 5n] }],
      [['52 00', '52 01'], { 'netflow.minimumTTL': [0n, 1n] }],
    ],
    'in the reverse direction, too': [
      nothing('29305/58 0000', '29305/16 0000', '29305/56 000000000000'),
      [['29305/5 00'], { 'netflow.reverse.ipClassOfService': 0n }],
    ],
    'counters of zero are values': [[['1 00', '2 00'], { 'flow.bytes.delta': 0n, 'flow.packets.delta': 0n }]],
  });
});

describe('labels of MPLS (RFC 3032 §2.1)', () => {
  const [TOP, SECOND, THIRD] = ['TopLabelStackSection', 'LabelStackSection2', 'LabelStackSection3'].map(
    (name) => `netflow.mpls${name}`,
  );
  check({
    'to the bottom of the stack': [
      [['70 03e800', '71 07d001', '72 0bb801'], { [TOP]: 16_000n, [SECOND]: 32_000n }],
      [['70 fffff1'], { [TOP]: 1_048_575n }],
    ],
    'traffic classes are not part of the label': [[['70 00010f'], { [TOP]: 16n }]],
    'entries of zeros are none': [[['70 000000', '71 000010', '72 000000'], { [SECOND]: 1n }]],
    'label 0, explicit null, at the bottom': [[['70 000001', '71 000011'], { [TOP]: 0n }]],
    'what is no entry, or there twice': [
      [['70 00001101', '72 000011'], { [TOP]: '00001101', [THIRD]: 1n }],
      [['70 000010', '70 000020'], { [TOP]: ['000010', '000020'] }],
    ],
  });
});

describe('names of what is not in the profile', () => {
  check({
    'IANA’s': [[['82 6574683000000000'], { 'netflow.interfaceName': 'eth0' }]],
    'the reverse of IANA’s': [[['29305/192 40'], { 'netflow.reverse.ipTTL': 64n }]],
    'what has no reverse (RFC 5103 §6.1)': [[['29305/239 01'], { 'netflow.reverse.239': '01' }]],
    'a vendor’s': [[['9/8337 0100'], { 'netflow.cisco.serverBytesNetwork': 256n }]],
    'a known vendor’s that is not registered': [[['9/1 0102'], { 'netflow.cisco.1': '0102' }]],
    'an unknown vendor’s': [[['4294967295/32767 0a'], { 'netflow.4294967295.32767': '0a' }]],
    'not registered': [[['32000 0a0b'], { 'netflow.element.32000': '0a0b' }]],
    'paddings are left out': [[['210 0000', '210 ffffff'], {}]],
    'fields without bytes are left out': [[['8', '82', '16 0001'], { 'source.as.number': 1n }]],
  });
  check({ 'v9: ids from 32768 on are vendors’': [[['34000 0007'], { 'netflow.cisco.ctsSourceGroupTag': 7n }]] }, 9);
  check(
    {
      'v9: extended events of the ASA': [
        [['33002 03e9'], { 'netflow.cisco.fwExtEvent': 'denied_by_ingress_acl' }],
        [['33002 0000'], { 'netflow.cisco.fwExtEvent': 'ignore' }],
        [['33002 07e5'], { 'netflow.cisco.fwExtEvent': '2021' }],
      ],
    },
    9,
  );
});

describe('twice the same', () => {
  check({
    'the first is the attribute, the others stand under their name': [
      [['7 0001', '7 0002'], { 'source.port': 1n, 'netflow.sourceTransportPort': 2n }],
      [['7 0001', '7 0002', '7 0003'], { 'source.port': 1n, 'netflow.sourceTransportPort': [2n, 3n] }],
      [
        [`8 ${A}`, `8 ${B}`],
        { 'source.address': '10.0.0.1', 'network.type': 'ipv4', 'netflow.sourceIPv4Address': '10.0.0.2' },
      ],
    ],
    'outside the profile: one array in order': [
      [['82* 6c6f', '82 65746830', '82*'], { 'netflow.interfaceName': ['lo', 'eth0'] }],
    ],
    'of different lengths': [[['148 01', '148 0100'], { 'netflow.flowId': [1n, 256n] }]],
    'all without bytes': [[['82*', '82*'], {}]],
  });
});

describe('a length that does not fit its type is no source of an attribute', () => {
  check({
    'an address': [
      [['8 0a0000'], { 'netflow.sourceIPv4Address': '0a0000' }],
      [['8* 0a000001'], { 'netflow.sourceIPv4Address': '10.0.0.1' }],
      [
        [`8 0a0000`, `27 ${A6}`],
        { 'source.address': '2001:db8::1', 'network.type': 'ipv6', 'netflow.sourceIPv4Address': '0a0000' },
      ],
    ],
    'a port of nine bytes': [[['7 000000000000000050'], { 'netflow.sourceTransportPort': '000000000000000050' }]],
    'a port of variable length': [[['7* 0050'], { 'netflow.sourceTransportPort': 80n }]],
    'a protocol of variable length': [[['4* 06'], { 'netflow.protocolIdentifier': 6n }]],
  });
});

test('the sampling interval of a v5 header counts where nothing else is told', () => {
  const { receive, flows } = createHarness();
  receive(v5(1, { sampling: 0x4064 }));
  receive(v5(1, { sampling: 0, sequence: 1 }));
  assert.deepEqual(
    flows().map(({ attributes }) => attributes['flow.sampling.interval']),
    [100n, undefined],
  );
});

describe('a constant wins over the name that options data tell', () => {
  const named =
    '0003 0016 0100 0003 0001 000a0004 00520008 00530008  0100 0018 00000001 6b6e6f776e000000 746f20636f726500';
  const constants = [
    { ingressInterfaces: [1], egressInterfaces: [2], attributes: { 'netflow.interface.ingress.name': 'mine' } },
  ];
  for (const [egress, name] of [
    ['02', 'mine'],
    ['03', 'known'],
  ]) {
    test(`egress interface ${egress}: ${name}`, () => {
      const before = named;
      const { attributes } = spanOf(['10 01', `14 ${egress}`], { before, spans: { attributes: { constants } } });
      assert.equal(attributes['netflow.interface.ingress.name'], name);
      assert.equal(attributes['netflow.interface.ingress.description'], 'to core');
    });
  }
});

describe('an interface is the first of its elements that is not zero, whatever is looked up by it', () => {
  // Names, and a rate of sampling, of interfaces 7 and 8; names of interface 0.
  const before =
    '0003 0016 0100 0003 0001 000a0004 00520008 00220004' +
    ' 0100 0034 00000000 7a65726f00000000 00000001' +
    ' 00000007 736576656e000000 00000064 00000008 6569676874000000 000003e8';
  const constants = [{ ingressInterfaces: [7], attributes: { role: 'uplink' } }];
  const ingress = (index: bigint, name: string) => ({
    'netflow.interface.ingress.index': index,
    'netflow.interface.ingress.name': name,
  });
  const egress = (index: bigint, name: string) => ({
    'netflow.interface.egress.index': index,
    'netflow.interface.egress.name': name,
  });
  const rows: Row[] = [
    [['10 07'], { ...ingress(7n, 'seven'), role: 'uplink', 'flow.sampling.interval': 100n }],
    [['252 07'], { ...ingress(7n, 'seven'), role: 'uplink', 'flow.sampling.interval': 100n }],
    [['10 00', '252 07'], { ...ingress(7n, 'seven'), role: 'uplink', 'flow.sampling.interval': 100n }],
    [
      ['252 07', '10 08'],
      { ...ingress(8n, 'eight'), 'flow.sampling.interval': 1_000n, 'netflow.ingressPhysicalInterface': 7n },
    ],
    [['14 00', '253 08'], { ...egress(8n, 'eight'), 'flow.sampling.interval': 1_000n }],
    [
      ['10 00', '252 00', '14 00', '253 07'],
      { ...ingress(0n, 'zero'), ...egress(7n, 'seven'), 'flow.sampling.interval': 1n },
    ],
  ];
  for (const [record, attributes] of rows) {
    test(record.join(', '), () => {
      const span = spanOf(record, { before, spans: { attributes: { constants } } });
      assert.deepEqual(span.attributes, { ...ALWAYS, ...attributes });
    });
  }
});
