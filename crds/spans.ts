import * as z from 'zod';
import { duration } from './quantity.ts';
import { mapping } from './rule.ts';

const attributeNames = z.array(z.string().min(1).max(256)).max(256).default([]);

/** What spans say: the same in the collector's configuration and in the resource. */
export const spans = z.strictObject({
  timestamps: z
    .enum(['flow', 'received', 'clamped'])
    .default('flow')
    .describe('Times of a flow span: the flow’s own, its reception, or its own but no older than maxAge.'),
  maxAge: duration.prefault('1m').describe('With timestamps: clamped, how old a flow span may start.'),
  attributes: z
    .strictObject({
      include: attributeNames.describe('Only these; a trailing * matches any rest.'),
      exclude: attributeNames.describe('Not these; wins over include.'),
    })
    .prefault({})
    .describe('Attributes of a flow span that are sent.'),
  resourceAttributes: mapping(/./, z.string().max(2_048), 128, 'must not be empty')
    .default({})
    .describe('Attributes of the resource that all spans belong to.'),
});
