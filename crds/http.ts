/** What both contracts say of the HTTP port. */
import * as z from 'zod';
import { text } from './rule.ts';

export const httpNames = z
  .array(text(/^[a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?$/, 253, 'must be a DNS name, without a port'))
  .max(16)
  .default([])
  .describe(
    'DNS names by which the page, /status and /api may be asked for, besides localhost, the name of the machine and all addresses.',
  );

export const traceUrl = text(
  /^https?:\/\/\S*\{traceId\}\S*$/,
  2_048,
  'must be an http:// or https:// URL with {traceId} in it',
)
  .optional()
  .describe(
    'Where the backend shows a trace: the page links there. {traceId} stands for its id, as in http://localhost:16686/trace/{traceId}.',
  );

export const httpEnabled = z.boolean().default(true).describe('Whether there is an HTTP port at all.');
