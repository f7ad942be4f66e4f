/** TShark's names of fields as readers of our spans. */
import {
  attribute,
  attributeOr,
  code,
  DIRECTIONS,
  FIREWALL_EVENTS,
  flowTime,
  forwardingStatus,
  ipVersion,
  mapped,
  type NotCarried,
  numberOf,
  protocolNumber,
  type Reader,
  type Subject,
  typeOfService,
} from '../readers.ts';

/**
 * What is read of a span, and how TShark's text must be understood to be compared with it. `isOf` tells the flows that
 * have such a thing, where not all do.
 */
export type Field = {
  read: Reader;
  reverse?: Reader;
  parse(text: string): unknown;
  isOf?(subject: Subject): boolean;
};

export type TsharkMapping = Record<string, Field | NotCarried>;

const text = (read: Reader): Field => ({ read, parse: (value) => value });
/** One that is empty is left out of spans. */
const name = (attribute: string): Field => text(attributeOr('', attribute));
const number = (attributeName: string): Field => ({ read: attribute(attributeName), parse: Number });
/** One whose 0 means that there is none, and is left out. */
const numberOr0 = (attributeName: string): Field => ({ read: attributeOr(0, attributeName), parse: Number });
/** ICMP has none: what stands there is its type and code, or an identifier. */
const port = (attributeName: string): Field => ({
  ...numberOr0(attributeName),
  isOf: ({ flow }) => !/icmp$/.test(String(flow.attributes['network.transport'])),
});
const octets = (attributeName: string): Field => ({
  read: attribute(attributeName),
  parse: (value) => value.replaceAll(':', ''),
});

/** `May 13, 2015 11:20:13.506000000 UTC` in Unix milliseconds; more of a fraction is lost. */
export function milliseconds(value: string): number {
  return Date.parse(value.replace(/\.(\d{3})\d*/, '.$1'));
}

/** Of the family that the flow is of; all zeros beside an address of the other are left out. */
function address(version: 4 | 6, attributeName: string, element: string): Field {
  const zeros = version === 4 ? '0.0.0.0' : '::';
  return text((subject) =>
    ipVersion(subject) === version ? attribute(attributeName)(subject) : attributeOr(zeros, element)(subject),
  );
}

/** Uptimes are counters of 32 bits. */
const UPTIMES = 2 ** 32;

/**
 * An uptime, as it stands in the span, or from the flow's time by the header of its packet; for IPFIX by the time of
 * the exporter's start.
 */
function uptime(attributeName: string, end: 'start' | 'end', initMs: number | undefined): Field {
  const read: Reader = (subject) => {
    const told = attribute(attributeName)(subject);
    if (told !== undefined) return told;
    const { packet } = subject;
    const view = new DataView(packet.buffer, packet.byteOffset);
    const version = view.getUint16(0);
    const at = flowTime(end)(subject) as number;
    if (version === 10) return initMs === undefined ? undefined : (at - initMs + UPTIMES) % UPTIMES;
    const fraction = version === 9 ? 0 : Math.floor(view.getUint32(12) / 1e6);
    const exported = view.getUint32(8) * 1_000 + fraction;
    return (view.getUint32(4) + at - exported + UPTIMES) % UPTIMES;
  };
  return { read, parse: (seconds) => Math.round(Number(seconds) * 1_000) };
}

const time = (read: Reader): Field => ({ read, parse: milliseconds });

const application = (part: 0 | 1, parse: Field['parse']): Field => ({
  read: mapped(attribute('netflow.application.id'), (id: string) => Number(id.split(':')[part])),
  parse,
});

const forwarding = (convert: (octet: number) => number): Field => ({
  read: mapped(forwardingStatus, convert),
  parse: Number,
});

const DERIVED: NotCarried = { why: 'made by TShark from what is compared already' };
const UNKNOWN: NotCarried = { why: 'an element that TShark does not know' };
const LAYOUT: NotCarried = { why: 'how the record is laid out, not what it says' };

/** On an address of a length that TShark does not expect. */
const COMPLAINTS = [
  '_ws.expert.message',
  '_ws.expert.severity',
  '_ws.expert.group',
  '_ws.type_length.mismatch',
  '_ws.malformed',
];
const TCP_FLAGS = ['reserved', 'urg', 'ack', 'psh', 'rst', 'syn', 'fin'];

const mplsLabelType = code('netflow.mplsTopLabelType', ['', 'te_midpt', 'pseudowire', 'vpn', 'bgp', 'ldp']);

/** Of a label stack entry, as octets or as the number of its label (RFC 3032 §2.1). */
const labelOf = (entry: string | number): number => (typeof entry === 'number' ? entry : Number(`0x${entry}`) >> 4);

