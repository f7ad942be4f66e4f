/** Sends packets at their pace. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ToldVersion } from '../common/version-name.ts';
import type { ExportPacket } from './captures.ts';
import { createNumbering } from './numbering.ts';
import { versionOf } from './raw.ts';
import type { Sender } from './sender.ts';
import { createShifter } from './shift.ts';

export type Pace = {
  /** Packets per second; undefined to keep the gaps between the packets' own times. */
  rate: number | undefined;
  /** How many times everything is sent; may be Infinity. */
  rounds: number;
  shiftTimes: boolean;
};

/** What was sent; kept up to date while sending. */
export type Progress = {
  packets: number;
  bytes: number;
  /** Packets by version; 0 stands for what does not begin with a known one. */
  versions: Map<ToldVersion, number>;
};

/** Sends the packets. Ends early, without error, when `signal` aborts; rejects when the sender does. */
export async function replay(
  packets: readonly ExportPacket[],
  { rate, rounds, shiftTimes }: Pace,
  sender: Sender,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const shift = shiftTimes ? createShifter() : undefined;
  const number = rounds > 1 ? createNumbering() : undefined;
  for (let round = 0; round < rounds && !signal.aborted; round++) {
    const start = performance.now();
    let captureStart: number | undefined;
    for (const [index, packet] of packets.entries()) {
      captureStart ??= packet.time;
      const due =
        start + (rate === undefined ? (packet.time ?? captureStart ?? 0) - (captureStart ?? 0) : (index / rate) * 1000);
      await waitUntil(due, signal);
      if (signal.aborted) return;
      let { payload } = packet;
      if (shift) payload = shift(packet, Date.now());
      if (number) payload = number({ ...packet, payload }, round);
      await sender.send(payload, packet.source);
      count(progress, payload);
    }
    if (rate !== undefined) await waitUntil(start + (packets.length / rate) * 1000, signal);
  }
}

async function waitUntil(due: number, signal: AbortSignal): Promise<void> {
  const wait = due - performance.now();
  // Timers are no finer than this; what is due within it goes now.
  if (wait > 1) await sleep(wait, undefined, { signal }).catch(() => {});
}

function count(progress: Progress, payload: Buffer): void {
  const version = versionOf(payload) ?? 0;
  progress.packets++;
  progress.bytes += payload.length;
  progress.versions.set(version, (progress.versions.get(version) ?? 0) + 1);
}
