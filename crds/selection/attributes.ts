/** The attributes of flows that expressions may name, by the names that they have in spans, and their types in CEL. */
import type { ValueType } from '../attributes/attribute.ts';
import { ATTRIBUTES } from '../attributes/table.ts';
import { ELEMENTS, nameIn } from '../spans/profiles.ts';

/** `dyn`: only the template of a record tells it. */
export type AttributeType = ValueType | 'dyn';

const TYPES: ReadonlyMap<string, ValueType> = new Map(
  ATTRIBUTES.filter(
    (row) => row.form === 'of packet' || (nameIn('flow', row) !== undefined && !row.afterSelection),
  ).map(({ name, type }) => [name, type]),
);
/** All attributes with a type of their own. */
export const TYPED_ATTRIBUTES: readonly string[] = [...TYPES.keys()];

/** Names that attributes begin with. */
export const GROUPS: ReadonlySet<string> = new Set(TYPED_ATTRIBUTES.map((name) => name.split('.')[0]));

/**
 * The type of an attribute, undefined when there is none of that name. Elements without an attribute of their own stand
 * under `netflow.`, with types that only their template tells.
 */
export function attributeType(name: string): AttributeType | undefined {
  const type = TYPES.get(name);
  if (type) return type;
  const isGroup = TYPED_ATTRIBUTES.some((known) => known.startsWith(`${name}.`));
  return name.startsWith(ELEMENTS) && !isGroup ? 'dyn' : undefined;
}

/** What there is instead of a name that no attribute has: the attributes next to it, below it, or that end alike. */
export function namesNear(name: string): readonly string[] {
  const group = name.slice(0, name.lastIndexOf('.') + 1);
  const last = name.slice(group.length);
  const choices = [
    group === '' ? [] : TYPED_ATTRIBUTES.filter((known) => known.startsWith(group)),
    TYPED_ATTRIBUTES.filter((known) => known.startsWith(`${name}.`)),
    TYPED_ATTRIBUTES.filter((known) => known.endsWith(`.${last}`)),
  ];
  const few = choices.find(({ length }) => length > 0 && length <= MAX_NAMES);
  return few ?? [...GROUPS].map((root) => `${root}.…`);
}

/** Names in a message. */
const MAX_NAMES = 8;
