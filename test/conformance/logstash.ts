/**
 * The field names of logstash-codec-netflow, for v5 and v9 of its own and for IPFIX IANA's, as readers of our spans.
 */
import {
  attribute,
  attributeOr,
  code,
  DIRECTIONS,
  FIREWALL_EVENTS,
  flowTime,
  forwardingStatus,
  ipVersion,
  iso,
  type Mapping,
  mapped,
  numberOf,
  numberOr0,
  ofPacket,
  protocolNumber,
  type Reader,
  type Subject,
  typeOfService,
} from './readers.ts';

/** When the softflowd of ipfix.dat started: element 160 of its options data, in Unix milliseconds. */
const SOFTFLOWD_START = 1_431_516_013_506;

const start = mapped(flowTime('start'), iso);
const end = mapped(flowTime('end'), iso);
const sourceAddress = attribute('source.address');
const destinationAddress = attribute('destination.address');
const domain = ofPacket('netflow.observation_domain.id');

function uptime(name: string, time: Reader): Reader {
  return (subject) => attribute(name)(subject) ?? (time(subject) as number) - SOFTFLOWD_START;
}

/** Of version 5, from the domain; else an attribute. */
function engine(ofDomain: (id: number) => number, name: string): Reader {
  return (subject) => (isV5(subject) ? ofDomain(domain(subject) as number) : attribute(name)(subject));
}

function isV5({ root }: Subject): boolean {
  return root.attributes['netflow.version'] === 5n;
}

/** All zeros beside an address of the other family are left out. */
function ipv6(name: string, element: string): Reader {
  return (subject) => (ipVersion(subject) === 6 ? attribute(name)(subject) : (attribute(element)(subject) ?? '::'));
}

/** Texts that are often empty, and then left out. */
const OFTEN_EMPTY =
  /^netscaler(AaaUsername|HttpDomainName|Http(Req|Content)\w+)$|^procera(ContentCategories|Http(Url|ContentType|Location)|SubscriberIdentifier)$/;
/** Vendors whose elements have their name before them there, and what spans call them. */
const VENDORS = { netscaler: 'netscaler', procera: 'sandvine' };

const V5_AND_V9: Mapping = {
  version: ofPacket('netflow.version'),
  flow_seq_num: ofPacket('netflow.sequence'),
  flow_records: ofPacket('netflow.flow.count'),
  flowset_id: { why: 'spans do not name the template' },
  engine_type: engine((id) => id >> 8, 'netflow.engineType'),
  engine_id: engine((id) => id & 255, 'netflow.engineId'),
  sampling_algorithm: (subject) =>
    isV5(subject) ? subject.packet[22] >> 6 : (numberOf('netflow.samplingAlgorithm', 35)(subject) ?? 0),
  sampling_interval: attributeOr(0, 'flow.sampling.interval'),
  ipv4_src_addr: sourceAddress,
  ipv4_dst_addr: destinationAddress,
  ipv4_next_hop: attributeOr('0.0.0.0', 'netflow.next_hop.address'),
  bgp_ipv4_next_hop: attribute('netflow.bgpNextHopIPv4Address'),
  ipv4_src_prefix: attributeOr('0.0.0.0', 'netflow.sourceIPv4Prefix'),
  ipv4_ident: attribute('netflow.fragmentIdentification'),
  input_snmp: numberOr0('netflow.interface.ingress.index'),
  output_snmp: numberOr0('netflow.interface.egress.index'),
  in_pkts: attribute('flow.packets.delta'),
  in_bytes: attribute('flow.bytes.delta'),
  in_permanent_bytes: attribute('flow.bytes.total'),
  out_pkts: attribute('netflow.postPacketDeltaCount', 'flow.packets.delta'),
  out_bytes: attribute('netflow.postOctetDeltaCount', 'flow.bytes.delta'),
  first_switched: start,
  last_switched: end,
  flow_start_msec: flowTime('start'),
  event_time_msec: mapped(attribute('netflow.observationTimeMilliseconds'), Date.parse),
  l4_src_port: numberOr0('source.port'),
  l4_dst_port: numberOr0('destination.port'),
  tcp_src_port: numberOr0('netflow.tcpSourcePort'),
  udp_dst_port: numberOr0('netflow.udpDestinationPort'),
  tcp_flags: numberOr0('flow.tcp.flags.bits'),
  protocol: protocolNumber,
  ip_protocol_version: ipVersion,
  src_tos: typeOfService,
  ip_dscp: attribute('netflow.ipDiffServCodePoint', 'flow.ip.dscp.id'),
  icmp_type: numberOr0('flow.icmp.type.id'),
  icmp_code: numberOr0('flow.icmp.code.id'),
  src_as: numberOr0('source.as.number'),
  dst_as: numberOr0('destination.as.number'),
  src_mask: numberOr0('source.prefix.length'),
  dst_mask: numberOr0('destination.prefix.length'),
  src_vlan: numberOr0('netflow.vlan.id'),
  in_src_mac: attribute('source.mac'),
  in_dst_mac: attribute('destination.mac'),
  direction: code('netflow.flowDirection', DIRECTIONS),
  flow_sampler_id: numberOr0('netflow.samplerId'),
  forwarding_status: mapped(forwardingStatus, (octet: number) => ({
    reason: octet & 63,
    status: octet >> 6,
  })),
  application_id: mapped(attribute('netflow.application.id'), (id: string) => id.replace(':', '..')),
  conn_id: attribute('netflow.flowId'),
  fw_event: (subject) => code('netflow.firewall.event', FIREWALL_EVENTS)(subject),
  fw_ext_event: numberOf('netflow.cisco.fwExtEvent', 33_002),
  xlate_src_addr_ipv4: attribute('netflow.nat.source.address'),
  xlate_dst_addr_ipv4: attribute('netflow.nat.destination.address'),
  xlate_src_port: numberOr0('netflow.nat.source.port'),
  xlate_dst_port: numberOr0('netflow.nat.destination.port'),
  ingress_acl_id: mapped(attribute('netflow.cisco.ingressAclId'), dashed),
  egress_acl_id: mapped(attributeOr('0'.repeat(24), 'netflow.cisco.egressAclId'), dashed),
  username: attributeOr('', 'netflow.cisco.username'),
  src_traffic_index: attribute('netflow.srcTrafficIndex'),
  dst_traffic_index: attribute('netflow.dstTrafficIndex'),
  app_id: attribute('netflow.paloalto.appId'),
  user_id: attributeOr('', 'netflow.paloalto.userId'),
};

