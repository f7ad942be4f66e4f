/**
 * How far an exporter's clock is from ours, from all packets that it has sent: what docs/spans.md says, step by step.
 */
import type { Header } from './packet.ts';

type Observation = { exported: number; late: number };

/** Of one observation domain. A window that no packet but the first has made has no start yet. */
export type ReferenceClock = {
  windows: { start: number | undefined; seen: Observation[] }[];
  started: number | undefined;
  late: Observation[];
};

export function createReferenceClock(): ReferenceClock {
  return { windows: [], started: undefined, late: [] };
}

/** Milliseconds that the clock is behind ours. */
export function offsetOf({ windows }: ReferenceClock): number {
  return Math.min(...windows.slice(-2).flatMap(({ seen }) => seen.map(({ late }) => late)));
}

/** Takes a packet that was received at `received`, in Unix milliseconds. */
export function observe(clock: ReferenceClock, header: Header, received: number): void {
  const exported = Number(header.exportTime / 1_000_000n);
  const packet = { exported, late: received - exported };
  const anew = header.sysUptime ? startedAnew(clock, exported - header.sysUptime) : wasSetBack(clock, packet);
  const window = clock.windows.at(-1);
  if (anew || !window) {
    clock.windows = [{ start: undefined, seen: [packet] }];
    clock.late = [];
    return;
  }
  window.start ??= received;
  if (window.seen.length >= 32 && received - window.start >= 60_000) {
    clock.windows.push({ start: received, seen: [packet] });
  } else {
    window.seen.push(packet);
  }
}

/** With an uptime: when the device was started is always the same by its clock, unless that was set. */
function startedAnew(clock: ReferenceClock, started: number): boolean {
  const before = clock.started;
  clock.started = started;
  if (before === undefined) return false;
  const drift = BigInt.asIntN(32, BigInt(started - before));
  return drift > 5_000n || drift < -5_000n;
}

/** Without: an hour late, or ten packets over ten seconds that are equally late. The second packet tells too little. */
function wasSetBack(clock: ReferenceClock, packet: Observation): boolean {
  const [window] = clock.windows;
  if (!window) return false;
  const later = packet.late - offsetOf(clock);
  if (later > 3_600_000) return true;
  if (clock.windows.length === 1 && window.seen.length === 1) return false;
  const [first] = clock.late;
  if (later <= 5_000) clock.late = [];
  else if (!first || Math.abs(packet.late - first.late) > 1_500) clock.late = [packet];
  else clock.late.push(packet);
  return clock.late.length >= 10 && packet.exported - clock.late[0].exported >= 10_000;
}
