/** What options data tell of a thing that flows name, as a dimension: the name of an interface, say. */
import type { JoinedValue } from '../../crds/attributes/attribute.ts';
import type { Device } from '../devices/device.ts';
import type { Fact, FactId } from '../devices/facts.ts';
import type { JoinedAttribute } from '../span/attributes.ts';
import { NO_NAME, NO_ROOM, type Texts } from './texts.ts';

export class JoinedNames {
  readonly #of: JoinedAttribute['of'];
  readonly #value: JoinedValue;
  readonly #texts: Texts;
  readonly #numbers = new WeakMap<Fact, number>();

  constructor({ of, value }: Pick<JoinedAttribute, 'of' | 'value'>, texts: Texts) {
    this.#of = of;
    this.#value = value;
    this.#texts = texts;
  }

  /** The number of what is told of the thing of that id; `NO_NAME` when nothing is. */
  numberOf(device: Device | undefined, id: FactId): number {
    const fact: (Fact & Partial<Record<JoinedValue, string>>) | undefined = device?.find(this.#of, id);
    return fact ? (this.#numbers.get(fact) ?? this.#add(fact)) : NO_NAME;
  }

  #add(fact: Fact & Partial<Record<JoinedValue, string>>): number {
    const text = fact[this.#value];
    const number = text ? this.#texts.numberOf(text) : NO_NAME;
    if (number !== NO_ROOM) this.#numbers.set(fact, number);
    return number;
  }
}
