import assert from 'node:assert/strict';
import { endianness } from 'node:os';
import { test } from 'node:test';
import { createLog } from '../../crds/common/log.ts';
import { type KernelSocket, matchKernelSockets, parseKernelSockets, readKernelSockets } from './kernel.ts';
import { openSockets } from './sockets.ts';
import { sendUnread } from './traffic.fixture.ts';

const every = { has: () => true };
const littleEndian = { skip: endianness() !== 'LE' };

/** As Linux 6.18 printed them. */
const UDP = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            
 1618: 0100007F:C0F7 0100007F:0009 01 00000000:00000000 00:00000000 00000000     0        0 24902 2 00000000649cca58 0         
 9927: 00000000:A16C 00000000:0000 07 00000000:000FFF00 00:00000000 00000000 65534        0 56155 2 000000008957328c 14661     
`;
const UDP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  435: 00000000000000000000000000000000:BC58 00000000000000000000000000000000:0000 07 00000000:00000340 00:00000000 00000000     0        0 24888 2 00000000b98d5cb0 3
 7733: 00000000000000000000000001000000:98DA 00000000000000000000000001000000:0009 01 00000000:00000000 00:00000000 00000000     0        0 24883 2 0000000005b03df5 0
 1733: 0000000000000000FFFF00000100007F:9085 0000000000000000FFFF00000100007F:0009 01 00000000:00000000 00:00000000 00000000     0        0 31000 2 0000000005b03df5 0
 2733: B80D0120000000000000000067452301:FFFF 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 4294967295 2 0000000005b03df5 4294967295
`;

test('reads the tables of the kernel', littleEndian, () => {
  assert.deepEqual(parseKernelSockets(UDP, every), [
    { address: '127.0.0.1', port: 49_399, inode: 24_902, queuedBytes: 0, drops: 0 },
    { address: '0.0.0.0', port: 41_324, inode: 56_155, queuedBytes: 1_048_320, drops: 14_661 },
  ]);
  assert.deepEqual(parseKernelSockets(UDP6, every), [
    { address: '::', port: 48_216, inode: 24_888, queuedBytes: 832, drops: 3 },
    { address: '::1', port: 39_130, inode: 24_883, queuedBytes: 0, drops: 0 },
    { address: '::ffff:127.0.0.1', port: 36_997, inode: 31_000, queuedBytes: 0, drops: 0 },
    { address: '2001:db8::123:4567', port: 65_535, inode: 4_294_967_295, queuedBytes: 0, drops: 4_294_967_295 },
  ]);
});

test('keeps to the inodes asked for, and skips what is no line of a socket', () => {
  assert.deepEqual(
    parseKernelSockets(UDP, new Set([56_155])).map(({ inode }) => inode),
    [56_155],
  );
  for (const text of ['', '\n\n', UDP.slice(0, 300), '  1: 7F:1 0:0 07 0:0', 'no table', '\0'.repeat(100)]) {
    assert.deepEqual(parseKernelSockets(text, new Set([56_155])), []);
  }
});

test('sockets that share a port are told apart by address, and by the order they were opened', () => {
  const kernel = (inode: number, address: string, port: number): KernelSocket => ({
    ...{ inode, address, port },
    ...{ queuedBytes: 0, drops: 0 },
  });
  const opened = [
    ...[
      { address: '10.0.0.1', port: 2055 },
      { address: 'fe80::1%eth0', port: 2055 },
      { address: '::', port: 4739 },
    ],
    ...[
      { address: '10.0.0.1', port: 2055 },
      { address: 'fe80::1%eth0', port: 2055 },
      { address: '::', port: 9995 },
    ],
  ];
  const sockets = [
    ...[kernel(1, '10.0.0.1', 2055), kernel(2, 'fe80::1', 2055), kernel(3, '::', 4739)],
    ...[kernel(4, '10.0.0.1', 2055), kernel(5, 'fe80::1', 2055), kernel(6, '::', 50_000)],
  ];
  assert.deepEqual(
    matchKernelSockets(opened, sockets).map((socket) => socket?.inode),
    [1, 2, 3, 4, 5, undefined],
  );
});

test('what the kernel dropped is what was sent and not read', { skip: process.platform !== 'linux' }, async () => {
  let read = 0;
  const { sockets, stop } = await openSockets({
    listeners: [{ name: 'netflow', host: '::', port: 0 }],
    receiveBuffer: 4_096,
    exclusive: true,
    onPacket: () => read++,
    log: createLog('error'),
  });
  const [{ port }] = sockets;
  const count = 5_000;
  sendUnread({ host: '127.0.0.1', port, sources: 4, burst: 100, count, bytes: 1_400 });
  const own = () => readKernelSockets()!.filter((socket) => socket.port === port);
  const [{ address, queuedBytes, drops }] = own();
  assert.equal(address, '::');
  assert.ok(queuedBytes > 0);
  await stop(5_000);
  assert.ok(drops > 0);
  assert.equal(drops, count - read);
  assert.deepEqual(own(), []);
});
