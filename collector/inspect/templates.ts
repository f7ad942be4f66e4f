/** Templates for people: fields by their names. */
import { type Field, type Template, VARIABLE_LENGTH } from '../decode/template.ts';
import { describeField } from '../span/attributes.ts';

export type InspectedField = {
  /** As IANA or the vendor calls it, `element.N` where nobody does; in a scope of v9, its type. */
  name: string;
  id: number;
  /** Private enterprise number, where it is not IANA's. */
  pen?: number;
  length: number | 'variable';
  scope?: true;
};

export type InspectedTemplate = {
  id: number;
  options: boolean;
  /** Whether its exporter has told it before, just so or otherwise. */
  news: 'new' | 'changed' | 'repeated';
  /** Bytes of a record, or of the shortest one. */
  recordLength: number;
  variable: boolean;
  fields: InspectedField[];
};

/** RFC 3954 §6.1. */
const SCOPE_TYPES: Readonly<Record<number, string>> = {
  1: 'System',
  2: 'Interface',
  3: 'Line Card',
  4: 'Cache',
  5: 'Template',
};

/** What a scope of v9 is of; undefined where it is an element, as in IPFIX. */
export function scopeType({ version, scopeFieldCount, fields }: Template, index: number): string | undefined {
  return version === 9 && index < scopeFieldCount ? SCOPE_TYPES[fields[index].id] : undefined;
}

export function inspectTemplate(template: Template, former: Template | undefined): InspectedTemplate {
  const { id, options, minLength, variable, fields, raw, scopeFieldCount } = template;
  const field = ({ pen, id, length }: Field, index: number): InspectedField => ({
    name: scopeType(template, index) ?? describeField(template, fields[index]).attribute.replace(/^netflow\./, ''),
    id,
    ...(pen > 0 && { pen }),
    length: length === VARIABLE_LENGTH ? 'variable' : length,
    ...(index < scopeFieldCount && { scope: true as const }),
  });
  const news = former === undefined ? 'new' : former.raw.equals(raw) ? 'repeated' : 'changed';
  return { id, options, news, recordLength: minLength, variable, fields: fields.map(field) };
}
