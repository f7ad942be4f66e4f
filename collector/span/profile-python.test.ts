/** Profile `python`: names of the Python program, as its guide and its source have them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spanOf } from './record.fixture.ts';

const spans = { profile: 'python' as const };

test('a flow of TCP has what the Python program gave it', () => {
  const record = [
    ...['8 0a010203', '12 0a090807', '7 c948', '11 01bb', '4 06', '5 b8', '6 1b'],
    ...['1 00003039', '2 0000000b', '10 0003', '14 0004', '16 0000fde9', '17 0000fdea', '9 18', '13 10', '15 0a000001'],
  ];
  const { attributes } = spanOf(record, { spans });
  assert.deepEqual(attributes, {
    'source.address': '10.1.2.3',
    'source.port': 51_528n,
    'destination.address': '10.9.8.7',
    'destination.port': 443n,
    'client.address': '10.1.2.3',
    'client.port': 51_528n,
    'server.address': '10.9.8.7',
    'server.port': 443n,
    'network.peer.address': '10.9.8.7',
    'network.peer.port': 443n,
    'network.type': 'ipv4',
    'network.transport': 'tcp',
    'network.protocol.name': 'tcp',
    'network.protocol.number': 6n,
    'flow.bytes': 12_345n,
    'flow.packets': 11n,
    'flow.tos': 0xb8n,
    'flow.tcp.flags': 0x1bn,
    'netflow.version': 10n,
    'netflow.exporter.address': '10.0.0.1',
    'netflow.interface.input': 3n,
    'netflow.interface.output': 4n,
    'netflow.src_as': 65_001n,
    'netflow.dst_as': 65_002n,
    'netflow.src_mask': 24n,
    'netflow.dst_mask': 16n,
    'netflow.nexthop': '10.0.0.1',
  });
});

test('the peer of a flow in IPv6 is its destination, by any protocol', () => {
  const addresses = ['27 20010db8000000000000000000000001', '28 20010db8000000000000000000000002'];
  const { attributes } = spanOf([...addresses, '4 3a', '85 05', '32 8000'], { spans });
  assert.equal(attributes['network.peer.address'], '2001:db8::2');
  assert.equal(attributes['network.peer.port'], undefined);
  assert.equal(attributes['network.protocol.name'], 'ipv6-icmp');
  assert.equal(attributes['network.protocol.number'], 58n);
  assert.equal(attributes['flow.bytes'], 5n);
  assert.equal(attributes['flow.icmp.type.id'], undefined);
});

test('no other profile has its names', () => {
  for (const profile of ['flow', 'full', 'minimal', 'netflowreceiver'] as const) {
    const { attributes } = spanOf(['8 0a010203', '12 0a090807', '4 06', '5 b8'], { spans: { profile } });
    for (const name of ['network.peer.address', 'network.protocol.name', 'flow.tos', 'netflow.version'])
      assert.equal(attributes[name], undefined, `${profile} ${name}`);
  }
});
