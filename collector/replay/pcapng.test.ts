import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPcapng, readPcapng } from './pcapng.ts';

type Order = 'big' | 'little';
type Part = { width: 2 | 4 | 8; value: number } | Uint8Array;

const u16 = (value: number): Part => ({ width: 2, value });
const u32 = (value: number): Part => ({ width: 4, value });
const u64 = (value: number): Part => ({ width: 8, value });

function bytes(order: Order, parts: Part[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (part instanceof Uint8Array) return part;
      const buffer = Buffer.alloc(part.width);
      if (part.width === 8) buffer.writeBigInt64BE(BigInt(part.value));
      else buffer.writeUIntBE(part.value, 0, part.width);
      return order === 'little' ? buffer.reverse() : buffer;
    }),
  );
}

function block(order: Order, type: number, ...parts: Part[]): Buffer {
  const body = bytes(order, parts);
  const length = u32(body.length + 12);
  return bytes(order, [u32(type), length, body, length]);
}

const section = (order: Order) => block(order, 0x0a0d0d0a, u32(0x1a2b3c4d), u16(1), u16(0), u64(-1));
const data = Buffer.from('0102030405060000', 'hex');
const enhanced = (order: Order, iface: number, units: bigint) =>
  block(order, 6, u32(iface), u32(Number(units >> 32n)), u32(Number(units & 0xffffffffn)), u32(6), u32(90), data);

for (const order of ['big', 'little'] as const) {
  test(`${order} endian: every interface has its link type and its clock`, () => {
    const file = Buffer.concat([
      section(order),
      block(order, 1, u16(1), u16(0), u32(0)),
      block(
        order,
        1,
        u16(101),
        u16(0),
        u32(0),
        u16(2),
        u16(3),
        Buffer.from('lo0\0'),
        u16(9),
        u16(1),
        Buffer.from([9, 0, 0, 0]),
      ),
      block(
        order,
        1,
        u16(276),
        u16(0),
        u32(0),
        u16(9),
        u16(1),
        Buffer.from([0x8a, 0, 0, 0]),
        u16(14),
        u16(8),
        u64(-100),
      ),
      block(order, 4, u32(0)), // name resolution: passed over
      enhanced(order, 0, 1_700_000_000_500_000n),
      enhanced(order, 1, 1_700_000_000_250_000_000n),
      enhanced(order, 2, 1_700_000_100n * 1024n + 512n),
      enhanced(order, 7, 0n), // an interface that was not described
    ]);
    assert.ok(isPcapng(file));
    assert.deepEqual(
      [...readPcapng(file)].map((frame) => ({ ...frame, time: Math.round(frame.time!) })),
      [
        { linkType: 1, time: 1_700_000_000_500, data: data.subarray(0, 6) },
        { linkType: 101, time: 1_700_000_000_250, data: data.subarray(0, 6) },
        { linkType: 276, time: 1_700_000_000_500, data: data.subarray(0, 6) },
      ],
    );
  });

  test(`${order} endian: simple packets have no time and end at the snap length`, () => {
    const file = Buffer.concat([
      section(order),
      block(order, 1, u16(1), u16(0), u32(5)),
      block(order, 3, u32(90), data),
    ]);
    assert.deepEqual([...readPcapng(file)], [{ linkType: 1, time: undefined, data: data.subarray(0, 5) }]);
  });
}

test('a new section may change the byte order and forgets the interfaces', () => {
  const file = Buffer.concat([
    section('big'),
    block('big', 1, u16(1), u16(0), u32(0)),
    enhanced('big', 0, 1n),
    section('little'),
    enhanced('little', 0, 1n),
    block('little', 1, u16(113), u16(0), u32(0)),
    enhanced('little', 0, 2n),
  ]);
  assert.deepEqual(
    [...readPcapng(file)].map(({ linkType, time }) => ({ linkType, time })),
    [
      { linkType: 1, time: 0.001 },
      { linkType: 113, time: 0.002 },
    ],
  );
});

test('ends at a block that is cut off or states an impossible length', () => {
  const whole = Buffer.concat([section('big'), block('big', 1, u16(1), u16(0), u32(0)), enhanced('big', 0, 1n)]);
  for (let length = 0; length < whole.length; length++)
    assert.deepEqual([...readPcapng(whole.subarray(0, length))], []);
  for (const [file, fault] of [
    [whole, undefined],
    [
      Buffer.concat([whole, whole.subarray(0, -1)]),
      { at: whole.length * 2 - enhanced('big', 0, 1n).length, why: 'truncated' },
    ],
    [Buffer.concat([whole, Buffer.alloc(5)]), { at: whole.length, why: 'truncated' }],
    [Buffer.concat([whole, Buffer.alloc(16)]), { at: whole.length, why: 'damaged' }],
  ] as const) {
    const frames = readPcapng(file);
    assert.equal(frames.next().done, false);
    assert.deepEqual(frames.next(), { done: true, value: fault });
  }
});
