/**
 * Which of its headers a record is read as. Most have one. One with two pairs of addresses has two headers, the outer
 * first (RFC 7011 §8), if neither pair is of zeros: the inner one is the flow, the outer its tunnel. If one is, the
 * record has room for both families and is of the other. So a template has a plan for each way in which its records can
 * be read, and what an attribute is made from is known when the plan is compiled.
 */
import type { Template } from '../../decode/template.ts';
import type { NameOf } from '../attributes.ts';
import { PlanCode } from './code.ts';
import { FieldSet } from './fieldset.ts';
import { isSet, isSound, type LocatedField, locateFields, numberOf } from './layout.ts';
import type { Outer, Reading } from './reading.ts';
import { compile } from './span.ts';
import { stationReadings } from './station.ts';

type Kind = { family: 'ipv4' | 'ipv6'; version: number; source: number; destination: number; own: readonly number[] };
type Pair = { kind: Kind; source: LocatedField; destination: LocatedField; start: number };

/** `own`: prefix lengths, and in IPv6 the flow label. */
const KINDS: readonly Kind[] = [
  { family: 'ipv4', version: 4, source: 8, destination: 12, own: [9, 13] },
  { family: 'ipv6', version: 6, source: 27, destination: 28, own: [29, 30, 31] },
];
const [PROTOCOL, SOURCE_PORT, DESTINATION_PORT, IP_VERSION] = [4, 7, 11, 60];
/** What else headers have: class of service, flags, ports of UDP and TCP, ICMP, time to live. */
const IN_HEADERS: readonly number[] = [
  ...[PROTOCOL, SOURCE_PORT, DESTINATION_PORT],
  ...[5, 195, 6, 180, 181, 182, 183, 32, 139, 176, 177, 178, 179, 192],
];

/**
 * Compiles the function of a template's records, with these parameters, of which `s`, `v` and `o` are the packet's bytes
 * and where the record starts. `emit` appends its body for records that are read in one way.
 */
export function compileByReading<T>(
  template: Template,
  nameOf: NameOf,
  parameters: string,
  emit: (code: PlanCode, fields: FieldSet, outer: Outer | undefined) => void,
): T {
  const choice = new PlanCode();
  const readings = readingsOf(locateFields(template, choice));
  const functions = readings.map((_, index) => {
    const code = new PlanCode();
    const { fields, outer } = readingsOf(locateFields(template, code))[index];
    emit(code, new FieldSet(fields, nameOf), outer);
    return compile<T>(code, parameters);
  });
  if (functions.length === 1) return functions[0];
  for (const [index, { when }] of readings.entries())
    choice.line(`if (${when}) return ${choice.constant(functions[index])}(${parameters});`);
  return compile(choice, parameters);
}

function readingsOf(fields: LocatedField[]): Reading[] {
  const pairs = pairsOf(fields);
  if (pairs.length === 0) return stationReadings(fields);
  if (pairs.length === 1) return [{ when: 'true', fields }];
  // Of more than two headers, the one next to the flow's is the tunnel.
  const [outer, inner] = pairs.slice(-2);
  const version = versionOf(fields, outer, inner);
  const tunnel = { when: `${isThere(inner)} && ${isThere(outer)}`, ...readAs(fields, pairs, inner, outer) };
  const byInner = { when: isThere(inner), ...readAs(fields, pairs, inner) };
  const byOuter = { when: 'true', ...readAs(fields, pairs, outer) };
  if (version === undefined) return [tunnel, byInner, byOuter];
  const [ofInner, ofOuter] = [inner, outer].map(({ kind }) => `(${version}) === ${kind.version}`);
  return [
    { ...tunnel, when: `!(${ofInner}) && !(${ofOuter}) && ${tunnel.when}` },
    { ...byInner, when: `${ofInner} || !(${ofOuter}) && ${byInner.when}` },
    byOuter,
  ];
}

/** All pairs of addresses, in the order of the record. */
function pairsOf(fields: LocatedField[]): Pair[] {
  const pairs = KINDS.flatMap((kind) => {
    const all = (element: number) => fields.filter((field) => field.key === element && isSound(field));
    const destinations = all(kind.destination);
    return all(kind.source)
      .slice(0, destinations.length)
      .map((source, index) => {
        const destination = destinations[index];
        return { kind, source, destination, start: Math.min(fields.indexOf(source), fields.indexOf(destination)) };
      });
  });
  return pairs.sort((a, b) => a.start - b.start);
}

/** The IP version, where it decides between the two families that one header can be of. */
function versionOf(fields: LocatedField[], outer: Pair, inner: Pair): string | undefined {
  const all = (element: number) => fields.filter((field) => field.key === element && isSound(field));
  const [version, another] = all(IP_VERSION);
  if (!version || another || all(PROTOCOL).length > 1 || outer.kind === inner.kind) return undefined;
  return numberOf(version);
}

function isThere({ source, destination }: Pair): string {
  return `(${isSet(source)} || ${isSet(destination)})`;
}

/** The fields with `flow` as the flow's header: what is of other headers is set aside. */
function readAs(fields: LocatedField[], pairs: Pair[], flow: Pair, outer?: Pair): Omit<Reading, 'when'> {
  const owners = fields.map((field, index) => ownerOf(field, index, fields, pairs, outer ? undefined : flow) ?? flow);
  const read = fields.map((field, index): LocatedField => (owners[index] === flow ? field : { ...field, aside: true }));
  // The addresses tell the version.
  const shown = read.filter((field) => field.key !== IP_VERSION || !isSound(field));
  if (!outer) return { fields: shown };
  const ofOuter = read.filter((field, index) => owners[index] === outer && isSound(field));
  const find = (element: number) => ofOuter.find(({ key }) => key === element);
  return {
    fields: shown,
    outer: {
      source: find(outer.kind.source)!,
      destination: find(outer.kind.destination)!,
      protocol: find(PROTOCOL),
      sourcePort: find(SOURCE_PORT),
      destinationPort: find(DESTINATION_PORT),
      carries: flow.kind.family,
    },
  };
}

/** Of another header than any that has both its addresses. */
const NONE = Symbol();

/**
 * The header that a field is of; undefined for one that is of none, but of the whole record, or of a header that can't
 * be told. A field that every header has is of the header of its place among its like; another belongs to the only
 * header of its family, or the addresses before it, unless all is of the `only` header there is.
 */
function ownerOf(
  field: LocatedField,
  index: number,
  fields: LocatedField[],
  pairs: Pair[],
  only: Pair | undefined,
): Pair | typeof NONE | undefined {
  const { key } = field;
  if (!isSound(field)) return undefined;
  if (KINDS.some(({ source, destination }) => key === source || key === destination))
    return pairs.find(({ source, destination }) => field === source || field === destination) ?? NONE;
  const kind = KINDS.find(({ own }) => own.includes(key));
  if (!kind && !IN_HEADERS.includes(key)) return undefined;
  const ofKind = pairs.filter((pair) => pair.kind === kind);
  if (kind && ofKind.length < 2) return ofKind[0] ?? NONE;
  const like = fields.filter((other) => other.key === key && isSound(other));
  if (like.length >= pairs.length) return pairs[like.indexOf(field)] ?? NONE;
  return only ?? pairs.findLast(({ start }) => start < index);
}
