/** What the records of a packet share, set once a packet and read by the plans. */
import type { Template } from '../../decode/template.ts';
import { Device } from '../../devices/device.ts';
import type { DeviceState } from '../../devices/device-state.ts';
import { type ConfiguredRates, SamplingRates } from '../../devices/sampling-rates.ts';
import type { Networks } from '../../networks/table.ts';
import { type ExporterAttributes, NO_ATTRIBUTES } from '../exporter-attributes.ts';
import type { IdSource } from '../ids.ts';
import type { Services } from '../services.ts';
import { TimeContext } from './time-context.ts';

/** Why a list of a record was not read to its end; reasons of the ledger. */
export type ListFault = 'list_malformed' | 'list_template_missing' | 'list_limit';

export type ListedTemplates = {
  /** The template that the packet's exporter has for records in lists. */
  of(id: number): Template | undefined;
  /** A template with its elements as user and exporter call them. */
  named(template: Template): Template;
};

export class PlanContext extends TimeContext {
  readonly ids: IdSource;
  /** Trace id (4 words) and span id of the root (2 words). */
  readonly trace = new Int32Array(6);
  /** The packet's sequence number; -1 when its version has none. */
  sequence = -1;
  /** What spans say of the exporter. */
  exporter: ExporterAttributes = NO_ATTRIBUTES;
  /** Names of networks; undefined while there are none. */
  networks: Networks | undefined;
  /** Between which services flows are; used by plans that are made for it. */
  services: Services | undefined;
  /** Whether the flow that was encoded last is one between services. */
  paired = false;
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
  /** Flows of exporters that sample, without a known rate, since this was last set to 0. */
  unratedFlows = 0;

  /** What is known of elements and templates in lists. */
  listed: ListedTemplates = { of: () => undefined, named: (template) => template };
  /** Records whose lists were not read to the end, by reason, since this was last set to undefined. */
  listFaults: Map<ListFault, number> | undefined;

  constructor(ids: IdSource) {
    super();
    this.ids = ids;
  }

  override withoutCounting(run: () => number): number {
    const { unratedFlows, listFaults } = this;
    this.listFaults = undefined;
    const end = super.withoutCounting(run);
    this.unratedFlows = unratedFlows;
    this.listFaults = listFaults;
    return end;
  }

  countListFault(fault: ListFault): void {
    this.listFaults ??= new Map();
    this.listFaults.set(fault, (this.listFaults.get(fault) ?? 0) + 1);
  }

  /**
   * Sets what is known of the device: by its domain, and by domain 0. Other values of the packet must be set before.
   */
  turnToDevice(own: DeviceState | undefined, whole: DeviceState | undefined): void {
    this.#device.turnTo(own, whole);
    this.device = this.#device.isKnown ? this.#device : undefined;
    this.setSystemInit(this.#device.find('boot', 0)?.ms ?? Number.NaN);
    this.#rates.turnTo(this.configuredRates, this.samplingInterval);
    this.rates = this.#rates.isKnown ? this.#rates : undefined;
  }
}
