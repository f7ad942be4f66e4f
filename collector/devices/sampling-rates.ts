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
  #ofTemplate = 0;
  /** Whether any interface, or any line card, has a rate. */
  #byInterface = false;
  #byLineCard = false;

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
    const device = this.#device;
    const domain = device.find('rate of domain', 0)?.interval;
    this.#ofTemplate = device.findOwn('rate of template', template)?.interval ?? 0;
    this.#rest = domain || this.#ofHeader;
    this.#restUnnamed = domain || (device.commonRate ?? this.#ofHeader);
    this.#byInterface = device.has('rate of interface');
    this.#byLineCard = device.has('rate of line card');
  }

  /**
   * The rate of a flow; 0 when it is not known. `own` is what its record tells, 0 for nothing; the others are -1 where
   * it does not tell them. `name` is that of its sampler, `observed` the interface where it was seen, `other` its other
   * one.
   */
  of(
    own: number,
    selector: number,
    sampler: number,
    name: string,
    observed: number,
    other: number,
    lineCard: number,
  ): number {
    if (this.#configured !== undefined) {
      const forced = this.#configured.forced(observed, other);
      if (forced > 0) return forced;
    }
    if (own > 0) return own;
    let known: number;
    if (selector < 0 && sampler < 0 && name === '') known = this.#ofPart(observed, other, lineCard, this.#restUnnamed);
    else known = this.#ofSampler(selector, sampler, name) ?? this.#ofPart(observed, other, lineCard, this.#rest);
    return known > 0 || this.#configured === undefined ? known : this.#configured.default(observed, other);
  }

  /** 0 for a sampler that was not described; undefined when the flow has none. */
  #ofSampler(selector: number, sampler: number, name: string): number | undefined {
    const device = this.#device;
    const fact =
      (selector < 0 ? undefined : device.find('rate of selector', selector)) ??
      (sampler < 0 ? undefined : device.find('rate of sampler', sampler)) ??
      (name === '' ? undefined : device.find('rate of sampler name', name));
    // Sampler 0 is none; one that was not described may have any rate.
    return fact?.interval ?? (selector > 0 || sampler > 0 || name !== '' ? 0 : undefined);
  }

  #ofPart(observed: number, other: number, lineCard: number, rest: number): number {
    const device = this.#device;
    if (this.#byInterface) {
      const ofObserved = device.find('rate of interface', observed)?.interval;
      const ofInterface = ofObserved || device.find('rate of interface', other)?.interval;
      if (ofInterface) return ofInterface;
    }
    if (this.#ofTemplate > 0) return this.#ofTemplate;
    const ofLineCard = this.#byLineCard ? device.find('rate of line card', lineCard)?.interval : undefined;
    return ofLineCard || rest;
  }
}
