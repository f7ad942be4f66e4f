/**
 * Parts of the decoder that are fuzzed by themselves, with what they read and nothing around it, so that millions of
 * inputs take minutes: headers of sampled packets, lists, samples of sFlow.
 */
import type { Template } from '../../collector/decode/template.ts';
import { recordEnd, VARIABLE_LENGTH } from '../../collector/decode/template.ts';
import { dissect } from '../../collector/dissect/dissect.ts';
import { FRAMES } from '../../collector/dissect/frames.fixture.ts';
import { LAYER, type Layer, Layers, MAX_LAYERS } from '../../collector/dissect/layers.ts';
import { Expander } from '../../collector/sampled/expander.ts';
import { MAX_ADDED } from '../../collector/sampled/expansion.ts';
import { Run } from '../../collector/sampled/run.ts';
import {
  counterSample,
  datagram,
  discardedPacket,
  expandedFlowSample,
  flowSample,
  rawHeader,
  record,
} from '../../collector/sflow/datagram.fixture.ts';
import type { Datagram } from './input.ts';
import type { Part } from './options.ts';
import { PROFILES } from './profiles.ts';
import { createTarget } from './target.ts';
import { Violation } from './violation.ts';

export type PartTarget = {
  /** Inputs to start from. */
  seeds: readonly Uint8Array[];
  /** Runs the first `length` bytes, and checks the rules; the bytes behind them may become others. */
  run(bytes: Uint8Array, length: number): void;
};

/** Bytes behind an input that are made others, to see whether they are read. */
const BEHIND = 128;

export function createPart(part: Part): PartTarget {
  if (part === 'dissector') return createDissector();
  return part === 'lists' ? createPipeline(LIST_SEEDS, LIST_TEMPLATES) : createPipeline(SFLOW_SEEDS);
}

const FIRSTS = Object.values(LAYER).filter((layer): layer is Exclude<Layer, 0> => layer !== LAYER.payload);
const ADDRESSES = [8, 12, 4].map((id) => ({ pen: 0, id, length: id === 4 ? 1 : 4 }));

/** The first byte of an input is the layer that the others begin with. */
function createDissector(): PartTarget {
  const [layers, again] = [new Layers(), new Layers()];
  const expander = new Expander();
  const templates = [[315], [104], [313], [313, 314], [316], [316, 317], [317], [8, 12, 4, 314]].map(templateOf);
  const sampled = new Uint8Array(2 ** 17);
  let [end, taken] = [0, 0];
  const run = new Run((made, count) => {
    taken += count;
    const next = recordEnd(made, run.bytes, 0, end + MAX_ADDED);
    if (next < 0) throw new Violation('decoding', 'an expanded record runs over its end');
  });
  return {
    seeds: FRAMES.map(({ first, hex }) => Uint8Array.from([first, ...Buffer.from(hex, 'hex')])),
    run(bytes, length) {
      if (length === 0) return;
      const first = FIRSTS[bytes[0] % FIRSTS.length];
      bytes.fill(0, length, length + BEHIND);
      dissect(bytes, 1, length, first, layers);
      bytes.fill(0xff, length, length + BEHIND);
      dissect(bytes, 1, length, first, again);
      checkLayers(layers, again, length);
      const template = templates[bytes[0] % templates.length];
      end = writeRecord(sampled, template, bytes, length);
      const expansion = expander.of(template);
      if (!expansion) throw new Violation('decoding', 'a template with a section is not expanded');
      taken = 0;
      expander.expand(expansion, template, sampled, 0, 1, run);
      if (taken !== 1) throw new Violation('ledger', `${taken} records of one`);
    },
  };
}

function checkLayers(layers: Layers, again: Layers, end: number): void {
  const { count, starts, kinds } = layers;
  if (count > MAX_LAYERS || layers.end > end)
    throw new Violation('limit', `${count} layers to ${layers.end} of ${end}`);
  for (let index = 0; index < count; index++) {
    if (starts[index] >= end || kinds[index] !== again.kinds[index] || starts[index] !== again.starts[index])
      throw new Violation('decoding', `layer ${index} depends on what is behind the end`);
  }
  if (count !== again.count || layers.stop !== again.stop)
    throw new Violation('decoding', 'layers depend on what is behind the end');
}

