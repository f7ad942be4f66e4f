/** The flow is one header: its addresses, ports, counters and labels, and nothing that a record only has room for. */
import { ABSENT, type Case, type ExpectedFlow, PRESENT } from './case.ts';

const NO_ICMP = { 'flow.icmp.type.id': ABSENT, 'flow.icmp.code.id': ABSENT };
const NO_PORTS = { 'source.port': ABSENT, 'destination.port': ABSENT };
const NO_TUNNEL = { 'netflow.tunnel.source.address': ABSENT, 'netflow.tunnel.type': ABSENT };

const icmp = (type: number, code: number): ExpectedFlow => ({
  attributes: { 'flow.icmp.type.id': type, 'flow.icmp.code.id': code, ...NO_PORTS },
});

const application = (selector: number, count = 1): ExpectedFlow => ({
  count,
  attributes: { 'netflow.application.id': `20:12356:${selector}` },
});

/** Ping between two hosts, in IPv6. */
const TUNNELLED_PING: ExpectedFlow = {
  attributes: {
    'source.address': '192.0.2.2',
    'destination.address': '192.0.2.1',
    'network.type': 'ipv4',
    'network.transport': 'icmp',
    ...NO_PORTS,
    'netflow.tunnel.source.address': '2001:db8::5',
    'netflow.tunnel.destination.address': '2001:db8::6',
    // The protocol of the outer header.
    'netflow.tunnel.type': 'ipv4',
  },
};
const TUNNELLED_UDP: ExpectedFlow = {
  attributes: {
    'source.address': '192.0.2.3',
    'destination.address': '192.0.2.4',
    'source.port': 1024,
    'destination.port': 862,
    'network.type': 'ipv4',
    'network.transport': 'udp',
    ...NO_ICMP,
    'netflow.tunnel.source.address': '2001:db8::5',
    'netflow.tunnel.destination.address': '2001:db8::6',
    // The protocol of the outer header.
    'netflow.tunnel.type': 'ipv4',
  },
};
const PLAIN_PING: ExpectedFlow = {
  attributes: {
    'source.address': '192.0.2.1',
    'destination.address': '192.0.2.2',
    'network.type': 'ipv4',
    'network.transport': 'icmp',
    ...NO_TUNNEL,
  },
};
const plainIpv6 = (count: number): ExpectedFlow => ({ count, attributes: { 'network.type': 'ipv6', ...NO_TUNNEL } });

/** What the station of a wireless controller sent (direction 0) or got. */
const station = (direction: number): ExpectedFlow => ({
  attributes: {
    'source.address': direction === 0 ? '192.0.2.1' : ABSENT,
    'destination.address': direction === 0 ? ABSENT : '192.0.2.1',
    'netflow.wlanSSID': 'aaaaaaaa',
  },
});

const OF_LAYER_2 = { 'flow.bytes.delta': 999, 'flow.packets.delta': 3 };
const POST = { 'flow.bytes.delta': 134, 'flow.packets.delta': 1 };

