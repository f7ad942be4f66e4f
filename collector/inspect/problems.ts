/** What is wrong with a packet, and which section of the standard it is against. */
import type { Fault } from '../decode/faults.ts';
import { type PacketHeader, SFLOW } from '../decode/header.ts';
import type { Part } from '../decode/sets.ts';

export type Problem = {
  /** In bytes from the beginning of the packet, where it is known. */
  offset?: number;
  what: string;
  /** Section of the RFC; left out where no standard speaks of it. */
  section?: string;
};

type Version = Readonly<PacketHeader>['version'];

/** By what is wrong: sections for v9 (RFC 3954) and for IPFIX (RFC 7011). */
const SECTIONS = {
  header: ['RFC 3954 §5.1', 'RFC 7011 §3.1'],
  set: ['RFC 3954 §5.3', 'RFC 7011 §3.3.2'],
  value: ['RFC 3954 §5.3', 'RFC 7011 §7'],
  template: ['RFC 3954 §5.2', 'RFC 7011 §3.4.1'],
  scope: ['RFC 3954 §6.1', 'RFC 7011 §3.4.2'],
  'missing template': ['RFC 3954 §9', 'RFC 7011 §8.4'],
  data: ['RFC 3954 §5.3', 'RFC 7011 §3.4.3'],
  sequence: ['RFC 3954 §5.1', 'RFC 7011 §3.1'],
} as const;
/** It has one for all. */
const SFLOW_SECTION = 'sFlow Version 5 §5';
type Subject = keyof typeof SECTIONS;

function problem(version: Version, subject: Subject, what: string, offset?: number): Problem {
  const section =
    version === SFLOW
      ? SFLOW_SECTION
      : version === 9
        ? SECTIONS[subject][0]
        : version === 10
          ? SECTIONS[subject][1]
          : undefined;
  return { ...(offset !== undefined && { offset }), what, ...(section && { section }) };
}

/** Of a datagram that is not looked into. */
export function unreadable(bytes: Uint8Array, what: string): Problem {
  const version = bytes.length < 2 ? 0 : bytes[0] * 256 + bytes[1];
  return { ...problem(version, 'header', what), offset: 0 };
}

/** Of a message that makes no sense from there on. */
export function faulty({ version }: Readonly<PacketHeader>, { offset, of, what }: Fault): Problem {
  return problem(version, of, `${what}; what is behind it is not read`, offset);
}

/** Of a message whose length was corrected. */
export function repaired({ version }: Readonly<PacketHeader>): Problem {
  return problem(version, 'header', 'the message states a wrong length; its sets fill the datagram and are read', 2);
}

/** Of a part of a message; undefined when nothing is. */
export function problemOf(part: Part, { version }: Readonly<PacketHeader>): Problem | undefined {
  if (part.kind === 'bad template') {
    const subject = part.reason === 'illegal scope count' ? 'scope' : 'template';
    return problem(version, subject, `a template that can’t be used: ${part.reason}`, part.offset);
  }
  if (part.kind === 'refused template')
    return { what: `template ${part.id} is not learned: the exporter sends too many new ones in a short time` };
  if (part.kind !== 'unknown data') return undefined;
  const { id, offset, end, misfit } = part;
  const size = end - offset;
  if (!misfit)
    return problem(
      version,
      'missing template',
      `${size} bytes of data before their template ${id}: they wait for it`,
      offset,
    );
  const { minLength, variable } = misfit;
  const record = `${variable ? 'at least ' : ''}${minLength} bytes`;
  return problem(
    version,
    'data',
    `${size} bytes of data do not fit template ${id}, whose record has ${record}`,
    offset,
  );
}

/** Of what sequence numbers say never came before the packet. */
export function gap({ version }: Readonly<PacketHeader>, flows: number, packets: number): Problem | undefined {
  const lost = flows > 0 ? `${flows} flows or records` : packets > 0 ? `${packets} packets` : undefined;
  return lost === undefined
    ? undefined
    : problem(version, 'sequence', `by sequence numbers, ${lost} before it never came`);
}
