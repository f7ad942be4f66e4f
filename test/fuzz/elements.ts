/** Fields for fuzzed templates, and bytes for their records: likely ones, edges, and nonsense. */
import { type AbstractDataType, findElement, REVERSE_PEN } from '../../collector/decode/elements/elements.ts';
import { LIST_TYPES } from '../../collector/decode/elements/types.ts';
import { FRAMES } from '../../collector/dissect/frames.fixture.ts';
import {
  ADDRESS_ATTRIBUTES,
  ELEMENT_ATTRIBUTES,
  JOINED_ATTRIBUTES,
  PORT_ATTRIBUTES,
} from '../../collector/span/attributes.ts';
import type { FieldSpecifier, TemplateRecord } from './message.ts';
import type { Random } from './random.ts';

const VARIABLE_LENGTH = 65_535;

/** Lists, of any element and of their own. */
const LISTS = [291, 292, 293, 484, 516];

/** Elements that the encoder treats in a way of their own. */
const SPECIAL = [
  ...ELEMENT_ATTRIBUTES.flatMap(({ sources }) => sources).filter((key) => key < 65_536),
  ...ADDRESS_ATTRIBUTES.flatMap(({ ipv4, ipv6 }) => [...ipv4, ...ipv6]),
  ...PORT_ATTRIBUTES.flatMap(({ any, udp, tcp }) => [any, udp, tcp]),
  ...JOINED_ATTRIBUTES.flatMap(({ by }) => by),
  // What options data tell: names, rates and what these are of.
  ...[82, 83, 84, 90, 94, 96, 236, 48, 141, 145, 149, 304, 307, 308, 309, 310, 311],
  // Labels, a station, numbers with names, a segment of a routing header.
  ...[70, 71, 72, 365, 366, 61, 89, 230, 495],
  // Beginnings of packets, and what is told of them.
  ...[315, 313, 314, 316, 317, 104, 312, 224, 102, 103, 408, 409, 410],
  ...LISTS,
  // What type records tell: an enterprise, its element, the type and name of that.
  ...[346, 303, 339, 341],
  // Times, uptime and durations.
  ...[21, 22, 150, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160, 161, 162, 322, 323, 324, 325],
  // Protocol, class of service, IP version, application, padding, sampling, ICMP, direction, exporter, selector.
  ...[4, 5, 60, 95, 195, 210, 34, 50, 305, 306, 32, 139, 176, 177, 178, 179, 239, 130, 131, 302],
];
/**
 * Elements that mean something together: sampling, uptimes, addresses of both families, a time and a duration; headers
 * around others; what options data tell; a station.
 */
const GROUPS = [
  [305, 306],
  [21, 22, 160],
  [8, 27],
  [12, 28, 60],
  [153, 161],
  [150, 162],
  [231, 232, 239],
  [8, 12, 4, 7, 11],
  [27, 28, 4, 31, 8, 12, 4],
  [8, 12, 27, 28, 8, 12],
  [10, 82, 83],
  [234, 236, 90],
  [95, 96, 94],
  [346, 303, 339, 341],
  [302, 304, 309, 310],
  [366, 365, 61],
  [312, 315],
  [313, 314],
  [8, 12, 4, 314],
  [316, 317],
];
const PENS = [0, 9, 2_636, 5951, 6871, 6876, 35_632, 637, REVERSE_PEN];
const LENGTHS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 32, 255, 1_400, VARIABLE_LENGTH];

export const NATURAL_LENGTH: Partial<Record<AbstractDataType, number>> = {
  unsigned8: 1,
  signed8: 1,
  boolean: 1,
  unsigned16: 2,
  signed16: 2,
  unsigned32: 4,
  signed32: 4,
  float32: 4,
  ipv4Address: 4,
  dateTimeSeconds: 4,
  macAddress: 6,
  unsigned64: 8,
  signed64: 8,
  float64: 8,
  dateTimeMilliseconds: 8,
  dateTimeMicroseconds: 8,
  dateTimeNanoseconds: 8,
  ipv6Address: 16,
};

/** A field, or fields that belong together. */
export function randomFields(random: Random, version: number): FieldSpecifier[] {
  if (!random.oneIn(6)) return [randomField(random, version)];
  return random.pick(GROUPS).map((id) => ({ id, length: randomLength(random, id, 0) }));
}

export function randomField(random: Random, version: number): FieldSpecifier {
  const id = random.oneIn(3) ? random.below(512) : random.oneIn(6) ? random.word() & 0xffff : random.pick(SPECIAL);
  const pen = version === 10 && random.oneIn(5) ? (random.oneIn(6) ? random.word() : random.pick(PENS)) : undefined;
  return { id: version === 10 ? id & 0x7fff : id, pen, length: randomLength(random, id, pen ?? 0) };
}

/** Mostly the length of the element's type or a shorter one. */
export function randomLength(random: Random, id: number, pen: number): number {
  const type = findElement(pen, id)?.type;
  const natural = (type && NATURAL_LENGTH[type]) ?? random.pick([4, 12, VARIABLE_LENGTH]);
  switch (random.below(8)) {
    case 0:
      return random.pick(LENGTHS);
    case 1:
      return random.oneIn(20) ? random.word() & 0xffff : random.below(natural + 2) & 0xffff;
    default:
      return natural;
  }
}

