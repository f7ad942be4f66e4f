import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ipfix, v9 } from '../pipeline/pipeline.fixture.ts';
import { PacketHeader } from './header.ts';
import { readSets } from './sets.ts';
import { readTemplate } from './template.ts';

/** One field of variable length. */
const VARIABLE = readTemplate(new DataView(Uint8Array.of(1, 0, 0, 1, 0, 82, 255, 255).buffer), 0, 8, 10, false, 10);
assert.equal(VARIABLE.kind, 'template');

/**
 * The number of sets, then what they hold, in its order; 'malformed' at last when it is. `known` has a variable length.
 */
function read(message: Buffer, known?: number): unknown[] {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const header = new PacketHeader();
  assert.equal(header.read(view, message.length), undefined);
  const { sets, parts, fault } = readSets(message, view, header, 10, (id) =>
    id === known && VARIABLE.kind === 'template'
      ? { template: VARIABLE.template, padded: false, stale: false }
      : undefined,
  );
  const found = parts.map((part) => {
    if (part.kind === 'bad template') return part.reason;
    if (part.kind === 'refused template') return 'refused';
    if (part.kind === 'template') return `${part.template.options ? 'options ' : ''}template ${part.template.id}`;
    if (part.kind === 'samples') return 'samples';
    const records = part.kind === 'data' ? `${part.records} of ` : '';
    return `${records}${part.id}: ${message.toString('hex', part.offset, part.end)}`;
  });
  return [sets, ...found, ...(fault ? ['malformed'] : [])];
}

const TEMPLATE = '0100 0001 0004 0001';

describe('sets', () => {
  for (const [name, message, expected, known] of [
    ['v9 without sets', v9(''), [0]],
    ['IPFIX without sets', ipfix(''), [0]],
    [
      'v9: templates, options templates, data',
      v9(`0000 000c ${TEMPLATE} 0001 0012 0101 0004 0004 0001 0004 0022 0004 0100 0005 06`),
      [3, 'template 256', 'options template 257', '1 of 256: 06'],
    ],
    [
      'IPFIX: templates, options templates, data',
      ipfix(`0002 000c ${TEMPLATE} 0003 0012 0101 0002 0001 0095 0004 00a0 0008 0100 0005 06`),
      [3, 'template 256', 'options template 257', '1 of 256: 06'],
    ],
    [
      'data before its template in one message',
      ipfix(`0100 0005 06 0002 000c ${TEMPLATE}`),
      [2, '256: 06', 'template 256'],
    ],
    [
      'several templates in a set',
      ipfix(`0002 0014 ${TEMPLATE} 0101 0001 0004 0001`),
      [1, 'template 256', 'template 257'],
    ],
    ['an empty set', ipfix('0100 0004 0002 0004'), [2, '256: ']],
    [
      'IPFIX: 0, 1 and 4 to 255 mean nothing',
      ipfix(`0000 000c ${TEMPLATE} 0001 000c ${TEMPLATE} 0004 0005 06 00ff 0005 06 ffff 0005 06`),
      [5, '65535: 06'],
    ],
    ['v9: 2 to 255 mean nothing', v9(`0002 000c ${TEMPLATE} 0003 000c ${TEMPLATE} 0100 0005 06`), [3, '256: 06']],
    ['up to three bytes behind the last set', ipfix('0100 0005 06 ffffff'), [1, '256: 06']],
    ['v9: zeros behind the last set', v9('0100 0005 06 0000 0000 0000'), [1, '256: 06']],
    ['a template set with three bytes of padding', ipfix(`0002 000f ${TEMPLATE} ffffff`), [1, 'template 256']],
    ['a template set with more zeros', ipfix(`0002 0012 ${TEMPLATE} 0000 0000 0000`), [1, 'template 256']],
    ['withdrawals (RFC 7011 §8.1)', ipfix(`0002 0010 0100 0000 ${TEMPLATE}`), [1, 'template 256']],
    ['withdrawal of all templates', ipfix('0002 0008 0002 0000'), [1]],
    [
      'a bad template costs no other',
      ipfix(`0002 0014 00ff 0001 0004 0001 ${TEMPLATE}`),
      [1, 'template id below 256', 'template 256'],
    ],
    ['a set of length 3', ipfix('0100 0005 06 0100 0003'), [1, '256: 06', 'malformed']],
    ['IPFIX: a set of length 0', ipfix('0100 0005 06 0000 0000'), [1, '256: 06', 'malformed']],
    ['v9: a set of length 0 before others', v9('0000 0000 0100 0005 06'), [0, 'malformed']],
    ['a set that overruns its message', ipfix('0100 0005 06 0100 0006 06'), [1, '256: 06', 'malformed']],
    [
      'a template that overruns its set costs those behind it there',
      ipfix(`0002 001c ${TEMPLATE} 0101 0004 0004 0001 0102 0001 0004 0001 0100 0005 06`),
      [2, 'template 256', 'runs over the end of its set', '1 of 256: 06'],
    ],
    ['data that overrun their set', ipfix('0100 0005 06 0101 0005 06 0100 0005 06'), [2, '256: 06', 'malformed'], 257],
  ] as [string, Buffer, unknown[], number?][]) {
    test(name, () => assert.deepEqual(read(message, known), expected));
  }

  test('zeros before a last byte are read once, not once for each record that they look like', () => {
    const header = new PacketHeader();
    const bytes = ipfix(`0002 ffec ${'00'.repeat(0xffe7)} 01`);
    let reads = 0;
    const counting = new Proxy(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), {
      get: (target, name) => {
        reads++;
        const method = Reflect.get(target, name);
        return typeof method === 'function' ? method.bind(target) : method;
      },
    });
    assert.equal(header.read(counting, bytes.length), undefined);
    readSets(bytes, counting, header, 10, () => undefined);
    assert.ok(reads < 2 * bytes.length, `${reads} reads`);
  });
});
