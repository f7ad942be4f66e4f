/**
 * What the kernel says of this process's UDP sockets, in /proc/net/udp and /proc/net/udp6 (proc_pid_net(5)): bytes that
 * wait to be read, and datagrams it dropped because the receive buffer was full. Works from any thread for all.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { SocketAddress } from 'node:net';
import { endianness } from 'node:os';
import { normalizeAddress } from './sources.ts';

export type KernelSocket = {
  address: string;
  port: number;
  /** Names the socket as long as it is open; of two sockets the one opened later has the higher number. */
  inode: number;
  /** Memory of the queued datagrams, in bytes, with the kernel's overhead. */
  queuedBytes: number;
  /** Datagrams dropped since the socket was opened. */
  drops: number;
};

/** sl: local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ref pointer drops */
const LINE =
  /^ *\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) \S+ \S+ [0-9A-F]+:([0-9A-F]+) \S+ +\S+ +\d+ +\d+ +(\d+) \d+ \S+ +(\d+)/gm;

/** The sockets in the text of /proc/net/udp or udp6 whose inode is among `inodes`. Other lines are skipped. */
export function parseKernelSockets(text: string, inodes: { has(inode: number): boolean }): KernelSocket[] {
  const sockets: KernelSocket[] = [];
  for (const [, address, port, queued, inode, drops] of text.matchAll(LINE)) {
    if (!inodes.has(Number(inode))) continue;
    sockets.push({
      address: decodeAddress(address),
      port: Number.parseInt(port, 16),
      inode: Number(inode),
      queuedBytes: Number.parseInt(queued, 16),
      drops: Number(drops),
    });
  }
  return sockets;
}

/** The UDP sockets this process has open, in the order they were opened; undefined where there is no /proc. */
export function readKernelSockets(): KernelSocket[] | undefined {
  try {
    const inodes = socketInodes();
    return ['/proc/self/net/udp', '/proc/self/net/udp6']
      .flatMap((path) => parseKernelSockets(readTable(path), inodes))
      .sort((a, b) => a.inode - b.inode);
  } catch {
    return undefined;
  }
}

/**
 * What the kernel says of each of these sockets of this process, which are in the order they were opened. Workers share
 * address and port, so it is that order that tells their sockets apart.
 */
export function matchKernelSockets(
  opened: readonly { address: string; port: number }[],
  sockets: readonly KernelSocket[],
): (KernelSocket | undefined)[] {
  const keyOf = ({ address, port }: { address: string; port: number }): string =>
    `${normalizeAddress(address)} ${port}`;
  const waiting = Map.groupBy(sockets, keyOf);
  return opened.map((socket) => waiting.get(keyOf(socket))?.shift());
}

/** Inodes of all sockets this process has open, of whatever kind. */
function socketInodes(): Set<number> {
  const inodes = new Set<number>();
  for (const fd of readdirSync('/proc/self/fd')) {
    const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/self/fd/${fd}`));
    if (inode) inodes.add(Number(inode[1]));
  }
  return inodes;
}

/** A file descriptor may be closed between being listed and being read. */
function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** There is no udp6 on a kernel without IPv6. */
function readTable(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Addresses are printed as 32-bit words in the host's byte order. */
function decodeAddress(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  if (endianness() === 'LE') bytes.swap32();
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}
