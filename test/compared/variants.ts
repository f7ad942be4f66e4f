/**
 * Captures with one field changed at a time. Whether a program shows a field is seen by what it prints of the one and
 * of the other, whatever it calls the field.
 */
import { type Element, findElement, findV9Element } from '../../collector/decode/elements/elements.ts';
import { type Case, logstashTests, otherCases, sflowCases, telegrafTests } from '../conformance/cases.ts';
import { type FieldValue, Malformed, type Template } from '../reference/packet.ts';
import { readHeader, readRecords, readSets } from '../reference/sets.ts';
import { readTemplates } from '../reference/templates.ts';
import { type Change, changeLast, Places } from './places.ts';
import { sflowPlaces } from './sflow-places.ts';

/** Datagrams of one exporter, in their order. */
export type Story = readonly Uint8Array[];

/** What programs have listeners of their own for. */
export type Protocol = 'netflow' | 'sflow';

export type Capture = {
  name: string;
  vendor: string;
  protocol: Protocol;
  version: string;
  story: Story;
  variants: Variant[];
};

/** A capture in which all records of one template, or structure of sFlow, have other bytes in one of their fields. */
export type Variant = { field: string; story: Story };

const MAX_FIELDS = 1_000;
/** IANA's elements that say nothing of their own: paddingOctets, and ipVersion, which the addresses tell. */
const LEFT_OUT = [210, 60];
const LISTS: readonly Element['type'][] = ['basicList', 'subTemplateList', 'subTemplateMultiList'];
const VERSIONS: Record<number, string> = { 1: 'v1', 5: 'v5', 7: 'v7', 9: 'v9', 10: 'IPFIX' };

/**
 * Lengths of headers and records of the formats without templates, and the fields of a record: offset, length, name.
 */
const V5_FIELDS: [number, number, string][] = [
  ...([
    [0, 4, 'srcaddr'],
    [4, 4, 'dstaddr'],
    [8, 4, 'nexthop'],
    [12, 2, 'input'],
    [14, 2, 'output'],
  ] as const),
  ...([
    [16, 4, 'dPkts'],
    [20, 4, 'dOctets'],
    [24, 4, 'First'],
    [28, 4, 'Last'],
  ] as const),
  ...([
    [32, 2, 'srcport'],
    [34, 2, 'dstport'],
    [37, 1, 'tcp_flags'],
    [38, 1, 'prot'],
    [39, 1, 'tos'],
  ] as const),
  ...([
    [40, 2, 'src_as'],
    [42, 2, 'dst_as'],
    [44, 1, 'src_mask'],
    [45, 1, 'dst_mask'],
  ] as const),
].map(([offset, length, name]) => [offset, length, name]);
const FIXED: Record<number, { header: number; record: number; fields: typeof V5_FIELDS }> = {
  1: {
    ...{ header: 16, record: 52 },
    fields: [...V5_FIELDS.slice(0, 11), [38, 1, 'prot'], [39, 1, 'tos'], [40, 1, 'flags']],
  },
  5: { header: 24, record: 48, fields: V5_FIELDS },
  7: { header: 24, record: 52, fields: [...V5_FIELDS, [48, 4, 'router_sc']] },
};
/** Its records of v1 lack their last four bytes. */
const V1_OF_SOFTFLOWD = 48;

/** Those of `test/captures`, with all their variants. */
export function readCaptures(): Capture[] {
  const cases = [...logstashTests().cases, ...telegrafTests().map((test) => test.case), ...otherCases()];
  return [
    ...cases.map((one) => captureOf(one, 'netflow', netflowPlaces)),
    ...sflowCases().map((one) => captureOf(one, 'sflow', sflowPlaces)),
  ];
}

function captureOf({ name, vendor, datagrams }: Case, protocol: Protocol, placesOf: (story: Story) => Places): Capture {
  const story = datagrams.map(({ bytes }) => bytes);
  const versions = story.map((bytes) => (protocol === 'sflow' ? 'sFlow' : (VERSIONS[versionOf(bytes)] ?? '?')));
  const places = placesOf(story.map((bytes) => bytes.slice())).all().length;
  const variants = Array.from({ length: places }, (_, index) => {
    const copy = story.map((bytes) => bytes.slice());
    const { name, values } = placesOf(copy).all()[index];
    for (const { bytes, change } of values) change(bytes);
    return { field: name, story: copy };
  });
  return { name, vendor, protocol, version: [...new Set(versions)].join(', '), story, variants };
}

