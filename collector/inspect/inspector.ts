/**
 * What is in packets, and what the collector makes of them: it is the collector's own pipeline that reads them here, so
 * that what is shown is what would be sent. In: packets in their order; out: what each holds, as JSON has it.
 */
import { collectorConfig } from '../../crds/collector-config.ts';
import type { LogFields } from '../../crds/common/log.ts';
import { COUNTER_KINDS } from '../../crds/sflow.ts';
import type { ToldVersion } from '../common/version-name.ts';
import { kindOf } from '../decode/faults.ts';
import { PacketHeader, SFLOW, toldVersion } from '../decode/header.ts';
import type { DataSet, Message } from '../decode/sets.ts';
import type { Template } from '../decode/template.ts';
import { COUNTER, createCounters } from '../ledger/ledger.ts';
import type { UserElements } from '../naming/user-elements.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { createDiscard } from '../send/discard.ts';
import { addressText } from '../span/identity.ts';
import { readRoot, readSpans, type Span, scanSpans } from '../telemetry/spans.ts';
import { type InspectedCounters, inspectCounters } from './counters.ts';
import { type Joined, ToldFacts } from './joins.ts';
import { type InspectedOptions, OptionsReader } from './options-records.ts';
import { faulty, gap, type Problem, problemOf, repaired, unreadable } from './problems.ts';
import { type InspectedTemplate, inspectTemplate } from './templates.ts';

/** A datagram as it was captured or received. Port and time, in Unix milliseconds, are undefined where nobody knows. */
export type Datagram = { payload: Buffer; address: string; port: number | undefined; time: number | undefined };

export type InspectedFlow = Pick<Span, 'name' | 'kind' | 'start' | 'end' | 'attributes'> & {
  /** Left out in formats that are fixed. */
  template?: number;
  /** Attributes that options data told. */
  joined: Joined[];
};

export type InspectedPacket = {
  /** Counted from 1. */
  packet: number;
  /** When it was captured or received; of an IPFIX file, when it was exported. */
  time?: string;
  address: string;
  port?: number;
  size: number;
  /** Left out where it can't be read. */
  version?: ToldVersion;
  exportTime?: string;
  sysUptimeMs?: number;
  sequence?: number;
  /** Of sFlow, the sub-agent of `agent`. */
  domain?: number;
  agent?: string;
  templates: InspectedTemplate[];
  options: InspectedOptions[];
  flows: InspectedFlow[];
  /** What counter samples of sFlow tell; left out where there are none. */
  counters?: InspectedCounters[];
  /** Flows of earlier packets that waited for a template of this one. */
  released: { packet: number; flows: Pick<Span, 'name' | 'kind' | 'start' | 'end' | 'attributes'>[] }[];
  /** It seems that the exporter was started anew before it sent this. */
  restarted?: true;
  problems: Problem[];
};

/** Templates that are remembered, to tell which are news. */
const MAX_TEMPLATES = 100_000;
/** Packets whose traces are remembered, to tell whose data have waited. */
const MAX_TRACES = 100_000;
const RESTARTED = 'exporter restarted';

export class Inspector {
  /** What options data told so far. */
  readonly told = new ToldFacts();
  readonly #counters = createCounters();
  readonly #pipeline: Pipeline;
  readonly #options = new OptionsReader();
  readonly #templates = new Map<string, Template>();
  readonly #traces = new Map<string, number>();
  #count = 0;
  #now = 0;
  /** The packet at hand: none, or one. */
  #found: { header: PacketHeader; message: Message }[] = [];
  #spans: Uint8Array[] = [];
  #counted: InspectedCounters[] = [];
  #restarted = false;

