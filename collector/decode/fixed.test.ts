import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHarness, hex, NOW, NOW_SECONDS } from '../pipeline/pipeline.fixture.ts';

/** Uptime 100 s, half a second after reception's second. */
const CLOCK = `000186a0 ${NOW_SECONDS.toString(16)} 1dcd6500`;
/** Addresses, next hop, interfaces, packets, octets, first and last switched at 90 and 99 s, ports. */
const COMMON = '0a000001 c0000202 0a0000fe 0001 0002 00000003 00000bb8 00015f90 000182b8 c350 01bb';
const ATTRIBUTES = {
  'netflow.exporter.address': '10.0.0.1',
  'client.address': '10.0.0.1',
  'server.address': '192.0.2.2',
  'server.port': 443n,
  'source.address': '10.0.0.1',
  'destination.address': '192.0.2.2',
  'netflow.next_hop.address': '10.0.0.254',
  'netflow.interface.ingress.index': 1n,
  'netflow.interface.egress.index': 2n,
  'flow.packets.delta': 3n,
  'flow.bytes.delta': 3_000n,
  'source.port': 50_000n,
  'destination.port': 443n,
  'network.type': 'ipv4',
  'network.transport': 'tcp',
  'flow.direction': 'forward',
  'flow.tcp.flags.bits': 27n,
  'flow.ip.dscp.id': 46n,
};
const ROUTING = {
  'source.as.number': 65_001n,
  'destination.as.number': 65_002n,
  'source.prefix.length': 24n,
  'destination.prefix.length': 16n,
};

for (const [name, packet, attributes] of [
  ['v1', `0001 0001 ${CLOCK} ${COMMON} 0000 06 b8 1b 0000000000000000000000`, ATTRIBUTES],
  ['v1 of softflowd, four bytes short', `0001 0001 ${CLOCK} ${COMMON} 0000 06 b8 1b 00000000000000`, ATTRIBUTES],
  [
    'v5',
    `0005 0001 ${CLOCK} 00000000 0000 4064 ${COMMON} 00 1b 06 b8 fde9 fdea 18 10 0000`,
    { ...ATTRIBUTES, ...ROUTING, 'flow.sampling.interval': 100n },
  ],
  [
    'v7',
    `0007 0001 ${CLOCK} 00000000 00000000 ${COMMON} 00 1b 06 b8 fde9 fdea 18 10 0000 0a0000fd`,
    { ...ATTRIBUTES, ...ROUTING, 'netflow.ipv4RouterSc': '10.0.0.253' },
  ],
] as const) {
  test(`${name}: every field of a record`, () => {
    const { receive, flows } = createHarness();
    receive(hex(packet));
    const [flow] = flows();
    assert.deepEqual(flow.attributes, attributes);
    assert.equal(flow.name, 'flow_ipv4_tcp');
    const since = (time: bigint): bigint => time / 1_000_000n - BigInt(NOW);
    assert.deepEqual([since(flow.startTimeUnixNano), since(flow.endTimeUnixNano)], [500n - 10_000n, 500n - 1_000n]);
  });
}

for (const [version, header, length] of [
  [1, 16, 52],
  [5, 24, 48],
  [7, 24, 52],
] as const) {
  test(`v${version}: as many flows as its count says, whatever follows`, () => {
    const { receive, flows, count } = createHarness();
    const packet = Buffer.alloc(header + 3 * length);
    packet.set([0, version, 0, 2]);
    receive(packet);
    assert.deepEqual([flows().length, count('packetErrors.malformed')], [2, 0]);
    receive(packet.subarray(0, header + 2 * length - 1));
    assert.deepEqual([flows().length, count('packetErrors.malformed')], [2, 1]);
  });
}
