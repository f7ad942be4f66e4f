/**
 * What a record's span would say, as values for the CEL library: the record is encoded as a span with only the
 * attributes that are asked for, and read again. So an expression sees what the backend will see.
 */
import { Buffer } from 'node:buffer';
import { attributeType } from '../../crds/selection/attributes.ts';
import { SFLOW } from '../decode/header.ts';
import type { Template } from '../decode/template.ts';
import { ListWriter } from '../span/lists/writer.ts';
import { compileRecordPlan, type RecordPlan } from '../span/plan/compile.ts';
import type { PlanContext } from '../span/plan/context.ts';
import type { TimeOptions } from '../span/plan/odd-times.ts';
import { transportEncoder } from '../span/plan/transport.ts';
import type { PacketOrigin } from './packet-origin.ts';
import { readAttributes, type Value } from './span-attributes.ts';

/** As long as a record can get: a datagram of text that is not UTF-8, and the keys. */
const MAX_SPAN = 640 * 1024;
const scratch = Buffer.alloc(MAX_SPAN);
const view = new DataView(scratch.buffer, scratch.byteOffset, scratch.length);

/** Values by attribute name, and nested by its parts, as expressions refer to them. */
export type Values = { flat: ReadonlyMap<string, Value>; nested: Nested };
type Nested = { [name: string]: Nested | Value };

export class RecordValues {
  /** To be set to false for each record. */
  fresh = false;
  readonly #version: number;
  readonly #names: readonly string[];
  readonly #plan: RecordPlan;
  #values: Values = { flat: new Map(), nested: {} };

  constructor(template: Template, names: ReadonlySet<string>, spans: TimeOptions) {
    const nameOf = (name: string): string | undefined => (names.has(name) ? name : undefined);
    const { timestamps, maxAge } = spans;
    this.#version = template.version;
    this.#names = [...names];
    this.#plan = compileRecordPlan(template, {
      ...{ timestamps, maxAge, nameOf, transport: transportEncoder(nameOf), lists: new ListWriter(nameOf) },
      // Expressions may ask for estimates that spans do not have.
      scale: true,
    });
  }

  /** The values of the record at `o`; read once for all who ask. */
  read(s: Uint8Array, v: DataView, o: number, c: PlanContext, origin: PacketOrigin): Values {
    if (this.fresh) return this.#values;
    const end = c.withoutCounting(() => this.#plan(s, v, o, scratch, view, 0, c));
    const flat = readAttributes(scratch.subarray(0, end));
    if (this.#version !== SFLOW) flat.set('netflow.version', BigInt(this.#version));
    flat.set('netflow.exporter.address', origin.address);
    flat.set('netflow.exporter.port', BigInt(origin.port));
    if (origin.domain >= 0) flat.set('netflow.observation_domain.id', BigInt(origin.domain));
    this.fresh = true;
    this.#values = { flat, nested: nest(this.#names, flat) };
    return this.#values;
  }
}

/** The values of these attributes, as expressions refer to them. */
export function nest(names: Iterable<string>, flat: Values['flat']): Values['nested'] {
  const nested: Nested = {};
  // The library takes a missing group for a variable that nobody declared.
  for (const name of names) put(nested, name, flat.get(name));
  return nested;
}

/**
 * Integers that do not fit into a span's are text there, but numbers here; of several headers around the flow's,
 * expressions speak of the one next to it.
 */
function put(nested: Nested, name: string, value: Value | undefined): void {
  const parts = name.split('.');
  const last = parts.pop()!;
  let group = nested;
  for (const part of parts) {
    group[part] ??= {};
    group = group[part] as Nested;
  }
  if (value === undefined) return;
  const type = attributeType(name);
  const one = Array.isArray(value) && type !== 'dyn' ? value.at(-1)! : value;
  group[last] = typeof one === 'string' && type === 'int' ? BigInt(one) : one;
}
