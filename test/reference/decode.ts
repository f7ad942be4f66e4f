/**
 * The reference decoder: slow, obvious, and sharing nothing with the collector but the registry of elements. Packets
 * come in, one after another; what they hold comes out as plain objects, to compare the collector with.
 */
import { decodeFixed } from './fixed.ts';
import { type TemplateOf, takeLists } from './lists.ts';
import { type Domain, describe, elementsOf, type Told } from './options.ts';
import {
  type FieldValue,
  type FlowRecord,
  type Header,
  type LateFlows,
  Malformed,
  type Packet,
  type Template,
} from './packet.ts';
import type { ElementRow } from './record.ts';
import { type Epoch, isPlausible, nextEpoch } from './restarts.ts';
import { withHeaders } from './sections.ts';
import { Misfit, type RawSet, readHeader, readRecords, readSets, type SetsOfMessage } from './sets.ts';
import { decodeSflow } from './sflow.ts';
import { readTemplates, sameTemplate } from './templates.ts';

export type Source = { listener: number; address: string; port: number };

/** `packet` is absent for a datagram that can't be told from noise: unknown version, or no complete header. */
export type Decoded = { packet?: Packet; late: LateFlows[] };

export type ReferenceDecoder = { decode(bytes: Uint8Array, source: Source): Decoded };

/** `confirmed`: the exporter repeated it after sets that leave more than padding. */
type Learned = { template: Template; exportTime: bigint; confirmed: boolean; epoch: number };
type HeldSet = { packet: Packet; body: Uint8Array; epoch: number };
type State = {
  templates: Map<string, Learned>;
  held: Map<string, HeldSet[]>;
  domains: Map<string, Domain>;
  epochs: Map<string, Epoch>;
  /** Of the user's file. */
  elements: readonly ElementRow[];
};

/** A decoder with its own memory of templates. It forgets nothing and holds without bounds. */
export function createReferenceDecoder(elements: readonly ElementRow[] = [], maxFields = 1_024): ReferenceDecoder {
  const state: State = { templates: new Map(), held: new Map(), domains: new Map(), epochs: new Map(), elements };

  return {
    decode(bytes, source) {
      const version = bytes.length < 2 ? 0 : bytes[0] * 256 + bytes[1];
      if (version === 1 || version === 5 || version === 7) return { packet: decodeFixed(bytes, version), late: [] };
      if (version === 0 && bytes[2] === 0 && bytes[3] === 5) return { packet: decodeSflow(bytes, source), late: [] };
      if (version !== 9 && version !== 10) return { late: [] };
      const read = readHeader(bytes, version);
      if (!read) return { late: [] };
      const packet = emptyPacket(read.header, bytes.length);
      const late = walk(state, packet, readSets(bytes, version, read.length), version, source, maxFields);
      return { packet, late };
    },
  };
}

