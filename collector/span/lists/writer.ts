/**
 * Structured data (RFC 6313) as attributes. What is in a list is known only when it comes: a basicList says which
 * element it is of, the other lists which templates their records have. So these are looked up for each record, and
 * names are put together then.
 *
 * Values of an element are one array, and a record of a list has attributes of its own, by its place. What can be made
 * of a record is bounded by depth, by values and by the bytes of attributes; each value takes a byte at least.
 */
import {
  ENTRY_HEADER,
  isListType,
  type ListType,
  locateValues,
  MULTI_HEADER,
  readBasicList,
  SEMANTICS,
  SUB_TEMPLATE_HEADER,
} from '../../decode/lists.ts';
import { describeField, elementKey, type NameOf, NETFLOW } from '../attributes.ts';
import type { ListFault, PlanContext } from '../plan/context.ts';
import { meaningsOf } from '../plan/field.ts';
import { ListAttributes } from './attributes.ts';
import { itemTemplate, type ListedRecord, listedRecord } from './record.ts';
import { Scope } from './scope.ts';

/** Lists in lists. YAF has four of them, of certificates. */
const MAX_DEPTH = 8;
/** Values of all lists of a record. */
const MAX_VALUES = 4_096;

/** IANA's list of any element: it is called as what it holds. */
const GENERIC = 'basicList';

export class ListWriter {
  readonly #attributes: ListAttributes;
  #s!: Uint8Array;
  #v!: DataView;
  #c!: PlanContext;
  #values = 0;
  #depth = 0;
  #fault: ListFault | undefined;

