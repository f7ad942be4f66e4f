/** Attributes that options data tell of what a flow names: its interfaces, VRFs, application. */
import { JOINED_ATTRIBUTES, type JoinedAttribute } from '../attributes.ts';
import { Join } from '../joins.ts';
import type { PlanCode } from './code.ts';
import type { FieldSet } from './fieldset.ts';
import { firstNumberOf, type LocatedField } from './layout.ts';
import { ofExporter } from './packet.ts';

/** Bytes of an application id that is its own key as a number: see `applicationKey`. */
const OWN_KEY_LENGTH = 4;

/** Appends the attributes of all that the record names. `given` are names that constants give to some flows. */
export function emitJoined(code: PlanCode, fields: FieldSet, given: ReadonlySet<string>): void {
  const rows = JOINED_ATTRIBUTES.flatMap((row) => {
    const name = fields.nameOf(row.attribute);
    const by = fields.findEach(row.by);
    const isTold = by.length > 0 && !fields.find(...row.sources);
    return name !== undefined && isTold ? [{ ...row, name, key: keyOf(row, by) }] : [];
  });
  if (rows.length === 0) return;
  // What a constant may have named for this very flow is looked at by itself.
  const together = Map.groupBy(rows, ({ of, key, name }) => `${of} ${key} ${given.has(name) ? name : ''}`);
  code.block('if (c.device !== undefined) {', () => {
    for (const group of together.values()) {
      const [{ of, key, name }] = group;
      const join = code.constant(new Join(of, group));
      if (given.has(name)) code.line(`if (!${ofExporter(fields, 'by interface')}.names.has(${code.constant(name)}))`);
      code.line(`if ((m = ${join}.bytes(c.device, ${key})).length > 0) { u.set(m, p); p += m.length; }`);
    }
  });
}

/** Expression of the id of what a record names: the first number that is not zero. */
export function keyOf({ of }: JoinedAttribute, by: readonly LocatedField[]): string {
  const [field] = by;
  if (of !== 'application' || field.length === OWN_KEY_LENGTH) return firstNumberOf(by);
  return `r.applicationKey(s, ${field.at}, ${field.size})`;
}