function walk(
  state: State,
  packet: Packet,
  { sets, malformed }: SetsOfMessage,
  version: 9 | 10,
  source: Source,
  maxFields: number,
): LateFlows[] {
  const late: LateFlows[] = [];
  const released: { held: HeldSet; template: Template }[] = [];
  // A late packet does not restore its templates, yet its own data follow them.
  const ofMessage = new Map<number, Template>();
  const exporter = exporterOf(source, version);
  const [templateSet, optionsSet] = version === 9 ? [0, 1] : [2, 3];
  packet.malformed = malformed;
  const domain = `${exporter} ${packet.header.domain}`;
  state.epochs.set(domain, nextEpoch(state.epochs.get(domain), packet.header));
  // What options data tell counts for the whole of their message, wherever in it they stand.
  describeAll(state, packet, exporter, sets, version, maxFields);
  const epoch = state.epochs.get(domain)!.number;
  for (const { id, body } of sets) {
    packet.sets++;
    if (id === templateSet || id === optionsSet) {
      for (const template of readTemplates(body, version, id === optionsSet, maxFields)) {
        packet.templates++;
        ofMessage.set(template.id, template);
        const key = `${exporter} ${packet.header.domain} ${template.id}`;
        const known = state.templates.get(key);
        const isStale = known !== undefined && known.epoch < epoch;
        const isSame = known !== undefined && sameTemplate(known.template, template);
        const isLate = known !== undefined && !isStale && packet.header.exportTime < known.exportTime;
        if (isLate && !isSame) continue;
        const again = isSame && !isStale && packet.header.exportTime > known.exportTime;
        const exportTime = isLate ? known.exportTime : packet.header.exportTime;
        const waiting = (state.held.get(key) ?? []).filter((held) => held.epoch === epoch);
        const fitting = waiting.filter(({ body }) => fits(body, template, again || (isSame && known.confirmed)));
        const confirmed = isSame && (known.confirmed || (again && fitting.length > 0));
        state.templates.set(key, { template, exportTime, confirmed, epoch });
        if (isSame && !again && !isStale) continue;
        for (const held of fitting) released.push({ held, template });
        state.held.set(
          key,
          waiting.filter((held) => !fitting.includes(held)),
        );
      }
    } else if (id >= 256) {
      const key = `${exporter} ${packet.header.domain} ${id}`;
      try {
        const { template, records } = readSet(state, packet, key, body, ofMessage.get(id), epoch);
        if (template.scopeCount === undefined) takeFlows(state, packet, exporter, template, records);
      } catch (error) {
        if (error instanceof Misfit) {
          packet.missing++;
          state.held.set(key, [...(state.held.get(key) ?? []), { packet, body: body.slice(), epoch }]);
        } else if (error instanceof Malformed) {
          // What is behind the fault is discarded, though not what is before it, as RFC 7011 §9.1 would have it.
          packet.malformed = error.message;
          break;
        } else throw error;
      }
    }
  }
  const told = toldOf(state, exporter, packet.header);
  packet.originalExporter = told.own?.originalExporter ?? told.whole?.originalExporter;
  for (const flow of packet.flows) flow.told = told;
  for (const { held, template } of released) {
    const flows = flowsOfHeld(state, held, exporter, template, version);
    if (!flows) continue;
    const told = toldOf(state, exporter, held.packet.header);
    for (const flow of flows) flow.told = told;
    late.push({ of: held.packet, flows });
  }
  return late;
}

/** A set that overruns fits: of that template it is malformed. */
function fits(body: Uint8Array, template: Template, anyPadding: boolean): boolean {
  try {
    readRecords(body, template, anyPadding ? 'any' : 'usual');
    return true;
  } catch (error) {
    if (error instanceof Malformed) return !(error instanceof Misfit);
    throw error;
  }
}

