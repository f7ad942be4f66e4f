/** The packet at hand, as the steps of its way share it; a data set that waited is one again. */
import { Buffer } from 'node:buffer';
import { PacketHeader } from '../decode/header.ts';
import type { Moment } from '../ledger/rejections.ts';
import type { Domain, Exporter } from '../templates/exporter.ts';

/** Largest UDP payload. */
const MAX_DATAGRAM = 65_535;

export class Packet implements Moment {
  /** With room behind it for what is read in words. */
  readonly bytes = Buffer.alloc(MAX_DATAGRAM + Uint32Array.BYTES_PER_ELEMENT);
  readonly view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  readonly header = new PacketHeader();
  /** How many of `bytes` are the packet's. */
  size = 0;
  exporter!: Exporter;
  domain!: Domain;
  /** Its reception, in Unix milliseconds, and by a clock that nobody sets. */
  receivedMs = 0;
  monotonicMs = 0;

  /** Takes a copy of the bytes. */
  set(bytes: Uint8Array): void {
    this.bytes.set(bytes);
    this.size = bytes.length;
  }

  /** Sets whose it is, and when it was received. */
  turnTo(domain: Domain, receivedMs: number, monotonicMs: number): void {
    this.exporter = domain.exporter;
    this.domain = domain;
    this.receivedMs = receivedMs;
    this.monotonicMs = monotonicMs;
  }
}
