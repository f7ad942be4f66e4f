/**
 * Sampled packets (315, 104, 313, 314, 316, 317) as the fields that their headers stand for. Written down as one reads
 * the standards: a list of headers, each an object.
 */
import { type FieldSpecifier, type FieldValue, type Template, toUnsigned, VARIABLE_LENGTH } from './packet.ts';

type Kind =
  | 'ethernet'
  | 'vlan'
  | 'mpls'
  | 'ipv4'
  | 'ipv6'
  | 'udp'
  | 'tcp'
  | 'ports'
  | 'icmp'
  | 'vxlan'
  | 'geneve'
  | 'llc'
  | 'other';
/** `body` is what is behind it in the same section; `etherType` is that of what LLC carries, with SNAP. */
type Header = {
  kind: Kind;
  bytes: Uint8Array;
  body?: Uint8Array;
  protocol?: number;
  isSegmentRouted?: boolean;
  etherType?: number;
};
type Next = { what: string; rest: Uint8Array } | undefined;

const MAX_HEADERS = 24;
const u16 = (bytes: Uint8Array, at: number) => bytes[at] * 256 + bytes[at + 1];

const ETHERTYPES: Record<number, string> = {
  2048: 'ipv4',
  34525: 'ipv6',
  33024: 'vlan',
  34984: 'vlan',
  37120: 'vlan',
  34887: 'mpls',
  34888: 'mpls',
  34916: 'pppoe',
  25944: 'ethernet',
  35047: 'backbone tag',
};
/** Those that are not taken apart: ARP, LLDP and so on. */
const SWITCHED = [
  0x0806, 0x8035, 0x8809, 0x8863, 0x888e, 0x88cc, 0x88e5, 0x88f5, 0x88f7, 0x8902, 0x8906, 0x8915, 0x9000,
];
export const PPP: Record<number, string> = { 33: 'ipv4', 87: 'ipv6', 641: 'mpls' };
const PROTOCOLS: Record<number, string> = {
  ...{ 1: 'icmp', 58: 'icmp', 4: 'ipv4', 41: 'ipv6', 6: 'tcp', 17: 'udp', 33: 'ports', 132: 'ports', 136: 'ports' },
  ...{ 47: 'gre', 97: 'etherip', 137: 'mpls', 143: 'ethernet' },
};
const EXTENSIONS = [0, 43, 51, 60, 135, 139, 140];

