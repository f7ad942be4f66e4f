/** What is known of the device that the records at hand are of. */
import type { DeviceState } from './device-state.ts';
import type { Fact, FactId, FactKind } from './facts.ts';

const NO_NAMES = {};

export class Device {
  #own: DeviceState | undefined;
  #whole: DeviceState | undefined;
  /** Another object whenever other names may be known. */
  names: object = NO_NAMES;
  /** Another object whenever something else may be known of elements; undefined when nothing is. */
  elements: object | undefined;
  readonly #names = new Together();
  readonly #elements = new Together();

  /** Makes these known of the device: what its domain told, and what domain 0, the whole exporter (RFC 7011 §3.1). */
  turnTo(own: DeviceState | undefined, whole: DeviceState | undefined): void {
    this.#own = own;
    this.#whole = whole === own ? undefined : whole;
    this.names = this.#names.of(this.#own?.names, this.#whole?.names) ?? NO_NAMES;
    this.elements = this.#elements.of(this.#own?.elements, this.#whole?.elements);
  }

  get isKnown(): boolean {
    return this.#own !== undefined || this.#whole !== undefined;
  }

  has(kind: FactKind): boolean {
    return this.#own?.has(kind) === true || this.#whole?.has(kind) === true;
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

/** One object for what stands for something of a domain and what stands for the same of the whole exporter. */
class Together {
  /** By the domain's: the whole exporter's that it was seen with last. */
  readonly #both = new WeakMap<object, { whole: object; both: object }>();

  of(own: object | undefined, whole: object | undefined): object | undefined {
    if (!own || !whole) return own ?? whole;
    let known = this.#both.get(own);
    if (known?.whole !== whole) {
      known = { whole, both: {} };
      this.#both.set(own, known);
    }
    return known.both;
  }
}
