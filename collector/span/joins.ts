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

/** Things that are remembered of a device, so that nothing has to be asked of it; and in all, then all begin anew. */
const MAX_REMEMBERED = 16_384;
const MAX_REMEMBERED_OF_ALL = 262_144;
/**
 * Small ids are places in an array, as long as so much of it is used: with a Map instead, joins take half as long
 * again.
 */
const MIN_USED = 1 / 4;
const NOTHING = new Uint8Array();

/** What has been asked of one device, by id. */
type Asked = { small: (Uint8Array | undefined)[]; others: Map<FactId, Uint8Array>; count: number };

const nothingAsked = (): Asked => ({ small: [], others: new Map(), count: 0 });

/** Those that remember something, and how much they do in all, devices included. */
const remembering = new Set<Join>();
let remembered = 0;

export class Join {
  readonly #kind: JoinedKind;
  readonly #attributes: readonly NamedValue[];
  readonly #encoded = new WeakMap<Fact, Uint8Array>();
  /** By what is known of devices. */
  #remembered = new WeakMap<object, Asked>();
  #knowledge: object | undefined;
  #current = nothingAsked();

  /** `attributes`: the values that are sent, and under which names. */
  constructor(kind: JoinedKind, attributes: readonly NamedValue[]) {
    this.#kind = kind;
    this.#attributes = attributes;
  }

  /** Whole attributes of the thing of that id; none when nothing is known of it. */
  bytes(device: Device, id: FactId): Uint8Array {
    if (this.#knowledge !== device.names) this.#turnTo(device.names);
    const { small } = this.#current;
    return (typeof id === 'number' && id < small.length ? small[id] : undefined) ?? this.#ask(device, id);
  }

  #turnTo(knowledge: object): void {
    let asked = this.#remembered.get(knowledge);
    if (!asked) {
      asked = nothingAsked();
      this.#remember();
      this.#remembered.set(knowledge, asked);
    }
    this.#knowledge = knowledge;
    this.#current = asked;
  }

  #ask(device: Device, id: FactId): Uint8Array {
    const { small, others, count } = this.#current;
    const known = others.get(id);
    const bytes = known ?? this.#find(device, id);
    if (!known && count >= MAX_REMEMBERED) return bytes;
    if (!known) {
      this.#current.count++;
      this.#remember();
    }
    if (typeof id !== 'number' || id * MIN_USED >= count) {
      others.set(id, bytes);
    } else {
      small[id] = bytes;
      others.delete(id);
    }
    return bytes;
  }

  #find(device: Device, id: FactId): Uint8Array {
    const fact = device.find(this.#kind, id);
    if (fact === undefined) return NOTHING;
    let bytes = this.#encoded.get(fact);
    if (!bytes) {
      bytes = this.#encode(fact);
      this.#encoded.set(fact, bytes);
    }
    return bytes;
  }

  /** Counts something that is remembered from now on. */
  #remember(): void {
    remembering.add(this);
    if (++remembered <= MAX_REMEMBERED_OF_ALL) return;
    for (const join of remembering) join.#forgetAll();
    remembering.clear();
    remembered = 0;
  }

  #forgetAll(): void {
    this.#remembered = new WeakMap();
    this.#knowledge = undefined;
    this.#current = nothingAsked();
  }

  #encode(fact: Partial<Record<JoinedValue, string>>): Uint8Array {
    const attributes = this.#attributes.map(({ value, name }) => {
      const text = fact[value];
      return text ? attribute(0x4a, name, text) : NOTHING;
    });
    return Uint8Array.from(attributes.flatMap((bytes) => [...bytes]));
  }
}