/** Reads one header of `rest` into `headers`, and tells what comes next. */
function step(what: string, rest: Uint8Array, headers: Header[]): Next {
  const take = (kind: Kind, length: number, more: Partial<Header> = {}): Uint8Array => {
    const body = rest.subarray(Math.min(length, rest.length));
    headers.push({ kind, bytes: rest, body, ...more });
    return body;
  };
  const byType = (types: Record<number, string>, type: number, left: Uint8Array): Next =>
    types[type] === undefined ? undefined : { what: types[type], rest: left };
  const fits = (length: number) => rest.length >= length;
  switch (what) {
    case 'ip':
      if (!fits(1)) return undefined;
      return { 4: { what: 'ipv4', rest }, 6: { what: 'ipv6', rest } }[rest[0] >> 4];
    case 'ethernet': {
      if (!fits(14)) return undefined;
      return byTypeOrLength(u16(rest, 12), take('ethernet', 14));
    }
    case 'vlan':
      return fits(4) ? byTypeOrLength(u16(rest, 2), take('vlan', 4)) : undefined;
    case 'backbone tag':
      return fits(4) ? { what: 'ethernet', rest: take('other', 4) } : undefined;
    case 'llc': {
      if (!fits(3)) return undefined;
      const isSnap = u16(rest, 0) === 0xaaaa;
      if (isSnap && !fits(8)) return undefined;
      if (isSnap && u16(rest, 3) === 0 && [0, 0xf8].includes(rest[5]))
        return byType(ETHERTYPES, u16(rest, 6), take('llc', 8, { etherType: u16(rest, 6) }));
      const body = take('llc', 3);
      return u16(rest, 0) === 0x0606 ? { what: 'ipv4', rest: body } : undefined;
    }
    case 'mpls': {
      let entries = 0;
      while (entries < 32 && fits(4 * entries + 4) && (entries === 0 || rest[4 * entries - 2] % 2 === 0)) entries++;
      if (entries === 0) return undefined;
      const isWhole = rest[4 * entries - 2] % 2 === 1;
      const below = take('mpls', 4 * entries);
      return isWhole ? { what: 'below labels', rest: below } : undefined;
    }
    case 'below labels': {
      if (!fits(1)) return undefined;
      const version = rest[0] >> 4;
      const isFrame = beginsAFrame(rest);
      if (version === 4 && (rest[0] % 16 >= 5 || !isFrame)) return { what: 'ipv4', rest };
      if (version === 6 && (PROTOCOLS[rest[6]] !== undefined || !isFrame)) return { what: 'ipv6', rest };
      if (version === 1 && fits(4) && u16(rest, 0) === 0x1000 && !isFrame)
        return byType(PPP, u16(rest, 2), rest.subarray(4));
      const isZero = fits(4) && u16(rest, 0) === 0 && u16(rest, 2) === 0;
      const hasControlWord = version === 0 && (isZero || !isFrame);
      return { what: 'ethernet', rest: hasControlWord ? rest.subarray(4) : rest };
    }
    case 'pppoe': {
      if (!fits(8)) return undefined;
      headers.push({ kind: 'other', bytes: rest });
      return byType(PPP, u16(rest, 6), rest.subarray(8, Math.max(8, 6 + u16(rest, 4))));
    }
    case 'ipv4': {
      const length = (rest[0] & 15) * 4;
      if (!fits(20) || rest[0] >> 4 !== 4 || length < 20) return undefined;
      const total = u16(rest, 2);
      const protocol = rest[9];
      const left = take('ipv4', length, { protocol });
      const end = total >= length ? total - length : left.length;
      const isFirst = (u16(rest, 6) & 0x1fff) === 0;
      if (!isFirst) return undefined;
      const carried = left.subarray(0, end);
      if (protocol !== 51) return byType(PROTOCOLS, protocol, carried);
      if (carried.length < 4) return undefined;
      headers.at(-1)!.protocol = carried[0];
      return byType(PROTOCOLS, carried[0], carried.subarray((carried[1] + 2) * 4));
    }
    case 'ipv6':
      return readIpv6(rest, headers);
    case 'gre': {
      if (!fits(4) || (rest[1] & 7) > 1 || (rest[0] & 0x40) > 0) return undefined;
      const isPptp = (rest[1] & 7) === 1;
      const options = [isPptp ? rest[1] & 0x80 : rest[0] & 0x80, rest[0] & 0x20, rest[0] & 0x10];
      headers.push({ kind: 'other', bytes: rest });
      const left = rest.subarray(Math.min(rest.length, 4 + 4 * options.filter(Boolean).length));
      const carried = u16(rest, 2);
      // ERSPAN: of type I without a header, which has no sequence either; of types II and III.
      if (!isPptp && carried === 0x88be) return { what: 'ethernet', rest: left.subarray(rest[0] & 0x10 ? 8 : 0) };
      if (!isPptp && carried === 0x22eb)
        return left.length < 12 ? undefined : { what: 'ethernet', rest: left.subarray(left[11] % 2 === 1 ? 20 : 12) };
      if (!isPptp && carried !== 0x880b) return byType(ETHERTYPES, carried, left);
      if (left.length < 4) return undefined;
      const ppp = u16(left, 0) === 0xff03 ? left.subarray(2) : left;
      return ppp[0] % 2 === 1 ? byType(PPP, ppp[0], ppp.subarray(1)) : byType(PPP, u16(ppp, 0), ppp.subarray(2));
    }
    case 'udp': {
      if (!fits(4)) return undefined;
      const left = take('udp', 8);
      if (!fits(8)) return undefined;
      const isVxlan = left.length >= 8 && (left[0] & 8) > 0;
      const isGpe = isVxlan && (left[0] & 4) > 0;
      const isGtp = left.length >= 8 && left[0] >> 4 === 3 && left[1] === 255;
      const vxlan = isVxlan ? 'vxlan' : undefined;
      const inner = {
        ...{ 4789: vxlan, 8472: vxlan, 4790: isGpe ? 'vxlan-gpe' : undefined, 2152: isGtp ? 'gtp' : undefined },
        ...{ 6081: 'geneve', 6635: 'mpls', 4754: 'gre' },
      }[u16(rest, 2)];
      return inner === undefined ? undefined : { what: inner, rest: left };
    }
    case 'vxlan-gpe':
      return byType({ 1: 'ipv4', 2: 'ipv6', 3: 'ethernet', 5: 'mpls' }, rest[3], take('vxlan', 8));
    case 'gtp': {
      let left = take('other', rest[0] & 7 ? 12 : 8);
      if (!(rest[0] & 4)) return { what: 'ip', rest: left };
      let type = rest[11];
      for (let extensions = 0; left.length > 0; extensions++) {
        if (type === 0) return extensions < 8 ? { what: 'ip', rest: left } : undefined;
        const length = left[0] * 4;
        if (length === 0) return undefined;
        type = left[length - 1];
        left = left.subarray(length);
      }
      return undefined;
    }
    case 'etherip':
      return fits(2) ? { what: 'ethernet', rest: take('other', 2) } : undefined;
    case 'vxlan':
      return { what: 'ethernet', rest: take('vxlan', 8) };
    case 'geneve':
      if (!fits(8) || rest[0] >> 6 !== 0) return undefined;
      return byType(ETHERTYPES, u16(rest, 2), take('geneve', 8 + (rest[0] & 63) * 4));
    case 'tcp':
    case 'ports':
      if (fits(4)) take(what, 4);
      return undefined;
    case 'icmp':
      if (fits(2)) take(what, 4);
      return undefined;
  }
  return undefined;
}

