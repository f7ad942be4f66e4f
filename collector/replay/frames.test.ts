import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ethernet, ipv4, ipv6, label, pppoe, udp, vxlan } from '../dissect/frames.fixture.ts';
import { AWAITED, type Datagram, FrameReader, type Skipped } from './frames.ts';
import { type Frame, readPcap } from './pcap.ts';

const decodeFrame = (frame: Frame): Datagram | Skipped => new FrameReader().read(frame);

function capture(name: string): Frame[] {
  return [...readPcap(readFileSync(new URL(`testdata/${name}.pcap`, import.meta.url)))];
}

const [first] = capture('ethernet-nanoseconds');
const [cookedIpv6] = capture('cooked2-ipv6');
const ipv4Packet = first.data.subarray(14);
const datagram = decodeFrame(first) as Datagram;

function frame(linkType: number, ...parts: (string | Buffer)[]): Frame {
  const data = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part)));
  return { time: 0, linkType, data };
}

for (const name of ['ethernet', 'ethernet-nanoseconds', 'cooked', 'cooked2-ipv6']) {
  test(`decodes ${name}`, () => {
    const [v5, other] = capture(name).map(decodeFrame) as Datagram[];
    const source = name === 'cooked2-ipv6' ? '2001:db8:0:0:0:0:0:1' : '127.0.0.1';
    assert.equal(v5.payload.length, 72);
    assert.equal(v5.payload.readUInt16BE(0), 5);
    assert.deepEqual(
      { ...v5, sourcePort: 0, payload: 0 },
      { source, sourcePort: 0, destinationPort: 9995, payload: 0 },
    );
    assert.equal(other.payload.toString(), 'not export');
    assert.equal(other.sourcePort, v5.sourcePort);
  });
}

test('walks IPv6 extension headers and passes over other protocols', () => {
  const decoded = capture('ipv6-options').map(decodeFrame);
  assert.deepEqual(
    decoded.map((each) => (typeof each === 'string' ? each : each.payload.length)),
    [72, 'that are not UDP', 10, 'that are not UDP'],
  );
});

const CUT = 'cut off by the capture';

test('names fragments and what the capture cut off', () => {
  const reader = new FrameReader();
  const decoded = capture('fragments').map((each) => reader.read(each));
  assert.deepEqual(
    decoded.map((each) => (typeof each === 'string' ? each : each.payload.toString())),
    [CUT, 'not export', CUT, CUT, AWAITED],
  );
  assert.equal(reader.fragments, 1);
});

test('finds the IP packet behind every link layer', () => {
  const mac = '0200000000010200000000ff';
  const cases: [string, Frame][] = [
    ['VLAN tag', frame(1, mac, '8100', '0007', '0800', ipv4Packet)],
    ['two VLAN tags', frame(1, mac, '88a8', '0064', '8100', '0007', '0800', ipv4Packet)],
    ['VLAN tag, Linux cooked', frame(113, '0000000100060200000000010000', '8100', '00070800', ipv4Packet)],
    ['Ethernet padding', frame(1, mac, '0800', ipv4Packet, '00000000')],
    ['BSD loopback, little endian', frame(0, '02000000', ipv4Packet)],
    ['OpenBSD loopback', frame(108, '00000002', ipv4Packet)],
    ['raw IP', frame(101, ipv4Packet)],
    ['raw IPv4', frame(228, ipv4Packet)],
  ];
  for (const [name, each] of cases) assert.deepEqual(decodeFrame(each), datagram, name);
  assert.deepEqual(decodeFrame(frame(229, cookedIpv6.data.subarray(20))), decodeFrame(cookedIpv6), 'raw IPv6');
});

test('no cut of a frame is an error', () => {
  for (const { linkType, data } of [...capture('ethernet'), ...capture('ipv6-options'), ...capture('cooked')]) {
    for (let length = 0; length < data.length; length++) {
      assert.equal(typeof decodeFrame({ time: 0, linkType, data: data.subarray(0, length) }), 'string');
    }
  }
});

test('passes over ARP and link types it does not know', () => {
  assert.equal(decodeFrame(frame(1, '0200000000010200000000ff', '0806', ipv4Packet)), 'that are not IP');
  assert.equal(decodeFrame(frame(147, ipv4Packet)), 'of link type 147, which is not known');
});

const V5 = Buffer.alloc(72);
V5.writeUInt32BE(0x0005_0001);
const UDP = udp(V5.toString('hex'), 2055);
const inner = ethernet('0800', ipv4(17, UDP), 2);

test('takes the datagram out of every kind of tunnel', () => {
  const cases: [string, string][] = [
    ['VXLAN', ethernet('0800', ipv4(17, vxlan(inner)))],
    ['GRE', ethernet('0800', ipv4(47, `00000800${ipv4(17, UDP)}`))],
    ['GRE of Ethernet', ethernet('86dd', ipv6(47, `00006558${inner}`))],
    ['PPPoE', ethernet('8864', pppoe('0021', ipv4(17, UDP)))],
    ['MPLS', ethernet('8847', label(16, true) + ipv4(17, UDP))],
    ['IP in IP', ethernet('0800', ipv4(4, ipv4(17, UDP)))],
  ];
  for (const [name, hex] of cases) {
    const { source, payload, destinationPort } = decodeFrame(frame(1, hex)) as Datagram;
    assert.deepEqual(
      { source, payload, destinationPort },
      { source: '192.0.2.1', payload: V5, destinationPort: 2055 },
      name,
    );
  }
});

/** The datagram in three fragments: of IPv4, or of IPv6. */
function fragmentsOf(version: 4 | 6): string[] {
  const parts = [UDP.slice(0, 64), UDP.slice(64, 128), UDP.slice(128)];
  return parts.map((part, index) => {
    const more = index < 2 ? 1 : 0;
    if (version === 4) return ethernet('0800', ipv4(17, part, { fragment: more * 0x2000 + index * 4 }));
    const field = (index * 32 + more).toString(16).padStart(4, '0');
    return ethernet('86dd', ipv6(44, `1100${field}00000009${part}`));
  });
}

for (const version of [4, 6] as const) {
  test(`puts fragments of IPv${version} together, in any order, one of them twice`, () => {
    const [one, two, three] = fragmentsOf(version).map((hex) => frame(1, hex));
    const reader = new FrameReader();
    assert.deepEqual(
      [three, one, one].map((each) => reader.read(each)),
      [AWAITED, AWAITED, AWAITED],
    );
    assert.equal(reader.fragments, 2);
    const { source, payload } = reader.read(two) as Datagram;
    assert.deepEqual([source, payload], [version === 4 ? '192.0.2.1' : '2001:db8:0:0:0:0:0:1', V5]);
    assert.equal(reader.fragments, 0);
  });
}

test('puts the fragments of a tunnel together', () => {
  const body = vxlan(inner);
  const parts = [body.slice(0, 96), body.slice(96)];
  const reader = new FrameReader();
  const [first, last] = parts.map((part, index) =>
    reader.read(frame(1, ethernet('0800', ipv4(17, part, { fragment: index === 0 ? 0x2000 : 6 })))),
  );
  assert.equal(first, AWAITED);
  assert.deepEqual((last as Datagram).payload, V5);
});

test('gives up the oldest fragments of too many', () => {
  const reader = new FrameReader();
  for (let id = 0; id < 3_000; id++) {
    assert.equal(reader.read(frame(1, ethernet('0800', ipv4(17, '00'.repeat(8), { fragment: 0x2000, id })))), AWAITED);
  }
  assert.equal(reader.fragments, 3_000);
});
