/**
 * What one exporter has told of itself: its templates with their fields, and what they and its interfaces are called.
 */
import type { Announced, AnnouncedTemplate } from '../../crds/template.ts';
import { scopeType } from '../decode/scope-types.ts';
import { readTemplate, VARIABLE_LENGTH } from '../decode/template.ts';
import { factOf } from '../devices/facts.ts';
import type { ElementFact } from '../devices/type-records.ts';
import { ElementNames, type ToldOf } from '../naming/element-names.ts';
import type { UserElements } from '../naming/user-elements.ts';
import { describeField } from '../span/attributes.ts';
import type { ExporterState } from './state.ts';

/** Templates and interfaces that are told of one exporter. */
const MAX_TEMPLATES = 200;
const MAX_INTERFACES = 500;
/** As many fields as any datagram can hold: they were checked when they came. */
const MAX_FIELDS = 65_535;

export type TemplateField = {
  /** As expressions call it: `netflow.octetDeltaCount`. A scope of v9 is called by its type. */
  name: string;
  /** Private Enterprise Number, 0 for IANA's elements; and the element's. */
  pen: number;
  id: number;
  /** Bytes; left out when it varies. */
  length?: number;
  isScope: boolean;
};
export type TemplateState = {
  version: 9 | 10;
  domain: number;
  id: number;
  options: boolean;
  /** When it came last as something new, in Unix milliseconds. */
  receivedAt: number;
  /** It was not announced to this collector, which has it from another, or from before its start. */
  adopted: boolean;
  fields: TemplateField[];
};
export type InterfaceState = { domain: number; index: number; name?: string; description?: string };

export type ExporterDetails = {
  templates: TemplateState[];
  interfaces: InterfaceState[];
  /** How many there are of both, told or not. */
  counts: { templates: number; interfaces: number };
};

/** What is known of an exporter by all that was announced; its elements by the user's file, too. */
export function exporterDetails(
  announced: Iterable<Announced>,
  { listener, address, port }: Pick<ExporterState, 'listener' | 'address' | 'port'>,
  ofUser: UserElements | undefined,
): ExporterDetails {
  const records: AnnouncedTemplate[] = [];
  const interfaces: InterfaceState[] = [];
  const elements = new Map<number, Map<string, ElementFact>>();
  const counts = { templates: 0, interfaces: 0 };
  for (const one of announced) {
    if (one.listener !== listener || one.address !== address || (one.port !== 0 && one.port !== port)) continue;
    if ('fact' in one) {
      const fact = factOf(one.fact);
      if (fact?.kind === 'element') tell(elements, one.domain, fact);
      if (fact?.kind !== 'interface') continue;
      counts.interfaces++;
      const { id, name, description } = fact;
      if (interfaces.length < MAX_INTERFACES)
        interfaces.push({ domain: one.domain, index: id, ...(name && { name }), ...(description && { description }) });
    } else if (!one.data) {
      counts.templates++;
      if (records.length < MAX_TEMPLATES) records.push(one);
    }
  }
  const names = new ElementNames(ofUser);
  const templates = records.flatMap((record) => {
    const toldOf: ToldOf = (id) => elements.get(record.domain)?.get(id) ?? elements.get(0)?.get(id);
    return readState(record, names, toldOf) ?? [];
  });
  templates.sort((a, b) => a.version - b.version || a.domain - b.domain || a.id - b.id);
  interfaces.sort((a, b) => a.domain - b.domain || a.index - b.index);
  return { templates, interfaces, counts };
}

function tell(elements: Map<number, Map<string, ElementFact>>, domain: number, fact: ElementFact): void {
  const ofDomain = elements.get(domain);
  if (ofDomain) ofDomain.set(fact.id, fact);
  else elements.set(domain, new Map([[fact.id, fact]]));
}

function readState(one: AnnouncedTemplate, names: ElementNames, toldOf: ToldOf): TemplateState | undefined {
  const { version, domain, options, receivedAt, adopted = false } = one;
  const record = Buffer.from(one.record, 'base64');
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  const read = readTemplate(view, 0, record.length, version, options, MAX_FIELDS);
  if (read.kind !== 'template') return undefined;
  const named = names.of(read.template, toldOf);
  const template = named ? { ...read.template, named } : read.template;
  const fields = template.fields.map((field, index): TemplateField => {
    const { pen, id, length } = field;
    return {
      name: scopeType(template, index) ?? describeField(template, field).attribute,
      ...{ pen, id, isScope: index < template.scopeFieldCount },
      ...(length !== VARIABLE_LENGTH && { length }),
    };
  });
  return { version, domain, id: template.id, options, receivedAt, adopted, fields };
}
