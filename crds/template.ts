/**
 * Templates as collectors keep them and tell each other of them, by way of the operator: JSON, with the template record
 * in base64. What devices told of themselves goes the same way, as facts beside the templates.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import { type AnnouncedFact, facts } from './fact.ts';
import { adopted, exporterOf, observationDomain, origin, receivedAt } from './origin.ts';

/** Base64 of the longest template record that a datagram can hold. */
const MAX_RECORD = 4 * Math.ceil(65_535 / 3);

export const announcedTemplate = z.object({
  ...origin,
  options: z.boolean().describe('Whether it is of options data.'),
  exportTime: z.int().min(0).describe('Export Time of the packet that brought it, in Unix seconds.'),
  receivedAt,
  adopted,
  record: z.base64().min(4).max(MAX_RECORD).describe('The template record.'),
  data: z
    .object({
      domain: observationDomain.describe('Observation domain that it describes.'),
      record: z.base64().min(4).max(MAX_RECORD),
    })
    .optional()
    .describe('A record of options data, as versions without facts told it. Absent: it is the template that is told.'),
});

export type AnnouncedTemplate = z.output<typeof announcedTemplate>;

export type Announced = AnnouncedTemplate | AnnouncedFact;

/** A key of the observation domain that is told about, with its exporter. */
export function domainOf(announced: Announced): string {
  return `${exporterOf(announced)} ${announced.domain}`;
}

/**
 * A key that stays the same however it changes what is told: of a template its origin and id, of a fact what it is
 * about.
 */
export function identityOf(announced: Announced): string {
  const whose = domainOf(announced);
  if ('fact' in announced) return `${whose} ${announced.fact.kind} ${announced.fact.id}`;
  const { record, data } = announced;
  const [high, low] = Buffer.from(record.slice(0, 4), 'base64');
  return [whose, high * 256 + low, ...(data ? [data.domain] : [])].join(' ');
}

/** Characters by which it is bounded. */
export function sizeOf(announced: Announced): number {
  if ('fact' in announced) return Buffer.byteLength(JSON.stringify(announced.fact));
  return announced.record.length + (announced.data?.record.length ?? 0);
}

/** As messages and files have it: facts beside templates, where versions without facts don't look. */
export function apart(announced: readonly Announced[]): { templates: AnnouncedTemplate[]; facts: AnnouncedFact[] } {
  return {
    templates: announced.filter((one): one is AnnouncedTemplate => !('fact' in one)),
    facts: announced.filter((one): one is AnnouncedFact => 'fact' in one),
  };
}

/** Templates and facts in one message, and the characters of all of them. */
export const MAX_EXCHANGED = 1_024;
const MAX_EXCHANGED_CHARACTERS = 512 * 2 ** 10;
/** Longest message, in bytes. */
export const MAX_EXCHANGE_BYTES = 2 ** 20;
export const TEMPLATES_PATH = '/v1/templates';

const exchanged = {
  templates: z.array(announcedTemplate).max(MAX_EXCHANGED),
  facts: facts(MAX_EXCHANGED),
};

/** A file of templates and facts. */
const templateFile = z.object({
  templates: z.array(announcedTemplate),
  facts: facts(),
});

/** Largest copy, in bytes, uncompressed. */
const MAX_COPY_BYTES = 64 * 2 ** 20;

/** The pod of a collector. */
const pod = z.object({ name: z.string(), uid: z.string() });

export type SpeakingPod = z.output<typeof pod>;

const templateCopy = templateFile.extend({
  /** By the domain that is told about, see `domainOf`: whose word of it counts. */
  speakers: z.record(z.string(), pod).default({}),
});

export type TemplateCopy = { announced: Announced[]; speakers: Record<string, SpeakingPod> };

/** A copy of templates, which the operator leaves for collectors that start: a compressed file of templates. */
export function packTemplates({ announced, speakers }: TemplateCopy): Buffer {
  return gzipSync(JSON.stringify({ ...apart(announced), speakers }));
}

/** What a copy holds. Throws when it is none. */
export function unpackTemplates(copy: Uint8Array): TemplateCopy {
  const json = gunzipSync(copy, { maxOutputLength: MAX_COPY_BYTES }).toString();
  const { templates, facts, speakers } = templateCopy.parse(JSON.parse(json));
  return { announced: [...templates, ...facts], speakers };
}

/** How far a registry has got: each template that is new or changed adds 1 to its cursor. */
export const templateState = z.object({ registry: z.string().max(64), cursor: z.int().min(0) });

export type TemplateState = z.output<typeof templateState>;

/** A collector tells what it learned, and asks for what others did. */
export const templateRequest = z.object({
  /** The registry that `cursor` is of; absent in the first request. */
  registry: z.string().max(64).optional(),
  /** Of the last reply: only what was learned since then is wanted. */
  cursor: z.int().min(0),
  ...exchanged,
});

/** Without facts, as versions tell it that have none. */
export type TemplateRequest = Omit<z.output<typeof templateRequest>, 'facts'> & { facts?: AnnouncedFact[] };

/** With another registry than before, the operator has forgotten what it was told, and must be told again. */
export const templateReply = templateState.extend({
  ...exchanged,
  /** Whether there is more behind `cursor`. */
  more: z.boolean(),
});

export type TemplateReply = z.output<typeof templateReply>;

/** As much of what is announced as one message holds, from the first on. */
export function fillMessage<T extends Announced>(announced: Iterable<T>): T[] {
  const message: T[] = [];
  let characters = 0;
  for (const one of announced) {
    characters += sizeOf(one);
    if (message.length === MAX_EXCHANGED || (characters > MAX_EXCHANGED_CHARACTERS && message.length > 0)) break;
    message.push(one);
  }
  return message;
}
