/**
 * Attributes of what is in lists, whose names are put together when it comes. In: a name, and where its values are.
 * Out: the attribute in the batch, if it is sent. Those of a record are bounded in bytes. Parameters are those of
 * ../plan/runtime.ts.
 */
import type { AttributeName } from '../../../crds/attributes/table.ts';
import type { AbstractDataType } from '../../decode/elements/elements.ts';
import { encodeKey } from '../../otlp/protobuf-writer.ts';
import type { ElementName, NameOf } from '../attributes.ts';
import type { ListFault } from '../plan/context.ts';
import { arrayAttribute, bitsAttribute, textAttribute } from '../plan/write-attribute.ts';

/**
 * Bytes of the attributes of a record, beyond which none begins: for each byte of the lists, whose names may be much
 * longer than values, and in all.
 */
const BYTES_OF_BYTE = 64;
const LEAST_BYTES = 1_024;
const MAX_BYTES = 65_536;
/** Names of attributes that are kept encoded. */
const MAX_KEYS = 4_096;

const ERROR = 'netflow.list.error' satisfies AttributeName;

export class ListAttributes {
  /** Where they end. */
  p = 0;
  readonly #nameOf: NameOf;
  readonly #onFull: () => void;
  /** Encoded keys of attributes that are sent. */
  readonly #keys = new Map<string, Uint8Array>();
  #u!: Uint8Array;
  #w!: DataView;
  #s!: Uint8Array;
  #v!: DataView;
  #end = 0;

  /** `onFull` is called for each attribute that finds no room. */
  constructor(nameOf: NameOf, onFull: () => void) {
    this.#nameOf = nameOf;
    this.#onFull = onFull;
  }

  /** Begins with a record whose lists have `size` bytes. */
  begin(u: Uint8Array, w: DataView, p: number, s: Uint8Array, v: DataView, size: number): void {
    [this.#u, this.#w, this.#s, this.#v] = [u, w, s, v];
    this.p = p;
    this.#end = p + Math.min(MAX_BYTES, LEAST_BYTES + BYTES_OF_BYTE * size);
  }

  /** Appends a text. */
  text(name: string, text: string): void {
    const key = this.#key(name);
    if (key && this.#hasRoom()) this.p = textAttribute(this.#u, this.p, key, text);
  }

  /** Appends the names of the bits that are set of the `length` bytes at `at`. */
  bits(name: string, bits: readonly string[], at: number, length: number): void {
    const key = this.#key(name);
    if (key && this.#hasRoom()) this.p = bitsAttribute(this.#u, this.p, key, bits, this.#s, at, length);
  }

  /** Appends values: for all but the name, see `arrayAttribute`. */
  array(
    name: string,
    type: AbstractDataType,
    places: readonly number[],
    isSilent: boolean,
    meanings: Readonly<Record<number, string>> | undefined,
    isList: boolean,
  ): void {
    const key = this.#key(name);
    if (!key || !this.#hasRoom()) return;
    const [u, w, s, v] = [this.#u, this.#w, this.#s, this.#v];
    this.p = arrayAttribute(u, w, this.p, key, type, s, v, places, isSilent, meanings, isList);
  }

  /** Appends what was wrong with the lists of the record, whether there is room or not. */
  fault(fault: ListFault): void {
    const key = this.#key(ERROR);
    if (key) this.p = textAttribute(this.#u, this.p, key, fault);
  }

  #hasRoom(): boolean {
    if (this.p <= this.#end) return true;
    this.#onFull();
    return false;
  }

  #key(name: string): Uint8Array | undefined {
    const known = this.#keys.get(name);
    if (known) return known;
    const sent = this.#nameOf(name as ElementName);
    if (sent === undefined) return undefined;
    if (this.#keys.size >= MAX_KEYS) this.#keys.clear();
    const key = encodeKey(sent);
    this.#keys.set(name, key);
    return key;
  }
}
