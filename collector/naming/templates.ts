/**
 * Templates with names for their elements, which plans are made by: found once, as long as what was told is the same.
 */
import type { Template } from '../decode/template.ts';
import type { Device } from '../devices/device.ts';
import { ElementNames } from './element-names.ts';
import type { UserElements } from './user-elements.ts';

/** Named elements of all templates that are kept, some 15 MB. Beyond that, all are forgotten and found again. */
const MAX_KEPT = 65_536;

export class NamedTemplates {
  readonly #names: ElementNames;
  /** With what was known of its device when it was named last. */
  #named = new WeakMap<Template, { by: object | undefined; template: Template }>();
  #kept = 0;

  /** `ofUser`: those of the user's file; undefined when there is none. */
  constructor(ofUser: UserElements | undefined) {
    this.#names = new ElementNames(ofUser);
  }

  /** The template with names by what is known of its device: the same object, as long as that is the same. */
  of(template: Template, device: Device | undefined): Template {
    const by = device?.elements;
    if ((by === undefined && this.#names.isEmpty) || template.version < 9) return template;
    const known = this.#named.get(template);
    if (known !== undefined && known.by === by) return known.template;
    const named = this.#names.of(template, (id) => device?.find('element', id));
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
}