function templateOf(ids: readonly number[]): Template {
  const fields = ids.map((id) => ADDRESSES.find((field) => field.id === id) ?? { pen: 0, id, length: VARIABLE_LENGTH });
  const minLength = fields.reduce((sum, { length }) => sum + (length === VARIABLE_LENGTH ? 1 : length), 0);
  const raw = Buffer.alloc(4);
  return { version: 10, id: 256, options: false, scopeFieldCount: 0, fields, minLength, variable: true, raw };
}

/** A record whose last fields are the input's bytes; where there are two sections, the first has 20 of them. */
function writeRecord(out: Uint8Array, { fields }: Template, bytes: Uint8Array, length: number): number {
  let at = 0;
  let from = 1;
  for (const [index, field] of fields.entries()) {
    const size = field.length === VARIABLE_LENGTH ? sectionSize(index, fields.length, length - from) : field.length;
    if (field.length === VARIABLE_LENGTH) {
      out[at++] = 255;
      out[at++] = size >> 8;
      out[at++] = size;
    }
    for (let nth = 0; nth < size; nth++) out[at++] = from < length ? bytes[from++] : 0;
  }
  return at;
}

function sectionSize(index: number, fields: number, left: number): number {
  return index === 0 && fields === 2 ? Math.min(20, left) : left;
}

/** Datagrams through a whole pipeline, whose record plans are soon all compiled. `before` comes before each. */
function createPipeline(seeds: readonly Uint8Array[], before?: Uint8Array): PartTarget {
  const target = createTarget([PROFILES[0]]);
  const own = (bytes: Uint8Array): Datagram => ({ source: 1, pause: 0, bytes });
  return {
    seeds,
    run(bytes, length) {
      const input = own(bytes.slice(0, length));
      target.run({ profile: 0, datagrams: before ? [own(before), input] : [input] });
    },
  };
}

const u16 = (value: number) => value.toString(16).padStart(4, '0');
const fields = (...pairs: [id: number, length: number][]) =>
  pairs.map(([id, length]) => u16(id) + u16(length)).join('');
const variable = (hex: string) => `ff${u16(hex.length / 2)}${hex}`;
const set = (id: number, hex: string) => u16(id) + u16(4 + hex.length / 2) + hex;
const message = (...sets: string[]) => {
  const hex = sets.join('');
  return Buffer.from(`000a${u16(16 + hex.length / 2)}695735a5${'00'.repeat(8)}${hex}`, 'hex');
};

const [BASIC, SUB, MULTI] = [291, 292, 293];
/** A record of each kind of list, one that is named in lists, and one with a list that is named in lists, too. */
export const LIST_TEMPLATES = message(
  set(
    2,
    `01000005${fields([8, 4], [12, 4], [BASIC, VARIABLE_LENGTH], [SUB, VARIABLE_LENGTH], [MULTI, VARIABLE_LENGTH])}` +
      `01010002${fields([7, 2], [4, 1])}01020002${fields([82, VARIABLE_LENGTH], [SUB, VARIABLE_LENGTH])}`,
  ),
);
const listRecord = (basic: string, sub: string, multi: string) =>
  message(set(256, `c0000201c0000202${[basic, sub, multi].map(variable).join('')}`));
const PORT = '01bb06';
const named = (depth: number): string =>
  depth === 0 ? `030101${PORT}${PORT}` : `030102026574${variable(named(depth - 1))}`;
const LIST_SEEDS = [
  listRecord('0300080004c0000203c0000204', `030101${PORT}${PORT}`, `0301010007${PORT}0102000b02657403030101`),
  listRecord('040052ffff02657403657468', named(3), `ff01020010026574${variable(`030101${PORT}`)}`),
  listRecord(`03${u16(0x8000 | 14)}000200001ad700ff`, named(6), ''),
  listRecord(`03${u16(BASIC)}ffff08030004000106110806030004000106`, '040101', '00'),
];

const FRAME = FRAMES.filter(({ first }) => first === LAYER.ethernet).map(({ hex }) => hex);
const SFLOW_SEEDS = [
  ...FRAME.map((hex) => datagram([flowSample([rawHeader(hex)])])),
  datagram([expandedFlowSample([rawHeader(FRAME[0]), record(1001, '00000007000000000000000800000000')])]),
  datagram([counterSample([record(1, '00'.repeat(88))]), discardedPacket([rawHeader(FRAME[0])])]),
  datagram([flowSample([rawHeader(FRAME[0])]), flowSample([rawHeader(FRAME[1])])], {
    agent: '20010db8000000000000000000000001',
  }),
];
