/** What the reference decoder makes of a datagram: plain objects, nothing interpreted. */

import type { Attributes } from '../otlp/decode.ts';
import type { Told } from './options.ts';

/** Length of a field whose values carry their own (RFC 7011 §7), in v9 too. */
export const VARIABLE_LENGTH = 65_535;

export type FieldSpecifier = { pen: number; id: number; length: number };

export type Template = {
  id: number;
  /** Undefined for data; the number of scope fields, which come first, for options. */
  scopeCount?: number;
  fields: FieldSpecifier[];
};

/** `variable`: the length was in the record, not in the template. `isTaken`: it is a list, which is told elsewhere. */
export type FieldValue = { pen: number; id: number; bytes: Uint8Array; variable: boolean; isTaken?: true };

export type FlowRecord = {
  values: FieldValue[];
  /** Id of its template; 0 in formats without. */
  template: number;
  /** What its lists came to, by the templates that were known. */
  lists?: Attributes;
  /** What options data had told when it came. */
  told?: Told;
};

export type Header = {
  version: 1 | 5 | 7 | 9 | 10 | 'sflow';
  domain?: number;
  sequence?: number;
  /** Unix nanoseconds. */
  exportTime: bigint;
  /** Milliseconds; not in IPFIX. */
  sysUptime?: number;
  /** Of v5; 0 when the exporter does not sample. */
  samplingInterval?: number;
};

export type Packet = {
  header: Header;
  size: number;
  sets: number;
  templates: number;
  /** Data sets without a template. */
  missing: number;
  flows: FlowRecord[];
  optionsRecords: number;
  /** Address bytes of the device behind a mediator, from options data (130, 131). */
  originalExporter?: Uint8Array;
  /** Why the packet is in error. */
  malformed?: string;
};

/** Flows of a data set that was held, and the packet they came in. */
export type LateFlows = { of: Packet; flows: FlowRecord[] };

/** Thrown by readers when bytes contradict the format. */
export class Malformed extends Error {}

/** The bytes of a field as an unsigned integer in network order. */
export function toUnsigned(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
