/**
 * How far the clock of a device is from ours. In: when packets were received, what their headers say of their export
 * and, but for IPFIX, of the device's uptime. Out: the offset.
 *
 * A packet's reception less its Export Time is the offset plus the time it was under way. The least of many is the
 * offset, but for the shortest way and the fraction of a second that most headers leave out: below a second. So late
 * packets don't move it, and the first packet tells it already.
 */

/** An offset is the least of this many packets and this much time at least, and of twice as many at most. */
const WINDOW_PACKETS = 32;
const WINDOW_MS = 60_000;
/** What the time since its start may differ by, for a device whose clock nobody has set. */
const MAX_DRIFT_MS = 5_000;
/** Packets that are later than others by more than this tell of a clock that was set back, if they go on so. */
const MAX_LATE_MS = 5_000;
/** Equally late to this, so many of them, exported over so much time: packets that piled up are not equally late. */
const EQUALLY_LATE_MS = 1_500;
const LATE_PACKETS = 10;
const LATE_OVER_MS = 10_000;
/** No packet is under way for so long. */
const MAX_UNDER_WAY_MS = 3_600_000;

/** What many packets told; of one there is none, since there are many devices that have sent one. */
class Window {
  least: number;
  /** Of the window before. */
  leastBefore = Number.POSITIVE_INFINITY;
  start: number;
  packets = 1;
  /** The first of late packets that may go on so: how late, when it was exported; and how many there were. */
  late = { offset: 0, exportMs: 0, packets: 0 };

  constructor(least: number, start: number) {
    this.least = least;
    this.start = start;
  }
}

export class DeviceClock {
  #offset = Number.NaN;
  /** When the device was started, by its own clock, modulo 2³² ms; undefined when its headers don't tell. */
  #started: number | undefined;
  #window: Window | undefined;

  /**
   * What must be added to times of the device, in milliseconds, to get those of our clock; NaN before its first packet.
   */
  get offsetMs(): number {
    return this.#offset;
  }

  /**
   * Takes note of a packet: of its reception, by a clock of ours that nobody sets, and of its header; `uptime` is -1
   * where that does not tell it. All in milliseconds.
   */
  observe(receivedMs: number, exportMs: number, uptime: number): void {
    const offset = receivedMs - exportMs;
    const wasSet = uptime < 0 ? this.#staysLate(offset, exportMs) : this.#hasOtherStart(exportMs, uptime);
    if (wasSet || Number.isNaN(this.#offset)) {
      this.#offset = offset;
      this.#window = undefined;
      return;
    }
    this.#window ??= new Window(this.#offset, receivedMs);
    const window = this.#window;
    if (window.packets >= WINDOW_PACKETS && receivedMs - window.start >= WINDOW_MS) {
      window.leastBefore = window.least;
      window.least = offset;
      window.start = receivedMs;
      window.packets = 0;
    }
    window.packets++;
    window.least = Math.min(window.least, offset);
    this.#offset = Math.min(window.least, window.leastBefore);
  }

  /** Whether the device's clock was set, or the device started anew, since the packet before; by its uptime. */
  #hasOtherStart(exportMs: number, uptime: number): boolean {
    const started = (exportMs - uptime) | 0;
    const drift = Math.abs((started - (this.#started ?? started)) | 0);
    this.#started = started;
    return drift > MAX_DRIFT_MS;
  }

  /** Whether its clock was set back, where no uptime tells: packets are late, and stay so. */
  #staysLate(offset: number, exportMs: number): boolean {
    const late = offset - this.#offset;
    if (late > MAX_UNDER_WAY_MS) return true;
    const first = this.#window?.late;
    if (!first) return false;
    if (!(late > MAX_LATE_MS)) {
      first.packets = 0;
    } else if (first.packets === 0 || Math.abs(offset - first.offset) > EQUALLY_LATE_MS) {
      Object.assign(first, { offset, exportMs, packets: 1 });
    } else {
      first.packets++;
    }
    return first.packets >= LATE_PACKETS && exportMs - first.exportMs >= LATE_OVER_MS;
  }
}