  constructor(nameOf: NameOf) {
    this.#attributes = new ListAttributes(nameOf, () => {
      this.#values = -1;
      this.#fail('list_limit');
    });
  }

  /**
   * Appends what the lists of a record hold: those of `lists`, at offset, length, offset, … in `places`; `names` are
   * those of all its elements. Returns where it stopped.
   */
  write(
    u: Uint8Array,
    w: DataView,
    p: number,
    s: Uint8Array,
    v: DataView,
    c: PlanContext,
    lists: readonly { name: string; type: ListType }[],
    names: ReadonlySet<string>,
    places: readonly number[],
  ): number {
    [this.#s, this.#v, this.#c] = [s, v, c];
    let size = 0;
    for (let index = 1; index < places.length; index += 2) size += places[index];
    this.#attributes.begin(u, w, p, s, v, size);
    this.#values = MAX_VALUES;
    this.#depth = 0;
    this.#fault = undefined;
    const scope = new Scope(NETFLOW, names);
    for (const [index, { name, type }] of lists.entries())
      this.#list(scope, name, type, places[2 * index], places[2 * index] + places[2 * index + 1]);
    if (this.#fault !== undefined) {
      c.countListFault(this.#fault);
      this.#attributes.fault(this.#fault);
    }
    return this.#attributes.p;
  }

  #list(scope: Scope, name: string, type: ListType, at: number, end: number): void {
    if (at === end || this.#isFull) return;
    if (this.#depth === MAX_DEPTH) {
      this.#fail('list_limit');
      this.#bytes(`${scope.prefix}${name}.${scope.take(name)}`, at, end);
      return;
    }
    this.#depth++;
    if (type === 'basicList') this.#basicList(scope, name, at, end);
    else this.#records(scope, name, type, at, end);
    this.#depth--;
  }

  #basicList(scope: Scope, name: string, at: number, end: number): void {
    const list = readBasicList(this.#v, at, end);
    if (!list) {
      this.#fail('list_malformed');
      return;
    }
    const { items } = list;
    const places: number[] = [];
    for (let next = list.at; next < end && this.#takes(1); ) {
      // Items of no bytes would have no end.
      next = items.length === 0 ? -1 : locateValues([items], this.#s, next, end, places);
      if (next < 0) {
        this.#fail('list_malformed');
        break;
      }
    }
    const { attribute, type } = describeField(this.#c.listed.named(itemTemplate(items)), items);
    const element = attribute.slice(NETFLOW.length);
    if (isListType(type)) {
      const first = scope.taken(name);
      for (let index = 0; index < places.length; index += 2) {
        const item = new Scope(`${scope.prefix}${name}.${scope.take(name)}.`);
        this.#list(item, element, type, places[index], places[index] + places[index + 1]);
      }
      this.#semantic(scope, name, first, at);
      return;
    }
    const own = name !== GENERIC ? name : scope.names.has(element) ? `${GENERIC}.${element}` : element;
    const place = scope.take(own);
    this.#semantic(scope, own, place, at);
    const meanings = meaningsOf([{ key: elementKey(items.pen, items.id), type, length: items.length }]);
    this.#attributes.array(scope.labelOf(own, place), type, places, false, meanings, true);
  }

  #records(scope: Scope, name: string, type: ListType, at: number, end: number): void {
    const first = scope.taken(name);
    if (type === 'subTemplateMultiList') this.#entries(scope, name, at + MULTI_HEADER, end);
    else if (at + SUB_TEMPLATE_HEADER > end) this.#fail('list_malformed');
    else this.#recordsOf(scope, name, this.#v.getUint16(at + 1), at + SUB_TEMPLATE_HEADER, end);
    this.#semantic(scope, name, first, at);
  }

  #entries(scope: Scope, name: string, at: number, end: number): void {
    for (let entry = at; entry < end && !this.#isFull; ) {
      const length = entry + ENTRY_HEADER > end ? 0 : this.#v.getUint16(entry + 2);
      if (length < ENTRY_HEADER || entry + length > end) {
        this.#fail('list_malformed');
        return;
      }
      this.#recordsOf(scope, name, this.#v.getUint16(entry), entry + ENTRY_HEADER, entry + length);
      entry += length;
    }
  }

  /** Records of one template. Those of one that is not known stay bytes. */
  #recordsOf(scope: Scope, name: string, id: number, at: number, end: number): void {
    if (at === end) return;
    const template = this.#c.listed.of(id);
    if (!template) {
      this.#fail('list_template_missing');
      this.#bytes(`${scope.prefix}${name}.${scope.take(name)}.template.${id}`, at, end);
      return;
    }
    const record = listedRecord(template);
    while (at < end && this.#takes(template.fields.length)) {
      const places: number[] = [];
      at = locateValues(template.fields, this.#s, at, end, places);
      if (at < 0) {
        this.#fail('list_malformed');
        return;
      }
      this.#record(record, `${scope.prefix}${name}.${scope.take(name)}.`, places);
    }
  }

  #record({ elements, names, hasLists }: ListedRecord, prefix: string, places: readonly number[]): void {
    const scope = hasLists ? new Scope(prefix, names) : undefined;
    for (const { name, type, indexes, isSilent, meanings, bits } of elements) {
      const own = indexes.flatMap((index) => [places[2 * index], places[2 * index + 1]]);
      if (isListType(type)) this.#list(scope!, name, type, own[0], own[0] + own[1]);
      else if (bits) this.#attributes.bits(prefix + name, bits, own[0], own[1]);
      else this.#attributes.array(prefix + name, type, own, isSilent, meanings, false);
    }
  }

  /** Of a list with items: that all of them are meant says nothing, nor that it is not known which. */
  #semantic(scope: Scope, name: string, first: number, at: number): void {
    const semantic = SEMANTICS[this.#s[at]];
    if (semantic === undefined || semantic === 'allOf' || scope.taken(name) === first) return;
    this.#attributes.text(`${scope.labelOf(name, first)}.semantic`, semantic);
  }

  #bytes(name: string, at: number, end: number): void {
    this.#attributes.array(name, 'octetArray', [at, end - at], false, undefined, false);
  }

  /** Whether so many more values may be told. */
  #takes(values: number): boolean {
    if (this.#isFull) return false;
    this.#values -= values;
    if (this.#values < 0) this.#fail('list_limit');
    return !this.#isFull;
  }

  get #isFull(): boolean {
    return this.#values < 0;
  }

  /** The first fault of a record counts. */
  #fail(fault: ListFault): void {
    this.#fault ??= fault;
  }
}
