/** Just enough of templates to find the absolute times in v9 and IPFIX data records. */

export type Field = { id: number; length: number };

/** Length of a field whose length each record states (RFC 7011 §7). */
export const VARIABLE_LENGTH = 65_535;

const PEN_BIT = 0x8000;
/** Stands for every enterprise element and every v9 scope: none of them is a time we know. */
const OTHER = 0;

/** The templates of a v9 template FlowSet or IPFIX template set, options templates included. RFC 3954 §5.2, §6.1; RFC 7011 §3.4. */
export function* readTemplates(set: Buffer, version: 9 | 10, options: boolean): Generator<[id: number, Field[]]> {
  const header = options ? 6 : 4;
  for (let at = 0; at + header <= set.length; ) {
    const id = set.readUInt16BE(at);
    let count = set.readUInt16BE(at + 2);
    let scopes = 0;
    if (options && version === 9) {
      scopes = count / 4;
      count = scopes + set.readUInt16BE(at + 4) / 4;
    }
    at += header;
    const fields: Field[] = [];
    while (fields.length < count && at + 4 <= set.length) {
      const element = set.readUInt16BE(at);
      const length = set.readUInt16BE(at + 2);
      const enterprise = version === 10 && (element & PEN_BIT) !== 0;
      fields.push({ id: enterprise || fields.length < scopes ? OTHER : element, length });
      at += enterprise ? 8 : 4;
    }
    if (id < 256 || fields.length < count) return;
    yield [id, fields];
  }
}

/** Where each field of each record in a data set stands. Ends at padding, and at what does not fit. */
export function* readFields(
  set: Buffer,
  fields: readonly Field[],
): Generator<{ id: number; at: number; length: number }> {
  const shortest = fields.reduce((sum, { length }) => sum + (length === VARIABLE_LENGTH ? 1 : length), 0);
  if (shortest === 0) return;
  for (let at = 0; at + shortest <= set.length; ) {
    for (const field of fields) {
      let { length } = field;
      if (length === VARIABLE_LENGTH) {
        if (at + 3 > set.length) return;
        length = set[at] < 255 ? set[at] : set.readUInt16BE(at + 1);
        at += set[at] < 255 ? 1 : 3;
      }
      if (at + length > set.length) return;
      yield { id: field.id, at, length };
      at += length;
    }
  }
}