/** Nothing for a set that turns out to be malformed: the packet with the template is not to blame. */
function flowsOfHeld(
  state: State,
  { packet, body }: HeldSet,
  exporter: string,
  template: Template,
  version: 9 | 10,
): FlowRecord[] | undefined {
  const late = emptyPacket(packet.header, packet.size);
  try {
    const records = readRecords(body, template);
    if (template.scopeCount === undefined) takeFlows(state, late, exporter, template, records);
    else for (const values of records) describeBy(state, exporter, packet.header, version, template, values);
    return late.flows;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** The template of a data set, and its records. Throws a Misfit when it must be held, a Malformed when it overruns. */
function readSet(
  state: State,
  packet: Packet,
  key: string,
  body: Uint8Array,
  ofMessage: Template | undefined,
  epoch: number,
): { template: Template; records: FieldValue[][] } {
  const known = state.templates.get(key);
  const template = ofMessage ?? known?.template;
  if (!template) throw new Misfit('no template');
  if (!ofMessage && known!.epoch < epoch && !isPlausibleSet(body, template, packet.header))
    throw new Misfit('of before a restart');
  return { template, records: readRecords(body, template, ofMessage || known?.confirmed ? 'any' : 'usual') };
}

function isPlausibleSet(body: Uint8Array, template: Template, header: Header): boolean {
  try {
    return isPlausible(body, template, header);
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}

function takeFlows(state: State, packet: Packet, exporter: string, template: Template, records: FieldValue[][]): void {
  const { version, domain } = packet.header;
  const templateOf = templatesOf(state, `${exporter} ${domain}`);
  const elements = elementsOf(toldOf(state, exporter, packet.header), state.elements);
  for (const record of records) {
    const all = withHeaders(record, template);
    const { values, lists } = version === 10 ? takeLists(all, templateOf, elements) : { values: all, lists: {} };
    packet.flows.push({ values, lists, template: template.id });
  }
}

/** The templates of a domain, without those of before a restart. */
function templatesOf(state: State, domain: string): TemplateOf {
  return (id) => {
    const known = state.templates.get(`${domain} ${id}`);
    return known && known.epoch === state.epochs.get(domain)!.number ? known.template : undefined;
  };
}

/** Takes the options data of a message, up to its fault. */
function describeAll(
  state: State,
  packet: Packet,
  exporter: string,
  sets: readonly RawSet[],
  version: 9 | 10,
  maxFields: number,
): void {
  const { header } = packet;
  const epoch = state.epochs.get(`${exporter} ${header.domain}`)!.number;
  const ofMessage = new Map<number, Template>();
  const [templateSet, optionsSet] = version === 9 ? [0, 1] : [2, 3];
  for (const { id, body } of sets) {
    if (id === templateSet || id === optionsSet)
      for (const template of readTemplates(body, version, id === optionsSet, maxFields))
        ofMessage.set(template.id, template);
    if (id < 256) continue;
    try {
      const key = `${exporter} ${header.domain} ${id}`;
      const { template, records } = readSet(state, packet, key, body, ofMessage.get(id), epoch);
      if (template.scopeCount === undefined) continue;
      packet.optionsRecords += records.length;
      for (const values of records) describeBy(state, exporter, header, version, template, values);
    } catch (error) {
      if (error instanceof Misfit) continue;
      if (error instanceof Malformed) return;
      throw error;
    }
  }
}

/** Takes what one record of options data tells. */
function describeBy(
  state: State,
  exporter: string,
  header: Header,
  version: 9 | 10,
  template: Template,
  values: FieldValue[],
): void {
  const of = (id: number) => state.domains.get(`${exporter} ${id}`);
  const { domain, told } = describe(values, template, { version, domain: header.domain!, of });
  const [before, now] = [of(domain)?.systemInitTime, told.systemInitTime];
  state.domains.set(`${exporter} ${domain}`, told);
  if (version === 10 && before !== undefined && now !== undefined && now > before + 60_000n)
    for (const name of state.epochs.keys())
      if (domain === 0 ? name.startsWith(`${exporter} `) : name === `${exporter} ${domain}`)
        beginEpoch(state, name, now);
}

/** The device was started at `start`, in milliseconds: what a domain told before belongs to the epoch before. */
function beginEpoch(state: State, domain: string, start: bigint): void {
  const epoch = state.epochs.get(domain)!;
  const since = (start / 1_000n) * 1_000_000_000n;
  const templates = [...state.templates].filter(([key]) => key.startsWith(`${domain} `)).map(([, learned]) => learned);
  const held = [...state.held].filter(([key]) => key.startsWith(`${domain} `)).flatMap(([, sets]) => sets);
  const all = [
    ...templates.map((learned) => ({ one: learned, exportTime: learned.exportTime })),
    ...held.map((set) => ({ one: set, exportTime: set.packet.header.exportTime })),
  ].filter(({ one }) => one.epoch === epoch.number);
  if (all.every(({ exportTime }) => exportTime >= since)) return;
  state.epochs.set(domain, { ...epoch, number: epoch.number + 1 });
  for (const { one, exportTime } of all) if (exportTime >= since) one.epoch = epoch.number + 1;
}

/** What options data told of the header's domain, and of domain 0, which stands for the whole exporter. */
function toldOf(state: State, exporter: string, header: Header): Told {
  return { own: state.domains.get(`${exporter} ${header.domain}`), whole: state.domains.get(`${exporter} 0`) };
}

const exporterOf = ({ listener, address }: Source, version: number) => `${listener} ${address} ${version}`;

function emptyPacket(header: Header, size: number): Packet {
  return { header, size, sets: 0, templates: 0, missing: 0, flows: [], optionsRecords: 0 };
}