  /** `elements`: those of the user's file; undefined when there is none. */
  constructor(elements?: UserElements) {
    const log = (message: string, _fields?: LogFields): void => {
      if (message === RESTARTED) this.#restarted = true;
    };
    this.#pipeline = new Pipeline({
      config: collectorConfig.parse({
        flowMetrics: { sets: [], topTalkers: 0 },
        sflow: { counters: { records: [...COUNTER_KINDS] } },
      }),
      resource: {},
      elements,
      counters: this.#counters,
      sink: createDiscard(this.#counters),
      log: { debug: log, info: log, warn: log, error: log },
      now: () => this.#now,
      onMessage: (header, message) => {
        this.#found.push({ header: Object.assign(new PacketHeader(), header), message });
      },
      onCounterSample: (sample, { view }) => this.#counted.push(...inspectCounters(view, sample)),
      wantsTrace: () => true,
      onTrace: (spans) => this.#spans.push(spans),
    });
  }

  inspect({ payload, address, port, time }: Datagram): InspectedPacket {
    this.#found = [];
    this.#spans = [];
    this.#counted = [];
    this.#restarted = false;
    this.#now = time ?? exportTimeOf(payload) ?? Date.now();
    const [lostFlows, lostPackets] = this.#lost();
    this.#pipeline.receive(payload, { listener: 0, address, port: port ?? 0 }, this.#now);
    this.#pipeline.flush();
    const [found] = this.#found;
    const packet: InspectedPacket = {
      packet: ++this.#count,
      ...(time !== undefined && { time: isoTime(time) }),
      address,
      ...(port !== undefined && { port }),
      size: payload.length,
      ...(found && headerOf(found.header)),
      ...(this.#restarted ? { restarted: true as const } : {}),
      ...{ templates: [], options: [], flows: [], released: [], problems: [] },
    };
    if (!found) {
      packet.problems.push(unreadable(payload, whyUnread(payload)));
      return packet;
    }
    this.#describe(packet, payload, found.header, found.message);
    if (this.#counted.length > 0) packet.counters = this.#counted;
    const [flows, packets] = this.#lost();
    const missing = gap(found.header, flows - lostFlows, packets - lostPackets);
    if (missing) packet.problems.push(missing);
    return packet;
  }

  /** Data sets that still wait for their template. */
  get waiting(): number {
    return [...this.#pipeline.exporters.values()].reduce((total, { heldSets }) => total + heldSets, 0);
  }

  #lost(): [flows: number, packets: number] {
    return [this.#counters[COUNTER.lostFlows], this.#counters[COUNTER.lostPackets]];
  }

  #describe(packet: InspectedPacket, payload: Buffer, header: PacketHeader, message: Message): void {
    const { version, domain } = header;
    const { problems, templates, options } = packet;
    const place = (domain: number): string => `${packet.address} ${version} ${domain}`;
    const sets: DataSet[] = [];
    for (const part of message.parts) {
      const problem = problemOf(part, header);
      if (problem) problems.push(problem);
      if (part.kind === 'template') {
        const key = `${place(domain)} ${part.template.id}`;
        templates.push(inspectTemplate(this.#pipeline.named(part.template), this.#templates.get(key)));
        if (this.#templates.size < MAX_TEMPLATES) this.#templates.set(key, part.template);
      } else if (part.kind === 'data' && part.template.options) {
        for (const record of this.#recordsOf(part, payload)) {
          options.push(record);
          this.told.tell(place(record.domain ?? domain), record.facts, packet.packet);
        }
      } else if (part.kind === 'data') sets.push(part);
    }
    if (header.lengthRepaired) problems.push(repaired(header));
    if (message.fault) problems.push(faulty(header, message.fault));
    this.#takeSpans(packet, sets, place(domain), place(0));
  }

  #recordsOf({ template: exported, offset, end, records }: DataSet, payload: Buffer): InspectedOptions[] {
    const all: InspectedOptions[] = [];
    const template = this.#pipeline.named(exported);
    for (let at = offset, index = 0; index < records; index++) {
      const { record, next } = this.#options.read(template, payload, at, end);
      all.push(record);
      at = next;
    }
    return all;
  }

  /** Flows have spans in the order of their records. */
  #takeSpans(packet: InspectedPacket, sets: readonly DataSet[], domain: string, whole: string): void {
    for (const bytes of this.#spans) {
      const { traceId } = scanSpans(bytes);
      const flows = readSpans(bytes).filter(({ name }) => name.startsWith('flow_'));
      if (readRoot(bytes)) {
        if (this.#traces.size < MAX_TRACES) this.#traces.set(traceId, packet.packet);
        const templates = sets.flatMap(({ template, records }) => new Array<Template>(records).fill(template));
        packet.flows = flows.map((span, index) => {
          // Samples of sFlow have none.
          const template = templates.at(index);
          return {
            ...(template && template.id > 0 && { template: template.id }),
            ...shown(span),
            joined: template ? this.told.joinedTo(span.attributes, template, domain, whole) : [],
          };
        });
      } else {
        packet.released.push({ packet: this.#traces.get(traceId) ?? 0, flows: flows.map(shown) });
      }
    }
  }
}

function headerOf({ version, exportMs, sysUptime, sequence, domain, agent }: PacketHeader): Partial<InspectedPacket> {
  return {
    version: toldVersion(version),
    ...(version !== SFLOW && { exportTime: isoTime(exportMs) }),
    ...(version !== 10 && { sysUptimeMs: sysUptime }),
    ...(sequence >= 0 && { sequence }),
    ...(domain >= 0 && { domain }),
    ...(agent !== '' && { agent: addressText(agent) }),
  };
}

function shown({ name, kind, start, end, attributes }: Span): Omit<InspectedFlow, 'template' | 'joined'> {
  return { name, kind, start: isoNanoseconds(start), end: isoNanoseconds(end), attributes };
}

/** Where nobody knows when a packet came, it is taken to have come when it was exported. */
function exportTimeOf(payload: Buffer): number | undefined {
  const header = new PacketHeader();
  const error = header.read(new DataView(payload.buffer, payload.byteOffset, payload.length), payload.length);
  const isRead = error !== 'truncated_header' && error !== 'unknown_version';
  return isRead && header.version !== SFLOW ? header.exportMs : undefined;
}

function whyUnread(payload: Buffer): string {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  if (new PacketHeader().read(view, payload.length) === 'truncated_header')
    return `shorter than its header: ${payload.length} bytes`;
  return `neither NetFlow v1, v5, v7, v9, IPFIX nor sFlow 5: ${kindOf(payload)}`;
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** Of Unix nanoseconds in decimal. */
function isoNanoseconds(text: string): string {
  const time = BigInt(text);
  const fraction = String(time % 1_000_000_000n).padStart(9, '0');
  return `${new Date(Number(time / 1_000_000n)).toISOString().slice(0, 19)}.${fraction}Z`;
}
