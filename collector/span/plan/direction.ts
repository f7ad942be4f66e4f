/** In which direction a flow goes: from who began it, or back to it. */
import { spanAttribute } from '../../otlp/protobuf-writer.ts';
import { SPAN, SPAN_KIND } from '../../otlp/tags.ts';
import { PORT_ATTRIBUTES } from '../attributes.ts';
import type { PlanCode } from './code.ts';
import type { FieldSet } from './fieldset.ts';
import { numberOf } from './layout.ts';
import { portOf } from './ports.ts';

const BIFLOW_DIRECTION = 239;
/** initiatorOctets, responderOctets, initiatorPackets, responderPackets: the source is the initiator. */
const INITIATOR_COUNTERS = [231, 232, 298, 299];

/** By number, as `d` is: the source is the client in `forward`, the server in `reverse`. */
export const DIRECTIONS = ['unknown', 'forward', 'reverse'] as const;
const [UNKNOWN, FORWARD, REVERSE] = [0, 1, 2];

/** The number, or an expression of it where each record decides. The source has the protocol in `t`. */
export function directionOf(fields: FieldSet): number | string {
  const biflow = fields.find(BIFLOW_DIRECTION);
  if (biflow) return `r.directionOfBiflow(${numberOf(biflow)})`;
  if (fields.find(...INITIATOR_COUNTERS)) return FORWARD;
  const [source, destination] = PORT_ATTRIBUTES.map((attribute) => portOf(fields, attribute));
  return source && destination ? `r.directionByPorts(t, ${source.value}, ${destination.value})` : UNKNOWN;
}

/** Appends `flow.direction`; the direction is in `d`. */
export function emitDirection(code: PlanCode, fields: FieldSet): void {
  const name = fields.nameOf('flow.direction');
  if (name === undefined) return;
  emitByDirection(code, directionOf(fields), (number) => code.bytes(...spanAttribute(name, DIRECTIONS[number])));
}

/**
 * Appends the span's kind: without a server's span, none that a backend would wait for a partner of. With `services`,
 * `c.paired` says whether there is one.
 */
export function emitKind(code: PlanCode, services: boolean): void {
  code.bytes(SPAN.kind, SPAN_KIND.internal);
  if (services) code.line(`if (c.paired) u[p - 1] = ${SPAN_KIND.client};`);
}

/** Appends what `emit` does for each direction that there can be. */
export function emitByDirection(
  code: PlanCode,
  direction: ReturnType<typeof directionOf>,
  emit: (direction: number) => void,
): void {
  if (typeof direction === 'number') {
    emit(direction);
    return;
  }
  code.block(`if (d === ${FORWARD}) {`, () => emit(FORWARD));
  code.block(`else if (d === ${REVERSE}) {`, () => emit(REVERSE));
  code.block('else {', () => emit(UNKNOWN));
}

/** What `biflowDirection` says (RFC 5103 §6.3): 1 is of the initiator, 2 of the other. */
export function directionOfBiflow(number: number): number {
  return number === FORWARD || number === REVERSE ? number : UNKNOWN;
}

const [ICMP, ICMP_IPV6] = [1, 58];
/** Below are services: well-known ports, and where clients' own ports begin on most systems. */
const [WELL_KNOWN, EPHEMERAL] = [1_024, 32_768];

/** The end with a port of a service is the server, if the other's is none. */
export function directionByPorts(protocol: number, source: number, destination: number): number {
  if (protocol === ICMP || protocol === ICMP_IPV6 || source === 0 || destination === 0) return UNKNOWN;
  if (destination < WELL_KNOWN !== source < WELL_KNOWN) return destination < WELL_KNOWN ? FORWARD : REVERSE;
  if (destination < EPHEMERAL !== source < EPHEMERAL) return destination < EPHEMERAL ? FORWARD : REVERSE;
  return UNKNOWN;
}
