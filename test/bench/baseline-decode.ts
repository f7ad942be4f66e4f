/** An ordinary decoder: every record becomes an object. It knows the elements that the generator sends, no more. */

export type DecodedFlow = { attributes: Record<string, string | number>; start: Date; end: Date };
export type DecodedPacket = {
  version: number;
  domain: number;
  sequence: number;
  sets: number;
  templates: number;
  missing: number;
  flows: DecodedFlow[];
};

type Field = { id: number; length: number };
type Record9 = Map<number, Buffer>;

const NUMBERS: Record<number, string> = {
  1: 'flow.bytes.delta',
  2: 'flow.packets.delta',
  6: 'flow.tcp.flags.bits',
  7: 'source.port',
  10: 'netflow.interface.ingress.index',
  11: 'destination.port',
  14: 'netflow.interface.egress.index',
  16: 'source.as.number',
  17: 'destination.as.number',
  31: 'flow.ip.flow_label',
};
const ADDRESSES: Record<number, string> = {
  8: 'source.address',
  12: 'destination.address',
  15: 'netflow.next_hop.address',
  27: 'source.address',
  28: 'destination.address',
  62: 'netflow.next_hop.address',
};
const TRANSPORTS: Record<number, string> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'ipv6-icmp' };
const END_REASONS = ['', 'idle_timeout', 'active_timeout', 'end_of_flow_detected', 'forced_end', 'lack_of_resources'];

/** A decoder with its own templates, by exporter address, domain and id. */
export function createDecoder(): (packet: Buffer, exporter: string) => DecodedPacket {
  const templates = new Map<string, Field[]>();

  return (packet, exporter) => {
    const version = packet.readUInt16BE(0);
    if (version === 5) return decodeV5(packet);
    const header = version === 9 ? 20 : 16;
    const uptime = version === 9 ? packet.readUInt32BE(4) : 0;
    const domain = packet.readUInt32BE(header - 4);
    const result = { version, domain, sequence: packet.readUInt32BE(header - 8), sets: 0, templates: 0, missing: 0 };
    const boot = version === 9 ? packet.readUInt32BE(8) * 1_000 - uptime : 0;
    const flows: DecodedFlow[] = [];
    for (let offset = header; offset + 4 <= packet.length; ) {
      const [id, length] = [packet.readUInt16BE(offset), packet.readUInt16BE(offset + 2)];
      const set = packet.subarray(offset + 4, offset + length);
      result.sets++;
      if (id === 0 || id === 2) result.templates += learn(set, `${exporter}/${domain}`);
      else if (id >= 256) {
        const fields = templates.get(`${exporter}/${domain}/${id}`);
        if (fields) for (const record of records(set, fields)) flows.push(flowOf(record, boot));
        else result.missing++;
      }
      offset += Math.max(4, length);
    }
    return { ...result, flows };
  };

  function learn(set: Buffer, key: string): number {
    let learned = 0;
    for (let offset = 0; offset + 4 <= set.length; learned++) {
      const [id, count] = [set.readUInt16BE(offset), set.readUInt16BE(offset + 2)];
      const fields = Array.from({ length: count }, (_, index) => ({
        id: set.readUInt16BE(offset + 4 + index * 4),
        length: set.readUInt16BE(offset + 6 + index * 4),
      }));
      templates.set(`${key}/${id}`, fields);
      offset += 4 + count * 4;
    }
    return learned;
  }
}

function* records(set: Buffer, fields: Field[]): Generator<Record9> {
  const length = fields.reduce((sum, field) => sum + field.length, 0);
  for (let offset = 0; length > 0 && offset + length <= set.length; ) {
    const record: Record9 = new Map();
    for (const field of fields) {
      record.set(field.id, set.subarray(offset, offset + field.length));
      offset += field.length;
    }
    yield record;
  }
}

function flowOf(record: Record9, boot: number): DecodedFlow {
  const attributes: DecodedFlow['attributes'] = {};
  let [start, end] = [0, 0];
  for (const [id, value] of record) {
    if (NUMBERS[id]) attributes[NUMBERS[id]] = number(value);
    else if (ADDRESSES[id]) {
      attributes[ADDRESSES[id]] = address(value);
      attributes['network.type'] = value.length === 4 ? 'ipv4' : 'ipv6';
    } else if (id === 4) attributes['network.transport'] = transport(value[0]);
    else if (id === 5) Object.assign(attributes, { 'flow.ip.dscp.id': value[0] >> 2, 'flow.ip.ecn.id': value[0] & 3 });
    else if (id === 136) attributes['flow.end_reason'] = END_REASONS[value[0]] ?? String(value[0]);
    else if (id === 22 || id === 152) start = boot + number(value);
    else if (id === 21 || id === 153) end = boot + number(value);
  }
  return { attributes, start: new Date(start), end: new Date(end) };
}

function decodeV5(packet: Buffer): DecodedPacket {
  const boot = packet.readUInt32BE(8) * 1_000 + packet.readUInt32BE(12) / 1e6 - packet.readUInt32BE(4);
  const flows = Array.from({ length: packet.readUInt16BE(2) }, (_, index) => {
    const record = packet.subarray(24 + index * 48, 72 + index * 48);
    return {
      attributes: {
        'source.address': address(record.subarray(0, 4)),
        'destination.address': address(record.subarray(4, 8)),
        'netflow.next_hop.address': address(record.subarray(8, 12)),
        'netflow.interface.ingress.index': record.readUInt16BE(12),
        'netflow.interface.egress.index': record.readUInt16BE(14),
        'flow.packets.delta': record.readUInt32BE(16),
        'flow.bytes.delta': record.readUInt32BE(20),
        'source.port': record.readUInt16BE(32),
        'destination.port': record.readUInt16BE(34),
        'flow.tcp.flags.bits': record[37],
        'network.transport': transport(record[38]),
        'network.type': 'ipv4',
        'flow.ip.dscp.id': record[39] >> 2,
        'flow.ip.ecn.id': record[39] & 3,
        'source.as.number': record.readUInt16BE(40),
        'destination.as.number': record.readUInt16BE(42),
        'source.prefix.length': record[44],
        'destination.prefix.length': record[45],
      },
      start: new Date(boot + record.readUInt32BE(24)),
      end: new Date(boot + record.readUInt32BE(28)),
    };
  });
  const domain = packet[20] * 256 + packet[21];
  return { version: 5, domain, sequence: packet.readUInt32BE(16), sets: 1, templates: 0, missing: 0, flows };
}

function transport(protocol: number): string {
  return TRANSPORTS[protocol] ?? `protocol_${protocol}`;
}

function number(value: Buffer): number {
  return value.length === 8 ? Number(value.readBigUInt64BE()) : value.readUIntBE(0, value.length);
}

function address(value: Buffer): string {
  if (value.length === 4) return value.join('.');
  return Array.from({ length: 8 }, (_, index) => value.readUInt16BE(index * 2).toString(16)).join(':');
}
