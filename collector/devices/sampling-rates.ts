/**
 * How many packets one that was observed stands for, by what is known of the device and configured for it. README.md of
 * span/ has the order in which sources count.
 */
import type { Device } from './device.ts';

/** Rates of the configuration for one exporter, by the indexes of a flow's interfaces, -1 for none; 0: no rate. */
export type ConfiguredRates = {
  /** Wins over what the exporter tells. */
  forced(ingress: number, egress: number): number;
  /** For what the exporter tells nothing of. */
  default(ingress: number, egress: number): number;
};

export class SamplingRates {
  readonly #device: Device;
  #configured: ConfiguredRates | undefined;
  #ofHeader = 0;
  /** Of records that name no sampler, where no interface or line card has a rate; of those that name sampler 0. */
  #rest = 0;
  #restUnnamed = 0;
  #template = 0;

  constructor(device: Device) {
    this.#device = device;
  }

  /** Makes a packet the one that records are of; `ofHeader` is 0 when its header tells no rate. */
  turnTo(configured: ConfiguredRates | undefined, ofHeader: number): void {
    this.#configured = configured;
    this.#ofHeader = ofHeader;
  }

  /** Whether records may have a rate that they do not tell themselves. */
  get isKnown(): boolean {
    return this.#configured !== undefined || this.#device.isKnown;
  }

  /** The records that follow are of this template. */
  start(template: number): void {
    this.#template = template;
    const domain = this.#device.find('rate of domain', 0)?.interval;
    this.#rest = domain ?? this.#ofHeader;
    this.#restUnnamed = domain ?? this.#device.commonRate ?? this.#ofHeader;
  }

  /**
   * The rate of a flow; 0 when it is not known. `own` is what its record tells, 0 for nothing; the others are -1 where it
   * does not tell them. `name` is that of its sampler.
   */
  of(
    own: number,
    selector: number,
    sampler: number,
    name: string,
    ingress: number,
    egress: number,
    lineCard: number,
  ): number {
    const forced = this.#configured?.forced(ingress, egress) ?? 0;
    if (forced > 0) return forced;
    if (own > 0) return own;
    const known = this.#ofDevice(selector, sampler, name, ingress, egress, lineCard);
    return known > 0 ? known : (this.#configured?.default(ingress, egress) ?? 0);
  }

  #ofDevice(
    selector: number,
    sampler: number,
    name: string,
    ingress: number,
    egress: number,
    lineCard: number,
  ): number {
    const device = this.#device;
    if (selector >= 0 || sampler >= 0 || name !== '') {
      const named =
        device.find('rate of selector', selector) ??
        device.find('rate of sampler', sampler) ??
        (name === '' ? undefined : device.find('rate of sampler name', name));
      if (named) return named.interval;
      // Sampler 0 is none; one that was not described may have any rate.
      if (selector > 0 || sampler > 0 || name !== '') return 0;
    }
    const fact =
      device.find('rate of interface', ingress) ??
      device.find('rate of interface', egress) ??
      device.findOwn('rate of template', this.#template) ??
      device.find('rate of line card', lineCard);
    return fact?.interval ?? (selector < 0 && sampler < 0 ? this.#restUnnamed : this.#rest);
  }
}
