/**
 * Templates, as they were exported, and facts that devices told, with whose they are, on their way to other workers,
 * other collectors and the state file.
 */
import type { AnnouncedFact } from '../../crds/fact.ts';
import type { Announced, AnnouncedTemplate } from '../../crds/template.ts';
import { readTemplate, recordEnd, type Template } from '../decode/template.ts';
import { type OptionsRecord, readFacts, type ToldFact } from '../devices/facts.ts';
import type { Exporter } from './exporter.ts';

/** A template that was announced, or a record of options data with the template that it is of. */
export type Announcement = Omit<AnnouncedTemplate, 'record' | 'data'> & {
  /** The template record. */
  record: Uint8Array;
  data?: { domain: number; record: Uint8Array } | undefined;
};

/** What a domain of an exporter told of itself in one packet, or what another collector knows of it. */
export type FactsAnnouncement = Omit<AnnouncedFact, 'fact'> & { facts: ToldFact[] };

/** What others are told of a template that an exporter has sent. */
export function announce(
  listener: string,
  exporter: Exporter,
  domain: number,
  template: Template,
  received: { exportTime: number; receivedAt: number },
): Announcement {
  const { address, port } = exporter;
  const { options, raw } = template;
  const version = template.version as 9 | 10;
  return { listener, address, port, version, domain, options, ...received, record: raw };
}

/**
 * What was announced: a template, with `options` what its data tell. Undefined when this collector does not take it.
 */
export function readAnnouncement(
  { version, options, record, data }: Announcement,
  maxFields: number,
): { template: Template; options?: OptionsRecord } | undefined {
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  const read = readTemplate(view, 0, record.length, version, options, maxFields);
  if (read.kind !== 'template') return undefined;
  const { template } = read;
  if (!data) return { template };
  const bytes = Buffer.from(data.record);
  if (!options || recordEnd(template, bytes, 0, bytes.length) < 0) return undefined;
  return { template, options: readFacts(template, bytes, 0, bytes.length) };
}

/** As JSON, for files and for other collectors. */
export function toJson(announcement: Announcement | FactsAnnouncement): Announced[] {
  if ('facts' in announcement) {
    const { facts, ...origin } = announcement;
    return facts.map((fact) => ({ ...origin, fact }));
  }
  const { record, data, ...origin } = announcement;
  const announced: AnnouncedTemplate = {
    ...origin,
    record: encode(record),
    ...(data && { data: { ...data, record: encode(data.record) } }),
  };
  return [announced];
}

/** The same from JSON, as it is in files and comes from the operator. */
export function fromJson(announced: Announced): Announcement | FactsAnnouncement {
  if ('fact' in announced) {
    const { fact, ...origin } = announced;
    return { ...origin, facts: [fact] };
  }
  const { record, data, ...origin } = announced;
  return {
    ...origin,
    record: decode(record),
    ...(data && { data: { ...data, record: decode(data.record) } }),
  };
}

const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const decode = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'));
