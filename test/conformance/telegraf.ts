/** The field names of telegraf's netflow input as readers of our spans, and the reader of its line protocol. */
import {
  attribute,
  attributeOr,
  flowTime,
  forwardingStatus,
  hexadecimal,
  type Mapping,
  mapped,
  numberOr0,
  ofPacket,
  type Reader,
  typeOfService,
} from './readers.ts';

const domain = ofPacket('netflow.observation_domain.id');
const FLAGS = ['C', 'E', 'U', 'A', 'P', 'R', 'S', 'F'];

/** A time as the uptime that the packet exported, from its header (v5). */
function uptime(name: string, time: Reader): Reader {
  return (subject) => {
    const told = attribute(name)(subject);
    if (told !== undefined) return told;
    const view = new DataView(subject.packet.buffer, subject.packet.byteOffset);
    const exported = view.getUint32(8) * 1_000 + Math.floor(view.getUint32(12) / 1_000_000);
    return view.getUint32(4) + (time(subject) as number) - exported;
  };
}

const seconds = (date: string) => Date.parse(date) / 1_000;

const MAPPING: Mapping = {
  protocol: attribute('network.transport'),
  ip_version: mapped(attribute('network.type'), (type: string) => type.replace('ip', 'IP')),
  src: attribute('source.address'),
  dst: attribute('destination.address'),
  next_hop: attributeOr('0.0.0.0', 'netflow.next_hop.address'),
  src_port: numberOr0('source.port'),
  dst_port: numberOr0('destination.port'),
  src_mask: numberOr0('source.prefix.length'),
  dst_mask: numberOr0('destination.prefix.length'),
  bgp_src_as: numberOr0('source.as.number'),
  bgp_dst_as: numberOr0('destination.as.number'),
  in_snmp: numberOr0('netflow.interface.ingress.index'),
  out_snmp: numberOr0('netflow.interface.egress.index'),
  in_src_mac: attribute('source.mac'),
  out_dst_mac: attribute('netflow.postDestinationMacAddress'),
  vlan_src: numberOr0('netflow.vlan.id'),
  in_bytes: attribute('flow.bytes.delta'),
  in_packets: attribute('flow.packets.delta'),
  in_total_bytes: attribute('flow.bytes.total'),
  in_total_packets: attribute('flow.packets.total'),
  src_tos: mapped(typeOfService, hexadecimal(1)),
  dst_tos: mapped(attribute('netflow.postIpClassOfService'), hexadecimal(1)),
  tcp_flags: mapped(numberOr0('flow.tcp.flags.bits'), (bits: number) =>
    FLAGS.map((letter, index) => ((bits >> (7 - index)) & 1 ? letter : '.')).join(''),
  ),
  icmp_type: numberOr0('flow.icmp.type.id'),
  icmp_code: numberOr0('flow.icmp.code.id'),
  flow_end_reason: mapped(attribute('flow.end_reason'), (reason: string) =>
    reason.replace('_detected', '').replaceAll('_', ' '),
  ),
  flow_start_ms: flowTime('start'),
  flow_end_ms: flowTime('end'),
  flow_start: mapped(attribute('netflow.flowStartSeconds'), seconds),
  flow_end: mapped(attribute('netflow.flowEndSeconds'), seconds),
  first_switched: uptime('netflow.flowStartSysUpTime', flowTime('start')),
  last_switched: uptime('netflow.flowEndSysUpTime', flowTime('end')),
  fwd_status: mapped(forwardingStatus, (octet: number) => ['unknown', 'forwarded', 'dropped', 'consumed'][octet >> 6]),
  fwd_reason: mapped(forwardingStatus, (octet: number) => (octet === 0 ? 'unknown' : octet)),
  flows: ofPacket('netflow.flow.count'),
  seq_number: ofPacket('netflow.sequence'),
  sys_uptime: ({ packet }) => new DataView(packet.buffer, packet.byteOffset).getUint32(4),
  sampling_interval: attributeOr(0, 'flow.sampling.interval'),
  engine_type: (subject) => String(attribute('netflow.engineType')(subject) ?? (domain(subject) as number) >> 8),
  engine_id: (subject) =>
    hexadecimal(1)(Number(attribute('netflow.engineId')(subject) ?? (domain(subject) as number) & 255)),
  type_29305_5: mapped(attribute('netflow.reverse.ipClassOfService'), hexadecimal(1)),
  type_29305_58: mapped(attributeOr(0, 'netflow.reverse.vlanId'), hexadecimal(2)),
  type_29305_85: mapped(attribute('flow.reverse.bytes.total'), hexadecimal(4)),
  type_29305_86: mapped(attribute('flow.reverse.packets.total'), hexadecimal(4)),
  type_6871_21: mapped(attribute('netflow.cert.reverseFlowDeltaMilliseconds'), hexadecimal(4)),
  type_6871_40: mapped(attribute('netflow.cert.flowAttributes'), hexadecimal(2)),
  type_6871_rev_40: mapped(attribute('netflow.cert.reverseFlowAttributes'), hexadecimal(2)),
};

/** Strings that nProbe exports with no length, and which spans therefore leave out. */
const OFTEN_EMPTY = ['ja3c_hash', 'ja3s_hash', 'ssl_server_name'];

/** The reader of a field; one without a rule above is an element of ntop's under its own name. */
export function telegrafReader(field: string): Mapping[string] {
  if (OFTEN_EMPTY.includes(field)) return attributeOr('', `netflow.ntop.${field}`);
  return MAPPING[field] ?? attribute(`netflow.ntop.${field}`);
}

/** The measurement and the fields of a line: numbers without their mark, strings without quotes. */
export function parseLine(line: string): { measurement: string; fields: Record<string, string | number> } {
  const [head, ...rest] = line.split(' ');
  const fields: Record<string, string | number> = {};
  for (const [, name, string, number] of rest.join(' ').matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\d+)u)/g)) {
    fields[name] = number === undefined ? string : Number(number);
  }
  return { measurement: head.split(',')[0], fields };
}
