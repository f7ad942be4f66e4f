/** One device that exports to us, and what is kept of it: observation domains, templates, and what waits for one. */
import { parseIp } from '../../crds/selection/address.ts';
import type { PacketHeader } from '../decode/header.ts';
import { type Order, Sequence, type SequenceHeader } from '../decode/sequence.ts';
import { type Carried, usualUnit } from '../decode/sequence-unit.ts';
import type { Template } from '../decode/template.ts';
import { DeviceClock } from '../devices/clock.ts';
import type { DeviceState } from '../devices/device-state.ts';
import { type Lateness, RecentLateness, type UsualLateness } from '../ledger/lateness.ts';
import type { BudgetName } from '../ledger/ledger.ts';
import { normalizeAddress } from '../listen/sources.ts';

/** A template as it is kept. */
export type StoredTemplate = {
  template: Template;
  exporter: Exporter;
  key: number;
  /** Export Time of the packet that brought or refreshed it last, in Unix seconds. */
  exportTime: number;
  /** When that packet was received, in Unix milliseconds. */
  receivedAt: number;
  /** By the clock that templates grow old by. */
  lastUsed: number;
  /** When data of it came last, by that clock. */
  dataAt: number;
  /** Source port that it came from; 0: not known. */
  port: number;
  /** The record of the one that it replaced. */
  former: Buffer | undefined;
  /** Its exporter repeated it after sets that leave more than padding explains: what they leave is padding. */
  padded: boolean;
  /** Its exporter has not announced it to this collector since it started: it comes from elsewhere. */
  adopted: boolean;
  /** When others were told of it last, by the clock that templates grow old by. */
  toldAt: number;
  /** The domain's epoch when it was announced last, and, as of the last packet, whether that is over. */
  epoch: number;
  stale: boolean;
};

/** A data set that waits for its template. */
export type HeldSet = {
  exporter: Exporter;
  /** Key of the template that it waits for. */
  key: number;
  /** It was found not to fit a template. */
  misfit: boolean;
  /** The last one that it does not fit; with `padded`, neither when all that its records leave is padding. */
  tried: { template: Template; padded: boolean } | undefined;
  /** The domain's epoch when it came. */
  epoch: number;
  /** The records, without the set's header. */
  bytes: Buffer;
  header: Readonly<Omit<PacketHeader, 'read'>>;
  /** Reception, in Unix milliseconds, and by a clock that nobody sets. */
  receivedMs: number;
  monotonicMs: number;
  /** Ids of the packet's trace and root span. */
  trace: Int32Array;
};

/** Who decoded to flows within this time is in use. */
const LATELY_MS = 3_600_000;

/** What is known of one observation domain (v5: engine; v9: source id; sFlow: sub-agent of an agent). */
export class Domain {
  readonly exporter: Exporter;
  readonly version: number;
  readonly id: number;
  /** sFlow: the address of the agent in hexadecimal digits; empty where there is none. */
  readonly agent: string;
  /** The same, unless it is the source of its packets or says nothing. */
  readonly agentBehind: string | undefined;
  readonly key: DomainKey;
  readonly sequence: Sequence;
  /** When a packet of it came last, and one with flows, by a clock that nobody sets. */
  heardAt = Number.NEGATIVE_INFINITY;
  flowsAt = Number.NEGATIVE_INFINITY;
  /** Grows whenever the exporter has been restarted: what templates meant before is not known to hold any longer. */
  epoch = 0;
  readonly clock = new DeviceClock();
  /** What options data told of it; undefined when nothing. */
  device: DeviceState | undefined;
  /** sFlow: the rate that its last flow sample told; 0 before that. */
  sampleRate = 0;

  constructor(exporter: Exporter, version: number, id: number, agent: string) {
    this.exporter = exporter;
    this.version = version;
    this.id = id;
    this.agent = agent;
    this.agentBehind = agent !== '' && isOther(agent, exporter.address) ? agent : undefined;
    this.key = domainKey(version, id, agent);
    this.sequence = new Sequence(usualUnit(version));
  }

  /** Whether it brought flows lately. */
  isInUse(now: number): boolean {
    return now - this.flowsAt < LATELY_MS;
  }
}

export class Exporter {
  readonly key: string;
  readonly listener: number;
  readonly address: string;
  port: number;
  /** Unix milliseconds. */
  readonly firstPacketTime: number;
  lastPacketTime: number;
  /** Whether it may send: `allowedSources` may have changed since it was seen first. */
  allowed = true;
  /** By a clock that nobody sets: its last packet; its last packet with flows, and since when these came. */
  heardAt: number;
  flowsAt = Number.NEGATIVE_INFINITY;
  flowsSince = Number.POSITIVE_INFINITY;
  /**
   * An id of a template means now this layout, now that: two devices send from one address, with the same ids. So it is
   * when a layout comes back that was replaced, or when both source ports are in use that an id had its layouts from.
   */
  flipping = false;
  /** Source port that a template came from which another port replaced; -1: there was none. */
  #rivalPort = -1;
  readonly versions = new Set<number>();
  packets = 0;
  bytes = 0;
  flows = 0;
  errors = 0;
  lostFlows = 0;
  lostPackets = 0;
  /** Of the last header of v5 that tells a rate of sampling. */
  headerRate = 0;
  /** When a flow came that was sampled at a rate that is not known, by a clock that nobody sets. */
  unratedAt = Number.NEGATIVE_INFINITY;
  readonly templates = new Map<number, StoredTemplate>();
  /** Data sets that wait for a template, by its key. */
  readonly held = new Map<number, Set<HeldSet>>();
  heldSets = 0;
  heldBytes = 0;
  readonly domains = new Map<DomainKey, Domain>();
  /** The one that was asked for last, as long as it is among them. */
  latestDomain: Domain | undefined;
  /** Whether options data ever told anything of a domain. */
  isDescribed = false;
  /** What it wanted beyond its budgets: how often, and when last by a clock that nobody sets. */
  readonly exceeded = new Map<BudgetName, { count: number; at: number }>();
  #lateness: RecentLateness | undefined;

