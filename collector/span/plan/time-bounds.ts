/**
 * Which times of a device's flows can be, and by how much they are moved for their spans where its clock is wrong. In:
 * a packet's reception, what its header says of time, what is known of the clock; out: bounds and shifts, in whole
 * milliseconds, which plans compare and add.
 */
import { MIN_CLOCK_MS } from './times.ts';

/** A clock that is off by no more is left alone; no span ends further ahead of its packet's reception. */
const MAX_CLOCK_ERROR_MS = 5_000;
const DAY_MS = 24 * 3_600_000;
/** Flows are not older than this. */
export const MAX_AGE_MS = 366 * DAY_MS;
/** How far ahead a clock may be that is not corrected, and flows of its Export Time. */
export const MAX_AHEAD_MS = DAY_MS;
/** An uptime that is above its header's was before the wrap at 2³² ms, if it is no older than this. */
const MAX_AGE_OVER_WRAP_MS = DAY_MS;

/** For times of one kind, in Unix milliseconds by the device's clock. */
export class TimeBounds {
  minMs = 0;
  maxMs = 0;
  /** What is to be added: milliseconds, and nanoseconds below a millisecond. Both are 0 while the clock is right. */
  shiftMs = 0;
  shiftNs = 0;
}

/** What the header of a packet says of time, in milliseconds; `sysUptime` is 0 where it does not say. */
export type HeaderTimes = { version: number; exportMs: number; sysUptime: number };

/** The bounds of all kinds of times. */
export type AllBounds = {
  /** Times by the device's clock. */
  absolute: TimeBounds;
  /** Times that count from the header's uptime or Export Time. */
  relative: TimeBounds;
  /** Absolute times that are right although the header's is wrong; none while that is right. */
  uncorrected: TimeBounds;
};

/**
 * Sets the bounds for a packet; returns the Export Time that relative times are counted from. `receivedMs` is whole
 * milliseconds, `receivedNs` what is beyond.
 */
export function setTimeBounds(
  { absolute, relative, uncorrected }: AllBounds,
  header: HeaderTimes,
  receivedMs: number,
  receivedNs: number,
  offsetMs: number | undefined,
): number {
  let { exportMs } = header;
  const isWrong = offsetMs !== undefined && Math.abs(offsetMs) > MAX_CLOCK_ERROR_MS;
  absolute.shiftMs = isWrong ? Math.floor(offsetMs) : 0;
  relative.shiftMs = isWrong ? receivedMs - exportMs : 0;
  relative.shiftNs = isWrong ? receivedNs : 0;
  if (offsetMs === undefined) {
    // A clock that nobody has set tells nothing, also where it is to be believed.
    if (exportMs < MIN_CLOCK_MS || exportMs > receivedMs + MAX_AHEAD_MS) exportMs = receivedMs;
    absolute.minMs = relative.minMs = exportMs - MAX_AGE_MS;
    absolute.maxMs = relative.maxMs = exportMs + MAX_AHEAD_MS;
  } else {
    for (const bounds of [absolute, relative]) {
      bounds.minMs = receivedMs - bounds.shiftMs - MAX_AGE_MS;
      bounds.maxMs = receivedMs - bounds.shiftMs + MAX_CLOCK_ERROR_MS;
    }
  }
  const { version, sysUptime } = header;
  if (version !== 10) relative.minMs = exportMs - Math.max(sysUptime, MAX_AGE_OVER_WRAP_MS);
  uncorrected.minMs = receivedMs - MAX_AGE_MS;
  uncorrected.maxMs = isWrong ? receivedMs + MAX_CLOCK_ERROR_MS : 0;
  // 0 stands for a time that is not told.
  absolute.minMs = Math.max(1, absolute.minMs);
  return exportMs;
}

/** No flow is from before its device was started. */
export function startAfter(bounds: TimeBounds, startedMs: number): void {
  const earliest = startedMs - MAX_CLOCK_ERROR_MS;
  if (earliest > bounds.minMs && startedMs <= bounds.maxMs) bounds.minMs = earliest;
}
