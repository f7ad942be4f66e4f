/** The fields of a record while a plan is made of them: what one attribute has taken, no other shows again. */
import type { NameOf } from '../attributes.ts';
import { isSound, type LocatedField } from './layout.ts';

export class FieldSet {
  readonly nameOf: NameOf;
  readonly #fields: LocatedField[];
  readonly #taken = new Set<LocatedField>();

  constructor(fields: LocatedField[], nameOf: NameOf) {
    this.#fields = fields;
    this.nameOf = nameOf;
  }

  /** The first field of the first of these elements that the record has. */
  find(...keys: readonly number[]): LocatedField | undefined {
    for (const key of keys) {
      const field = this.#fields.find((candidate) => candidate.key === key && !candidate.aside && isSound(candidate));
      if (field) return field;
    }
    return undefined;
  }

  /** Of each of these elements that the record has, the first field. */
  findEach(keys: readonly number[]): LocatedField[] {
    return keys.flatMap((key) => this.find(key) ?? []);
  }

  /** `find`, for an attribute that shows the field, so that it does not stand under its element's name. */
  take(...keys: readonly number[]): LocatedField | undefined {
    const field = this.find(...keys);
    if (field) this.#taken.add(field);
    return field;
  }

  /** All fields of some elements that are not taken yet, which stand nowhere else then. */
  takeAll(...keys: readonly number[]): LocatedField[] {
    const fields = this.rest().filter(({ key }) => keys.includes(key));
    for (const field of fields) this.#taken.add(field);
    return fields;
  }

  /** The fields that no attribute has taken, in the order of the record. */
  rest(): LocatedField[] {
    return this.#fields.filter((field) => !this.#taken.has(field));
  }

  /** What all fields are called under their elements' names. */
  attributes(): string[] {
    return this.#fields.map(({ attribute }) => attribute);
  }

  /** Takes fields as they are. */
  use(fields: readonly LocatedField[]): void {
    for (const field of fields) this.#taken.add(field);
  }
}
