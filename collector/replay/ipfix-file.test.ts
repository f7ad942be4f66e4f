import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fitDatagrams, readIpfixFile, TOO_LONG } from './ipfix-file.ts';

function message(sequence: number, ...sets: Buffer[]): Buffer {
  const header = Buffer.alloc(16);
  const bytes = Buffer.concat([header, ...sets]);
  bytes.writeUInt16BE(10, 0);
  bytes.writeUInt16BE(bytes.length, 2);
  bytes.writeUInt32BE(sequence, 8);
  return bytes;
}

function set(id: number, body: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(4 + body.length, 2);
  return Buffer.concat([header, body]);
}

/**
 * A template of a source port and a string of variable length, and a set of `count` records, each of `length` bytes.
 */
const TEMPLATE = set(2, Buffer.from('01000002000700020052ffff', 'hex'));
function data(count: number, length: number): Buffer {
  const record = Buffer.alloc(length);
  record.writeUInt8(255, 2);
  record.writeUInt16BE(length - 5, 3);
  return set(256, Buffer.concat(new Array<Buffer>(count).fill(record)));
}

suite('a file', () => {
  const [one, two, three] = [message(0, TEMPLATE), message(0, data(2, 20)), message(2)];
  const whole = Buffer.concat([one, two, three]);
  const afterTwo = one.length + two.length;
  const badLength = Buffer.from('000a000f', 'hex');

  for (const [name, file, messages, fault] of [
    ['of messages', whole, [one, two, three], undefined],
    ['of one message', two, [two], undefined],
    ['that ends within a message', whole.subarray(0, -1), [one, two], { at: afterTwo, why: 'truncated' }],
    ['that ends within a length', whole.subarray(0, afterTwo + 3), [one, two], { at: afterTwo, why: 'truncated' }],
    [
      'that ends within its second message',
      Buffer.concat([one, two.subarray(0, 9)]),
      [one],
      { at: one.length, why: 'truncated' },
    ],
    ['that ends within its first message', two.subarray(0, 30), [two.subarray(0, 30)], { at: 0, why: 'truncated' }],
    [
      'with something else behind',
      Buffer.concat([one, two, Buffer.alloc(9)]),
      [one, two],
      { at: afterTwo, why: 'damaged' },
    ],
    ['with one byte behind', Buffer.concat([one, two, Buffer.alloc(1)]), [one, two], { at: afterTwo, why: 'damaged' }],
    ['with an impossible length', Buffer.concat([one, two, badLength]), [one, two], { at: afterTwo, why: 'damaged' }],
  ] as const) {
    test(name, () => assert.deepEqual(readIpfixFile(file), { messages, fault }));
  }

  test('of one packet that states a wrong length is that packet', () => {
    for (const file of [Buffer.concat([two, data(1, 20)]), Buffer.concat([badLength, two])])
      assert.deepEqual(readIpfixFile(file), { messages: [file], fault: undefined });
  });
});

suite('for UDP, a message', () => {
  /** Options records count, too: RFC 7011 §3.1. */
  const options = [set(3, Buffer.from('0101000200010095000400a00008', 'hex')), set(257, Buffer.alloc(3 * 12))];
  const fits = data(5, 13_098);
  const rest = data(1, 5);
  assert.equal(message(0, fits).length, 65_510);
  const largest = set(256, fits.subarray(4, -3));

  for (const [name, before, sets, parts, skipped] of [
    ['of 65,507 bytes is whole', [TEMPLATE], [largest], [[7, largest]], 0],
    [
      'of more is split between sets',
      [TEMPLATE],
      [data(4, 16_000), data(1, 1_500)],
      [
        [7, data(4, 16_000)],
        [11, data(1, 1_500)],
      ],
      0,
    ],
    [
      'teaches templates to those behind',
      [],
      [TEMPLATE, ...options, data(3, 20_000), data(2, 2_710)],
      [
        [7, TEMPLATE, ...options, data(3, 20_000)],
        [13, data(2, 2_710)],
      ],
      0,
    ],
    ['of one set too long is left out', [TEMPLATE], [fits], [], 1],
    [
      'loses only such a set',
      [],
      [TEMPLATE, fits, rest],
      [
        [7, TEMPLATE],
        [12, rest],
      ],
      1,
    ],
    [
      'that is malformed is split before that',
      [TEMPLATE],
      [data(5, 13_000), Buffer.alloc(500)],
      [
        [7, data(5, 13_000)],
        [12, Buffer.alloc(500)],
      ],
      0,
    ],
  ] as const) {
    test(name, () => {
      const others = [message(7, ...before), message(20, data(1, 20))];
      const whys: string[] = [];
      const [first, last] = others;
      const sent = fitDatagrams([first, message(7, ...sets), last], (why) => whys.push(why));
      const expected = parts.map(([sequence, ...of]) => message(sequence, ...of));
      assert.deepEqual(sent, [first, ...expected, last]);
      assert.deepEqual(whys, new Array(skipped).fill(TOO_LONG));
    });
  }
});
