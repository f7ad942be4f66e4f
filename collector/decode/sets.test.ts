import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ipfix, v9 } from '../pipeline.fixture.ts';
import { PacketHeader } from './header.ts';
import { walkSets } from './sets.ts';

/** What a message holds, in its order; the last is false when it is malformed. `bad` is a set whose data overrun. */
function walk(message: Buffer, bad = -1): unknown[] {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const header = new PacketHeader();
  assert.equal(header.read(view, message.length), undefined);
  const found: unknown[] = [];
  const valid = walkSets(view, header, 10, {
    set: () => found.push('set'),
    template: ({ id, options }) => found.push(`${options ? 'options ' : ''}template ${id}`),
    badTemplate: (reason) => found.push(reason),
    data(id, offset, end) {
      found.push(`data ${id}: ${message.toString('hex', offset, end)}`);
      return id !== bad;
    },
  });
  return valid ? found : [...found, false];
}

const TEMPLATE = '0100 0001 0004 0001';

describe('sets', () => {
  for (const [name, message, expected, bad] of [
    ['v9 without sets', v9(''), []],
    ['IPFIX without sets', ipfix(''), []],
    [
      'v9: templates, options templates, data',
      v9(`0000 000c ${TEMPLATE} 0001 0012 0101 0004 0004 0001 0004 0022 0004 0100 0005 06`),
      ['set', 'template 256', 'set', 'options template 257', 'set', 'data 256: 06'],
    ],
    [
      'IPFIX: templates, options templates, data',
      ipfix(`0002 000c ${TEMPLATE} 0003 0012 0101 0002 0001 0095 0004 00a0 0008 0100 0005 06`),
      ['set', 'template 256', 'set', 'options template 257', 'set', 'data 256: 06'],
    ],
    [
      'data before its template in one message',
      ipfix(`0100 0005 06 0002 000c ${TEMPLATE}`),
      ['set', 'data 256: 06', 'set', 'template 256'],
    ],
    [
      'several templates in a set',
      ipfix(`0002 0014 ${TEMPLATE} 0101 0001 0004 0001`),
      ['set', 'template 256', 'template 257'],
    ],
    ['an empty set', ipfix('0100 0004 0002 0004'), ['set', 'data 256: ', 'set']],
    [
      'IPFIX: 0, 1 and 4 to 255 mean nothing',
      ipfix(`0000 000c ${TEMPLATE} 0001 000c ${TEMPLATE} 0004 0005 06 00ff 0005 06 ffff 0005 06`),
      ['set', 'set', 'set', 'set', 'set', 'data 65535: 06'],
    ],
    [
      'v9: 2 to 255 mean nothing',
      v9(`0002 000c ${TEMPLATE} 0003 000c ${TEMPLATE} 0100 0005 06`),
      ['set', 'set', 'set', 'data 256: 06'],
    ],
    ['up to three bytes behind the last set', ipfix('0100 0005 06 ffffff'), ['set', 'data 256: 06']],
    ['v9: zeros behind the last set', v9('0100 0005 06 0000 0000 0000'), ['set', 'data 256: 06']],
    ['a template set with three bytes of padding', ipfix(`0002 000f ${TEMPLATE} ffffff`), ['set', 'template 256']],
    ['a template set with more zeros', ipfix(`0002 0012 ${TEMPLATE} 0000 0000 0000`), ['set', 'template 256']],
    ['withdrawals (RFC 7011 §8.1)', ipfix(`0002 0010 0100 0000 ${TEMPLATE}`), ['set', 'template 256']],
    ['withdrawal of all templates', ipfix('0002 0008 0002 0000'), ['set']],
    [
      'a bad template costs no other',
      ipfix(`0002 0014 00ff 0001 0004 0001 ${TEMPLATE}`),
      ['set', 'template id below 256', 'template 256'],
    ],
    ['a set of length 3', ipfix('0100 0005 06 0100 0003'), [false]],
    ['IPFIX: a set of length 0', ipfix('0100 0005 06 0000 0000'), [false]],
    ['v9: a set of length 0 before others', v9('0000 0000 0100 0005 06'), [false]],
    ['a set that overruns its message', ipfix('0100 0005 06 0100 0006 06'), [false]],
    ['a template that overruns its set', ipfix('0002 000c 0100 0002 0004 0001 0100 0005 06'), ['set', false]],
    ['data that overrun their set', ipfix('0101 0005 06 0100 0005 06'), ['set', 'data 257: 06', false], 257],
  ] as [string, Buffer, unknown[], number?][]) {
    test(name, () => assert.deepEqual(walk(message, bad), expected));
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
    walkSets(counting, header, 10, { set() {}, template() {}, badTemplate() {}, data: () => true });
    assert.ok(reads < 2 * bytes.length, `${reads} reads`);
  });
});
