/** One device that exports to us, and what is kept of it: observation domains, templates, and what waits for one. */
import type { PacketHeader } from '../decode/header.ts';
import { Sequence } from '../decode/sequence.ts';
import type { Template } from '../decode/template.ts';
import type { DeviceState } from '../devices/device-state.ts';
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
  /** Unix milliseconds. */
  lastUsed: number;
  queuedAt: number;
};

/** A data set that waits for its template. */
export type HeldSet = {
  exporter: Exporter;
  /** Key of the template that it waits for. */
  key: number;
  /** The records, without the set's header. */
  bytes: Buffer;
  header: Readonly<Omit<PacketHeader, 'read'>>;
  /** Reception, in Unix milliseconds. */
  receivedMs: number;
  /** Ids of the packet's trace and root span. */
  trace: Int32Array;
};

/** What is known of one observation domain (v5: engine; v9: source id). */
export class Domain {
  readonly exporter: Exporter;
  readonly key: number;
  readonly sequence = new Sequence();
  /** What options data told of it; undefined when nothing. */
  device: DeviceState | undefined;

  constructor(exporter: Exporter, key: number) {
    this.exporter = exporter;
    this.key = key;
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
  /** When it was put behind all others in the order of being forgotten. */
  queuedAt = 0;
  readonly versions = new Set<number>();
  packets = 0;
  bytes = 0;
  flows = 0;
  errors = 0;
  lostFlows = 0;
  lostPackets = 0;
  readonly templates = new Map<number, StoredTemplate>();
  readonly held = new Set<HeldSet>();
  heldBytes = 0;
  readonly domains = new Map<number, Domain>();

  constructor(key: string, listener: number, address: string, port: number, now: number) {
    this.key = key;
    this.listener = listener;
    this.address = normalizeAddress(address);
    this.port = port;
    this.firstPacketTime = now;
    this.lastPacketTime = now;
  }

  /** Takes note of a packet. */
  received(version: number, port: number, bytes: number, time: number): void {
    if (!this.versions.has(version)) this.versions.add(version);
    this.port = port;
    this.packets++;
    this.bytes += bytes;
    this.lastPacketTime = time;
  }

  /** Address of the device behind it in hexadecimal digits, by options data; undefined when they did not tell. */
  originalExporter(version: number, domain: Domain): string | undefined {
    const told =
      domain.device?.find('original exporter', 0) ?? this.wholeExporter(version)?.find('original exporter', 0);
    return told?.address;
  }

  /**
   * Takes the sequence number of a packet that carries this many data records, -1 when that is not known; returns what
   * never came before it.
   */
  trackSequence(
    { version, sequence, sysUptime }: Pick<PacketHeader, 'version' | 'sequence' | 'sysUptime'>,
    domain: Domain,
    records: number,
  ): { flows: number; packets: number } {
    if (sequence < 0) return { flows: 0, packets: 0 };
    const lost = domain.sequence.track(sequence, version === 9 ? 1 : records, sysUptime);
    if (version === 9) this.lostPackets += lost;
    else this.lostFlows += lost;
    return version === 9 ? { flows: 0, packets: lost } : { flows: lost, packets: 0 };
  }

  /** What is told of domain 0 is true of the whole exporter (RFC 7011 §3.1). */
  wholeExporter(version: number): DeviceState | undefined {
    return this.domains.get(domainKey(version, 0))?.device;
  }
}

/** Key of a domain within its exporter; -1 stands for the whole exporter of a version without domains. */
export function domainKey(version: number, id: number): number {
  return version * 2 ** 33 + id;
}
