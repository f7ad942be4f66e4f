/** The attribute `flow.tcp.flags.tags`: the names of the flags that are set. */
import { spanAttribute } from '../../otlp/protobuf-writer.ts';
import { sourcesOf } from '../attributes.ts';
import type { PlanCode } from './code.ts';
import type { FieldSet } from './fieldset.ts';
import { firstNumberOf } from './layout.ts';

/** From the lowest bit. */
const FLAGS = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'];
const COMBINATIONS = 2 ** FLAGS.length;

/** Appends it, unless none is set. */
export function emitTcpFlags(code: PlanCode, fields: FieldSet): void {
  const name = fields.nameOf('flow.tcp.flags.tags');
  const found = fields.findEach(sourcesOf('flow.tcp.flags.bits'));
  if (name === undefined || found.length === 0) return;
  const attributes = Array.from({ length: COMBINATIONS }, (_, bits) =>
    bits === 0
      ? new Uint8Array()
      : spanAttribute(
          name,
          FLAGS.filter((_, bit) => bits & (1 << bit)),
        ),
  );
  code.line(
    `m = ${code.constant(attributes)}[${firstNumberOf(found)} & ${COMBINATIONS - 1}]; u.set(m, p); p += m.length;`,
  );
}
