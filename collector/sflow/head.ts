/**
 * What a sample says before its records: how it was sampled, where the packet came in and went out, why it was dropped.
 */
import type { Field } from '../decode/template.ts';
import { append, writeNumber } from './bytes.ts';
import { dropReasonName } from './drop-reasons.ts';
import { iana, own } from './elements.ts';
import { INTERFACE, INTERNAL, SAMPLE, type Sample } from './sample.ts';

/** What becomes of an interface. `none`: nothing is known of it. */
const SIDE = { none: 0, index: 1, internal: 2, discarded: 3, multiple: 4 } as const;
/** Bits of a head: whether it is of a discarded packet, has a class of data source, and what its interfaces are. */
const BITS = { discardedPacket: 0, sourceClass: 1, ingress: 2, egress: 5 } as const;
export const HEAD_BITS = 8;
/** Longest name of a reason. */
const MAX_REASON = 64;

function sideOf(format: number, value: number): number {
  if (format === INTERFACE.index) return value === INTERNAL ? SIDE.internal : SIDE.index;
  if (format === INTERFACE.discarded) return SIDE.discarded;
  return format === INTERFACE.multiple ? SIDE.multiple : SIDE.none;
}

/** What of a head becomes fields: a number below 2^`HEAD_BITS`. */
export function headShape({ kind, sourceClass, inputFormat, input, outputFormat, output }: Readonly<Sample>): number {
  const ingress = sideOf(inputFormat, input);
  return (
    (Number(kind === SAMPLE.discardedPacket) << BITS.discardedPacket) |
    (Number(sourceClass > 0 && sourceClass < 256) << BITS.sourceClass) |
    // A packet comes in by one interface.
    ((ingress > SIDE.internal ? SIDE.none : ingress) << BITS.ingress) |
    (sideOf(outputFormat, output) << BITS.egress)
  );
}

function isOfDiscarded(shape: number): boolean {
  return ((shape >> BITS.discardedPacket) & 1) === 1;
}

/** The fields of a head of this shape. */
export function headFields(shape: number): Field[] {
  const isDiscarded = isOfDiscarded(shape);
  const [ingress, egress] = [(shape >> BITS.ingress) & 7, (shape >> BITS.egress) & 7];
  return [
    ...(isDiscarded ? [] : [iana(34, 4), own('samplePool', 4)]),
    own('sampleDrops', 4),
    ...((shape >> BITS.sourceClass) & 1 ? [own('dataSourceClass', 1)] : []),
    own('dataSourceIndex', 4),
    ...(ingress === SIDE.index ? [iana(10, 4)] : []),
    ...(ingress === SIDE.internal ? [own('ingressInternal', 1)] : []),
    ...(egress === SIDE.index ? [iana(14, 4)] : []),
    ...(egress === SIDE.internal ? [own('egressInternal', 1)] : []),
    ...(egress === SIDE.multiple ? [own('egressInterfaceCount', 4)] : []),
    ...(isDiscarded || egress === SIDE.discarded ? [own('dropReasonId', 4), own('dropReason')] : []),
  ];
}

/** Appends their values at `p` of `out`; returns where they end. */
export function writeHead(out: Uint8Array, p: number, shape: number, sample: Readonly<Sample>): number {
  const isDiscarded = isOfDiscarded(shape);
  if (!isDiscarded) {
    p = writeNumber(out, p, sample.rate, 4);
    p = writeNumber(out, p, sample.pool, 4);
  }
  p = writeNumber(out, p, sample.drops, 4);
  if ((shape >> BITS.sourceClass) & 1) out[p++] = sample.sourceClass;
  p = writeNumber(out, p, sample.sourceIndex, 4);
  p = writeSide(out, p, (shape >> BITS.ingress) & 7, sample.input);
  const egress = (shape >> BITS.egress) & 7;
  if (egress !== SIDE.discarded) p = writeSide(out, p, egress, sample.output);
  if (isDiscarded) return writeReason(out, p, sample.reason);
  return egress === SIDE.discarded ? writeReason(out, p, sample.output) : p;
}

function writeSide(out: Uint8Array, p: number, side: number, value: number): number {
  if (side === SIDE.none) return p;
  // A boolean (RFC 7011 §6.1.5).
  return side === SIDE.internal ? writeNumber(out, p, 1, 1) : writeNumber(out, p, value, 4);
}

function writeReason(out: Uint8Array, p: number, reason: number): number {
  p = writeNumber(out, p, reason, 4);
  const end = append(out, p + 1, p + 1 + MAX_REASON, dropReasonName(reason));
  out[p] = end - p - 1;
  return end;
}