/** A length is followed by LLC. */
function byTypeOrLength(type: number, left: Uint8Array): Next {
  if (type < 1536) return { what: 'llc', rest: left.subarray(0, type) };
  return ETHERTYPES[type] === undefined ? undefined : { what: ETHERTYPES[type], rest: left };
}

/** Whether bytes look like a frame: its type, behind two tags at most, is known, and what follows agrees. */
function beginsAFrame(bytes: Uint8Array): boolean {
  if (bytes.length < 14) return false;
  let body = bytes.subarray(12);
  for (let tags = 0; tags < 2 && body.length >= 2 && ETHERTYPES[u16(body, 0)] === 'vlan'; tags++)
    body = body.subarray(4);
  if (body.length < 2) return true;
  const type = u16(body, 0);
  if (type < 1536) return body.length >= 5 && body[2] === body[3] && body[4] === 3;
  const carried = ETHERTYPES[type];
  const version = { ipv4: 4, ipv6: 6 }[carried];
  if (version && body.length > 2) return body[2] >> 4 === version;
  return carried !== undefined || SWITCHED.includes(type);
}

function readIpv6(bytes: Uint8Array, headers: Header[]): Next {
  if (bytes.length < 40 || bytes[0] >> 4 !== 6) return undefined;
  const header: Header = { kind: 'ipv6', bytes, body: bytes.subarray(40), protocol: bytes[6] };
  headers.push(header);
  const length = u16(bytes, 4);
  return readExtensions(header, bytes.subarray(40, length > 0 ? 40 + length : undefined));
}

