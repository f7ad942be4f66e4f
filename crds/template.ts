/**
 * Templates as collectors keep them and tell each other of them, by way of the operator: JSON, with the template record
 * in base64. Options data that say how flows are read go the same way, each record with the template that it is read by.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';

/** Longest name of a listener, and longest address with its zone. */
const MAX_NAME = 253;
/** Base64 of the longest template record that a datagram can hold. */
const MAX_RECORD = 4 * Math.ceil(65_535 / 3);

const observationDomain = z.int().min(0).max(0xffff_ffff);

export const announcedTemplate = z.object({
  listener: z.string().max(MAX_NAME).describe('Name of the listener it came to.'),
  address: z.string().max(MAX_NAME).describe('Address of its exporter.'),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .describe('Source port of its exporter, where exporters are told apart by it; else 0.'),
  version: z.union([z.literal(9), z.literal(10)]),
  domain: observationDomain.describe('Observation domain, or source id.'),
  options: z.boolean().describe('Whether it is of options data.'),
  exportTime: z.int().min(0).describe('Export Time of the packet that brought it, in Unix seconds.'),
  receivedAt: z.number().min(0).describe('When a collector received that packet, in Unix milliseconds.'),
  record: z.base64().min(4).max(MAX_RECORD).describe('The template record.'),
  data: z
    .object({
      domain: observationDomain.describe('Observation domain that it describes.'),
      record: z.base64().min(4).max(MAX_RECORD),
    })
    .optional()
    .describe('A record of options data. Absent: it is the template that is told.'),
});

export type AnnouncedTemplate = z.output<typeof announcedTemplate>;

/** A key that stays the same however a template changes: whose it is, its id, and what its data describe. */
export function templateIdentity(announced: AnnouncedTemplate): string {
  const { listener, address, port, version, domain, record, data } = announced;
  const [high, low] = Buffer.from(record.slice(0, 4), 'base64');
  return [listener, address, port, version, domain, high * 256 + low, ...(data ? [data.domain] : [])].join(' ');
}

/** Characters of its records, by which it is bounded. */
export function templateSize({ record, data }: Pick<AnnouncedTemplate, 'record' | 'data'>): number {
  return record.length + (data?.record.length ?? 0);
}

/** Templates in one message, and the characters of all their records. */
export const MAX_EXCHANGED = 1_024;
export const MAX_EXCHANGED_CHARACTERS = 512 * 2 ** 10;
/** Longest message, in bytes. */
export const MAX_EXCHANGE_BYTES = 2 ** 20;
export const TEMPLATES_PATH = '/v1/templates';

const exchanged = z.array(announcedTemplate).max(MAX_EXCHANGED);

/** A file of templates. */
export const templateFile = z.object({ templates: z.array(announcedTemplate) });

/** Largest copy, in bytes, uncompressed. */
const MAX_COPY_BYTES = 64 * 2 ** 20;

/** A copy of templates, which the operator leaves for collectors that start: a compressed file of templates. */
export function packTemplates(templates: readonly AnnouncedTemplate[]): Buffer {
  return gzipSync(JSON.stringify({ templates }));
}

/** What a copy holds. Throws when it is none. */
export function unpackTemplates(copy: Uint8Array): AnnouncedTemplate[] {
  const json = gunzipSync(copy, { maxOutputLength: MAX_COPY_BYTES }).toString();
  return templateFile.parse(JSON.parse(json)).templates;
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
  templates: exchanged,
});

export type TemplateRequest = z.output<typeof templateRequest>;

/** With another registry than before, the operator has forgotten what it was told, and must be told again. */
export const templateReply = templateState.extend({
  templates: exchanged,
  /** Whether there is more behind `cursor`. */
  more: z.boolean(),
});

export type TemplateReply = z.output<typeof templateReply>;

/** As many of the templates as one message holds, from the first on. */
export function fillMessage<T extends AnnouncedTemplate>(templates: Iterable<T>): T[] {
  const message: T[] = [];
  let characters = 0;
  for (const template of templates) {
    characters += templateSize(template);
    if (message.length === MAX_EXCHANGED || (characters > MAX_EXCHANGED_CHARACTERS && message.length > 0)) break;
    message.push(template);
  }
  return message;
}
