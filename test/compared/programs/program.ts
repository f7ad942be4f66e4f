/**
 * What the programs of others have in common: their versions, folders to work in, and packets that are sent to them.
 */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { udpSocket } from '../../bench/proc.ts';
import type { PrintedRecord } from '../figures.ts';
import type { Story } from '../variants.ts';

/** More than Node lets a child print of itself. */
export const MAX_OUTPUT = 2 ** 29;
/** Datagrams that are sent before the kernel is asked whether they were read. */
const BURST = 20;

/** Undefined where the program is not installed. */
export function versionIn(command: string, args: string[], pattern: RegExp): string | undefined {
  try {
    const output = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return pattern.exec(output)?.[1];
  } catch {
    return undefined;
  }
}

export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-compared-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Sends each story to a port of 127.0.0.1, from an address of its own, no faster than it is read. Resolves with the
 * number of datagrams when the last one was read.
 */
export async function send(stories: readonly Story[], port: number): Promise<number> {
  let sent = 0;
  for (const [index, story] of stories.entries()) {
    const socket = createSocket('udp4').bind(0, loopbackOf(index));
    await once(socket, 'listening');
    for (const bytes of story) {
      await new Promise((resolve) => socket.send(bytes, port, '127.0.0.1', resolve));
      if (++sent % BURST === 0) await isRead(port);
    }
    socket.close();
  }
  await isRead(port);
  if (udpSocket(port)?.dropped !== 0) throw new Error(`port ${port} lost packets`);
  return sent;
}

async function isRead(port: number): Promise<void> {
  while (udpSocket(port)?.queued) await sleep(1);
}

/** The address from which `send` sends a story. */
export function loopbackOf(index: number): string {
  return `127.1.${index >> 8}.${index & 255}`;
}

/**
 * The same datagrams of sFlow, from the agent at an IPv4 address: some programs tell agents, not who sent a datagram.
 */
export function fromAgent(story: Story, address: string): Story {
  return story.map((bytes) => {
    const copy = Buffer.from(bytes);
    if (copy.readUInt32BE(4) !== 1) throw new Error('the agent has no IPv4 address');
    copy.set(address.split('.').map(Number), 8);
    return copy;
  });
}

/** Records by the story that came from the address which they tell under a name. */
export function byExporter(
  records: readonly PrintedRecord[],
  name: string,
  addresses: readonly string[],
): PrintedRecord[][] {
  const stories = new Map<unknown, PrintedRecord[]>(addresses.map((address) => [address, []]));
  for (const record of records) stories.get(record[name])!.push(record);
  return [...stories.values()];
}

/** A file of a JSON object a line. */
export function readJsonLines(file: string): PrintedRecord[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter(Boolean).map((line) => JSON.parse(line));
}
