/** Templates for people: fields by their names. */
import { scopeType } from '../decode/scope-types.ts';
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

/** What is in a template, and what has changed since the `former` one of its id. */
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
