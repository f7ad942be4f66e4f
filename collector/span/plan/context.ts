/** What the records of a packet share, set once a packet and read by the plans. */
import { Device } from '../../devices/device.ts';
import type { DeviceState } from '../../devices/device-state.ts';
import { type ConfiguredRates, SamplingRates } from '../../devices/sampling-rates.ts';
import type { Networks } from '../../networks/table.ts';
import { type ExporterAttributes, NO_ATTRIBUTES } from '../exporter-attributes.ts';
import type { IdSource } from '../ids.ts';
import { MAX_AHEAD_MS, MIN_CLOCK_MS } from './times.ts';

/** Flow times further than this before the packet's Export Time are absurd. */
const MAX_BEHIND_MS = 366 * 24 * 3_600_000;

export class PlanContext {
  readonly ids: IdSource;
  /** Trace id (4 words) and span id of the root (2 words). */
  readonly trace = new Int32Array(6);
  /** Reception: whole Unix milliseconds and the nanoseconds beyond. */
  receivedMs = 0;
  receivedNs = 0;
  /** The packet's Export Time, or its reception when that is absurd; whole Unix milliseconds. */
  exportMs = 0;
  /** Flow times outside these are absurd; Unix milliseconds. */
  minTimeMs = 0;
  maxTimeMs = 0;
  /** The packet's sequence number; -1 when its version has none. */
  sequence = -1;
  /** What spans say of the exporter. */
  exporter: ExporterAttributes = NO_ATTRIBUTES;
  /** Names of networks; undefined while there are none. */
  networks: Networks | undefined;
  /** The exporter's uptime when it sent the packet, in milliseconds. */
  sysUptime = 0;
  /** When the exporter was started, by options data; Unix milliseconds, NaN when unknown. */
  systemInitMs = Number.NaN;
  /** Sampling interval of the packet's header; 0 when it has none. */
  samplingInterval = 0;
  /** How the packet's header says that it samples; 0 for not at all. */
  samplingMode = 0;
  /** What is known of the device; undefined when nothing is. */
  device: Device | undefined;
  /** Rates that flows may have by what is known of their device; undefined when nothing is. */
  rates: SamplingRates | undefined;
  /** What is configured for the exporter. */
  configuredRates: ConfiguredRates | undefined;
  readonly #device = new Device();
  readonly #rates = new SamplingRates(this.#device);
  /** Where the record of variable length that was encoded last ends. */
  next = 0;
  /** Fields that say with which probability the flow was sampled; read by plans that are made for it. */
  mark: Uint8Array = new Uint8Array();
  /** Flows that did not get their own times since this was last set to 0. */
  timesReplaced = 0;
  /** Flows of exporters that sample, without a known rate, since this was last set to 0. */
  unratedFlows = 0;

  constructor(ids: IdSource) {
    this.ids = ids;
  }

  /** Sets the times that flow times are judged by: reception, and the Export Time that the packet states. */
  setTimes(receivedMs: number, exportMs: number): void {
    this.receivedMs = Math.floor(receivedMs);
    this.receivedNs = Math.floor((receivedMs - this.receivedMs) * 1e6);
    const absurd = exportMs < MIN_CLOCK_MS || exportMs > receivedMs + MAX_AHEAD_MS;
    this.exportMs = absurd ? this.receivedMs : exportMs;
    this.minTimeMs = this.exportMs - MAX_BEHIND_MS;
    this.maxTimeMs = this.exportMs + MAX_AHEAD_MS;
  }

  /** Sets what is known of the device: by its domain, and by domain 0. Other values of the packet must be set before. */
  turnToDevice(own: DeviceState | undefined, whole: DeviceState | undefined): void {
    this.#device.turnTo(own, whole);
    this.device = this.#device.isKnown ? this.#device : undefined;
    this.systemInitMs = this.#device.find('boot', 0)?.ms ?? Number.NaN;
    this.#rates.turnTo(this.configuredRates, this.samplingInterval);
    this.rates = this.#rates.isKnown ? this.#rates : undefined;
  }
}
