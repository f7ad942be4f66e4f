/** Records of options data for people: what they are about, what they say, and what that is taken for. */
import { ATTRIBUTES } from '../../crds/attributes/table.ts';
import { scopeType } from '../decode/scope-types.ts';
import { type Template, VARIABLE_LENGTH } from '../decode/template.ts';
import { type Fact, readFacts } from '../devices/facts.ts';
import { PacketOrigin } from '../select/packet-origin.ts';
import { RecordValues } from '../select/record-values.ts';
import type { Value } from '../select/span-attributes.ts';
import { describeField } from '../span/attributes.ts';
import { addressText } from '../span/identity.ts';
import { IdSource } from '../span/ids.ts';
import { PlanContext } from '../span/plan/context.ts';

export type Plain = string | number | boolean | Plain[];

export type InspectedOptions = {
  template: number;
  /** By attribute; scopes of v9 by their type, and as a number. */
  values: Record<string, Plain>;
  /** What it tells of the device that flows are read by, addresses as text; empty when that is nothing. */
  facts: Fact[];
  /** The observation domain that it is about, where that is not the message's own. */
  domain?: number;
};

/** How records of a template are read: scopes of v9 by themselves, as their types are no elements. */
type Reader = { scopes: readonly { type: string; length: number }[]; names: ReadonlySet<string>; values: RecordValues };

export class OptionsReader {
  readonly #readers = new WeakMap<Template, Reader>();
  readonly #context = new PlanContext(new IdSource());
  readonly #origin = new PacketOrigin();

  /** The record at `offset`, and where it ends. */
  read(template: Template, bytes: Buffer, offset: number, end: number): { record: InspectedOptions; next: number } {
    const { facts, domain, next } = readFacts(template, bytes, offset, end);
    const values = this.#valuesOf(template, bytes, offset);
    const shown = facts.map(shownFact);
    return { record: { template: template.id, values, facts: shown, ...(domain !== undefined && { domain }) }, next };
  }

  #valuesOf(template: Template, bytes: Buffer, offset: number): Record<string, Plain> {
    const { scopes, names, values } = this.#readerOf(template);
    const all: Record<string, Plain> = {};
    for (const { type, length } of scopes) {
      if (length <= 6) all[type] = bytes.readUIntBE(offset, length);
      offset += length;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    values.fresh = false;
    const { flat } = values.read(bytes, view, offset, this.#context, this.#origin);
    for (const [name, value] of flat) {
      if (names.has(name)) all[name] = plain(value);
    }
    return all;
  }

  #readerOf(template: Template): Reader {
    let reader = this.#readers.get(template);
    if (!reader) {
      reader = readerOf(template);
      this.#readers.set(template, reader);
    }
    return reader;
  }
}

const OF_FIELDS = ATTRIBUTES.filter(({ form }) => form !== 'computed' && form !== 'of packet').map(({ name }) => name);
/** What is computed of the fields of options data, too; the rest of what is computed speaks of flows. */
const SHOWN: ReadonlySet<string> = new Set([...OF_FIELDS, 'flow.sampling.interval', 'netflow.application.id']);

function readerOf(template: Template): Reader {
  const scopes: { type: string; length: number }[] = [];
  for (const [index, { length }] of template.fields.entries()) {
    const type = scopeType(template, index);
    if (type === undefined || length === VARIABLE_LENGTH) break;
    scopes.push({ type, length });
  }
  const fields = template.fields.slice(scopes.length);
  const minLength = template.minLength - scopes.reduce((total, { length }) => total + length, 0);
  const rest = { ...template, fields, minLength, scopeFieldCount: 0 };
  const names = new Set([...SHOWN, ...fields.map((field) => describeField(template, field).attribute)]);
  return { scopes, names, values: new RecordValues(rest, names, { timestamps: 'received', maxAge: 0 }) };
}

function shownFact(fact: Fact): Fact {
  return fact.kind === 'original exporter' ? { ...fact, address: addressText(fact.address) } : fact;
}

/** A value as JSON has it: an integer that a double does not hold exactly is its digits. */
export function plain(value: Value): Plain {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
