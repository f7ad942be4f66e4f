/** Fields of records, and where their values are in a copy of the datagrams, so that they can be changed there. */

export type Change = (bytes: Uint8Array) => void;
export type Value = { bytes: Uint8Array; change: Change };

/** A field of all records that are alike, and its values. */
export type Place = { name: string; values: Value[] };

/** Gathers values by the kind of their record and the position of their field in it. */
export class Places {
  readonly #places = new Map<string, Place>();

  add(record: string, position: number | string, name: string, value: Value): void {
    if (value.bytes.length === 0) return;
    const key = `${record} ${position}`;
    const place = this.#places.get(key) ?? { name: `${record} ${name}`, values: [] };
    this.#places.set(key, place);
    place.values.push(value);
  }

  all(): Place[] {
    return [...this.#places.values()];
  }
}

/** A neighbour of a number, another letter at the end of a text. */
export function changeLast(bytes: Uint8Array): void {
  bytes[bytes.length - 1] ^= 1;
}
