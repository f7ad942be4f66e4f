/**
 * Attributes that flows have by what is known of their device: names of interfaces, VRFs and applications. Those of one
 * thing are encoded once and then copied, as long as nothing else is told of it. Bench: test/bench/encode.ts.
 */
import type { JoinedKind, JoinedValue } from '../../crds/attributes/attribute.ts';
import type { Device } from '../devices/device.ts';
import type { Fact, FactId } from '../devices/facts.ts';
import { attribute } from '../otlp/protobuf-writer.ts';

/** One of the values that are told of a thing, and its name in spans. */
export type NamedValue = { value: JoinedValue; name: string };

/** Things that are remembered of a device, so that nothing has to be asked of it. */
const MAX_REMEMBERED = 16_384;
const NOTHING = new Uint8Array();

export class Join {
  readonly #kind: JoinedKind;
  readonly #attributes: readonly NamedValue[];
  readonly #encoded = new WeakMap<Fact, Uint8Array>();
  /** By what is known of devices: what has been asked, by id. */
  readonly #remembered = new WeakMap<object, Map<FactId, Uint8Array>>();
  #knowledge: object | undefined;
  #current = new Map<FactId, Uint8Array>();

  /** `attributes`: the values that are sent, and under which names. */
  constructor(kind: JoinedKind, attributes: readonly NamedValue[]) {
    this.#kind = kind;
    this.#attributes = attributes;
  }

  /** Whole attributes of the thing of that id; none when nothing is known of it. */
  bytes(device: Device, id: FactId): Uint8Array {
    if (this.#knowledge !== device.names) this.#turnTo(device.names);
    return this.#current.get(id) ?? this.#find(device, id);
  }

  #turnTo(knowledge: object): void {
    this.#knowledge = knowledge;
    let remembered = this.#remembered.get(knowledge);
    if (!remembered) {
      remembered = new Map();
      this.#remembered.set(knowledge, remembered);
    }
    this.#current = remembered;
  }

  #find(device: Device, id: FactId): Uint8Array {
    const fact = device.find(this.#kind, id);
    let bytes = fact === undefined ? NOTHING : this.#encoded.get(fact);
    if (!bytes) {
      bytes = this.#encode(fact!);
      this.#encoded.set(fact!, bytes);
    }
    if (this.#current.size < MAX_REMEMBERED) this.#current.set(id, bytes);
    return bytes;
  }

  #encode(fact: Partial<Record<JoinedValue, string>>): Uint8Array {
    const attributes = this.#attributes.map(({ value, name }) => {
      const text = fact[value];
      return text ? attribute(0x4a, name, text) : NOTHING;
    });
    return Uint8Array.from(attributes.flatMap((bytes) => [...bytes]));
  }
}
