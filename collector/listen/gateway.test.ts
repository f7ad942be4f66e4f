import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { endianness, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { containerGateway } from './gateway.ts';

/** As Linux writes them, on a machine of little-endian numbers. */
const ROUTES = [
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
  'eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
  'eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0',
  '',
].join('\n');

function rootWith(t: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'gateway-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

function eth0(ifindex: string, iflink: string, uevent = 'INTERFACE=eth0\nIFINDEX=2\n'): Record<string, string> {
  const folder = 'sys/class/net/eth0';
  return { [`${folder}/ifindex`]: `${ifindex}\n`, [`${folder}/iflink`]: `${iflink}\n`, [`${folder}/uevent`]: uevent };
}

suite('the gateway of a container', {
  skip: endianness() === 'BE' && 'the routes are those of another machine',
}, () => {
  const route = { 'proc/net/route': ROUTES };
  for (const [name, files, expected] of [
    ['is that of its default route, over a pair of virtual interfaces', { ...route, ...eth0('2', '17') }, '172.17.0.1'],
    ['is none on a machine of its own', { ...route, ...eth0('2', '2') }, undefined],
    ['is none over a VLAN', { ...route, ...eth0('5', '2', 'DEVTYPE=vlan\nINTERFACE=eth0\n') }, undefined],
    [
      'is none without a default route',
      { 'proc/net/route': ROUTES.replace(/^.*0003.*\n/m, ''), ...eth0('2', '17') },
      undefined,
    ],
    ['is not known where there is no /proc', {}, undefined],
  ] as const) {
    test(name, (t) => assert.equal(containerGateway(rootWith(t, files)), expected));
  }
});
