/** What the main thread and its workers tell each other. */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { SetCounts } from '../aggregate/flow-counts.ts';
import type { TalkerCounts } from '../aggregate/top-talkers.ts';
import type { Books, Snapshot } from '../books/books.ts';
import type { ErrorCode } from '../common/errors.ts';
import type { Counters } from '../ledger/ledger.ts';
import type { Rejection } from '../ledger/rejections.ts';
import type { RuleSlots } from '../ledger/rule-slots.ts';
import type { OpenSocket } from '../listen/sockets.ts';
import type { UserElements } from '../naming/user-elements.ts';
import type { Networks } from '../networks/table.ts';
import type { CounterSample } from '../sflow/counter-samples.ts';
import type { ResourceAttributes } from '../telemetry/resource.ts';
import type { ExportError, ExporterState } from '../telemetry/state.ts';
import type { Announcement, FactsAnnouncement } from '../templates/announcement.ts';

/** What a worker runs with, until it gets another. */
export type WorkerSettings = {
  config: CollectorConfig;
  resource: ResourceAttributes;
  /** Which counters belong to which rule. */
  ruleSlots: RuleSlots;
  /** Names of networks, in shared memory. */
  networks: Networks | undefined;
  /** Elements as the user describes them. */
  elements: UserElements | undefined;
};

/** What a worker starts with. */
export type WorkerStart = WorkerSettings & {
  /** This worker's row of the ledger. */
  counters: Counters;
  /** Shared by all: the flows a second of each, for a ceiling that is theirs together; and the place of this one. */
  rates: Float64Array<SharedArrayBuffer>;
  worker: number;
  /** Where its files of the spool go; undefined when there is none. */
  spoolFolder: string | undefined;
  /** Shared by all: how many more traces the page wants to see. */
  tracesWanted: Int32Array<SharedArrayBuffer>;
  /** Templates known from before, and what devices told of themselves. */
  known: (Announcement | FactsAnnouncement)[];
  /**
   * Sequences that earlier runs have kept, and shared by all, which of them a worker has taken; undefined without
   * books.
   */
  kept: Books['kept'] | undefined;
};

export type FromWorker =
  | { kind: 'listening'; sockets: OpenSocket[] }
  /** The worker can't start. */
  | { kind: 'failed'; code: ErrorCode; detail: string }
  /**
   * Every second, also as a sign of life: the busiest exporters, whose packets were refused, why an export failed last.
   */
  | { kind: 'exporters'; exporters: ExporterState[]; rejections: Rejection[]; exportError: ExportError | undefined }
  /** Every second and at the end. */
  | ({ kind: 'books' } & Snapshot)
  /** Every second, while flows come, and at the end: what they came to since the last time. */
  | { kind: 'counts'; counts: SetCounts[] }
  /** Every second, while devices send counter samples that are asked for: these, and how many found no room. */
  | { kind: 'counter samples'; samples: CounterSample[]; dropped: number }
  /** Now and then: who had most of the bytes in the last seconds. */
  | { kind: 'talkers'; seconds: number; counts: TalkerCounts[] }
  /** A template, or what a device told of itself. */
  | { kind: 'news'; announcement: Announcement | FactsAnnouncement }
  | { kind: 'trace'; spans: Uint8Array }
  /** It runs with the settings that it was sent. */
  | { kind: 'configured' }
  | { kind: 'stopped' };

export type ToWorker =
  | { kind: 'learn'; announcement: Announcement | FactsAnnouncement }
  /** Only live parts of the configuration differ from the one before. */
  | { kind: 'configure'; settings: WorkerSettings }
  /** A file of the spool of an earlier run is now this worker's. */
  | { kind: 'adopt'; path: string }
  | { kind: 'stop'; graceMs: number };
