/**
 * What collectors tell the operator, and what it answers. Counters only grow, within one boot of the collector; times
 * are lengths by the collector's own clock, so nobody compares clocks of two machines. Either side may be older than
 * the other: what it does not know it leaves alone.
 */
import { isIP } from 'node:net';
import * as z from 'zod';
import { account } from './account.ts';
import { templateState } from './template.ts';

/** Audience of the tokens that reports bear. */
export const REPORT_AUDIENCE = 'netflow2traces';
export const REPORT_PATH = '/v1/reports';
/** Longest report, in bytes; a full one has some 3,000. */
export const MAX_REPORT_BYTES = 16_384;
/** Devices in a report. */
export const MAX_REPORTED_EXPORTERS = 10;
/** Longest error of a backend, in characters. */
export const MAX_EXPORT_ERROR = 256;

/** The same of a file of names: ten mistakes may be in it. */
export const MAX_NAMES_ERROR = 1_024;

/** Names of the files by which a collector finds the operator, in the folder `reports.dir`. */
export const REPORT_FILES = {
  endpoint: 'endpoint',
  ca: 'ca.crt',
  token: 'token',
  templates: 'templates.json.gz',
} as const;

const count = z.int().min(0);
const rate = z.number().min(0).max(1e12);

/** What was counted in earlier runs of a collector that kept its books. */
export const earlierRuns = z.object({
  /** The same for all runs that go on with one another's books. */
  books: z.string().regex(/^[0-9a-f]{16}$/),
  account,
  /** Runs that ended without closing their books: they were killed. */
  crashes: count,
});

export type EarlierRuns = z.output<typeof earlierRuns>;

const topExporter = z.object({
  address: z
    .string()
    .max(64)
    .refine((text) => isIP(text) !== 0, 'must be an address'),
  packetsPerSecond: rate,
  flowsPerSecond: rate,
  lostPercent: z.number().min(0).max(100),
});

export type TopExporter = z.output<typeof topExporter>;

export const report = z.object({
  /** Drawn by the collector when it starts: with another one, all counters began at 0. */
  boot: z.string().regex(/^[0-9a-f]{32}$/),
  /** Milliseconds since that start, when the counters were read. It grows from report to report. */
  uptime: z.number().min(0).max(Number.MAX_SAFE_INTEGER),
  ...account.shape,
  /** Absent when the collector keeps no books. */
  earlier: earlierRuns.optional(),
  /** Flows in memory, neither exported nor dropped so far; versions before did not tell. */
  inFlight: count.default(0),
  /** The same on disk. */
  spooled: count.default(0),
  /** The collector ends: there will be none after it. */
  last: z.boolean().default(false),
  /** Whether the backend takes what is sent; `idle`: nothing was sent yet. */
  export: z.object({
    state: z.enum(['idle', 'working', 'failing']),
    error: z.string().max(MAX_EXPORT_ERROR).optional(),
  }),
  /** What is wrong with a file of names of networks or of elements; the last good names stay in use. */
  namesError: z.string().max(MAX_NAMES_ERROR).optional(),
  /** Devices that have sent lately. */
  exporters: count,
  /** Milliseconds since the last packet came; absent before the first. */
  sinceLastPacket: count.optional(),
  topExporters: z.array(topExporter).max(MAX_REPORTED_EXPORTERS),
});

export type Report = z.output<typeof report>;

export const reply = z.object({
  interval: z.int().min(1_000).max(600_000).describe('Milliseconds until the next report.'),
  templates: templateState.optional().describe('How far the templates of all collectors have come.'),
});

export type Reply = z.output<typeof reply>;