function readExtensions(header: Header, rest: Uint8Array): Next {
  let protocol = header.bytes[6];
  for (let extensions = 0; extensions < 16; extensions++) {
    header.protocol = protocol;
    if (protocol === 44) {
      if (rest.length < 8) return undefined;
      protocol = rest[0];
      header.protocol = protocol;
      if (u16(rest, 2) >= 8) return undefined;
      rest = rest.subarray(8);
    } else if (EXTENSIONS.includes(protocol)) {
      if (rest.length < 4) return undefined;
      if (protocol === 43 && rest[2] === 4) header.isSegmentRouted = true;
      const size = protocol === 51 ? (rest[1] + 2) * 4 : (rest[1] + 1) * 8;
      protocol = rest[0];
      rest = rest.subarray(Math.min(size, rest.length));
      // What would begin beyond the end is not known.
    } else return PROTOCOLS[protocol] === undefined ? undefined : { what: PROTOCOLS[protocol], rest };
  }
  return undefined;
}

export function headersOf(what: string | undefined, bytes: Uint8Array, headers: Header[] = []): Header[] {
  let next: Next = what === undefined ? undefined : { what, rest: bytes };
  while (next && headers.length < MAX_HEADERS) next = step(next.what, next.rest, headers);
  return headers;
}

const iana = (id: number, bytes: ArrayLike<number>): FieldValue => {
  return { pen: 0, id, bytes: Uint8Array.from(bytes), variable: false };
};
const number = (value: number, length: number) =>
  Array.from({ length }, (_, index) => (value / 256 ** (length - 1 - index)) & 255);

const SECTIONS: [id: number, what: string, rest?: number][] = [
  [315, 'ethernet'],
  [104, 'ethernet'],
  [313, 'ip', 314],
  [316, 'mpls', 317],
  [317, 'below labels'],
  [314, 'carried'],
];

/** The values of a record with its sampled packet's headers instead of the packet. */
export function withHeaders(all: FieldValue[], template: Template): FieldValue[] {
  const values = all.filter((_, index) => template.fields[index].length > 0);
  const of = (id: number) => values.find((value) => value.pen === 0 && value.id === id);
  const has = (id: number) => template.fields.some((field) => field.pen === 0 && field.id === id && field.length > 0);
  const chosen = SECTIONS.find(([id]) => has(id));
  if (!chosen) return all;
  const [id, what, restId] = chosen;
  const isCarried = what === 'carried';
  if (isCarried && (!has(4) || !(has(8) || has(12)) || has(27) || has(28))) return all;
  const transport = [6, 7, 11, 32, 139, 176, 177, 178, 179, 180, 181, 182, 183];
  if ((isCarried ? transport : [4, 7, 8, 11, 12, 27, 28]).some(has)) return all;
  const section = of(id)!;
  const rest = restId === undefined ? undefined : of(restId);
  const low = (ids: number[]) => {
    const found = values.find((value) => value.pen === 0 && ids.includes(value.id));
    return found && Number(toUnsigned(found.bytes) & 0xffff_ffffn);
  };
  if (low([409, 102]) || low([408]) === 2 || (isCarried && low([88]))) return all;
  const isFixed = specifierOf(template, id).length !== VARIABLE_LENGTH;
  const bytes = isFixed ? section.bytes.subarray(0, low([410, 103]) || undefined) : section.bytes;
  const headers = headersOf(isCarried ? PROTOCOLS[low([4])!] : what, bytes);
  const isRestRead = rest !== undefined && readOn(headers, rest.bytes);
  if (headers.length === 0) return all;
  const properties = values.filter((value) => isProperty(value)).slice(0, 6);
  const kept = values.filter((value) => value !== section && value !== rest && !properties.includes(value));
  const told = low([what === 'ethernet' ? 312 : 224]);
  const isKnown = told !== undefined || what === 'ethernet' || (!isCarried && headers.some(isIp));
  const size = told || lengthOf(headers, bytes, isRestRead ? rest.bytes : undefined);
  return [
    ...kept,
    ...properties.flatMap(juniper),
    ...(isCarried ? carriedFields(headers[0]) : []),
    ...fieldsOf(headers),
    ...[...(isKnown ? [iana(1, number(size, 4))] : []), iana(2, [1])].filter((counter) => !has(counter.id)),
  ];
}