/** `initMs`: the start of the exporter, where its options data tell it. */
export function mappingOf(initMs: number | undefined): TsharkMapping {
  return {
    'cflow.srcaddr': address(4, 'source.address', 'netflow.sourceIPv4Address'),
    'cflow.dstaddr': address(4, 'destination.address', 'netflow.destinationIPv4Address'),
    'cflow.srcaddrv6': address(6, 'source.address', 'netflow.sourceIPv6Address'),
    'cflow.dstaddrv6': address(6, 'destination.address', 'netflow.destinationIPv6Address'),
    'cflow.nexthop': text(attributeOr('0.0.0.0', 'netflow.next_hop.address')),
    'cflow.nexthopv6': text(attributeOr('::', 'netflow.next_hop.address')),
    'cflow.bgpnexthop': text(attributeOr('0.0.0.0', 'netflow.bgpNextHopIPv4Address')),
    'cflow.post_natsource_ipv4_address': text(attribute('netflow.nat.source.address')),
    'cflow.post_natdestination_ipv4_address': text(attribute('netflow.nat.destination.address')),
    'cflow.sta_ipv4_address': text(attribute('netflow.staIPv4Address', 'source.address', 'destination.address')),
    'cflow.toplabeladdr': text(attributeOr('0.0.0.0', 'netflow.mplsTopLabelIPv4Address')),
    'cflow.srcprefix': text(attributeOr('0.0.0.0', 'netflow.sourceIPv4Prefix')),

    'cflow.srcport': port('source.port'),
    'cflow.dstport': port('destination.port'),
    'cflow.post_naptsource_transport_port': numberOr0('netflow.nat.source.port'),
    'cflow.post_naptdestination_transport_port': numberOr0('netflow.nat.destination.port'),
    'cflow.protocol': { read: protocolNumber, parse: Number },
    'cflow.ip_version': { read: ipVersion, parse: Number },
    'cflow.tos': {
      read: typeOfService,
      reverse: attribute('netflow.reverse.ipClassOfService'),
      parse: Number,
    },
    'cflow.post_tos': number('netflow.postIpClassOfService'),
    'cflow.ip_dscp': { read: attribute('netflow.ipDiffServCodePoint', 'flow.ip.dscp.id'), parse: Number },
    'cflow.post_ip_diff_serv_code_point': number('netflow.postIpDiffServCodePoint'),
    'cflow.tcpflags': numberOr0('flow.tcp.flags.bits'),
    ...Object.fromEntries(TCP_FLAGS.map((flag) => [`cflow.tcpflags.${flag}`, DERIVED])),
    'cflow.tcp_option_map': {
      read: attribute('netflow.tcpOptions'),
      parse: (value) => Number(`0x${value.replaceAll(':', '')}`),
    },
    'cflow.icmp_ipv4_type': number('flow.icmp.type.id'),
    'cflow.icmp_ipv4_code': number('flow.icmp.code.id'),
    'cflow.icmp_ipv6_type': number('flow.icmp.type.id'),
    'cflow.icmp_ipv6_code': number('flow.icmp.code.id'),
    'cflow.icmp_type_code_ipv4': {
      read: (subject) =>
        Number(attributeOr(0, 'flow.icmp.type.id')(subject)) * 256 +
        Number(attributeOr(0, 'flow.icmp.code.id')(subject)),
      parse: Number,
    },
    'cflow.ipv6flowlabel': numberOr0('flow.ip.flow_label'),
    'cflow.ipv6_exthdr': numberOr0('netflow.ipv6ExtensionHeaders'),
    'cflow.frag_ident': number('netflow.fragmentIdentification'),

    'cflow.octets': number('flow.bytes.delta'),
    'cflow.packets': number('flow.packets.delta'),
    'cflow.post_octets': { read: attribute('netflow.postOctetDeltaCount', 'flow.bytes.delta'), parse: Number },
    'cflow.post_packets': { read: attribute('netflow.postPacketDeltaCount', 'flow.packets.delta'), parse: Number },
    'cflow.permanent_octets': {
      ...number('flow.bytes.total'),
      reverse: attribute('flow.reverse.bytes.total'),
    },
    'cflow.permanent_packets': {
      ...number('flow.packets.total'),
      reverse: attribute('flow.reverse.packets.total'),
    },

    'cflow.timestart': uptime('netflow.flowStartSysUpTime', 'start', initMs),
    'cflow.timeend': uptime('netflow.flowEndSysUpTime', 'end', initMs),
    'cflow.abstimestart': time(flowTime('start')),
    'cflow.abstimeend': time(flowTime('end')),
    'cflow.timedelta': DERIVED,
    'cflow.observation_time_milliseconds': time(
      mapped(attribute('netflow.observationTimeMilliseconds'), (date: string) => Date.parse(date)),
    ),

    'cflow.srcas': numberOr0('source.as.number'),
    'cflow.dstas': numberOr0('destination.as.number'),
    'cflow.srcmask': numberOr0('source.prefix.length'),
    'cflow.dstmask': numberOr0('destination.prefix.length'),
    'cflow.inputint': numberOr0('netflow.interface.ingress.index'),
    'cflow.outputint': numberOr0('netflow.interface.egress.index'),
    'cflow.ingress_physical_interface': number('netflow.ingressPhysicalInterface'),
    'cflow.egress_physical_interface': number('netflow.egressPhysicalInterface'),
    'cflow.ingress_vrfid': numberOr0('netflow.ingressVRFID'),
    'cflow.egress_vrfid': numberOr0('netflow.egressVRFID'),
    'cflow.vlanid': { ...numberOr0('netflow.vlan.id'), reverse: attributeOr(0, 'netflow.reverse.vlanId') },
    'cflow.dot1q_vlan_id': numberOr0('netflow.vlan.id'),
    'cflow.post_vlanid': numberOr0('netflow.postVlanId'),
    'cflow.ethernet_type': number('netflow.ethernetType'),
    'cflow.layer2_segment_id': number('netflow.layer2SegmentId'),
    'cflow.srcmac': text(attributeOr('00:00:00:00:00:00', 'source.mac')),
    'cflow.dstmac': text(attribute('destination.mac')),
    'cflow.post_dstmac': text(attribute('netflow.postDestinationMacAddress')),
    'cflow.sta_mac_address': text(attribute('netflow.staMacAddress', 'source.mac', 'destination.mac')),
    'cflow.wtp_mac_address': text(attribute('netflow.wtpMacAddress')),
    'cflow.wlan_ssid': name('netflow.wlanSSID'),
    'cflow.mpls_label': { read: mapped(attribute('netflow.mplsTopLabelStackSection'), labelOf), parse: Number },
    'cflow.mpls_exp': LAYOUT,
    'cflow.mpls_bos': LAYOUT,
    'cflow.mpls_top_label_prefix_length': numberOr0('netflow.mplsTopLabelPrefixLength'),
    'cflow.toplabeltype': { read: (subject) => mplsLabelType(subject) ?? 0, parse: Number },

    'cflow.direction': { read: code('netflow.flowDirection', DIRECTIONS), parse: Number },
    'cflow.flow_end_reason': {
      read: code('flow.end_reason', [
        '',
        'idle_timeout',
        'active_timeout',
        'end_of_flow_detected',
        'forced_end',
        'lack_of_resources',
      ]),
      parse: Number,
    },
    'cflow.firewall_event': { read: code('netflow.firewall.event', FIREWALL_EVENTS), parse: Number },
    'cflow.forwarding_status': forwarding((octet) => octet >> 6),
    'cflow.forwarding_status_forward_code': forwarding((octet) => octet & 63),
    'cflow.forwarding_status_unknown_code': forwarding((octet) => octet & 63),
    'cflow.sampler_id': numberOr0('netflow.samplerId'),
    'cflow.sampling_interval': numberOr0('flow.sampling.interval'),
    'cflow.sampling_algorithm': {
      read: (subject) => numberOf('netflow.samplingAlgorithm', 35)(subject) ?? 0,
      parse: Number,
    },
    'cflow.flow_id': number('netflow.flowId'),
    'cflow.flow_exporter': number('netflow.exportingProcessId'),
    'cflow.observation_point_id': number('netflow.observationPointId'),
    'cflow.engine_type': number('netflow.engineType'),
    'cflow.engine_id': number('netflow.engineId'),
    'cflow.private_enterprise_number': number('netflow.privateEnterpriseNumber'),
    'cflow.appl_id.classification_engine_id': application(0, Number),
    'cflow.appl_id.selector_id': application(1, (value) => Number(`0x${value.replaceAll(':', '')}`)),
    'cflow.fw_ext_event': { read: numberOf('netflow.cisco.fwExtEvent', 33_002), parse: Number },
    'cflow.ingress_acl_id': octets('netflow.cisco.ingressAclId'),
    'cflow.egress_acl_id': {
      ...octets('netflow.cisco.egressAclId'),
      read: attributeOr('0'.repeat(24), 'netflow.cisco.egressAclId'),
    },
    'cflow.aaa_username': name('netflow.cisco.username'),

    'cflow.pie.barracuda.timestamp': {
      read: mapped(attribute('netflow.barracuda.timestamp'), (seconds: number) => seconds * 1_000),
      parse: milliseconds,
    },
    'cflow.pie.barracuda.logop': number('netflow.barracuda.logOp'),
    'cflow.pie.barracuda.traffictype': number('netflow.barracuda.trafficType'),
    'cflow.pie.barracuda.fwrule': name('netflow.barracuda.fwRule'),
    'cflow.pie.barracuda.servicename': name('netflow.barracuda.serviceName'),
    'cflow.pie.barracuda.reason': number('netflow.barracuda.reason'),
    'cflow.pie.barracuda.reasontext': name('netflow.barracuda.reasonText'),
    'cflow.pie.barracuda.bindipv4address': text(attributeOr('0.0.0.0', 'netflow.barracuda.bindIPv4Address')),
    'cflow.pie.barracuda.bindtransportport': number('netflow.barracuda.bindTransportPort'),
    'cflow.pie.barracuda.connipv4address': text(attributeOr('0.0.0.0', 'netflow.barracuda.connIPv4Address')),
    'cflow.pie.barracuda.conntransportport': number('netflow.barracuda.connTransportPort'),
    'cflow.pie.barracuda.auditcounter': number('netflow.barracuda.auditCounter'),

    'cflow.pie.netscaler.aaa-username': name('netflow.netscaler.aaaUsername'),
    'cflow.pie.netscaler.app-unit-name-appid': number('netflow.netscaler.appUnitNameAppId'),
    'cflow.pie.netscaler.appname-app-id': number('netflow.netscaler.appNameAppId'),
    'cflow.pie.netscaler.connection-chain-hop-count': number('netflow.netscaler.connectionChainHopCount'),
    'cflow.pie.netscaler.connection-chain-id': octets('netflow.netscaler.connectionChainID'),
    'cflow.pie.netscaler.connection-id': number('netflow.netscaler.connectionId'),
    'cflow.pie.netscaler.flow-flags': number('netflow.netscaler.flowFlags'),
    'cflow.pie.netscaler.http-contenttype': name('netflow.netscaler.httpContentType'),
    'cflow.pie.netscaler.http-domain-name': name('netflow.netscaler.httpDomainName'),
    'cflow.pie.netscaler.http-req-authorization': name('netflow.netscaler.httpReqAuthorization'),
    'cflow.pie.netscaler.http-req-cookie': name('netflow.netscaler.httpReqCookie'),
    'cflow.pie.netscaler.http-req-host': name('netflow.netscaler.httpReqHost'),
    'cflow.pie.netscaler.http-req-method': name('netflow.netscaler.httpReqMethod'),
    'cflow.pie.netscaler.http-req-referer': name('netflow.netscaler.httpReqReferer'),
    'cflow.pie.netscaler.http-req-url': name('netflow.netscaler.httpReqUrl'),
    'cflow.pie.netscaler.http-req-useragent': name('netflow.netscaler.httpReqUserAgent'),
    'cflow.pie.netscaler.http-req-via': name('netflow.netscaler.httpReqVia'),
    'cflow.pie.netscaler.http-reqx-forwardedfor': name('netflow.netscaler.httpReqXForwardedFor'),
    'cflow.pie.netscaler.http-res-forw-fb': number('netflow.netscaler.httpResForwFB'),
    'cflow.pie.netscaler.http-res-forw-lb': number('netflow.netscaler.httpResForwLB'),
    'cflow.pie.netscaler.round-trip-time': number('netflow.netscaler.roundTripTime'),
    'cflow.pie.netscaler.transaction-id': number('netflow.netscaler.transactionId'),

    'cflow.pie.ntop.appl_latency_ms': number('netflow.ntop.app_latency_ms'),
    'cflow.pie.ntop.client_nw_latency_ms': number('netflow.ntop.client_nw_latency_ms'),
    'cflow.pie.ntop.l7_proto': number('netflow.ntop.l7_proto'),
    'cflow.pie.ntop.retransmitted_in_bytes': number('netflow.ntop.retransmitted_in_bytes'),
    'cflow.pie.ntop.retransmitted_in_pkts': number('netflow.ntop.retransmitted_in_pkts'),
    'cflow.pie.ntop.retransmitted_out_bytes': number('netflow.ntop.retransmitted_out_bytes'),
    'cflow.pie.ntop.retransmitted_out_pkts': number('netflow.ntop.retransmitted_out_pkts'),
    'cflow.pie.server_nw_latency_ms': number('netflow.ntop.server_nw_latency_ms'),

    'cflow.enterprise_private_entry': UNKNOWN,
    'cflow.unknown_field_type': UNKNOWN,
    'cflow.padding': LAYOUT,
    'cflow.reserved': LAYOUT,
    'cflow.string_len_short': LAYOUT,
    'cflow.string_len_long': LAYOUT,
    'cflow.pie.barracuda': LAYOUT,
    'cflow.pie.netscaler': LAYOUT,
    'cflow.pie.ntop': LAYOUT,
    ...Object.fromEntries(COMPLAINTS.map((complaint) => [complaint, DERIVED])),
  };
}
