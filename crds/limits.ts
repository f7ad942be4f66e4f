/** What bounds a collector, and how it ends: what its configuration and the resource have in common. */
import * as z from 'zod';
import { duration, positiveDuration, size } from './quantity.ts';

/** Fields of `templates`. */
export const templateFields = {
  maxAge: positiveDuration
    .prefault('24h')
    .describe('A template neither refreshed nor used for this time is forgotten.'),
  keyBySourcePort: z.boolean().default(false).describe('Tell exporters behind one address apart by their source port.'),
};

export const limits = z.strictObject({
  exporters: z
    .int()
    .min(1)
    .default(16_384)
    .describe('Exporters remembered, for each worker; the one not heard from for longest is forgotten.'),
  templatesPerExporter: z.int().min(1).default(1_024).describe('Beyond this, the least recently used is forgotten.'),
  templates: z.int().min(1).default(65_536).describe('Templates in all, for each worker.'),
  fieldsPerTemplate: z.int().min(1).max(2_048).default(1_024).describe('Larger templates are refused.'),
  recordsPerPacket: z.int().min(1).default(4_096).describe('Further records of a packet are dropped.'),
  heldBytes: size.prefault('16Mi').describe('Data sets waiting for their template, in all, for each worker.'),
  heldBytesPerExporter: size.prefault('1Mi').describe('The same for one exporter.'),
  heldAge: duration.prefault('30m').describe('Held data sets are given up at this age.'),
});

export const logLevel = z
  .enum(['debug', 'info', 'warn', 'error'])
  .default('info')
  .describe('Log lines below this level are left out.');

export const shutdownGrace = duration.prefault('15s').describe('Time to send what is queued after SIGTERM.');
