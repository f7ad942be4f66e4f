/** Who talks to whom: direction, transport and addresses of a flow. */
import { encodeKey, spanAttribute } from '../../otlp/protobuf-writer.ts';
import { ANY_VALUE, KEY_VALUE, SPAN, SPAN_KIND } from '../../otlp/tags.ts';
import { ADDRESS_ATTRIBUTES, type AddressAttribute, END_ADDRESSES, sourcesOf } from '../attributes.ts';
import type { PlanCode } from './code.ts';
import { emitField } from './elements.ts';
import type { FieldSet } from './fieldset.ts';
import { type LocatedField, numberOf } from './layout.ts';
import { FAMILIES, type Family, type TransportEncoder } from './transport.ts';

const IP_VERSION = 60;
const PROTOCOL = 4;
const BIFLOW_DIRECTION = 239;
/** initiatorOctets, responderOctets, initiatorPackets, responderPackets: the source is the initiator. */
const INITIATOR_COUNTERS = [231, 232, 298, 299];

/** Protocols whose names are written inline, most of all traffic: TCP, UDP, ICMP, ICMPv6. */
const COMMON_PROTOCOLS = [6, 17, 1, 58];

/** Longest key of an address whose attribute has a length of one byte: 39 bytes of text, tags and lengths besides. */
const MAX_ADDRESS_KEY = 80;

/** Appends `flow.direction` and the span's kind, which follows from it. */
export function emitDirection(code: PlanCode, fields: FieldSet): void {
  const name = fields.nameOf('flow.direction');
  const write = (kind: number, direction: string): void => {
    code.bytes(SPAN.kind, kind, ...(name ? spanAttribute(name, direction) : []));
  };
  const biflow = fields.find(BIFLOW_DIRECTION);
  const source = fields.find(...sourcesOf('source.port'));
  const destination = fields.find(...sourcesOf('destination.port'));
  if (biflow) {
    code.line(`x = ${numberOf(biflow)};`);
  } else if (fields.find(...INITIATOR_COUNTERS)) {
    write(SPAN_KIND.client, 'forward');
    return;
  } else if (source && destination) {
    code.line(`x = ${numberOf(source)}; n = ${numberOf(destination)};`);
    code.line(
      'x = x === 0 || n === 0 ? 0 : n < 1024 !== x < 1024 ? (n < 1024 ? 1 : 2) : n < 32768 !== x < 32768 ? (n < 32768 ? 1 : 2) : 0;',
    );
  } else {
    write(SPAN_KIND.internal, 'unknown');
    return;
  }
  code.block('if (x === 1) {', () => write(SPAN_KIND.client, 'forward'));
  code.block('else if (x === 2) {', () => write(SPAN_KIND.server, 'reverse'));
  code.block('else {', () => write(SPAN_KIND.internal, 'unknown'));
}

/** Appends the span's name, `network.type` and `network.transport`. The protocol stays in `t`. */
export function emitTransport(code: PlanCode, fields: FieldSet, encoder: TransportEncoder): void {
  const protocol = fields.take(PROTOCOL);
  const version = fields.take(IP_VERSION);
  const ofAddresses = addressFamily(fields);
  const encode = code.constant(encoder);
  code.line(`const t = ${protocol ? numberOf(protocol) : -1};`);
  if (version || typeof ofAddresses === 'string') {
    const byVersion = version ? `(x = ${numberOf(version)}) === 4 ? 1 : x === 6 ? 2 : ` : '';
    code.line(`m = ${encode}(${byVersion}${ofAddresses}, t); u.set(m, p); p += m.length;`);
    return;
  }
  if (!protocol) {
    code.bytes(...encoder(ofAddresses, -1));
    return;
  }
  code.line('switch (t) {');
  for (const number of COMMON_PROTOCOLS) {
    code.block(`case ${number}: {`, () => code.bytes(...encoder(ofAddresses, number)), 'break; }');
  }
  code.line(`default: m = ${encode}(${ofAddresses}, t); u.set(m, p); p += m.length; }`);
}

