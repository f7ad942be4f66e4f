/**
 * What elements of a template are called that the registry does not name: as the user's file says, else as their device
 * does in type records. In: a template, and what was told of elements; out: their names, if there are any.
 */
import { createHash } from 'node:crypto';
import { type DescribedElement, REVERSE_PEN } from '../decode/elements/elements.ts';
import { ABSTRACT_DATA_TYPES } from '../decode/elements/types.ts';
import type { Field, NamedElements, Template } from '../decode/template.ts';
import { type ElementFact, elementId } from '../devices/type-records.ts';
import { describeField, elementKey, registeredElement } from '../span/attributes.ts';
import { ELEMENT_NAME, isTaken } from './taken.ts';
import type { UserElements } from './user-elements.ts';

/** What a device told of an element, by its `elementId`. */
export type ToldOf = (id: string) => ElementFact | undefined;

const NONE: UserElements = new Map();

export class ElementNames {
  readonly #ofUser: UserElements;
  readonly #attributesOfUser: ReadonlySet<string>;

  /** `ofUser`: those of the user's file; undefined when there is none. */
  constructor(ofUser: UserElements | undefined) {
    this.#ofUser = ofUser ?? NONE;
    this.#attributesOfUser = new Set([...this.#ofUser.values()].map(({ attribute }) => attribute));
  }

  /** Whether nothing has a name but by what a device tells. */
  get isEmpty(): boolean {
    return this.#ofUser.size === 0;
  }

  /** Undefined when no element of the template has such a name. */
  of(template: Template, toldOf: ToldOf): NamedElements | undefined {
    const byKey = new Map<number, DescribedElement>();
    const untold = new Map<number, Field>();
    for (const field of template.fields) {
      const key = elementKey(field.pen, field.id);
      const ofUser = this.#ofUser.get(key);
      if (ofUser) byKey.set(key, ofUser);
      else if (isOfEnterprise(template, field) && !registeredElement(template, field)) untold.set(key, field);
    }
    const given = new Set<string>();
    for (const [key, field] of untold) {
      const fact = toldOf(elementId(field.pen, field.id));
      if (!fact) continue;
      const byNumber = describeField(template, field);
      const attribute =
        fact.name !== undefined && ELEMENT_NAME.test(fact.name) ? named(byNumber.attribute, fact.name) : '';
      const isFree =
        attribute !== '' && !given.has(attribute) && !this.#attributesOfUser.has(attribute) && !isTaken(attribute);
      if (isFree) given.add(attribute);
      const type = ABSTRACT_DATA_TYPES[fact.type ?? 0] ?? byNumber.type;
      byKey.set(key, { attribute: isFree ? attribute : byNumber.attribute, type });
    }
    return byKey.size > 0 ? { byKey, digest: digestOf(byKey) } : undefined;
  }
}

/** RFC 5610 is of IPFIX, and of elements that are not IANA's. */
function isOfEnterprise({ version }: Template, { pen }: Field): boolean {
  return version === 10 && pen !== 0 && pen !== REVERSE_PEN;
}

/** `netflow.32473.1` with a name in the place of the number. */
function named(attribute: string, name: string): string {
  return `${attribute.slice(0, attribute.lastIndexOf('.') + 1)}${name}`;
}

function digestOf(byKey: NamedElements['byKey']): string {
  const all = [...byKey].map(([key, { attribute, type }]) => `${key} ${attribute} ${type}`);
  return createHash('sha256').update(all.join('\n')).digest('base64');
}