const IPFIX: Mapping = {
  sourceIPv4Address: sourceAddress,
  destinationIPv4Address: destinationAddress,
  sourceIPv6Address: ipv6('source.address', 'netflow.sourceIPv6Address'),
  destinationIPv6Address: ipv6('destination.address', 'netflow.destinationIPv6Address'),
  ipNextHopIPv4Address: attributeOr('0.0.0.0', 'netflow.next_hop.address'),
  ipNextHopIPv6Address: attributeOr('::', 'netflow.next_hop.address'),
  postNATSourceIPv4Address: attribute('netflow.nat.source.address'),
  postNATDestinationIPv4Address: attribute('netflow.nat.destination.address'),
  sourceTransportPort: numberOr0('source.port'),
  destinationTransportPort: numberOr0('destination.port'),
  protocolIdentifier: protocolNumber,
  ipVersion,
  ipClassOfService: typeOfService,
  tcpControlBits: numberOr0('flow.tcp.flags.bits'),
  icmpTypeCodeIPv4: ({ flow }) =>
    Number(flow.attributes['flow.icmp.type.id'] ?? 0) * 256 + Number(flow.attributes['flow.icmp.code.id'] ?? 0),
  octetDeltaCount: attribute('flow.bytes.delta'),
  packetDeltaCount: attribute('flow.packets.delta'),
  octetTotalCount: attribute('flow.bytes.total'),
  packetTotalCount: attribute('flow.packets.total'),
  ingressInterface: numberOr0('netflow.interface.ingress.index'),
  egressInterface: numberOr0('netflow.interface.egress.index'),
  bgpSourceAsNumber: numberOr0('source.as.number'),
  bgpDestinationAsNumber: numberOr0('destination.as.number'),
  vlanId: numberOr0('netflow.vlan.id'),
  sourceMacAddress: attributeOr('00:00:00:00:00:00', 'source.mac'),
  staMacAddress: attribute('source.mac', 'destination.mac'),
  staIPv4Address: attribute('source.address', 'destination.address'),
  firewallEvent: code('netflow.firewall.event', FIREWALL_EVENTS),
  flowStartSysUpTime: uptime('netflow.flowStartSysUpTime', flowTime('start')),
  flowEndSysUpTime: uptime('netflow.flowEndSysUpTime', flowTime('end')),
  flowStartMilliseconds: start,
  flowEndMilliseconds: end,
  flowStartSeconds: start,
  flowEndSeconds: end,
  flowStartMicroseconds: start,
  flowEndMicroseconds: end,
};

const BARRACUDA: Mapping = {
  Timestamp: attribute('netflow.barracuda.timestamp'),
  LogOp: attribute('netflow.barracuda.logOp'),
  TrafficType: attribute('netflow.barracuda.trafficType'),
  FW_Rule: attribute('netflow.barracuda.fwRule'),
  ServiceName: attribute('netflow.barracuda.serviceName'),
  Reason: attribute('netflow.barracuda.reason'),
  ReasonText: attribute('netflow.barracuda.reasonText'),
  BindIPv4Address: attributeOr('0.0.0.0', 'netflow.barracuda.bindIPv4Address'),
  BindTransportPort: attribute('netflow.barracuda.bindTransportPort'),
  ConnIPv4Address: attributeOr('0.0.0.0', 'netflow.barracuda.connIPv4Address'),
  ConnTransportPort: attribute('netflow.barracuda.connTransportPort'),
  AuditCounter: attribute('netflow.barracuda.auditCounter'),
};

const MAPPING: Mapping = { ...V5_AND_V9, ...IPFIX, ...BARRACUDA };

/** The reader of a field; one without a rule above is an element under its own name. */
export function logstashReader(field: string): Mapping[string] {
  const read = attribute(`netflow.${withoutVendor(field)}`);
  return MAPPING[field] ?? (OFTEN_EMPTY.test(field) ? (subject) => read(subject) ?? '' : read);
}

function withoutVendor(field: string): string {
  const prefix = Object.keys(VENDORS).find((vendor) => field.startsWith(vendor)) as keyof typeof VENDORS | undefined;
  if (!prefix) return field;
  return `${VENDORS[prefix]}.${field[prefix.length].toLowerCase()}${field.slice(prefix.length + 1)}`;
}

function dashed(hex: string): string {
  return hex.replace(/.{8}(?!$)/g, '$&-');
}
