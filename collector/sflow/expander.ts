/**
 * Samples that stand for packets → records of what they tell, of templates that nobody has exported. All that comes
 * after, selection, metrics and spans, sees IPFIX elements, and knows of no samples.
 */
import { SFLOW } from '../decode/header.ts';
import type { Samples } from '../decode/sets.ts';
import type { Field, Template } from '../decode/template.ts';
import { makeTemplate } from '../sampled/make-template.ts';
import type { Run } from '../sampled/run.ts';
import { HEAD_BITS, headFields, headShape, writeHead } from './head.ts';
import { itemFields, LAYOUT_BITS, layoutOf, writeItems } from './items.ts';
import { packetFields, SampledPacket } from './packet.ts';
import { SAMPLE, Sample, SampleRecord } from './sample.ts';
import { STRUCTURES, slotOf } from './structures.ts';

/** Bytes of the longest record: all structures, each text at its longest. */
const MAX_RECORD = 8_192;
/** Structures of several layouts, and bits of the layouts of all. */
const VARYING = [...STRUCTURES.keys()].filter((slot) => STRUCTURES[slot].varying > 0);
const LAYOUTS_BITS = LAYOUT_BITS * VARYING.length;
/** Layouts of records that are remembered; beyond that, all are forgotten. */
const MAX_TEMPLATES = 1_024;

export class SampleExpander {
  /** By the structures beside the packet, then by the packet and the head. */
  readonly #templates = new Map<number, Map<number, Template>>();
  #kept = 0;
  readonly #sample = new Sample();
  readonly #record = new SampleRecord();
  readonly #packet = new SampledPacket();
  /** Of the sample at hand: which structures it has, as bits, and where each begins and ends. */
  #present = 0;
  readonly #starts = new Int32Array(STRUCTURES.length);
  readonly #ends = new Int32Array(STRUCTURES.length);

  /**
   * Takes the first `max` samples of packets, of a datagram that was found to be whole up to the last of its samples.
   * Returns the rate that the last of them told; 0 if none did.
   */
  expand(bytes: Uint8Array, view: DataView, { offset, samples }: Samples, max: number, run: Run): number {
    const sample = this.#sample;
    let rate = 0;
    let taken = 0;
    for (let nth = 0, at = offset; nth < samples && taken < max; nth++, at = sample.end) {
      sample.read(view, at, bytes.length);
      if (!sample.isFlow) continue;
      if (sample.kind !== SAMPLE.discardedPacket) rate = sample.rate;
      this.#find(view);
      const head = headShape(sample);
      const template = this.#templateOf(head, this.#packet.read(bytes, view), view);
      run.end = this.#write(run.bytes, run.begin(template, MAX_RECORD), head, bytes, view);
      taken++;
    }
    run.finish();
    return rate;
  }

  /** Finds the records of the sample at hand. */
  #find(view: DataView): void {
    const { records, recordsAt, end } = this.#sample;
    const record = this.#record;
    this.#packet.clear();
    this.#present = 0;
    for (let nth = 0, at = recordsAt; nth < records; nth++, at = record.end) {
      record.read(view, at, end);
      const slot = slotOf(record.format);
      if (slot < 0) {
        this.#packet.take(record);
        continue;
      }
      if ((this.#present & (1 << slot)) !== 0) continue;
      this.#present |= 1 << slot;
      this.#starts[slot] = record.at;
      this.#ends[slot] = record.end;
    }
  }

  #templateOf(head: number, packet: number, view: DataView): Template {
    let layouts = 0;
    for (const slot of VARYING) layouts = (layouts << LAYOUT_BITS) | this.#layoutOf(slot, view);
    const outer = this.#present * 2 ** LAYOUTS_BITS + layouts;
    const inner = packet * 2 ** HEAD_BITS + head;
    let templates = this.#templates.get(outer);
    const known = templates?.get(inner);
    if (known) return known;
    if (++this.#kept > MAX_TEMPLATES) {
      this.#templates.clear();
      this.#kept = 1;
      templates = undefined;
    }
    if (!templates) {
      templates = new Map();
      this.#templates.set(outer, templates);
    }
    const fields = [...headFields(head), ...this.#structureFields(view), ...packetFields(packet)];
    const template = makeTemplate(SFLOW, 0, fields);
    templates.set(inner, template);
    return template;
  }

  #layoutOf(slot: number, view: DataView): number {
    if ((this.#present & (1 << slot)) === 0) return 0;
    return layoutOf(STRUCTURES[slot], view, this.#starts[slot], this.#ends[slot]);
  }

  #structureFields(view: DataView): Field[] {
    return STRUCTURES.flatMap((structure, slot) =>
      (this.#present & (1 << slot)) === 0 ? [] : itemFields(structure, this.#layoutOf(slot, view)),
    );
  }

  #write(out: Uint8Array, p: number, head: number, bytes: Uint8Array, view: DataView): number {
    let q = writeHead(out, p, head, this.#sample);
    for (let left = this.#present; left !== 0; left &= left - 1) {
      const slot = 31 - Math.clz32(left & -left);
      q = writeItems(out, q, STRUCTURES[slot], bytes, view, this.#starts[slot], this.#ends[slot]);
    }
    return this.#packet.write(out, q, bytes);
  }
}
