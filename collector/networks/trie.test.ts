import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Cidr, Ip } from '../../crds/selection/address.ts';
import { seeded } from '../../test/random.ts';
import { PrefixList } from './prefixes.ts';
import { buildTrie, findLabel } from './trie.ts';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 300);
const WIDTH = { 4: 32, 6: 128 } as const;

/** Addresses near each other, so that prefixes are nested, and those at both ends of all. */
function value(bits: number): fc.Arbitrary<bigint> {
  const all = 2n ** BigInt(bits) - 1n;
  const near = fc
    .tuple(fc.constantFrom(0n, 0x0a00_0000n, 0xa5a5n << 16n, all), fc.nat(bits), fc.bigInt(0n, all))
    .map(([base, from, random]) => (base & ~(all >> BigInt(from))) | (random & (all >> BigInt(from))));
  return fc.oneof(near, fc.bigInt(0n, all), fc.constantFrom(0n, all));
}

for (const family of [4, 6] as const) {
  const bits = WIDTH[family];
  const prefix = fc
    .tuple(
      value(bits),
      fc.oneof(
        fc.nat(bits),
        fc.constantFrom(0, 31, 32, 33, 64, 96, 128).filter((n) => n <= bits),
      ),
    )
    .map(([address, length]) => new Cidr(new Ip(family, address), length).masked());
  const prefixes = fc.uniqueArray(prefix, { maxLength: 60, selector: String });

  test(`finds what a look at all prefixes of IPv${family} finds`, () => {
    fc.assert(
      fc.property(prefixes, fc.array(value(bits), { maxLength: 20 }), (all, some) => {
        const find = finder(all);
        const edges = all.flatMap(({ ip, bits: length }) => {
          const size = 2n ** BigInt(bits - length);
          return [ip.value - 1n, ip.value, ip.value + size - 1n, ip.value + size];
        });
        for (const address of [...some, ...edges].filter((edge) => edge >= 0n && edge < 2n ** BigInt(bits))) {
          const ip = new Ip(family, address);
          const longest = all.filter((one) => one.contains(ip)).sort((a, b) => b.bits - a.bits)[0];
          assert.equal(find(ip), longest ? all.indexOf(longest) + 1 : 0, `${ip} in ${all.join(' ')}`);
        }
      }),
      { numRuns: RUNS },
    );
  });
}

test('finds the same among many, crowded and sparse', () => {
  const random = seeded(1);
  const below = (limit: number) => Math.floor(random() * limit);
  const prefixes = new Map<string, Cidr>();
  const add = (address: number, length: number) => {
    const prefix = new Cidr(new Ip(4, BigInt(address)), length).masked();
    prefixes.set(String(prefix), prefix);
  };
  for (let index = 0; index < 3_000; index++) {
    add(0x0a00_0000 + below(2 ** 24), 8 + below(25));
    add(0x0a14_0000 + 16 * index, 28);
    add(below(2 ** 32), 1 + below(32));
  }
  const all = [...prefixes.values()];
  const labels = new Map([...prefixes.keys()].map((prefix, index) => [prefix, index + 1]));
  const longest = (ip: Ip): number => {
    for (let length = 32; length > 0; length--) {
      const label = labels.get(String(new Cidr(ip, length).masked()));
      if (label !== undefined) return label;
    }
    return 0;
  };
  const find = finder(all);
  for (const { ip, bits } of all) {
    const beyond = ip.value + 2n ** BigInt(32 - bits);
    for (const value of [ip.value, beyond - 1n, beyond % 2n ** 32n, BigInt(below(2 ** 32))]) {
      const address = new Ip(4, value);
      assert.equal(find(address), longest(address), String(address));
    }
  }
});

suite('a list of prefixes', () => {
  test('tells the lines of the same prefix twice', () => {
    const list = new PrefixList(3);
    for (const [line, bits] of [8, 16, 8].entries()) list.add(new Cidr(new Ip(4, 0x0a00_0000n), bits), 1, line + 2);
    assert.deepEqual(list.sort(), { first: 2, second: 4 });
  });
});

/** Labels are places in the list, from 1 on. */
function finder(all: readonly Cidr[]): (address: Ip) => number {
  const lists = { 4: new PrefixList(all.length), 6: new PrefixList(all.length) };
  for (const [index, prefix] of all.entries()) lists[prefix.ip.family].add(prefix, index + 1, index);
  for (const list of Object.values(lists)) assert.equal(list.sort(), undefined);
  const trie = buildTrie(lists[4], lists[6]);
  return ({ family, value }) => {
    const bytes = Buffer.from(value.toString(16).padStart(WIDTH[family] / 4, '0'), 'hex');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return findLabel(trie.nodes, family === 4 ? trie.ipv4 : trie.ipv6, view, 0);
  };
}
