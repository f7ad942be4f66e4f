/**
 * What spans say: the same in the collector's configuration and in the resource, but for where the names of networks
 * are. Each of them puts these parts together, and adds that field to `attributes`.
 */
import * as z from 'zod';
import { PROFILES } from './attributes/attribute.ts';
import { duration } from './quantity.ts';
import { mapping } from './rule.ts';
import { constants, rename } from './spans/names.ts';
import { services } from './spans/services.ts';

/** What a trace holds. */
export const TRACES = ['packet', 'flow', 'conversation'] as const;
export type TraceShape = (typeof TRACES)[number];

const attributeNames = z.array(z.string().min(1).max(256)).max(256).default([]);

export const spanFields = {
  profile: z
    .enum(PROFILES)
    .default('flow')
    .describe(
      'Which attributes flow spans have: what records tell; those of the OpenTelemetry Collector’s netflowreceiver, under its names; only who, with whom, how much; full, what records tell and flow.tcp.flags.tags and flow.community_id; or those of the Python netflow2traces, under its names.',
    ),
  trace: z
    .enum(TRACES)
    .default('packet')
    .describe(
      'What a trace holds: the flows of one export packet; one flow, with a link to its packet; or a conversation, both directions as all exporters saw them within an hour.',
    ),
  services,
  timestamps: z
    .enum(['flow', 'received', 'clamped'])
    .default('flow')
    .describe('Times of a flow span: the flow’s own, its reception, or its own but ending no longer ago than maxAge.'),
  maxAge: duration
    .prefault('20s')
    .describe(
      'With timestamps: clamped, how long before its reception a flow span may end. Tempo’s metrics leave out spans that ended more than 30 s ago.',
    ),
  clock: z
    .enum(['corrected', 'exporter'])
    .default('corrected')
    .describe(
      'Whose clock tells when a flow was: the exporter’s, corrected where it is off by more than 5 s, or as it is.',
    ),
  resourceAttributes: mapping(/./, z.string().max(2_048), 128, 'must not be empty')
    .default({})
    .describe('Attributes of the resource that all spans belong to.'),
};

export const spanAttributes = z
  .strictObject({
    include: attributeNames.describe('Only these of the profile; a trailing * matches any rest.'),
    exclude: attributeNames.describe('Not these of the profile; wins over include.'),
    rename,
    constants,
  })
  .describe('Attributes of a flow span that are sent.');
