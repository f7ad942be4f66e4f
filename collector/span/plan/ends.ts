/** Who talks to whom: direction, transport and addresses of a flow. */
import { encodeKey, spanAttribute } from '../../otlp/protobuf-writer.ts';
import { ANY_VALUE, KEY_VALUE, SPAN, SPAN_KIND } from '../../otlp/tags.ts';
import { ADDRESS_ATTRIBUTES, type AddressAttribute, END_ADDRESSES, PORT_ATTRIBUTES } from '../attributes.ts';
import { type Candidate, emitChoice, emitWhen, presence } from './choice.ts';
import type { PlanCode } from './code.ts';
import type { FieldSet } from './fieldset.ts';
import { isSet, type LocatedField, numberOf } from './layout.ts';
import { portOf } from './ports.ts';
import { IS_ICMP, protocolOf } from './protocol.ts';
import { FAMILIES, type Family, type TransportEncoder } from './transport.ts';

const IP_VERSION = 60;
const BIFLOW_DIRECTION = 239;
/** initiatorOctets, responderOctets, initiatorPackets, responderPackets: the source is the initiator. */
const INITIATOR_COUNTERS = [231, 232, 298, 299];

/** Protocols whose names are written inline, most of all traffic: TCP, UDP, ICMP, ICMPv6. */
const COMMON_PROTOCOLS = [6, 17, 1, 58];

/** Longest key of an address whose attribute has a length of one byte: 39 bytes of text, tags and lengths besides. */
const MAX_ADDRESS_KEY = 80;

/** Appends `flow.direction` and the span's kind, which follows from it. The protocol is in `t`. */
export function emitDirection(code: PlanCode, fields: FieldSet): void {
  const name = fields.nameOf('flow.direction');
  const write = (kind: number, direction: string): void => {
    code.bytes(SPAN.kind, kind, ...(name ? spanAttribute(name, direction) : []));
  };
  const biflow = fields.find(BIFLOW_DIRECTION);
  const [source, destination] = PORT_ATTRIBUTES.map((attribute) => portOf(fields, attribute));
  if (biflow) {
    code.line(`x = ${numberOf(biflow)};`);
  } else if (fields.find(...INITIATOR_COUNTERS)) {
    write(SPAN_KIND.client, 'forward');
    return;
  } else if (source && destination) {
    code.line(`x = ${source.value}; n = ${destination.value};`);
    code.line(
      `x = ${IS_ICMP} || x === 0 || n === 0 ? 0 : n < 1024 !== x < 1024 ? (n < 1024 ? 1 : 2) : n < 32768 !== x < 32768 ? (n < 32768 ? 1 : 2) : 0;`,
    );
  } else {
    write(SPAN_KIND.internal, 'unknown');
    return;
  }
  code.block('if (x === 1) {', () => write(SPAN_KIND.client, 'forward'));
  code.block('else if (x === 2) {', () => write(SPAN_KIND.server, 'reverse'));
  code.block('else {', () => write(SPAN_KIND.internal, 'unknown'));
}

/** Appends the span's name, `network.type` and `network.transport`. The protocol is in `t`. */
export function emitTransport(code: PlanCode, fields: FieldSet, encoder: TransportEncoder): void {
  const protocol = protocolOf(fields);
  const version = fields.take(IP_VERSION);
  const ofAddresses = addressFamily(fields);
  const encode = code.constant(encoder);
  if (typeof protocol !== 'number') fields.use([protocol]);
  if (version || typeof ofAddresses === 'string') {
    const byVersion = version ? `(x = ${numberOf(version)}) === 4 ? 1 : x === 6 ? 2 : ` : '';
    code.line(`m = ${encode}(${byVersion}${ofAddresses}, t); u.set(m, p); p += m.length;`);
    return;
  }
  if (typeof protocol === 'number') {
    code.bytes(...encoder(ofAddresses, protocol));
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
    if (four && six) return `(${isSet(four)} || !(${isSet(six)}) ? 1 : 2)`;
    if (four) return FAMILIES.indexOf('ipv4') as Family;
    if (six) return FAMILIES.indexOf('ipv6') as Family;
  }
  return FAMILIES.indexOf('unknown') as Family;
}

/** Appends the attributes of `ADDRESS_ATTRIBUTES` and, with `networks`, the names of both ends' networks. */
export function emitAddresses(code: PlanCode, fields: FieldSet, networks = false): void {
  for (const row of ADDRESS_ATTRIBUTES) {
    const found = fields.findEach(row.sources);
    if (found.length === 0) continue;
    const name = fields.nameOf(row.attribute);
    const end = END_ADDRESSES.indexOf(row);
    const emit = (field: LocatedField, condition?: string) => (): void =>
      emitWhen(code, condition, () => {
        if (name !== undefined) emitAddressText(code, name, field);
        if (networks && end >= 0) emitNetworkNames(code, field, end);
      });
    const [first] = found;
    const ofZero = emit(first, presence(fields, isSet(first), row.zero));
    if (found.length === 1) {
      fields.use(found);
      ofZero();
      continue;
    }
    const candidates = found.map((field): Candidate => {
      return { fields: [field], when: isChosen(fields, row, field), emit: emit(field) };
    });
    const all = fields.takeAll(...found.map(({ key }) => key));
    emitChoice(code, fields, candidates, all, { fields: [first], emit: ofZero });
  }
}

/** Expression of whether an address is the one of several: by the record's IP version where it tells, or not zeros. */
export function isChosen(fields: FieldSet, row: AddressAttribute, field: LocatedField): string {
  const version = END_ADDRESSES.includes(row) ? fields.find(IP_VERSION) : undefined;
  if (!version) return isSet(field);
  const [own, other] = row.ipv4.includes(field.key) ? [4, 6] : [6, 4];
  const number = `(${numberOf(version)})`;
  return `(${number} === ${own} || ${number} !== ${other} && ${isSet(field)})`;
}

/** Appends an attribute of an address. */
export function emitAddressText(code: PlanCode, name: string, field: LocatedField): void {
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
