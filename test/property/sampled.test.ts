/** Whatever packets a device samples, the pipeline's spans are the reference's. */
import fc from 'fast-check';
import { FRAMES } from '../../collector/dissect/frames.fixture.ts';
import { LAYER } from '../../collector/dissect/layers.ts';
import { testAgreement } from './agreement.ts';
import { EXPORT_TIME } from './arbitraries.ts';

type Field = { pen?: number; id: number; length: number; bytes: Uint8Array };

/** Frames that are well made, cut somewhere, and changed a little. */
const packet = fc
  .record({
    made: fc.constantFrom(...FRAMES),
    cut: fc.option(fc.nat(150)),
    changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
  })
  .map(({ made, cut, changes }) => {
    const bytes = Buffer.from(made.hex, 'hex');
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return { first: made.first, bytes: Uint8Array.from(bytes.subarray(0, cut ?? undefined)) };
  });

const anyBytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** Fields that devices send beside a section. */
const beside = fc
  .uniqueArray(
    fc.oneof(
      fc.constantFrom([10, 4], [14, 4], [61, 1], [312, 2], [224, 8], [102, 2], [103, 2], [408, 2], [409, 2], [410, 2]),
      fc.constantFrom([1, 4], [2, 4], [56, 6], [82, 65_535]),
    ),
    { maxLength: 4, selector: ([id]) => id },
  )
  .chain((chosen) =>
    fc.tuple(
      ...chosen.map(([id, length]) => {
        // Zero and one are what decides.
        const bytes = fc.oneof(
          anyBytes(length === 65_535 ? 3 : length),
          fc
            .constantFrom(0, 1, 2)
            .map((last) =>
              Uint8Array.from({ length: length === 65_535 ? 1 : length }, (_, at) => (at === length - 1 ? last : 0)),
            ),
        );
        return bytes.map((bytes): Field => ({ id, length, bytes }));
      }),
    ),
  );
const properties = fc.array(
  fc
    .constantFrom(2, 4)
    .chain((length) => anyBytes(length).map((bytes): Field => ({ pen: 2_636, id: 137, length, bytes }))),
  { maxLength: 3 },
);

/** What IPv4 carries, beside the addresses and the protocol of its header. */
function carried(bytes: Uint8Array, field: (id: number, value: Uint8Array) => Field): Field[] {
  const told = [
    [8, 12, 4],
    [12, 16, 4],
    [4, 9, 1],
  ].map(([id, at, length]): Field => ({ id, length, bytes: Uint8Array.from({ length }, (_, nth) => bytes[at + nth]) }));
  return [...told, field(314, bytes.subarray(20))];
}

/** The sections of a packet: one, or its parts in two. */
const sections = fc
  .tuple(packet, fc.nat(80), fc.boolean(), fc.constantFrom(315, 104, 313, 314, 316, 317))
  .map(([{ first, bytes }, split, isFixed, anyId]): Field[] => {
    const isIp = first === LAYER.ipv4 || first === LAYER.ipv6;
    const field = (id: number, value: Uint8Array): Field => ({
      id,
      length: isFixed ? value.length : 65_535,
      bytes: value,
    });
    if (split % 5 === 0) return [field(anyId, bytes)];
    if (isIp && split % 11 === 0) return carried(bytes, field);
    if (isIp && split % 2 === 0) return [field(313, bytes.subarray(0, split)), field(314, bytes.subarray(split))];
    if (isIp) return [field(313, bytes)];
    if (split % 7 === 0) return [field(316, bytes.subarray(14, 18)), field(317, bytes.subarray(18))];
    return [field(split % 2 === 0 ? 315 : 104, bytes)];
  });

const u16 = (value: number) => [value >> 8, value & 255];
const u32 = (value: number) => [...u16(Math.floor(value / 65_536)), ...u16(value % 65_536)];

/** A message of a template and two records of it, which are alike. */
function messageOf(fields: readonly Field[]): Uint8Array {
  const specifiers = fields.flatMap(({ pen, id, length }) => [
    ...u16(pen ? id | 0x8000 : id),
    ...u16(length),
    ...(pen ? u32(pen) : []),
  ]);
  const template = [...u16(2), ...u16(8 + specifiers.length), ...u16(256), ...u16(fields.length), ...specifiers];
  const record = fields.flatMap(({ length, bytes }) => (length === 65_535 ? [bytes.length, ...bytes] : [...bytes]));
  const data = [...u16(256), ...u16(4 + 2 * record.length), ...record, ...record];
  const length = 16 + template.length + data.length;
  return Uint8Array.from([...u16(10), ...u16(length), ...u32(EXPORT_TIME), ...u32(0), ...u32(7), ...template, ...data]);
}

const message = fc
  .tuple(beside, properties, sections, fc.nat(8))
  .map(([some, juniper, packet, at]) => [...some, ...juniper].toSpliced(at, 0, ...packet))
  .filter((fields) => fields.some(({ length }) => length > 0))
  .map(messageOf);

testAgreement('sampled packets', message, ['flow', 'full'], 2);