function specifierOf({ fields }: Template, id: number): FieldSpecifier {
  return fields.find((field) => field.pen === 0 && field.id === id && field.length > 0)!;
}

/**
 * A second section begins with what the first header carries. It is read if it has more of that than the first section.
 * Returns whether it is.
 */
function readOn(headers: Header[], rest: Uint8Array): boolean {
  const [first] = headers;
  if (!first || rest.length <= first.body!.length) return false;
  headers.length = 1;
  if (first.kind === 'mpls') headersOf('below labels', rest, headers);
  else if (first.kind === 'ipv4') {
    const isFirstFragment = (u16(first.bytes, 6) & 0x1fff) === 0;
    if (isFirstFragment) headersOf(PROTOCOLS[first.bytes[9]], rest, headers);
  } else {
    const next = readExtensions(first, rest);
    headersOf(next?.what, next?.rest ?? rest, headers);
  }
  return true;
}

export const isIp = ({ kind }: Header) => kind === 'ipv4' || kind === 'ipv6';

/** By the outermost header of IP: what is before it, and what it says itself; else all that there is. */
function lengthOf(headers: Header[], section: Uint8Array, rest: Uint8Array | undefined): number {
  const ip = headers.find(isIp);
  if (!ip) return section.length;
  const isInRest = rest !== undefined && ip !== headers[0];
  const before = isInRest
    ? section.length - headers[0].body!.length + ip.bytes.byteOffset - rest.byteOffset
    : ip.bytes.byteOffset - section.byteOffset;
  const length = ip.kind === 'ipv4' ? u16(ip.bytes, 2) : 40 + u16(ip.bytes, 4);
  return Math.max(section.length, before + length);
}

/** The transport of an IPv4 packet whose header is not there. */
function carriedFields({ kind, bytes }: Header): FieldValue[] {
  if (kind === 'icmp') return [iana(32, bytes.subarray(0, 2))];
  if (kind !== 'tcp' && kind !== 'udp' && kind !== 'ports') return [];
  const flags = kind === 'tcp' ? flagsOf(bytes) : [iana(6, [0, 0])];
  return [iana(7, bytes.subarray(0, 2)), iana(11, bytes.subarray(2, 4)), ...flags];
}

export function fieldsOf(headers: Header[]): FieldValue[] {
  const fields: FieldValue[] = [];
  const ips = headers.filter(isIp);
  const ethernet = headers.findLast(({ kind }) => kind === 'ethernet');
  if (ethernet) {
    const behind = headers.slice(headers.indexOf(ethernet) + 1);
    const tags = behind.slice(
      0,
      behind.findIndex(({ kind }) => kind !== 'vlan') < 0
        ? behind.length
        : behind.findIndex(({ kind }) => kind !== 'vlan'),
    );
    const [outer, inner] = tags.map(({ bytes }) => [bytes[0] & 15, bytes[1]]);
    fields.push(iana(56, ethernet.bytes.subarray(6, 12)), iana(80, ethernet.bytes.subarray(0, 6)));
    fields.push(iana(243, outer ?? [0, 0]), iana(245, inner ?? [0, 0]));
    if (ips.length === 0) fields.push(iana(256, number(etherTypeOf(ethernet, tags, behind[tags.length]), 2)));
  }
  const stack = headers.find(({ kind }) => kind === 'mpls');
  if (stack) {
    let isBottom = false;
    for (let nth = 0; nth < 10; nth++) {
      const entry = stack.bytes.subarray(4 * nth, 4 * nth + 3);
      const isThere = !isBottom && stack.bytes.length >= 4 * nth + 4;
      fields.push(iana(70 + nth, isThere ? entry : [0, 0, 0]));
      isBottom ||= entry[2] % 2 === 1;
    }
  }
  const tunnel = headers.findLast(({ kind }) => kind === 'vxlan' || kind === 'geneve');
  if (tunnel) fields.push(iana(351, [tunnel.kind === 'vxlan' ? 1 : 0, 0, 0, 0, 0, ...tunnel.bytes.subarray(4, 7)]));
  const outermostIpv6 = ips.find(({ kind }) => kind === 'ipv6');
  if (outermostIpv6?.isSegmentRouted && ips.length > 1) fields.push(iana(495, outermostIpv6.bytes.subarray(24, 40)));
  for (const ip of ips.slice(-4)) fields.push(...fieldsOfIp(ip, ip === ips.at(-1), headers));
  return fields;
}

