/** The attributes `netflow.tunnel.*`: the header around the flow's. */
import { protocolKeyword } from '../../decode/elements/elements.ts';
import type { PlanCode } from './code.ts';
import { emitAddressText } from './ends.ts';
import { emitField } from './field.ts';
import type { FieldSet } from './fieldset.ts';
import { isSet, numberOf } from './layout.ts';
import type { Outer } from './reading.ts';

/** Appends them, and takes the fields that they are made from. */
export function emitTunnel(code: PlanCode, fields: FieldSet, outer: Outer | undefined): void {
  if (!outer) return;
  emitType(code, fields, outer);
  for (const [attribute, field] of [
    ['netflow.tunnel.source.address', outer.source],
    ['netflow.tunnel.destination.address', outer.destination],
  ] as const) {
    fields.use([field]);
    const name = fields.nameOf(attribute);
    if (name !== undefined) emitAddressText(code, name, field);
  }
  for (const [attribute, field] of [
    ['netflow.tunnel.source.port', outer.sourcePort],
    ['netflow.tunnel.destination.port', outer.destinationPort],
  ] as const) {
    if (!field) continue;
    fields.use([field]);
    const name = fields.nameOf(attribute);
    if (name !== undefined) code.block(`if (${isSet(field)}) {`, () => emitField(code, name, [field]));
  }
}

/** By the protocol of the outer header, which names what it carries; else by what the flow's header is. */
function emitType(code: PlanCode, fields: FieldSet, { protocol, carries }: Outer): void {
  if (protocol) fields.use([protocol]);
  const name = fields.nameOf('netflow.tunnel.type');
  if (name === undefined) return;
  if (!protocol) code.constantString(name, carries);
  else code.line(`p = r.textAttribute(u, p, ${code.key(name)}, ${code.constant(typeOf)}(${numberOf(protocol)}));`);
}

function typeOf(protocol: number): string {
  return protocolKeyword(protocol) ?? `protocol_${protocol}`;
}
