/**
 * The reference decoder: slow, obvious, and sharing nothing with the collector but the registry of elements. Packets
 * come in, one after another; what they hold comes out as plain objects, to compare the collector with.
 */
import { decodeFixed } from './fixed.ts';
import { type Domain, describe, type Told } from './options.ts';
import { type FlowRecord, type Header, type LateFlows, Malformed, type Packet, type Template } from './packet.ts';
import { type Epoch, isPlausible, nextEpoch } from './restarts.ts';
import { Misfit, readHeader, readRecords, readSets, type SetsOfMessage } from './sets.ts';
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
};

/** A decoder with its own memory of templates. It forgets nothing and holds without bounds. */
export function createReferenceDecoder(maxFields = 1_024): ReferenceDecoder {
  const state: State = { templates: new Map(), held: new Map(), domains: new Map(), epochs: new Map() };

  return {
    decode(bytes, source) {
      const version = bytes.length < 2 ? 0 : bytes[0] * 256 + bytes[1];
      if (version === 1 || version === 5 || version === 7) return { packet: decodeFixed(bytes, version), late: [] };
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
  const entered = nextEpoch(state.epochs.get(domain), packet.header);
  state.epochs.set(domain, entered);
  const epoch = entered.number;
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
      const known = state.templates.get(key);
      const template = ofMessage.get(id) ?? known?.template;
      const isStale = !ofMessage.has(id) && known !== undefined && known.epoch < epoch;
      try {
        if (!template) throw new Misfit('no template');
        if (isStale && !isPlausible(body, template, packet.header)) throw new Misfit('of before a restart');
        const padding = ofMessage.has(id) || known?.confirmed ? 'any' : 'usual';
        readData(state, packet, exporter, body, template, version, padding);
      } catch (error) {
        if (error instanceof Misfit || (error instanceof Malformed && isStale)) {
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
  // What options data tell counts for the whole of their message, wherever in it they stand.
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
    readData(state, late, exporter, body, template, version);
    return late.flows;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

function readData(
  state: State,
  packet: Packet,
  exporter: string,
  body: Uint8Array,
  template: Template,
  version: 9 | 10,
  padding: 'any' | 'usual' = 'any',
): void {
  for (const values of readRecords(body, template, padding)) {
    if (template.scopeCount === undefined) {
      packet.flows.push({ values, template: template.id });
      continue;
    }
    packet.optionsRecords++;
    const of = (id: number) => state.domains.get(`${exporter} ${id}`);
    const { domain, told } = describe(values, template, { version, domain: packet.header.domain!, of });
    state.domains.set(`${exporter} ${domain}`, told);
  }
}

/** What options data told of the header's domain, and of domain 0, which stands for the whole exporter. */
function toldOf(state: State, exporter: string, header: Header): Told {
  return { own: state.domains.get(`${exporter} ${header.domain}`), whole: state.domains.get(`${exporter} 0`) };
}

const exporterOf = ({ listener, address }: Source, version: number) => `${listener} ${address} ${version}`;

function emptyPacket(header: Header, size: number): Packet {
  return { header, size, sets: 0, templates: 0, missing: 0, flows: [], optionsRecords: 0 };
}
