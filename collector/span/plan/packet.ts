/** What a flow's span says of its packet and of the exporter that sent it. */
import { SFLOW } from '../../decode/header.ts';
import { spanAttribute } from '../../otlp/protobuf-writer.ts';
import type { PlanCode } from './code.ts';
import type { FieldSet } from './fieldset.ts';
import { interfacesOf } from './interfaces.ts';

const FLOW_TYPES: Record<number, string> = {
  1: 'netflow_v1',
  5: 'netflow_v5',
  7: 'netflow_v7',
  9: 'netflow_v9',
  10: 'ipfix',
  [SFLOW]: 'sflow_5',
};

/** Appends what profiles `netflowreceiver` and `python` say of the packet. */
export function emitPacket(code: PlanCode, fields: FieldSet, version: number): void {
  const typeName = fields.nameOf('flow.type');
  const sequenceName = fields.nameOf('flow.sequence_num');
  const receivedName = fields.nameOf('flow.time_received');
  const versionName = fields.nameOf('netflow.version');
  if (versionName && version !== SFLOW) code.bytes(...spanAttribute(versionName, version));
  if (typeName) code.constantString(typeName, FLOW_TYPES[version]);
  if (sequenceName) code.block('if (c.sequence >= 0) {', () => code.uint32(sequenceName, 'c.sequence'));
  if (receivedName) code.nanos(receivedName, 'c.receivedMs', 'c.receivedNs');
}

/** Appends the attributes that the exporter has, encoded before. */
export function emitExporter(code: PlanCode, fields: FieldSet, kind: 'none' | 'all' | 'by interface' = 'none'): void {
  if (kind === 'none') return;
  code.line(`m = ${ofExporter(fields, kind)}.bytes; u.set(m, p); p += m.length;`);
}

/** Expression of what the exporter has for the interfaces of a flow. */
export function ofExporter(fields: FieldSet, kind: 'all' | 'by interface'): string {
  return `c.exporter.of(${kind === 'by interface' ? interfacesOf(fields) : '-1, -1'})`;
}
