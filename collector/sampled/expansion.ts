/** How the records of one template that sample packets become records of what the packets' headers say. */
import { type Field, type Template, VARIABLE_LENGTH } from '../decode/template.ts';
import { dissect, proceed } from '../dissect/dissect.ts';
import { carriedByIp, layerOfProtocol } from '../dissect/ip.ts';
import { LAYER, Layers } from '../dissect/layers.ts';
import { belowLabels } from '../dissect/mpls.ts';
import { type SampledFields, sampledFields } from './fields.ts';
import { fieldsOfKind, kindOf, writeProperty } from './juniper.ts';
import { makeTemplate } from './make-template.ts';
import { Chosen, fieldsOf, hasIp, SHAPE_BITS } from './shape.ts';
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
/** Bits of the kind of a property. */
const KIND_BITS = 3;

/**
 * Of the record at hand; one is taken after another. Of each field: where it begins, where its value does, and its end.
 */
const layers = new Layers();
const chosen = new Chosen();
const starts: number[] = [];
const values: number[] = [];
const ends: number[] = [];
/**
 * Where the section ends without its padding, and, of one that is in two, where the second begins; -1 where it is not
 * read.
 */
let sectionEnd = 0;
let restStart = -1;

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
  readonly #packets: readonly Field[];
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
    this.#packets = this.#counters.filter(({ id }) => id === PACKETS);
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
    const { section, first, frameType, fragmentOffset, offset, exported } = this.#sampled;
    if (offset >= 0 && this.#numberOf(bytes, offset) !== 0) return undefined;
    if (fragmentOffset >= 0 && this.#numberOf(bytes, fragmentOffset) !== 0) return undefined;
    if (frameType >= 0 && this.#numberOf(bytes, frameType) === IEEE_802_11) return undefined;
    const start = values[section];
    let end = ends[section];
    // A section of variable length is as long as it is, whatever else is told.
    const isFixed = this.#template.fields[section].length !== VARIABLE_LENGTH;
    if (isFixed && exported >= 0) end = Math.min(end, start + (this.#numberOf(bytes, exported) || end - start));
    sectionEnd = end;
    restStart = -1;
    this.#readLayers(bytes, start, end);
    if (layers.count === 0) return undefined;
    chosen.take(layers, first === 'carried by IPv4');
    return this.#templateOf(bytes);
  }

  #readLayers(bytes: Uint8Array, start: number, end: number): void {
    const { first, protocol, rest } = this.#sampled;
    if (first === 'carried by IPv4') {
      dissect(bytes, start, end, layerOfProtocol(this.#numberOf(bytes, protocol)), layers);
    } else if (first === 'below labels') {
      layers.begin(start, end);
      proceed(bytes, belowLabels(bytes, layers), layers);
    } else {
      dissect(bytes, start, end, first, layers);
      if (rest >= 0) this.#proceed(bytes, rest);
    }
  }

  /**
   * Reads in another section, which begins with what the first header carries, unless there is as much of that behind
   * the header itself (IANA's descriptions of 313–317).
   */
  #proceed(bytes: Uint8Array, rest: number): void {
    if (layers.count === 0) return;
    const [start, end] = [values[rest], ends[rest]];
    if (end - start <= sectionEnd - layers.bodies[0]) return;
    restStart = start;
    layers.resume(start, end);
    proceed(bytes, layers.kinds[0] === LAYER.mpls ? belowLabels(bytes, layers) : carriedByIp(bytes, layers), layers);
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
    for (const { id } of this.#countersOf(chosen.shape)) {
      if (id === PACKETS) {
        out[p++] = 1;
        continue;
      }
      const length = this.#lengthOf(bytes);
      for (let shift = 24; shift >= 0; shift -= 8) out[p++] = (length >>> shift) & 255;
    }
    return p;
  }

  /** Where neither the device nor its header of IP tells a packet's length, it is known only if there is a frame. */
  #countersOf(shape: number): readonly Field[] {
    const { size, first } = this.#sampled;
    const isKnown = size >= 0 || first === LAYER.ethernet || (first !== 'carried by IPv4' && hasIp(shape));
    return isKnown ? this.#counters : this.#packets;
  }

  /** The length of the packet: as the device tells it, by its outermost header of IP, or of what there is of it. */
  #lengthOf(bytes: Uint8Array): number {
    const { size, section } = this.#sampled;
    const told = size >= 0 ? this.#numberOf(bytes, size) : 0;
    if (told > 0) return told;
    const start = values[section];
    const exported = sectionEnd - start;
    for (let index = 0; index < layers.count; index++) {
      const kind = layers.kinds[index];
      if (kind !== LAYER.ipv4 && kind !== LAYER.ipv6) continue;
      const at = layers.starts[index];
      // Behind the first header, in the other section.
      const before = index > 0 && restStart >= 0 ? layers.bodies[0] - start + at - restStart : at - start;
      const field = kind === LAYER.ipv4 ? at + 2 : at + 4;
      const length = (bytes[field] << 8) | bytes[field + 1];
      return Math.max(exported, before + (kind === LAYER.ipv4 ? length : length + 40));
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
      ...this.#countersOf(shape),
    ];
    this.#kept.fields += fields.length;
    return makeTemplate(version, id, fields);
  }
}

/** Undefined for a template whose records sample no packets. */
export function expansionOf(template: Template, kept: Kept): Expansion | undefined {
  const sampled = sampledFields(template);
  return sampled && new Expansion(template, sampled, kept);
}
