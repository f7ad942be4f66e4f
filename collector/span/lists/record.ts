/** Records in lists (RFC 6313): what the fields of their template are called, found once for each template. */
import type { AbstractDataType } from '../../decode/elements/elements.ts';
import { isListType } from '../../decode/lists.ts';
import type { Field, Template } from '../../decode/template.ts';
import { describeField, elementKey, isSilentWhenZero, NETFLOW } from '../attributes.ts';
import { bitsOf, meaningsOf } from '../plan/field.ts';

const PADDING = 210;

/** The fields of an element; a list is one alone. */
export type ListedElement = {
  /** As the attribute is called below the record's. */
  name: string;
  type: AbstractDataType;
  /** Where they are among all fields. */
  indexes: readonly number[];
  isSilent: boolean;
  /** What its numbers mean. */
  meanings: Readonly<Record<number, string>> | undefined;
  /** What its bits are called. */
  bits: readonly string[] | undefined;
};

export type ListedRecord = {
  elements: readonly ListedElement[];
  names: ReadonlySet<string>;
  hasLists: boolean;
};

/** Names of fields, by place where several are lists of records of one name: which are in which list says something. */
export function listNames(fields: readonly { name: string; type: AbstractDataType }[]): string[] {
  const all = fields.map(({ name, type }) => (isListType(type) && type !== 'basicList' ? name : undefined));
  return fields.map(({ name }, index) => {
    const isOneOfSeveral = all[index] !== undefined && all.indexOf(name) !== all.lastIndexOf(name);
    return isOneOfSeveral ? `${name}.${all.slice(0, index).filter((other) => other === name).length}` : name;
  });
}

/** Elements of basicLists that are kept. */
const MAX_ITEMS = 4_096;
const items = new Map<number, Template>();

/** A template of the element that the items of a basicList are of. */
export function itemTemplate({ pen, id }: Pick<Field, 'pen' | 'id'>): Template {
  const key = elementKey(pen, id);
  let template = items.get(key);
  if (!template) {
    if (items.size >= MAX_ITEMS) items.clear();
    const fields = [{ pen, id, length: 1 }];
    template = {
      ...{ version: 10, id: 0, options: false, scopeFieldCount: 0 },
      ...{ fields, minLength: 1, variable: false, raw: NOT_EXPORTED },
    };
    items.set(key, template);
  }
  return template;
}

const NOT_EXPORTED = Buffer.alloc(0);

/** Fields of templates that are kept. */
const MAX_FIELDS = 65_536;
let known = new WeakMap<Template, ListedRecord>();
let kept = 0;

/** What a template's records are in a list. */
export function listedRecord(template: Template): ListedRecord {
  const found = known.get(template);
  if (found) return found;
  const fields = template.fields.map((field, index) => {
    const { attribute, type } = describeField(template, field);
    return {
      key: elementKey(field.pen, field.id),
      name: attribute.slice(NETFLOW.length),
      type,
      length: field.length,
      index,
    };
  });
  const shown = fields.filter(({ key }) => key !== elementKey(0, PADDING));
  // Each list is read for itself.
  const byElement = Map.groupBy(shown, ({ name, type, index }) => (isListType(type) ? index : name));
  const names = listNames(fields);
  const elements = Array.from(byElement.values(), (occurrences): ListedElement => {
    const [first] = occurrences;
    return {
      ...{ name: names[first.index], type: first.type, indexes: occurrences.map(({ index }) => index) },
      ...{ isSilent: isSilentWhenZero(first), meanings: meaningsOf(occurrences), bits: bitsOf(occurrences) },
    };
  });
  const record = {
    elements,
    names: new Set(fields.map(({ name }) => name)),
    hasLists: elements.some(({ type }) => isListType(type)),
  };
  kept += fields.length;
  if (kept > MAX_FIELDS) {
    known = new WeakMap();
    kept = fields.length;
  }
  known.set(template, record);
  return record;
}
