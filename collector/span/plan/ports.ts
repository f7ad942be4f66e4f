/** The ports of a flow: which of its fields tells each, by its protocol. */
import { PORT_ATTRIBUTES, type PortAttribute } from '../attributes.ts';
import { type Candidate, emitChoice } from './choice.ts';
import type { PlanCode } from './code.ts';
import { emitField, emitOthers } from './field.ts';
import type { FieldSet } from './fieldset.ts';
import { isSet, type LocatedField, numberOf } from './layout.ts';
import { hasPort, IS_ICMP, MAY_BE } from './protocol.ts';

/** A port's expressions: its number, 0 when there is none; and whether the flow has it. */
export type Port = { value: string; present: string; wide: boolean };

/** A port from the fields of a record; undefined when none can tell it. The protocol is in `t`. */
export function portOf(fields: FieldSet, attribute: PortAttribute): Port | undefined {
  const parts = partsOf(fields, attribute);
  if (parts.length === 0) return undefined;
  const values = parts.map(({ field, mayBe }) => `${mayBe ? `${mayBe} && ` : ''}(${numberOf(field)})`);
  const value = `(${values.join(' || ')}${parts.every(({ mayBe }) => !mayBe) ? '' : ' || 0'})`;
  return { value, present: hasPort(`${value} !== 0`), wide: parts.some(({ field }) => field.length! > 4) };
}

/** Appends a port under another name. */
export function emitPortValue(code: PlanCode, fields: FieldSet, attribute: PortAttribute, name: string): void {
  const parts = partsOf(fields, attribute);
  if (parts.length === 0) return;
  code.block(`if (!${IS_ICMP}) {`, () => {
    for (const [index, { field, mayBe }] of parts.entries()) {
      const when = mayBe ? `${mayBe} && ${isSet(field)}` : isSet(field);
      code.block(`${index > 0 ? 'else ' : ''}if (${when}) {`, () => emitField(code, name, [field]));
    }
    code.block('else {', () => emitZero(code, name));
  });
}

/** Appends both ports. */
export function emitPorts(code: PlanCode, fields: FieldSet): void {
  for (const attribute of PORT_ATTRIBUTES) emitPort(code, fields, attribute);
}

function emitPort(code: PlanCode, fields: FieldSet, attribute: PortAttribute): void {
  const parts = partsOf(fields, attribute);
  if (parts.length === 0) return;
  const name = fields.nameOf(attribute.attribute);
  const emit = (field: LocatedField): void => {
    if (name !== undefined) emitField(code, name, [field]);
  };
  const [{ field, mayBe }] = parts;
  if (parts.length === 1 && !mayBe) {
    fields.use([field]);
    if (name !== undefined) code.block(`if (${hasPort(isSet(field))}) {`, () => emit(field));
    return;
  }
  const all = fields.takeAll(...parts.map(({ field }) => field.key));
  const candidates = parts.map(({ field, mayBe }): Candidate => {
    const when = mayBe ? `${mayBe} && ${isSet(field)}` : isSet(field);
    return { fields: [field], when, emit: () => emit(field) };
  });
  const others = all.filter((one) => !parts.some(({ field }) => field === one));
  code.block(`if (${IS_ICMP}) {`, () => emitOthers(code, fields, others), '} else {');
  emitChoice(code, fields, candidates, all, { fields: [], emit: () => emitZero(code, name) });
  code.line('}');
}

function emitZero(code: PlanCode, name: string | undefined): void {
  if (name !== undefined) code.block(`if (${hasPort('false')}) {`, () => code.uint32(name, '0'));
}

/** The fields that may tell a port, each with the condition that the protocol is its own. */
function partsOf(fields: FieldSet, { any, udp, tcp }: PortAttribute): { field: LocatedField; mayBe?: string }[] {
  const keys = [{ key: any }, { key: udp, mayBe: MAY_BE.udp }, { key: tcp, mayBe: MAY_BE.tcp }];
  return keys.flatMap(({ key, ...rest }) => {
    const field = fields.find(key);
    return field ? [{ field, ...rest }] : [];
  });
}
