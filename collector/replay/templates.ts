/** Just enough of templates to find data records and their fields in v9 and IPFIX packets. */
import { versionOf } from './raw.ts';

type Field = { id: number; length: number };

/** Length of a field whose length each record states (RFC 7011 §7). */
const VARIABLE_LENGTH = 65_535;

const TEMPLATE_SET = { 9: 0, 10: 2 } as const;
const OPTIONS_TEMPLATE_SET = { 9: 1, 10: 3 } as const;
/** Templates remembered; beyond that, all are forgotten. */
const MAX_TEMPLATES = 100_000;

const PEN_BIT = 0x8000;
/** Stands for every enterprise element and every v9 scope: none of them is a time we know. */
const OTHER = 0;

/**
 * The templates of a v9 template FlowSet or IPFIX template set, options templates included. RFC 3954 §5.2, §6.1; RFC
 * 7011 §3.4.
 */
function* readTemplates(set: Buffer, version: 9 | 10, options: boolean): Generator<[id: number, Field[]]> {
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

/** Where a field of a data record stands. */
export type Place = {
  id: number;
  at: number;
  length: number;
  /** Whether a record begins with it. */
  isFirst: boolean;
};

/** Walks v9 and IPFIX packets of any exporters, and learns their templates: they must come in order. */
export class TemplateReader {
  readonly #templates = new Map<string, Field[]>();

  /** Where each field of each data record in a packet stands. Records whose template is not known are passed over. */
  *fields(payload: Buffer, source: string): Generator<Place> {
    const version = versionOf(payload);
    if (version !== 9 && version !== 10) return;
    const header = version === 9 ? 20 : 16;
    const domain = `${source} ${version} ${payload.readUInt32BE(header - 4)}`;
    for (let at = header; at + 4 <= payload.length; ) {
      const id = payload.readUInt16BE(at);
      const length = payload.readUInt16BE(at + 2);
      if (length < 4 || at + length > payload.length) return;
      const start = at + 4;
      const body = payload.subarray(start, at + length);
      if (id === TEMPLATE_SET[version] || id === OPTIONS_TEMPLATE_SET[version]) this.#learn(domain, id, body, version);
      const fields = this.#templates.get(`${domain} ${id}`) ?? [];
      for (const place of readFields(body, fields)) yield { ...place, at: start + place.at };
      at += length;
    }
  }

  #learn(domain: string, set: number, body: Buffer, version: 9 | 10): void {
    for (const [id, fields] of readTemplates(body, version, set === OPTIONS_TEMPLATE_SET[version])) {
      if (this.#templates.size >= MAX_TEMPLATES) this.#templates.clear();
      this.#templates.set(`${domain} ${id}`, fields);
    }
  }
}

/** Where each field of each record in a data set stands. Ends at padding, and at what does not fit. */
function* readFields(set: Buffer, fields: readonly Field[]): Generator<Place> {
  const shortest = fields.reduce((sum, { length }) => sum + (length === VARIABLE_LENGTH ? 1 : length), 0);
  if (shortest === 0) return;
  for (let at = 0; at + shortest <= set.length; ) {
    for (const [index, field] of fields.entries()) {
      let { length } = field;
      if (length === VARIABLE_LENGTH) {
        if (at + 3 > set.length) return;
        length = set[at] < 255 ? set[at] : set.readUInt16BE(at + 1);
        at += set[at] < 255 ? 1 : 3;
      }
      if (at + length > set.length) return;
      yield { id: field.id, at, length, isFirst: index === 0 };
      at += length;
    }
  }
}