  constructor(key: string, listener: number, address: string, port: number, now: number, heardAt = now) {
    this.key = key;
    this.heardAt = heardAt;
    this.listener = listener;
    this.address = normalizeAddress(address);
    this.port = port;
    this.firstPacketTime = now;
    this.lastPacketTime = now;
  }

  /** Its address, with the port if that tells exporters apart. */
  get source(): string {
    return this.key.slice(this.key.indexOf(' ') + 1);
  }

  /** How late its flows usually come; undefined when there were too few. */
  get usualLateness(): UsualLateness | undefined {
    return this.#lateness?.usual;
  }

  /** What the clock that is furthest off must be moved by, of those of its domains; NaN when there is none. */
  get clockOffsetMs(): number {
    let furthest = Number.NaN;
    for (const { clock } of this.domains.values()) {
      if (!(Math.abs(clock.offsetMs) <= Math.abs(furthest))) furthest = clock.offsetMs;
    }
    return furthest;
  }

  /** Takes note of how late the flows of a packet came. */
  tallyLateness(lateness: Lateness): void {
    this.#lateness ??= new RecentLateness();
    this.#lateness.add(lateness);
  }

  /** Whether it sent flows lately: then what is kept of it goes after what is kept of others. */
  isInUse(now: number): boolean {
    return now - this.flowsAt < LATELY_MS;
  }

  /** Takes note of flows that were decoded. */
  decoded(flows: number, now: number): void {
    if (flows === 0) return;
    this.flows += flows;
    if (!this.isInUse(now)) this.flowsSince = now;
    this.flowsAt = Math.max(this.flowsAt, now);
  }

  /** Takes note that it wanted more than there is a budget for. */
  exceed(budget: BudgetName, count: number, now: number): void {
    const known = this.exceeded.get(budget);
    this.exceeded.set(budget, { count: (known?.count ?? 0) + count, at: now });
  }

  /** Budgets that it exceeded since then, the most first. */
  exceededSince(time: number): BudgetName[] {
    const lately = [...this.exceeded].filter(([, { at }]) => at >= time);
    return lately.sort(([, a], [, b]) => b.count - a.count).map(([budget]) => budget);
  }

  /** Takes note of a packet, received at `time`, and at `heardAt` by a clock that nobody sets. */
  received(version: number, port: number, bytes: number, time: number, heardAt = time): void {
    if (!this.versions.has(version)) this.versions.add(version);
    this.port = port;
    if (port === this.#rivalPort) this.flipping = true;
    this.packets++;
    this.bytes += bytes;
    this.lastPacketTime = time;
    this.heardAt = heardAt;
  }

  /** Takes note that a template from this port, 0 when that is not known, replaces another. */
  replaced({ port: formerPort, former }: StoredTemplate, template: Template, port: number): void {
    if (former && template.raw.equals(former)) this.flipping = true;
    if (port !== formerPort && port > 0 && formerPort > 0) this.#rivalPort = formerPort;
  }

  /**
   * Address of the device behind it in hexadecimal digits, by options data or as sFlow's agent; undefined when they did
   * not tell.
   */
  originalExporter(version: number, domain: Domain): string | undefined {
    if (domain.agentBehind !== undefined) return domain.agentBehind;
    const told =
      domain.device?.find('original exporter', 0) ?? this.wholeExporter(version)?.find('original exporter', 0);
    return told?.address;
  }

  /** Takes a packet of a domain; returns what never came before it. */
  trackSequence(
    { sequence }: Domain,
    order: Order,
    header: SequenceHeader,
    carried: Carried,
  ): { flows: number; packets: number } {
    const lost = sequence.track(order, header, carried);
    const ofPackets = sequence.unit === 'packets';
    if (ofPackets) this.lostPackets += lost;
    else this.lostFlows += lost;
    return ofPackets ? { flows: 0, packets: lost } : { flows: lost, packets: 0 };
  }

  /** Epoch of a domain; 0 when nothing is known of it. */
  epochOf(version: number, domain: number): number {
    return this.domains.get(domainKey(version, domain))?.epoch ?? 0;
  }

  /** What is told of domain 0 is true of the whole exporter (RFC 7011 §3.1). */
  wholeExporter(version: number): DeviceState | undefined {
    return this.isDescribed ? this.domains.get(domainKey(version, 0))?.device : undefined;
  }
}

/** Key of a template within its exporter: below 2⁵³. */
export function templateKey(version: number, domain: number, id: number): number {
  return ((version === 9 ? 0 : 1) * 2 ** 32 + domain) * 2 ** 16 + id;
}

/** Whether an address in hexadecimal digits is one, and another than that in `text`. */
function isOther(digits: string, text: string): boolean {
  const value = BigInt(`0x${digits}`);
  return value !== 0n && value !== parseIp(text)?.value;
}

export type DomainKey = number | string;

/** Key of a domain within its exporter; -1 stands for the whole exporter of a version without domains. */
export function domainKey(version: number, id: number, agent = ''): DomainKey {
  return agent === '' ? version * 2 ** 33 + id : `${agent} ${id}`;
}