/** Elements with the beginning of a packet, and packets for them. */
const SECTIONS = [315, 313, 314, 316, 317, 104];
const PACKETS = FRAMES.map(({ hex }) => Buffer.from(hex, 'hex'));

/** Longest record that is made up. */
const MAX_RECORD = 8_192;
const scratch = Buffer.alloc(MAX_RECORD);

/** The bytes of a record of this template, as far as they have room. */
export function randomRecord(random: Random, template: TemplateRecord): Uint8Array {
  const record = scratch;
  let at = 0;
  for (const { id, pen = 0, length: announced } of template.fields) {
    const type = findElement(pen, id)?.type;
    const packet = SECTIONS.includes(id) && !random.oneIn(3) ? random.pick(PACKETS) : undefined;
    let length = announced;
    if (announced === VARIABLE_LENGTH) {
      const isLong = random.oneIn(12) || (type?.endsWith('List') && random.oneIn(2));
      length = isLong ? random.below(600) : random.below(24);
      if (packet) length = random.oneIn(2) ? packet.length : random.below(packet.length);
      if (at + 3 > MAX_RECORD) break;
      if (length < 255 && !random.oneIn(4)) {
        record[at++] = length;
      } else {
        record[at] = 255;
        at = record.writeUInt16BE(length, at + 1);
      }
      // An overrun, or a value that is cut off.
      if (random.oneIn(40)) record[at - 1] = random.below(256);
    }
    const value = record.subarray(at, at + length);
    if (packet) fillPacket(random, value, packet);
    else if (type?.endsWith('List') && !random.oneIn(4)) fillList(random, value, type, template.id);
    else fillValue(random, value);
    at += value.length;
  }
  return Uint8Array.prototype.slice.call(record, 0, at);
}

/**
 * A list of a type, with others in it: of known elements, and of records of the template that it is in, or of one next
 * to it.
 */
function fillList(random: Random, value: Buffer, type: string, template: number): void {
  random.fill(value);
  const { length } = value;
  if (length < 9) return;
  value[0] = random.oneIn(8) ? 255 : random.below(5);
  const records = (template + random.pick([0, 0, 1, -1, 300])) & 0xffff;
  if (type === 'subTemplateList') value.writeUInt16BE(records, 1);
  if (type === 'basicList') {
    const element = random.oneIn(3) ? random.pick(LISTS) : random.pick(SPECIAL);
    const natural = NATURAL_LENGTH[findElement(0, element)?.type ?? 'basicList'];
    value.writeUInt16BE(random.oneIn(8) ? element | 0x8000 : element & 0x7fff, 1);
    value.writeUInt16BE(natural !== undefined && !random.oneIn(8) ? natural : random.pick(LENGTHS), 3);
    const inner = LIST_TYPES.find((name) => findElement(0, element)?.type === name);
    if (!inner) return;
    value.writeUInt16BE(VARIABLE_LENGTH, 3);
    const room = Math.min(254, length - 6);
    value[5] = room - random.below(2);
    fillList(random, value.subarray(6, 6 + room), inner, template);
  }
  if (type !== 'subTemplateMultiList') return;
  for (let at = 1; at + 4 <= length; ) {
    const size = random.oneIn(8) ? random.below(length) : Math.min(length - at, 4 + random.below(24));
    value.writeUInt16BE((records + random.below(2)) & 0xffff, at);
    value.writeUInt16BE(size, at + 2);
    at += Math.max(4, size);
  }
}

/** The beginning of a packet, of which a byte may be another. */
function fillPacket(random: Random, value: Buffer, packet: Buffer): void {
  value.fill(0);
  packet.copy(value);
  if (value.length > 0 && random.oneIn(2)) value[random.below(value.length)] = random.word();
}

const TEXT = Buffer.from('GigabitEthernet0/0/1 eth0 user@example.org é 漢字 \u{1f600}');
/** Where the fuzzer's clock starts: 2026-01-02. */
export const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const NTP_TO_UNIX = 2_208_988_800;

function fillValue(random: Random, value: Buffer): void {
  const { length } = value;
  value.fill(0);
  switch (random.below(8)) {
    case 0:
      return;
    case 1:
      value.fill(0xff);
      return;
    case 2:
      if (length > 0) value[length - 1] = random.word();
      return;
    case 3:
      value.fill(TEXT.subarray(random.below(TEXT.length)));
      return;
    case 4:
      // About now, in the forms in which times come.
      if (length === 8 && random.oneIn(2)) value.writeBigUInt64BE(BigInt(START_MS - random.word()));
      else if (length === 8) value.writeUInt32BE((START_MS / 1000 + NTP_TO_UNIX - random.below(100_000)) >>> 0);
      else if (length === 4) value.writeUInt32BE((START_MS / 1000 - random.below(100_000)) >>> 0);
      return;
    case 5:
      if (length >= 4) value.writeUInt32BE(random.word(), length - 4);
      return;
    default:
      random.fill(value);
  }
}
