import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dissect } from './dissect.ts';
import { ethernet, FRAMES, ipv4, ipv6, label, TCP, udp, vlan } from './frames.fixture.ts';
import { LAYER, type Layer, Layers, MAX_LAYERS } from './layers.ts';

const FIRSTS = Object.values(LAYER).filter((layer) => layer !== LAYER.payload);

function layersOf(hex: string, first: Layer): { kinds: number[]; stop: string; layers: Layers } {
  const bytes = Buffer.from(hex, 'hex');
  const layers = new Layers();
  dissect(bytes, 0, bytes.length, first, layers);
  return { kinds: [...layers.kinds.subarray(0, layers.count)], stop: layers.stop, layers };
}

for (const { name, hex, first, layers } of FRAMES) {
  test(`takes apart: ${name}`, () => {
    const found = layersOf(hex, first);
    assert.deepEqual(found.kinds, layers);
    assert.equal(found.stop, 'whole');
  });
}

test('says why it reads no further', () => {
  const deep = ethernet('8100', Array.from({ length: 30 }, () => '00018100').join(''));
  const cases: [string, string, Layer, number][] = [
    ['unknown protocol', ethernet('0806', '00'.repeat(28)), LAYER.ethernet, 1],
    ['unknown protocol', ipv4(89, '00'.repeat(24)), LAYER.ipv4, 1],
    ['cut off', ethernet('0800', ipv4(6, TCP).slice(0, 30)), LAYER.ethernet, 1],
    ['cut off', ethernet('8847', label(16)), LAYER.ethernet, 2],
    ['cut off', ipv4(6, TCP).slice(0, 48), LAYER.ipv4, 2],
    ['fragment', ipv4(17, '00'.repeat(8), { fragment: 3 }), LAYER.ipv4, 1],
    ['fragment', ipv6(44, `11000018${'00'.repeat(4)}${udp()}`), LAYER.ipv6, 1],
    ['whole', ipv6(59, ''), LAYER.ipv6, 1],
    ['malformed', ipv4(6, TCP).replace('45', '41'), LAYER.ipv4, 0],
    ['malformed', ipv4(47, '00070800'), LAYER.ipv4, 1],
    ['malformed', ipv4(47, '40000800'), LAYER.ipv4, 1],
    ['unknown protocol', ethernet('8847', `${label(13, true)}10000007`), LAYER.ethernet, 2],
    ['cut off', ipv4(17, udp('34ff00000000000100000085', 2152)), LAYER.ipv4, 3],
    ['malformed', ipv4(17, udp('34ff0000000000010000008500', 2152)), LAYER.ipv4, 3],
    ['too many headers', ipv4(17, udp(`34ff00000000000100000085${'01000085'.repeat(9)}`, 2152)), LAYER.ipv4, 3],
    ['too many headers', deep, LAYER.ethernet, MAX_LAYERS],
  ];
  for (const [stop, hex, first, count] of cases) {
    const found = layersOf(hex, first);
    assert.deepEqual([found.stop, found.kinds.length], [stop, count], hex);
  }
});

test('the first fragment shows its ports, the others do not', () => {
  const first = layersOf(ipv4(17, udp('00'.repeat(16)), { fragment: 0x2000 }), LAYER.ipv4);
  assert.deepEqual([first.kinds, first.layers.fragment], [[LAYER.ipv4, LAYER.udp], 0]);
  const other = layersOf(ipv4(17, '00'.repeat(16), { fragment: 0x2003 }), LAYER.ipv4);
  assert.deepEqual([other.kinds, other.layers.fragment], [[LAYER.ipv4], 0]);
  assert.equal(layersOf(ipv4(17, udp()), LAYER.ipv4).layers.fragment, -1);
});

test('headers end where those before them say', () => {
  const padded = layersOf(ethernet('8100', vlan(1, '0800', `${ipv4(17, udp())}${'ff'.repeat(20)}`)), LAYER.ethernet);
  assert.equal(padded.layers.end, 14 + 4 + 20 + 12);
});

test('never reads beyond the end, whatever the bytes are', () => {
  const frames = FRAMES.map(({ hex }) => Buffer.from(hex, 'hex'));
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .tuple(fc.constantFrom(...frames), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }))
      .map(([frame, changes]) => {
        const changed = Uint8Array.from(frame);
        for (const [at, value] of changes) changed[at % changed.length] = value;
        return changed;
      }),
  );
  const layers = new Layers();
  fc.assert(
    fc.property(bytes, fc.nat(200), fc.constantFrom(...FIRSTS), (bytes, cut, first) => {
      const end = Math.min(cut, bytes.length);
      const behind = new Proxy(bytes, {
        get(target, key) {
          if (typeof key === 'string' && /^\d+$/.test(key)) assert.ok(Number(key) < end, `reads at ${key} of ${end}`);
          return Reflect.get(target, key);
        },
      });
      dissect(behind, 0, end, first, layers);
      assert.ok(layers.count <= MAX_LAYERS);
      assert.ok(layers.end <= end);
      for (let index = 0; index < layers.count; index++) assert.ok(layers.starts[index] < end);
    }),
  );
});