/** None where they are cut off. */
function flagsOf(tcp: Uint8Array): FieldValue[] {
  return tcp.length >= 14 ? [iana(6, [tcp[12] & 15, tcp[13]])] : [];
}

/** The type of what a frame carries; 0 where there is no type. */
function etherTypeOf(ethernet: Header, tags: Header[], next: Header | undefined): number {
  if (next?.kind === 'llc') return next.etherType ?? 0;
  const tag = tags.at(-1);
  const type = tag ? u16(tag.bytes, 2) : u16(ethernet.bytes, 12);
  return type < 1536 ? 0 : type;
}

function fieldsOfIp(ip: Header, isFlow: boolean, headers: Header[]): FieldValue[] {
  const { bytes, protocol } = ip;
  const isIpv4 = ip.kind === 'ipv4';
  const above = headers[headers.indexOf(ip) + 1];
  const addresses = isIpv4
    ? [iana(8, bytes.subarray(12, 16)), iana(12, bytes.subarray(16, 20))]
    : [iana(27, bytes.subarray(8, 24)), iana(28, bytes.subarray(24, 40))];
  const fields = [...addresses, iana(4, [protocol!])];
  const ports = (from: ArrayLike<number>) => [
    iana(7, Array.from(from).slice(0, 2)),
    iana(11, Array.from(from).slice(2, 4)),
  ];
  if (!isFlow) return [...fields, ...ports(above?.kind === 'udp' ? above.bytes : [0, 0, 0, 0])];
  if (above && ['udp', 'tcp', 'ports'].includes(above.kind)) fields.push(...ports(above.bytes));
  const trafficClass = (u16(bytes, 0) >> 4) & 255;
  fields.push(iana(5, [isIpv4 ? bytes[1] : trafficClass]), iana(192, [isIpv4 ? bytes[8] : bytes[7]]));
  if (!isIpv4) fields.push(iana(31, [0, bytes[1] & 15, bytes[2], bytes[3]]));
  if (above?.kind === 'tcp') fields.push(...flagsOf(above.bytes));
  if (above?.kind === 'icmp') fields.push(iana(isIpv4 ? 32 : 139, above.bytes.subarray(0, 2)));
  return fields;
}

const isProperty = ({ pen, id, bytes, variable }: FieldValue) =>
  pen === 2636 && id === 137 && !variable && (bytes.length === 2 || bytes.length === 4);

/** Juniper's properties: six bits of kind, then a value. */
function juniper(property: FieldValue): FieldValue[] {
  const bits = BigInt(8 * property.bytes.length - 6);
  const all = toUnsigned(property.bytes);
  const [kind, value] = [Number(all >> bits), Number(all & ((1n << bits) - 1n))];
  const made = (id: number, bytes: number[]): FieldValue => ({
    pen: 2636,
    id,
    bytes: Uint8Array.from(bytes),
    variable: false,
  });
  if (kind === 1) return [made(32769, [(value >> 2) & 15]), made(32770, [value & 3])];
  return kind >= 2 && kind <= 6 ? [made(32769 + kind, number(value, 4))] : [property];
}
