/** Who talks to whom: transport and addresses of a flow. */
import { encodeKey } from '../../otlp/protobuf-writer.ts';
import { ANY_VALUE, KEY_VALUE, SPAN } from '../../otlp/tags.ts';
import { ADDRESS_ATTRIBUTES, type AddressAttribute, END_ADDRESSES } from '../attributes.ts';
import { type Candidate, emitChoice, emitWhen, presence } from './choice.ts';
import type { PlanCode } from './code.ts';
import type { FieldSet } from './fieldset.ts';
import { isSet, type LocatedField, numberOf } from './layout.ts';
import { protocolOf } from './protocol.ts';
import { FAMILIES, type Family, type TransportEncoder } from './transport.ts';

const IP_VERSION = 60;
/** Attributes that an end's address may have besides. */
const AGAIN = ['client.address', 'server.address', 'network.peer.address'] as const;

/** Protocols whose names are written inline, most of all traffic: TCP, UDP, ICMP, ICMPv6. */
const COMMON_PROTOCOLS = [6, 17, 1, 58];

/** Longest key of an address whose attribute has a length of one byte: 39 bytes of text, tags and lengths besides. */
const MAX_ADDRESS_KEY = 80;

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

/** For each end, the variables of where its address is in the span as text, and how long that is. */
const TEXTS = [
  ['i0', 'j0'],
  ['i1', 'j1'],
] as const;

/** Appends the attributes of `ADDRESS_ATTRIBUTES` and, with `networks`, the names of both ends' networks. */
export function emitAddresses(code: PlanCode, fields: FieldSet, networks = false): void {
  for (const row of ADDRESS_ATTRIBUTES) {
    const found = fields.findEach(row.sources);
    if (found.length === 0) continue;
    const name = fields.nameOf(row.attribute);
    const end = END_ADDRESSES.indexOf(row);
    if (isCopied(fields, end)) code.line(`let ${TEXTS[end].join(', ')};`);
    const emit = (field: LocatedField, condition?: string) => (): void =>
      emitWhen(code, condition, () => {
        if (name !== undefined) emitAddressText(code, name, field);
        if (isCopied(fields, end)) code.line(`${TEXTS[end][0]} = p - n; ${TEXTS[end][1]} = n;`);
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

/**
 * Whether an end's address is wanted again, and is short to copy: writing it anew takes three times as long in IPv6.
 */
function isCopied(fields: FieldSet, end: number): boolean {
  if (end < 0 || !AGAIN.some((name) => fields.nameOf(name) !== undefined)) return false;
  const name = fields.nameOf(END_ADDRESSES[end].attribute);
  return name !== undefined && encodeKey(name).length <= MAX_ADDRESS_KEY;
}

/** Appends the address of an end (0: source, 1: destination) under another name, behind `emitAddresses`. */
export function emitAddressAgain(code: PlanCode, fields: FieldSet, end: number, name: string): void {
  const row = END_ADDRESSES[end];
  const [first, ...others] = fields.findEach(row.sources);
  if (!first) return;
  const emit = (field: LocatedField) => (): void => emitAddressText(code, name, field);
  const key = encodeKey(name);
  if (isCopied(fields, end) && key.length <= MAX_ADDRESS_KEY) {
    const [at, length] = TEXTS[end];
    code.bytes(...startOfText(key));
    code.line(`for (h = 0; h < ${length}; h += 4) w.setInt32(p + h, w.getInt32(${at} + h, true), true);`);
    code.line(`n = ${length}; ${endOfText(key)}`);
  } else if (others.length === 0) emit(first)();
  else {
    for (const field of [first, ...others])
      code.block(`${field === first ? '' : 'else '}if (${isChosen(fields, row, field)}) {`, emit(field));
    code.block('else {', emit(first));
  }
}

/** Expressions of where an address is in the packet, and how long it is: 4 or 16. */
export type Place = { at: string; length: string };

/** The place of an end's address (0: source, 1: destination); undefined when no record has one. */
export function placeOf(fields: FieldSet, end: number): Place | undefined {
  const row = END_ADDRESSES[end];
  const found = fields.findEach(row.sources);
  if (found.length === 0) return undefined;
  const choose = (of: (field: LocatedField) => string): string =>
    found.length === 1
      ? of(found[0])
      : `(${found.map((field) => `${isChosen(fields, row, field)} ? ${of(field)} : `).join('')}${of(found[0])})`;
  return { at: choose(({ at }) => at), length: choose(({ size }) => size) };
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
  code.bytes(...startOfText(key));
  code.line(
    field.length === 4 ? `n = r.ipv4(w, p, v.getUint32(${field.at})) - p;` : `n = r.ipv6(u, w, p, s, ${field.at}) - p;`,
  );
  code.line(endOfText(key));
}

/** What comes before the text of an attribute with such a key, as long as its lengths take a byte each. */
function startOfText(key: Uint8Array): number[] {
  return [SPAN.attributes, 0, ...key, KEY_VALUE.value, 0, ANY_VALUE.stringValue, 0];
}

/** Statements that put the lengths in before a text of `n` bytes at `p`, and turn behind it. */
function endOfText({ length }: Uint8Array): string {
  return `u[p - ${length + 5}] = n + ${length + 4}; u[p - 3] = n + 2; u[p - 1] = n; p += n;`;
}

function emitNetworkNames(code: PlanCode, field: LocatedField, end: number): void {
  const written = `r.writeNetworkNames(w, p, c.networks, v, ${field.at}, ${field.length === 4}, ${end})`;
  code.line(`if (c.networks !== undefined) p = ${written};`);
}
