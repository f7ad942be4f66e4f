import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { compileKeyPlan, Randomness } from './flow-key.ts';
import { record, type TestField } from './record.fixture.ts';

function randomnessOf(fields: readonly TestField[], version = 9): string {
  const { template, bytes } = record(version, fields);
  const into = new Randomness();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  compileKeyPlan(template)(bytes, view, 0, bytes.length, into, { next: 0 });
  return into.high.toString(16).padStart(8, '0') + into.low.toString(16).padStart(6, '0');
}

const hex = (value: number, bytes: number) => value.toString(16).padStart(2 * bytes, '0');
const PORTS = [
  { id: 7, hex: 'c350' },
  { id: 11, hex: '01bb' },
];
const V4 = [
  { id: 8, hex: '0a000001' },
  { id: 12, hex: 'c0000201' },
];

suite('each digit of the randomness is even over', () => {
  const flows: Record<string, (index: number) => TestField[]> = {
    'ports in a row': (index) => [...V4, { id: 7, hex: hex(index, 2) }, PORTS[1]],
    'addresses in a row': (index) => [{ id: 8, hex: hex(0x0a000000 + index, 4) }, V4[1], ...PORTS],
    'networks in a row': (index) => [{ id: 8, hex: hex(index * 2 ** 16, 4) }, V4[1], ...PORTS],
    'IPv6 addresses in a row': (index) => [
      { id: 27, hex: `20010db8${'00'.repeat(10)}${hex(index, 2)}` },
      { id: 28, hex: `20010db8${'00'.repeat(11)}01` },
    ],
    'records without addresses': (index) => [{ id: 10, hex: hex(index, 4) }],
  };
  const COUNT = 4_096;
  for (const [name, fieldsOf] of Object.entries(flows)) {
    test(name, () => {
      const all = Array.from({ length: COUNT }, (_, index) => randomnessOf(fieldsOf(index)));
      assert.equal(new Set(all).size, COUNT);
      for (let digit = 0; digit < 14; digit++) {
        const counts = Map.groupBy(all, (text) => text[digit]);
        const expected = COUNT / 16;
        // With 15 degrees of freedom, 60 is exceeded by chance once in some millions.
        const chiSquare = [...'0123456789abcdef']
          .map((value) => (counts.get(value)?.length ?? 0) - expected)
          .reduce((sum, difference) => sum + difference ** 2 / expected, 0);
        assert.ok(chiSquare < 60, `digit ${digit}: ${chiSquare}`);
      }
    });
  }
});

suite('the same flow has the same randomness', () => {
  const flow = [...V4, ...PORTS, { id: 4, hex: '06' }];
  const known = randomnessOf(flow);

  test('in another order of fields, with others between, in IPFIX', () => {
    const others = [{ id: 1, hex: '00000001' }, ...[...flow].reverse(), { id: 96, hex: '6162', variable: true }];
    assert.equal(randomnessOf(others, 10), known);
  });
  test('with numbers of other lengths', () => {
    assert.equal(
      randomnessOf([...V4, { id: 7, hex: '0000c350' }, { id: 11, hex: '000001bb' }, { id: 4, hex: '0006' }]),
      known,
    );
  });
  test('where IPv6 addresses stand beside as zeros', () => {
    const zeros = [27, 28].map((id) => ({ id, hex: '00'.repeat(16) }));
    assert.equal(randomnessOf([...zeros, ...flow]), known);
  });
  test('today and tomorrow, here and there', () => assert.equal(known, '18fa8f65b0c2e9'));
});
