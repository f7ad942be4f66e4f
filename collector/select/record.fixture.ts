/** Records with their templates, and rules over them, for tests. */
import assert from 'node:assert/strict';
import { parseExpression } from '../../crds/selection/expression.ts';
import type { ASTNode } from '../../crds/selection/nodes.ts';
import { type Template, VARIABLE_LENGTH } from '../decode/template.ts';
import { IdSource } from '../span/ids.ts';
import { PlanContext } from '../span/plan/context.ts';
import { PacketOrigin } from './packet-origin.ts';
import type { Evaluation } from './record-conditions.ts';
import { compileRulePlan } from './rule-plan.ts';

/** A field: its element, and its bytes in hexadecimal. */
export type TestField = { pen?: number; id: number; hex: string; variable?: boolean };
export type TestRecord = { template: Template; bytes: Buffer };

export function record(version: number, fields: readonly TestField[]): TestRecord {
  const contents = fields.map(({ hex }) => Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  const isVariable = (field: TestField): boolean => field.variable === true;
  const template: Template = {
    version,
    id: 999,
    options: false,
    scopeFieldCount: 0,
    fields: fields.map((field, index) => ({
      pen: field.pen ?? 0,
      id: field.id,
      length: isVariable(field) ? VARIABLE_LENGTH : contents[index].length,
    })),
    minLength: fields.reduce((sum, field, index) => sum + (isVariable(field) ? 1 : contents[index].length), 0),
    variable: fields.some(isVariable),
    raw: Buffer.from(JSON.stringify([version, fields])),
  };
  const bytes = fields.flatMap((field, index) =>
    isVariable(field) ? [Buffer.of(contents[index].length), contents[index]] : [contents[index]],
  );
  return { template, bytes: Buffer.concat(bytes) };
}

export function expression(text: string): ASTNode {
  const parsed = parseExpression(text);
  assert.ok('ast' in parsed, 'error' in parsed ? `${text} ${parsed.error}` : '');
  return parsed.ast;
}

export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Whether an expression is true of a record; throws what it throws. */
export function isTrue(
  text: string,
  { template, bytes }: TestRecord,
  evaluation: Partial<Evaluation> = {},
  exporter = '10.9.8.7',
): boolean {
  const rules = { filter: expression(text), matches: [], large: undefined, samples: [false, false] };
  const plan = compileRulePlan(template, rules, { timestamps: 'flow', maxAge: 60_000, ...evaluation });
  const context = new PlanContext(new IdSource());
  context.setTimes(NOW, { version: template.version, exportMs: NOW, sysUptime: 0 }, 0);
  const origin = new PacketOrigin();
  origin.turnTo({ address: exporter, port: 4_739 }, 7);
  const offset = 3;
  const packet = Buffer.concat([Buffer.alloc(offset, 0xee), bytes, Buffer.alloc(8, 0xdd)]);
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const place = plan(packet, view, offset, context, origin);
  if (template.variable) assert.equal(context.next, offset + bytes.length);
  return place === 1;
}