/** The family that the addresses have: known from the template, or an expression where each record decides. */
function addressFamily(fields: FieldSet): Family | string {
  for (const { ipv4, ipv6 } of END_ADDRESSES) {
    const [four, six] = [fields.find(...ipv4), fields.find(...ipv6)];
    if (four && six) return `(v.getUint32(${four.at}) === 0 ? 2 : 1)`;
    if (four) return FAMILIES.indexOf('ipv4') as Family;
    if (six) return FAMILIES.indexOf('ipv6') as Family;
  }
  return FAMILIES.indexOf('unknown') as Family;
}

/** Appends the attributes of `ADDRESS_ATTRIBUTES` and, with `networks`, the names of both ends' networks. */
export function emitAddresses(code: PlanCode, fields: FieldSet, networks = false): void {
  const emitAddress = (address: AddressAttribute, field: LocatedField | undefined): void => {
    if (!field) return;
    const name = fields.nameOf(address.attribute);
    if (name !== undefined) emitAddressText(code, name, field);
    const end = END_ADDRESSES.indexOf(address);
    if (networks && end >= 0) emitNetworkNames(code, field, end);
  };
  const version = fields.find(IP_VERSION);
  for (const address of ADDRESS_ATTRIBUTES) {
    const four = fields.take(...address.ipv4);
    const six = fields.take(...address.ipv6);
    if (!four || !six) {
      emitAddress(address, four ?? six);
      continue;
    }
    const fours = fields.takeAll(four.key);
    const sixes = fields.takeAll(six.key);
    const byVersion = version ? `(x = ${numberOf(version)}) === 4 || x !== 6 && ` : '';
    code.line(`if (${byVersion}v.getUint32(${four.at}) !== 0) {`);
    emitAddress(address, four);
    emitOthers(code, fields, fours, four);
    const anySix = [0, 4, 8, 12].map((word) => `v.getInt32(${six.at} + ${word})`).join(' | ');
    emitLost(code, fields, sixes, six, `(${anySix}) !== 0`);
    code.line('} else {');
    emitAddress(address, six);
    emitOthers(code, fields, sixes, six);
    emitLost(code, fields, fours, four, `v.getUint32(${four.at}) !== 0`);
    code.line('}');
  }
}

/** Appends the occurrences of an element of which `lost` is no attribute's source; it is left out when it is zeros. */
function emitLost(
  code: PlanCode,
  fields: FieldSet,
  all: readonly LocatedField[],
  lost: LocatedField,
  isSet: string,
): void {
  const name = fields.nameOf(lost.attribute);
  if (name === undefined) return;
  code.block(`if (${isSet}) {`, () => emitField(code, name, all));
  if (all.length > 1) code.block('else {', () => emitOthers(code, fields, all, lost));
}

/** Appends all but one of an element's occurrences. */
function emitOthers(code: PlanCode, fields: FieldSet, all: readonly LocatedField[], one: LocatedField): void {
  const others = all.filter((field) => field !== one);
  const name = fields.nameOf(one.attribute);
  if (others.length > 0 && name !== undefined) emitField(code, name, others);
}

function emitAddressText(code: PlanCode, name: string, field: LocatedField): void {
  const key = encodeKey(name);
  if (key.length > MAX_ADDRESS_KEY) {
    code.line(`p = r.attribute(u, w, p, ${code.key(name)}, '${field.type}', s, v, ${field.at}, ${field.size});`);
    return;
  }
  code.bytes(SPAN.attributes, 0, ...key, KEY_VALUE.value, 0, ANY_VALUE.stringValue, 0);
  code.line(
    field.length === 4 ? `n = r.ipv4(w, p, v.getUint32(${field.at})) - p;` : `n = r.ipv6(u, w, p, s, ${field.at}) - p;`,
  );
  code.line(`u[p - ${key.length + 5}] = n + ${key.length + 4}; u[p - 3] = n + 2; u[p - 1] = n; p += n;`);
}

function emitNetworkNames(code: PlanCode, field: LocatedField, end: number): void {
  const written = `r.writeNetworkNames(w, p, c.networks, v, ${field.at}, ${field.length === 4}, ${end})`;
  code.line(`if (c.networks !== undefined) p = ${written};`);
}
