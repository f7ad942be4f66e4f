/** How the records of one template that sample packets become records of what the packets' headers say. */
import { type Field, type Template, VARIABLE_LENGTH } from '../decode/template.ts';
import { dissect, proceed } from '../dissect/dissect.ts';
import { layerOfProtocol } from '../dissect/ip.ts';
import { LAYER, Layers } from '../dissect/layers.ts';
import { belowLabels } from '../dissect/link.ts';
import { type SampledFields, sampledFields } from './fields.ts';
import { fieldsOfKind, kindOf, writeProperty } from './juniper.ts';
import { Chosen, fieldsOf } from './shape.ts';
import { writeFields } from './write.ts';

/** dataLinkFrameType of frames that are not Ethernet's: 802.11. */
const IEEE_802_11 = 2;
const [OCTETS, PACKETS] = [1, 2];
/** Bytes of the longest shape, of properties that become longer, and of counters. */
export const MAX_ADDED = 512;
/** Properties of Juniper's that are looked at; they send six. */
const MAX_PROPERTIES = 6;
/** Layouts that are remembered of a template; beyond that, all are forgotten. */
const MAX_TEMPLATES = 64;
/** Bits of a shape, and of the kind of a property. */
const [SHAPE_BITS, KIND_BITS] = [14, 3];
/** No template that is exported has so many fields: it stands where these count theirs. */
const MADE = 0xffff;

/** Of the record at hand; one is taken after another. Of each field: where it begins, where its value does, and its end. */
const layers = new Layers();
const chosen = new Chosen();
const starts: number[] = [];
const values: number[] = [];
const ends: number[] = [];

/** What is kept of all templates together, in fields. */
export type Kept = { fields: number };

export class Expansion {
  readonly #template: Template;
  readonly #sampled: SampledFields;
  readonly #properties: readonly number[];
  readonly #kept: Kept;
  /** Fields that stay as they are. */
  readonly #copied: readonly number[];
  readonly #counters: readonly Field[];
  readonly #templates = new Map<number, Template>();

