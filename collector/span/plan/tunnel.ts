/** The attributes `netflow.tunnel.*`: the headers around the flow's. */
import { protocolKeyword } from '../../decode/elements/elements.ts';
import { spanAttribute } from '../../otlp/protobuf-writer.ts';
import type { NameOf } from '../attributes.ts';
import type { PlanCode } from './code.ts';
import { emitAddressText } from './ends.ts';
import { emitField } from './field.ts';
import type { FieldSet } from './fieldset.ts';
import { isSet, type LocatedField, numberOf } from './layout.ts';
import type { Outer, Tunnel } from './reading.ts';

/** Of an outer header without one, the protocol that carries a family. */
const CARRYING = { ipv4: 4, ipv6: 41 };

/** Appends them, and takes the fields that they are made from. */
export function emitTunnel(code: PlanCode, fields: FieldSet, tunnel: Tunnel | undefined): void {
  if (!tunnel) return;
  const { outers, carries } = tunnel;
  for (const { source, destination, protocol, sourcePort, destinationPort } of outers)
    fields.use([source, destination, protocol, sourcePort, destinationPort].filter((field) => field !== undefined));
  if (outers.length === 1) emitOne(code, fields, outers[0], CARRYING[carries]);
  else emitSeveral(code, fields, outers, CARRYING[carries]);
}

function emitOne(code: PlanCode, { nameOf }: FieldSet, outer: Outer, carried: number): void {
  const type = nameOf('netflow.tunnel.type');
  if (type !== undefined)
    code.line(`p = r.textAttribute(u, p, ${code.key(type)}, ${typeSource(code, outer, String(carried))});`);
  for (const [attribute, field] of [
    ['netflow.tunnel.source.address', outer.source],
    ['netflow.tunnel.destination.address', outer.destination],
  ] as const) {
    const name = nameOf(attribute);
    if (name !== undefined) emitAddressText(code, name, field);
  }
  for (const [attribute, field] of [
    ['netflow.tunnel.source.port', outer.sourcePort],
    ['netflow.tunnel.destination.port', outer.destinationPort],
  ] as const) {
    const name = nameOf(attribute);
    if (field && name !== undefined) code.block(`if (${isSet(field)}) {`, () => emitField(code, name, [field]));
  }
}

/**
 * Expression of the type: `srv6` with a segment routing header; else by the protocol of the header, which names what it
 * carries, or by what that is, of which `carried` is the number; of UDP by its destination port.
 */
function typeSource(code: PlanCode, { protocol, destinationPort, hasSegments }: Outer, carried: string): string {
  const number = protocol ? `(${numberOf(protocol)}) || ${carried}` : carried;
  const port = destinationPort ? numberOf(destinationPort) : '0';
  return `(${hasSegments} ? 'srv6' : ${code.constant(typeOf)}(${number}, ${port}))`;
}

const UDP = 17;
/** RFC 7348, Linux before it, IANA's registry; RFC 8926; 3GPP TS 29.281. */
const TYPES_BY_PORT = new Map([
  [4789, 'vxlan'],
  [8472, 'vxlan'],
  [4790, 'vxlan-gpe'],
  [6081, 'geneve'],
  [2152, 'gtp-u'],
]);

function typeOf(protocol: number, port: number): string {
  const byPort = protocol === UDP ? TYPES_BY_PORT.get(port) : undefined;
  return byPort ?? protocolKeyword(protocol) ?? `protocol_${protocol}`;
}

/** What is told of one header around the flow's; ports are 0 where it has none. */
type Told = [type: string, source: string, destination: string, sourcePort: number, destinationPort: number];

const ATTRIBUTES = [
  'netflow.tunnel.type',
  'netflow.tunnel.source.address',
  'netflow.tunnel.destination.address',
  'netflow.tunnel.source.port',
  'netflow.tunnel.destination.port',
] as const;

/** Of several headers, those that a record has. Rare: nothing is done to be fast. */
function emitSeveral(code: PlanCode, { nameOf }: FieldSet, outers: readonly Outer[], ofFlow: number): void {
  const address = ({ at, length }: LocatedField) => `r.addressText(s, v, ${at}, ${length})`;
  const port = (field: LocatedField | undefined) => (field ? numberOf(field) : '0');
  let carried = String(ofFlow);
  const all = outers.toReversed().map((outer) => {
    const { isThere, family, source, destination, sourcePort, destinationPort } = outer;
    const parts = [address(source), address(destination), port(sourcePort), port(destinationPort)];
    const told = `${isThere} && [${[typeSource(code, outer, `(${carried})`), ...parts].join(', ')}]`;
    carried = `${isThere} ? ${CARRYING[family]} : ${carried}`;
    return told;
  });
  const encode = code.constant((told: readonly (Told | false)[]) => encodeTold(nameOf, told));
  code.line(`m = ${encode}([${all.reverse().join(', ')}]); u.set(m, p); p += m.length;`);
}

function encodeTold(nameOf: NameOf, all: readonly (Told | false)[]): Uint8Array {
  const told = all.filter((one) => one !== false);
  const attributes = ATTRIBUTES.flatMap((attribute, column) => {
    const name = nameOf(attribute);
    const values = told.map((one) => one[column]);
    if (name === undefined || values.every((value) => value === 0)) return [];
    return [spanAttribute(name, values.length === 1 ? values[0] : values)];
  });
  return Buffer.concat(attributes);
}