export const TUPLE: readonly Case[] = [
  {
    file: 'srv6-tunnel-cisco',
    shows: 'the inner header is the flow',
    received: 'exported',
    flows: [
      plainIpv6(3),
      PLAIN_PING,
      TUNNELLED_PING,
      TUNNELLED_UDP,
      plainIpv6(16),
      TUNNELLED_PING,
      PLAIN_PING,
      TUNNELLED_UDP,
      plainIpv6(18),
    ],
  },
  {
    file: 'I01',
    shows: 'ICMP from the port, 32, 139, 176 and 177; none on TCP',
    flows: [
      icmp(3, 1),
      icmp(8, 0),
      icmp(3, 3),
      icmp(8, 0),
      icmp(135, 0),
      icmp(135, 0),
      { attributes: { ...NO_ICMP, 'source.port': 40_000, 'destination.port': 443 } },
    ],
  },
  {
    file: 'icmp-type-on-tcp',
    shows: 'no ICMP on TCP and UDP, no zeros',
    received: 'exported',
    flows: [
      {
        attributes: {
          ...NO_ICMP,
          'source.address': '192.0.2.1',
          'destination.address': '192.0.2.2',
          'source.port': 443,
          'destination.port': 53_744,
          'network.transport': 'tcp',
          'source.as.number': 15_169,
          'destination.as.number': ABSENT,
          'netflow.next_hop.address': ABSENT,
        },
      },
      // One set comes before the template of both.
      { count: 20, attributes: { ...NO_ICMP, 'source.port': PRESENT } },
    ],
    anyOrder: true,
  },
  {
    // Label 16000 above 32000, which has the bottom-of-stack bit (RFC 3032 §2.1).
    file: 'E04',
    shows: 'MPLS labels to the bottom of the stack',
    flows: [
      {
        attributes: {
          'netflow.mplsTopLabelStackSection': 16_000,
          'netflow.mplsLabelStackSection2': 32_000,
          'netflow.mplsLabelStackSection3': ABSENT,
          'netflow.mplsTopLabelIPv4Address': '10.0.0.9',
        },
      },
    ],
  },
  {
    file: 'E05',
    shows: 'strings end at the first NUL',
    flows: [
      { attributes: { 'netflow.wlanSSID': 'Guest WiFi', 'source.mac': 'aa:bb:cc:dd:ee:ff' } },
      { attributes: { 'netflow.wlanSSID': '\ufffd\ufffdA' } },
    ],
  },
  { file: 'C02', shows: 'bytes of layer 2 (352)', flows: [{ attributes: OF_LAYER_2 }] },
  {
    file: 'C21',
    shows:
      'totals after the device or of layer 2, and the same in the reverse direction, only where there are no others',
    flows: [
      { attributes: { 'flow.bytes.total': 999, 'flow.packets.total': 3, 'flow.bytes.delta': ABSENT } },
      { attributes: { 'flow.bytes.total': 998 } },
      { attributes: { 'flow.bytes.total': 1_000, 'flow.packets.total': 4, 'netflow.postOctetTotalCount': 990 } },
      {
        attributes: {
          'flow.bytes.delta': 10,
          'flow.packets.delta': 1,
          'flow.reverse.bytes.delta': 20,
          'flow.reverse.packets.delta': 2,
        },
      },
      { attributes: { 'flow.bytes.delta': 30, 'flow.reverse.bytes.delta': 40 } },
    ],
  },
  {
    file: 'C04',
    shows: 'post counters (23, 24) only where there are no others',
    flows: [{ attributes: POST }, { attributes: POST }],
  },
  {
    file: 'P01',
    shows: 'post counters in profile netflowreceiver',
    config: { spans: { profile: 'netflowreceiver' } },
    flows: [
      { attributes: { 'flow.io.bytes': 134, 'flow.io.packets': 1 } },
      { attributes: { 'flow.io.bytes': 10, 'flow.io.packets': ABSENT } },
    ],
  },
  {
    file: 'P01',
    shows: 'post counters in profile minimal',
    config: { spans: { profile: 'minimal' } },
    flows: [{ attributes: POST }, { attributes: { 'flow.bytes.delta': 10, 'flow.packets.delta': ABSENT } }],
  },
  {
    file: 'P02',
    shows: 'bytes of layer 2 in profile netflowreceiver',
    config: { spans: { profile: 'netflowreceiver' } },
    flows: [{ attributes: { 'flow.io.bytes': 999, 'flow.io.packets': 3 } }],
  },
  {
    file: 'P02',
    shows: 'bytes of layer 2 in profile minimal',
    config: { spans: { profile: 'minimal' } },
    flows: [{ attributes: OF_LAYER_2 }],
  },
  { file: 'P06', shows: 'an application of a vendor (engine 20)', flows: [application(0)] },
  {
    file: 'fortinet-appid',
    shows: 'applications of a vendor (engine 20)',
    received: 'exported',
    flows: [application(36_660), application(40_568, 4), application(25_843, 4), application(0, 8)],
  },
  {
    file: 'wlc',
    shows: 'the station is source or destination, by direction',
    received: 'exported',
    flows: [0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1].map(station),
  },
];
