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
import { countHeaders, DESTINATION_PORT, Headers, MAX_HEADERS, type Pair, PROTOCOL, SOURCE_PORT } from './headers.ts';
import { isSet, isSound, type LocatedField, locateFields, numberOf } from './layout.ts';
import type { Outer, ReadFields, Reading, Tunnel } from './reading.ts';
import { compile } from './span.ts';
import { stationReadings } from './station.ts';

const IP_VERSION = 60;
/** What records tell of a segment routing header (RFC 9487 §4): all that begins with `srh` in IANA's registry. */
const SEGMENT_ROUTING = Array.from({ length: 502 - 492 + 1 }, (_, index) => 492 + index);
/** Longest number that may be a port. */
const MAX_PORT_LENGTH = 4;

/** What a template costs to compile, in fields: it is compiled for each way in which its records may be read. */
export function fieldsToCompile(template: Template): number {
  return template.fields.length * (2 * countHeaders(template) - 1);
}

/**
 * Compiles the function of a template's records, of this name and with these parameters, of which `s`, `v` and `o` are
 * the packet's bytes and where the record starts. `emit` appends its body for records that are read in one way.
 */
export function compileByReading<T>(
  template: Template,
  nameOf: NameOf,
  name: string,
  parameters: string,
  emit: (code: PlanCode, fields: FieldSet, tunnel: Tunnel | undefined) => void,
): T {
  const choice = new PlanCode();
  const readings = readingsOf(locateFields(template, choice));
  const functions = readings.map((_, index) => {
    const code = new PlanCode();
    const { fields, tunnel } = readingsOf(locateFields(template, code))[index].read();
    emit(code, new FieldSet(fields, nameOf), tunnel);
    return compile<T>(code, name, parameters);
  });
  if (functions.length === 1) return functions[0];
  for (const [index, { when }] of readings.entries())
    choice.line(`if (${when}) return ${choice.constant(functions[index])}(${parameters});`);
  return compile(choice, name, parameters);
}

function readingsOf(fields: LocatedField[]): Reading[] {
  const headers = new Headers(fields);
  const pairs = headers.pairs.slice(-MAX_HEADERS);
  if (pairs.length === 0) return stationReadings(fields);
  if (pairs.length === 1) return [{ when: 'true', read: () => ({ fields }) }];
  const readings = pairs.flatMap((flow, index): Reading[] => {
    const around = pairs.slice(0, index);
    const alone = { when: isThere(flow), read: () => readAs(headers, flow) };
    if (around.length === 0) return [{ ...alone, when: 'true' }];
    const carried = `${isThere(flow)} && (${around.map(isThere).join(' || ')})`;
    return [alone, { when: carried, read: () => readAs(headers, flow, around) }];
  });
  return byVersion(headers, readings.reverse());
}

function isThere({ source, destination }: Pair): string {
  return `(${isSet(source)} || ${isSet(destination)})`;
}

/** Of two families that one header can be of, the IP version decides, where it is told. */
function byVersion(headers: Headers, readings: Reading[]): Reading[] {
  const [outer, inner] = headers.pairs;
  const [version, another] = headers.all(IP_VERSION);
  const isOne = headers.pairs.length === 2 && outer.kind !== inner.kind && headers.all(PROTOCOL).length < 2;
  if (!version || another || !isOne) return readings;
  const [ofInner, ofOuter] = [inner, outer].map(({ kind }) => `(${numberOf(version)}) === ${kind.version}`);
  const [tunnel, byInner, byOuter] = readings;
  return [
    { ...tunnel, when: `!(${ofInner}) && !(${ofOuter}) && ${tunnel.when}` },
    { ...byInner, when: `${ofInner} || !(${ofOuter}) && ${byInner.when}` },
    byOuter,
  ];
}

function isIpv6({ kind }: Pair): boolean {
  return kind.family === 'ipv6';
}

/** Expression of whether one of these conditions is true, and of the others none. */
function oneAndNone(some: readonly string[], none: readonly string[]): string {
  return [`(${some.join(' || ')})`, ...none.map((condition) => `!${condition}`)].join(' && ');
}

/**
 * The fields with `flow` as the flow's header, and `around` it those that may be there: other headers are set aside.
 */
function readAs(headers: Headers, flow: Pair, around: readonly Pair[] = []): ReadFields {
  const owners = headers.owners(around.length > 0 ? undefined : flow);
  const read = headers.fields.map((field, index): LocatedField => {
    return (owners[index] ?? flow) === flow ? field : { ...field, aside: true };
  });
  const segments = read.filter(({ key }) => SEGMENT_ROUTING.includes(key)).map(isSet);
  const outers = around.map((pair, index): Outer => {
    const own = read.filter((field, index) => owners[index] === pair && isSound(field));
    const find = (element: number) => own.find(({ key }) => key === element);
    const port = (element: number) => own.find(({ key, length }) => key === element && length! <= MAX_PORT_LENGTH);
    return {
      isThere: isThere(pair),
      family: pair.kind.family,
      source: find(pair.kind.source)!,
      destination: find(pair.kind.destination)!,
      protocol: find(PROTOCOL),
      sourcePort: port(SOURCE_PORT),
      destinationPort: port(DESTINATION_PORT),
      hasSegments:
        isIpv6(pair) && segments.length > 0
          ? oneAndNone(segments, around.slice(0, index).filter(isIpv6).map(isThere))
          : 'false',
    };
  });
  // The addresses tell the version.
  const fields = read.filter((field) => field.key !== IP_VERSION || !isSound(field));
  return outers.length > 0 ? { fields, tunnel: { outers, carries: flow.kind.family } } : { fields };
}