function versionOf(bytes: Uint8Array): number {
  return bytes.length < 2 ? 0 : bytes[0] * 256 + bytes[1];
}

/** The fields of all templates that have records, and of formats without templates. */
function netflowPlaces(story: Story): Places {
  const places = new Places();
  const templates = new Map<string, Template>();
  const late: (() => void)[] = [];
  for (const bytes of story) {
    const version = versionOf(bytes);
    if (version !== 9 && version !== 10) {
      addFixed(bytes, version, places);
      continue;
    }
    const read = readHeader(bytes, version);
    if (!read) continue;
    for (const { id, body } of readSets(bytes, version, read.length).sets) {
      const key = `${read.header.domain} ${id}`;
      const addRecords = (): boolean => {
        const template = templates.get(key);
        if (template) {
          for (const values of recordsOf(body, template)) {
            for (const [position, value] of values.entries()) {
              const element = version === 9 ? findV9Element(value.id) : findElement(value.pen, value.id);
              if (!(value.pen === 0 && LEFT_OUT.includes(value.id)))
                places.add(key, position, nameOf(value), { bytes: value.bytes, change: changeOf(element) });
            }
          }
        }
        return template !== undefined;
      };
      if (id >= 256) {
        if (!addRecords()) late.push(addRecords);
      } else {
        for (const template of readTemplates(body, version, id === (version === 9 ? 1 : 3), MAX_FIELDS)) {
          templates.set(`${read.header.domain} ${template.id}`, template);
        }
      }
    }
  }
  for (const addRecords of late) addRecords();
  return places;
}

function recordsOf(body: Uint8Array, template: Template): FieldValue[][] {
  try {
    return readRecords(body, template);
  } catch (error) {
    if (error instanceof Malformed) return [];
    throw error;
  }
}

function nameOf({ pen, id }: FieldValue): string {
  return pen === 0 ? String(id) : `${pen}/${id}`;
}

function addFixed(bytes: Uint8Array, version: number, places: Places): void {
  if (!Object.hasOwn(FIXED, version)) return;
  const { header, record, fields } = FIXED[version];
  const count = bytes.length < header ? 0 : bytes[2] * 256 + bytes[3];
  const stride = version === 1 && bytes.length === header + count * V1_OF_SOFTFLOWD ? V1_OF_SOFTFLOWD : record;
  // One that counts records which it does not have is not to be trusted.
  if (header + count * stride > bytes.length) return;
  for (let index = 0; index < count; index++) {
    const at = header + index * stride;
    for (const [position, [offset, length, name]] of fields.entries()) {
      const value = bytes.subarray(at + offset, at + offset + length);
      places.add(`v${version}`, position, name, { bytes: value, change: changeNumber });
    }
  }
}

/**
 * What makes another value of the same kind, near the first: a text stays a text, a time does not leave its century.
 */
function changeOf(element: Element | undefined): Change {
  if (element?.type === 'string') return changeText;
  if (element?.type === 'boolean') return changeBoolean;
  // Of a list, mostly the last letter of the last value.
  return LISTS.includes(element?.type ?? 'octetArray') ? changeLast : changeNumber;
}

function changeText(bytes: Uint8Array): void {
  if (bytes.every((byte) => byte === 0)) bytes[0] = 'x'.charCodeAt(0);
  else
    bytes.forEach((byte, index) => {
      if (byte !== 0) bytes[index] = byte ^ 1;
    });
}

/** 1 is true, 2 is false (RFC 7011 §6.1.5). */
function changeBoolean(bytes: Uint8Array): void {
  bytes[0] ^= 3;
}

/** Later by some seconds, of a time in any unit; by days, of one in milliseconds. */
function changeNumber(bytes: Uint8Array): void {
  const from = Math.min(bytes.length - 1, bytes.length <= 4 ? 1 : 3);
  bytes[from]++;
  for (let index = from + 1; index < bytes.length; index++) bytes[index] ^= 1;
}