  constructor(template: Template, sampled: SampledFields, kept: Kept) {
    const { fields } = template;
    kept.fields += fields.length;
    this.#kept = kept;
    this.#template = template;
    this.#sampled = sampled;
    this.#properties = sampled.properties.slice(0, MAX_PROPERTIES);
    this.#copied = [...fields.keys()].filter(
      (index) => index !== sampled.section && index !== sampled.rest && !this.#properties.includes(index),
    );
    const counters = [
      { pen: 0, id: OCTETS, length: 4 },
      { pen: 0, id: PACKETS, length: 1 },
    ];
    this.#counters = counters.filter((counter) => !fields.some(({ pen, id }) => pen === 0 && id === counter.id));
  }

  /** Takes the record at `at`, which is whole; returns where it ends. */
  take(bytes: Uint8Array, at: number): number {
    for (let index = 0; index < this.#template.fields.length; index++) {
      let { length } = this.#template.fields[index];
      starts[index] = at;
      if (length === VARIABLE_LENGTH) {
        length = bytes[at];
        at++;
        if (length === 255) {
          length = (bytes[at] << 8) | bytes[at + 1];
          at += 2;
        }
      }
      values[index] = at;
      at += length;
      ends[index] = at;
    }
    return at;
  }

  /** The template of what the record becomes; undefined when its section can't be taken apart. */
  dissect(bytes: Uint8Array): Template | undefined {
    const { section, first, rest, frameType, offset, exported } = this.#sampled;
    if (offset >= 0 && this.#numberOf(bytes, offset) !== 0) return undefined;
    if (frameType >= 0 && this.#numberOf(bytes, frameType) === IEEE_802_11) return undefined;
    const start = values[section];
    let end = ends[section];
    // A section of variable length is as long as it is, whatever else is told.
    const isFixed = this.#template.fields[section].length !== VARIABLE_LENGTH;
    if (isFixed && exported >= 0) end = Math.min(end, start + (this.#numberOf(bytes, exported) || end - start));
    if (first === 'below labels') {
      layers.begin(start, end);
      proceed(bytes, belowLabels(bytes, layers), layers);
    } else {
      dissect(bytes, start, end, first, layers);
      if (rest >= 0) this.#proceed(bytes, rest);
    }
    chosen.take(layers);
    return this.#templateOf(bytes);
  }

  /** Reads on in another section, when the headers of the first one end with it. */
  #proceed(bytes: Uint8Array, rest: number): void {
    const last = layers.count - 1;
    if (last < 0) return;
    layers.at = values[rest];
    layers.end = ends[rest];
    const isStack = layers.kinds[last] === LAYER.mpls;
    const isIp = layers.kinds[last] === LAYER.ipv4 || layers.kinds[last] === LAYER.ipv6;
    if (isStack) proceed(bytes, belowLabels(bytes, layers), layers);
    else if (isIp && layers.stop === 'cut off') proceed(bytes, layerOfProtocol(layers.protocols[last]), layers);
  }

  /** Appends what the record becomes at `p` of `out`; returns where that ends. */
  write(out: Uint8Array, p: number, bytes: Uint8Array): number {
    for (const index of this.#copied) {
      for (let at = starts[index]; at < ends[index]; at++) out[p++] = bytes[at];
    }
    for (const index of this.#properties) {
      const at = values[index];
      p = writeProperty(out, p, bytes, at, ends[index] - at, kindOf(bytes, at));
    }
    p = writeFields(out, p, bytes, layers, chosen);
    for (const { id } of this.#counters) {
      if (id === PACKETS) {
        out[p++] = 1;
        continue;
      }
      const length = this.#lengthOf(bytes);
      for (let shift = 24; shift >= 0; shift -= 8) out[p++] = (length >>> shift) & 255;
    }
    return p;
  }

  /** The length of the packet: as the device tells it, by its outermost header of IP, or of what there is of it. */
  #lengthOf(bytes: Uint8Array): number {
    const { size, section } = this.#sampled;
    const told = size >= 0 ? this.#numberOf(bytes, size) : 0;
    if (told > 0) return told;
    const start = values[section];
    const exported = ends[section] - start;
    for (let index = 0; index < layers.count; index++) {
      const at = layers.starts[index];
      if (layers.kinds[index] === LAYER.ipv4)
        return Math.max(exported, at - start + ((bytes[at + 2] << 8) | bytes[at + 3]));
      if (layers.kinds[index] === LAYER.ipv6)
        return Math.max(exported, at - start + 40 + ((bytes[at + 4] << 8) | bytes[at + 5]));
    }
    return exported;
  }

  /** An unsigned number, or the low 32 bits of it. */
  #numberOf(bytes: Uint8Array, index: number): number {
    let number = 0;
    for (let at = values[index]; at < ends[index]; at++) number = ((number << 8) | bytes[at]) >>> 0;
    return number;
  }

  #templateOf(bytes: Uint8Array): Template {
    let key = 0;
    for (const index of this.#properties) key = (key << KIND_BITS) | kindOf(bytes, values[index]);
    key = key * 2 ** SHAPE_BITS + chosen.shape;
    let template = this.#templates.get(key);
    if (!template) {
      if (this.#templates.size >= MAX_TEMPLATES) this.#templates.clear();
      template = this.#make(bytes, chosen.shape);
      this.#templates.set(key, template);
    }
    return template;
  }

  #make(bytes: Uint8Array, shape: number): Template {
    const { version, id, fields: own } = this.#template;
    const fields = [
      ...this.#copied.map((index) => own[index]),
      ...this.#properties.flatMap((index) => fieldsOfKind(kindOf(bytes, values[index]), own[index].length)),
      ...fieldsOf(shape),
      ...this.#counters,
    ];
    const variable = fields.some(({ length }) => length === VARIABLE_LENGTH);
    const minLength = fields.reduce((sum, { length }) => sum + (length === VARIABLE_LENGTH ? 1 : length), 0);
    const raw = Buffer.alloc(4 + 8 * fields.length);
    raw.writeUInt16BE(id, 0);
    raw.writeUInt16BE(MADE, 2);
    for (const [index, field] of fields.entries()) {
      raw.writeUInt16BE(field.id, 4 + 8 * index);
      raw.writeUInt16BE(field.length, 6 + 8 * index);
      raw.writeUInt32BE(field.pen, 8 + 8 * index);
    }
    this.#kept.fields += fields.length;
    return { version, id, options: false, scopeFieldCount: 0, fields, minLength, variable, raw };
  }
}

/** Undefined for a template whose records sample no packets. */
export function expansionOf(template: Template, kept: Kept): Expansion | undefined {
  const sampled = sampledFields(template);
  return sampled && new Expansion(template, sampled, kept);
}
