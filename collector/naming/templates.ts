/**
 * What elements of a template are called that the registry does not name: as the user's file says, else as their device
 * does in type records. In: templates as they were exported; out: the same, with these names, which plans are made by.
 */
import { createHash } from 'node:crypto';
import { type DescribedElement, REVERSE_PEN } from '../decode/elements/elements.ts';
import { ABSTRACT_DATA_TYPES } from '../decode/elements/types.ts';
import type { Field, NamedElements, Template } from '../decode/template.ts';
import type { Device } from '../devices/device.ts';
import { elementId } from '../devices/type-records.ts';
import { describeField, elementKey, registeredElement } from '../span/attributes.ts';
import { ELEMENT_NAME, isTaken } from './taken.ts';
import type { UserElements } from './user-elements.ts';

/** Named elements of all templates that are kept, some 15 MB. Beyond that, all are forgotten and found again. */
const MAX_KEPT = 65_536;
const NONE: UserElements = new Map();

export class NamedTemplates {
  readonly #ofUser: UserElements;
  readonly #attributesOfUser: ReadonlySet<string>;
  /** With what was known of its device when it was named last. */
  #named = new WeakMap<Template, { by: object | undefined; template: Template }>();
  #kept = 0;

  /** `ofUser`: those of the user's file; undefined when there is none. */
  constructor(ofUser: UserElements | undefined) {
    this.#ofUser = ofUser ?? NONE;
    this.#attributesOfUser = new Set([...this.#ofUser.values()].map(({ attribute }) => attribute));
  }

  /** The template with names by what is known of its device: the same object, as long as that is the same. */
  of(template: Template, device: Device | undefined): Template {
    const by = device?.elements;
    if ((by === undefined && this.#ofUser.size === 0) || template.version < 9) return template;
    const known = this.#named.get(template);
    if (known !== undefined && known.by === by) return known.template;
    const named = this.#name(template, device);
    if (this.#kept > MAX_KEPT) {
      this.#named = new WeakMap();
      this.#kept = 0;
    }
    this.#kept += 1 + (named?.byKey.size ?? 0);
    const before = known?.template.named?.digest;
    const found = known && before === named?.digest ? known.template : named ? { ...template, named } : template;
    this.#named.set(template, { by, template: found });
    return found;
  }

  #name(template: Template, device: Device | undefined): NamedElements | undefined {
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
      const fact = device?.find('element', elementId(field.pen, field.id));
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
