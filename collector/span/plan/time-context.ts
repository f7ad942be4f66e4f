/** What the flow times of a packet are read and judged by, and what became of the last that were not plain. */
import { Lateness } from '../../ledger/lateness.ts';
import { type AllBounds, type HeaderTimes, setTimeBounds, startAfter, TimeBounds } from './time-bounds.ts';

const NS_PER_MS = 1_000_000n;
/** For flows that are counted elsewhere. */
const NOT_COUNTED = new Lateness();

class ResolvedTimes {
  startMs = 0;
  startNs = 0;
  endMs = 0;
  endNs = 0;
  /** When the flow ended, whatever its span says; when it was received, if that is not known. */
  flowEndMs = 0;
  /** As they were exported, in nanoseconds; undefined where they were not. */
  own: readonly [start: bigint, end: bigint] | undefined;

  /** Takes the times of a span, in nanoseconds. */
  set(start: bigint, end: bigint, own: ResolvedTimes['own']): void {
    this.startMs = Number(start / NS_PER_MS);
    this.startNs = Number(start % NS_PER_MS);
    this.endMs = Number(end / NS_PER_MS);
    this.endNs = Number(end % NS_PER_MS);
    this.own = own;
  }
}

export class TimeContext implements AllBounds {
  /** Reception: whole Unix milliseconds and the nanoseconds beyond. */
  receivedMs = 0;
  receivedNs = 0;
  /** Unix milliseconds that relative times are counted from: the packet's Export Time, if that is not absurd. */
  exportMs = 0;
  readonly absolute = new TimeBounds();
  readonly relative = new TimeBounds();
  readonly uncorrected = new TimeBounds();
  /** The exporter's uptime when it sent the packet, in milliseconds. */
  sysUptime = 0;
  /** When the exporter was started, by options data; Unix milliseconds, NaN when unknown. */
  systemInitMs = Number.NaN;
  /** Flows that did not get their own times since this was last set to 0. */
  timesReplaced = 0;
  /** Of flows with times, since it was last cleared. */
  lateness = new Lateness();
  /** Of the last flow that had to be resolved. */
  readonly times = new ResolvedTimes();

  /** Runs a plan whose flows are counted elsewhere; returns what it does. */
  withoutCounting(run: () => number): number {
    const { timesReplaced, lateness } = this;
    this.lateness = NOT_COUNTED;
    const end = run();
    this.timesReplaced = timesReplaced;
    this.lateness = lateness;
    return end;
  }

  /**
   * Makes a packet the one that flows are of: its reception in Unix milliseconds, its header, and `offsetMs`, by how
   * much the device's clock is behind ours; undefined where it is to be believed as it is.
   */
  setTimes(receivedMs: number, header: HeaderTimes, offsetMs: number | undefined): void {
    this.receivedMs = Math.floor(receivedMs);
    this.receivedNs = Math.floor((receivedMs - this.receivedMs) * 1e6);
    this.sysUptime = header.sysUptime;
    this.exportMs = setTimeBounds(this, header, this.receivedMs, this.receivedNs, offsetMs);
  }

  /** Takes when the device was started, by options data; NaN when that is not known. To be called after `setTimes`. */
  setSystemInit(ms: number): void {
    this.systemInitMs = ms;
    startAfter(this.absolute, ms);
  }
}
