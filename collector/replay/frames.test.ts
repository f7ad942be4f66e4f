import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Datagram, decodeFrame } from './frames.ts';
import { type Frame, readPcap } from './pcap.ts';

function capture(name: string): Frame[] {
  return [...readPcap(readFileSync(new URL(`testdata/${name}.pcap`, import.meta.url)))];
}

const [first] = capture('ethernet-nanoseconds');
const [ipv6] = capture('cooked2-ipv6');
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
    [72, 'not udp', 10, 'not udp'],
  );
});

test('names fragments and what the capture cut off', () => {
  const decoded = capture('fragments').map(decodeFrame);
  assert.deepEqual(
    decoded.map((each) => (typeof each === 'string' ? each : each.payload.toString())),
    ['cut off', 'not export', 'fragment', 'fragment', 'fragment'],
  );
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
  assert.deepEqual(decodeFrame(frame(229, ipv6.data.subarray(20))), decodeFrame(ipv6), 'raw IPv6');
});

test('no cut of a frame is an error', () => {
  for (const { linkType, data } of [...capture('ethernet'), ...capture('ipv6-options'), ...capture('cooked')]) {
    for (let length = 0; length < data.length; length++) {
      assert.equal(typeof decodeFrame({ time: 0, linkType, data: data.subarray(0, length) }), 'string');
    }
  }
});

test('passes over ARP and link types it does not know', () => {
  assert.equal(decodeFrame(frame(1, '0200000000010200000000ff', '0806', ipv4Packet)), 'not udp');
  assert.equal(decodeFrame(frame(147, ipv4Packet)), 'not udp');
});
