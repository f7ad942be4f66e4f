/** What is known of the device that the records at hand are of. */
import type { DeviceState } from './device-state.ts';
import type { Fact, FactId, FactKind } from './facts.ts';

export class Device {
  #own: DeviceState | undefined;
  #whole: DeviceState | undefined;

  /** Makes these known of the device: what its domain told, and what domain 0, the whole exporter (RFC 7011 §3.1). */
  turnTo(own: DeviceState | undefined, whole: DeviceState | undefined): void {
    this.#own = own;
    this.#whole = whole === own ? undefined : whole;
  }

  get isKnown(): boolean {
    return this.#own !== undefined || this.#whole !== undefined;
  }

  find<K extends FactKind>(kind: K, id: FactId): Extract<Fact, { kind: K }> | undefined {
    return this.#own?.find(kind, id) ?? this.#whole?.find(kind, id);
  }

  /** The same, for what other domains have others of. */
  findOwn<K extends FactKind>(kind: K, id: FactId): Extract<Fact, { kind: K }> | undefined {
    return this.#own?.find(kind, id);
  }

  /** The rate that all samplers have which the domain described, else all that the whole exporter did. */
  get commonRate(): number | undefined {
    return this.#own?.describesSamplers ? this.#own.commonRate : this.#whole?.commonRate;
  }
}
