/**
 * Packet headers: a datagram comes in, what all its records share goes out.
 * v1 and v7: Cisco's formats; v5: the same with sampling; v9: RFC 3954 §5.1; IPFIX: RFC 7011 §3.1; sFlow: sflow.org,
 * sFlow Version 5, §5.
 */
import { Buffer } from 'node:buffer';
import type { ToldVersion } from '../common/version-name.ts';
import type { PacketError } from '../ledger/ledger.ts';
import { fixedTemplate } from './fixed.ts';
import { setsFill } from './set-header.ts';

/** Stands for sFlow version 5 among versions: those of NetFlow and IPFIX have 16 bits, and 5 is one of them. */
export const SFLOW = 0x1_0005;

/** A version as people and JSON have it. */
export function toldVersion(version: number): ToldVersion {
  return version === SFLOW ? 'sflow' : version;
}

/** Bytes of an agent's address by its type: none that is known, IPv4, IPv6. */
const AGENT_LENGTHS = [0, 4, 16];
/** Bytes of sFlow's version and the type of the address before the agent's, and of what the header has behind it. */
const [BEFORE_AGENT, BEHIND_AGENT] = [8, 16];

const HEADER_LENGTHS: Readonly<Record<number, number>> = { 1: 16, 5: 24, 7: 24, 9: 20, 10: 16 };
/** v5 keeps the interval in the low 14 bits and the mode above them. */
const SAMPLING_INTERVAL_MASK = 0x3fff;

export class PacketHeader {
  version = 0;
  /** Where the header ends, and where the message does. */
  length = 0;
  end = 0;
  /** The message states another length than its datagram's, but its sets fill just that. */
  lengthRepaired = false;
  /** Records of the fixed formats, samples of sFlow; 0 for others, which are walked by length. */
  count = 0;
  /** Unix milliseconds, as the exporter states it; NaN in sFlow. */
  exportMs = 0;
  /** Milliseconds since the exporter was started; 0 in IPFIX. */
  sysUptime = 0;
  /** -1 in v1. */
  sequence = -1;
  /** IPFIX observation domain, v9 source id, v5 engine type × 256 + engine id, sFlow's sub-agent; -1 in v1 and v7. */
  domain = -1;
  /** sFlow: the agent's address in hexadecimal digits; empty where there is none. */
  agent = '';
  /** v5; 0 when none is announced. */
  samplingInterval = 0;
  /** v5: how the exporter samples; 0 when it does not. */
  samplingMode = 0;

  /**
   * Reads the header of a datagram of `size` bytes; returns what is wrong with it. An IPFIX message that is
   * `malformed`, as it ends elsewhere than its datagram, can be read up to its fault; the fixed formats can't.
   */
  read(view: DataView, size: number): PacketError | undefined {
    if (size < 2) return 'truncated_header';
    this.version = view.getUint16(0);
    const length = HEADER_LENGTHS[this.version];
    if (length === undefined) return this.#readSflow(view, size);
    if (size < length) return 'truncated_header';
    this.length = length;
    this.end = size;
    this.lengthRepaired = false;
    this.count = 0;
    this.sysUptime = 0;
    this.sequence = -1;
    this.domain = -1;
    this.agent = '';
    this.samplingInterval = 0;
    this.samplingMode = 0;
    if (this.version === 10) return this.#readIpfix(view, size);
    if (this.version === 9) {
      this.sysUptime = view.getUint32(4);
      this.exportMs = view.getUint32(8) * 1000;
      this.sequence = view.getUint32(12);
      this.domain = view.getUint32(16);
      return undefined;
    }
    return this.#readFixed(view, size);
  }

  #readSflow(view: DataView, size: number): PacketError | undefined {
    if (this.version !== 0) return 'unknown_version';
    if (size < 4 || view.getUint16(2) !== 5) return 'unknown_version';
    if (size < BEFORE_AGENT) return 'truncated_header';
    const agentLength = AGENT_LENGTHS[view.getUint32(4)];
    if (agentLength === undefined) return 'unknown_version';
    const at = BEFORE_AGENT + agentLength;
    if (size < at + BEHIND_AGENT) return 'truncated_header';
    this.version = SFLOW;
    this.length = at + BEHIND_AGENT;
    this.end = size;
    this.lengthRepaired = false;
    this.agent = Buffer.from(view.buffer, view.byteOffset + BEFORE_AGENT, agentLength).toString('hex');
    this.domain = view.getUint32(at);
    this.sequence = view.getUint32(at + 4);
    this.sysUptime = view.getUint32(at + 8);
    this.count = view.getUint32(at + 12);
    this.exportMs = Number.NaN;
    this.samplingInterval = 0;
    this.samplingMode = 0;
    return undefined;
  }

  #readIpfix(view: DataView, size: number): PacketError | undefined {
    const stated = view.getUint16(2);
    this.exportMs = view.getUint32(4) * 1000;
    this.sequence = view.getUint32(8);
    this.domain = view.getUint32(12);
    if (stated === size) return undefined;
    this.lengthRepaired = setsFill(view, this.length, size);
    if (this.lengthRepaired) return undefined;
    if (stated < this.length || stated > size) return 'malformed';
    this.end = stated;
    return undefined;
  }

  #readFixed(view: DataView, size: number): PacketError | undefined {
    this.count = view.getUint16(2);
    this.sysUptime = view.getUint32(4);
    this.exportMs = view.getUint32(8) * 1000 + Math.floor(view.getUint32(12) / 1e6);
    if (this.version !== 1) this.sequence = view.getUint32(16);
    if (this.version === 5) {
      this.domain = view.getUint16(20);
      this.samplingInterval = view.getUint16(22) & SAMPLING_INTERVAL_MASK;
      this.samplingMode = view.getUint16(22) >>> 14;
    }
    const { minLength } = fixedTemplate(this.version as 1 | 5 | 7, this.count, size - this.length);
    this.end = this.length + this.count * minLength;
    return this.end > size ? 'malformed' : undefined;
  }
}
