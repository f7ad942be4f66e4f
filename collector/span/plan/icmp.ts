/** Type and code of ICMP, from whichever field tells them. */
import { type Candidate, emitChoice } from './choice.ts';
import type { PlanCode } from './code.ts';
import { emitField, emitOthers } from './field.ts';
import type { FieldSet } from './fieldset.ts';
import { isSet, type LocatedField, numberOf } from './layout.ts';
import { IS_ICMP } from './protocol.ts';

/** Elements of type and code, of ICMP in IPv4 and in IPv6; and of both in one number, type × 256 + code. */
const APART = [
  [176, 177],
  [178, 179],
] as const;
const TOGETHER = [32, 139];
const DESTINATION_PORT = 11;

/** Expressions of both numbers in flows of ICMP, -1 for a code that the record does not tell. */
export function icmpOf(fields: FieldSet): { type: string; code: string } | undefined {
  const apart = APART.flatMap(([typeElement, codeElement]) => {
    const [type, code] = [fields.find(typeElement), fields.find(codeElement)];
    if (!type) return [];
    const when = [type, code].flatMap((field) => (field ? [isSet(field)] : [])).join(' || ');
    return [{ when, type: numberOf(type), code: code ? numberOf(code) : '-1' }];
  });
  const together = fields.findEach(apart.length > 0 ? TOGETHER : [...TOGETHER, DESTINATION_PORT]).map((field) => {
    return { when: isSet(field), type: `(${numberOf(field)}) >>> 8 & 255`, code: `(${numberOf(field)}) & 255` };
  });
  const candidates = [...apart, ...together];
  if (candidates.length === 0) return undefined;
  const choose = (part: 'type' | 'code'): string =>
    `(${candidates.map((one) => `${one.when} ? ${one[part]} : `).join('')}${candidates[0][part]})`;
  return { type: choose('type'), code: choose('code') };
}

/** Appends both where the flow is of ICMP; elsewhere its elements stand under their own names. */
export function emitIcmp(code: PlanCode, fields: FieldSet): void {
  const typeName = fields.nameOf('flow.icmp.type.id');
  const codeName = fields.nameOf('flow.icmp.code.id');
  const split = (field: LocatedField) => (): void => {
    if (typeName) code.uint32(typeName, `(${numberOf(field)}) >>> 8 & 255`);
    if (codeName) code.uint32(codeName, `(${numberOf(field)}) & 255`);
  };
  const candidates: Candidate[] = [];
  for (const [typeElement, codeElement] of APART) {
    const type = fields.find(typeElement);
    const ownCode = fields.find(codeElement);
    if (!type) continue;
    const both = ownCode ? [type, ownCode] : [type];
    const emit = (): void => {
      if (typeName) emitField(code, typeName, [type]);
      if (codeName && ownCode) emitField(code, codeName, [ownCode]);
    };
    candidates.push({ fields: both, when: both.map(isSet).join(' || '), emit });
  }
  for (const field of fields.findEach(TOGETHER))
    candidates.push({ fields: [field], when: isSet(field), emit: split(field) });
  const elements = candidates.flatMap(({ fields }) => fields.map(({ key }) => key));
  const all = fields.takeAll(...elements);
  // Where type and code have elements of their own, exporters put an identifier into the port.
  const port = APART.some(([type]) => fields.find(type)) ? undefined : fields.find(DESTINATION_PORT);
  if (port) candidates.push({ fields: [], when: isSet(port), emit: split(port) });
  if (candidates.length === 0) return;
  code.line(`if (${IS_ICMP}) {`);
  if (candidates.length === 1 && all.length <= 1) candidates[0].emit();
  else emitChoice(code, fields, candidates, all);
  code.line('}');
  if (all.length > 0) code.block('else {', () => emitOthers(code, fields, all));
}
