/** One device that exports to us, and what is known of its observation domains. */
import type { PacketHeader } from '../decode/header.ts';
import { Sequence } from '../decode/sequence.ts';
import type { DeviceState } from '../devices/device-state.ts';
import { normalizeAddress } from '../listen/sources.ts';
import { attribute } from '../otlp/protobuf-writer.ts';
import { ipv4, ipv6 } from '../span/plan/address.ts';
import type { HeldSet } from './held.ts';
import type { StoredTemplate } from './store.ts';

/** Longest IPv6 address, and what writing it may overwrite. */
const MAX_ADDRESS_TEXT = 48;

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
  #identity = new Uint8Array();
  #identityPort = -1;

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

  /** Span attributes that name the source of its last packet, and the device behind it, by options data. */
  identity(version: number, domain: Domain): Uint8Array {
    if (this.#identityPort !== this.port) {
      this.#identityPort = this.port;
      this.#identity = Uint8Array.from([
        ...attribute(0x4a, 'netflow.exporter.address', this.address),
        ...attribute(0x4a, 'netflow.exporter.port', this.port),
      ]);
    }
    const original =
      domain.device?.find('original exporter', 0) ?? this.wholeExporter(version)?.find('original exporter', 0);
    return original ? Uint8Array.from([...this.#identity, ...originalExporter(original.address)]) : this.#identity;
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

function originalExporter(hexadecimal: string): Uint8Array {
  const address = Buffer.from(hexadecimal, 'hex');
  const bytes = Buffer.alloc(MAX_ADDRESS_TEXT);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const end = address.length === 4 ? ipv4(view, 0, address.readUInt32BE()) : ipv6(bytes, view, 0, address, 0);
  return attribute(0x4a, 'netflow.original_exporter.address', bytes.toString('latin1', 0, end));
}
