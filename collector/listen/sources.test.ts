import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowedSources, normalizeAddress } from './sources.ts';

test('an exporter has one address, however its socket spells it', () => {
  for (const [address, expected] of [
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::1', '::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:0:1', '::ffff:0:1'],
    ['', ''],
  ]) {
    assert.equal(normalizeAddress(address), expected);
  }
});

test('sources are allowed by address and prefix', () => {
  const cases: { cidrs: string[]; allowed: string[]; refused: string[] }[] = [
    { cidrs: [], allowed: ['10.0.0.1', '::1', '::ffff:10.0.0.1'], refused: [] },
    {
      cidrs: ['10.0.0.0/8'],
      allowed: ['10.0.0.0', '10.255.255.255', '::ffff:10.1.2.3'],
      refused: ['9.255.255.255', '11.0.0.0', '::1', '::10.0.0.1', '::ffff:11.0.0.1'],
    },
    { cidrs: ['192.0.2.7'], allowed: ['192.0.2.7', '::ffff:192.0.2.7'], refused: ['192.0.2.6', '192.0.2.8'] },
    { cidrs: ['2001:db8::/32'], allowed: ['2001:db8:ffff::1'], refused: ['2001:db9::', '32.1.13.184'] },
    { cidrs: ['2001:0DB8:0::1'], allowed: ['2001:db8::1'], refused: ['2001:db8::2'] },
    { cidrs: ['fe80::/10'], allowed: ['fe80::1%eth0', 'febf::1'], refused: ['fec0::1'] },
    { cidrs: ['0.0.0.0/0'], allowed: ['203.0.113.1', '::ffff:203.0.113.1'], refused: ['2001:db8::1'] },
    { cidrs: ['::/0'], allowed: ['2001:db8::1'], refused: ['203.0.113.1', '::ffff:203.0.113.1'] },
    { cidrs: ['::ffff:10.0.0.0/104'], allowed: ['10.1.2.3', '::ffff:10.1.2.3'], refused: ['11.0.0.1'] },
    { cidrs: ['::ffff:a00:1'], allowed: ['10.0.0.1'], refused: ['10.0.0.2'] },
    { cidrs: ['::ffff:0:0/95'], allowed: ['::fffe:0:1'], refused: ['2001:db8::1'] },
    { cidrs: ['10.0.0.0/8', '2001:db8::/32'], allowed: ['10.0.0.1', '2001:db8::1'], refused: ['192.0.2.1', '::1'] },
  ];
  for (const { cidrs, allowed, refused } of cases) {
    const isAllowed = allowedSources(cidrs);
    for (const address of allowed) assert.equal(isAllowed(address), true, `${address} in ${cidrs}`);
    for (const address of refused) assert.equal(isAllowed(address), false, `${address} not in ${cidrs}`);
  }
});
