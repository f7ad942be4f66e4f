/** What the running collector shows of itself: in its status, metrics and page. */
import type { Resource } from '@opentelemetry/resources';
import type { Account } from '../../crds/account.ts';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { EarlierRuns } from '../../crds/report.ts';
import type { Announced } from '../../crds/template.ts';
import type { ToldVersion } from '../common/version-name.ts';
import type { UsualLateness } from '../ledger/lateness.ts';
import type { BudgetName, Ledger } from '../ledger/ledger.ts';
import type { Rejection } from '../ledger/rejections.ts';
import type { RuleSlots } from '../ledger/rule-slots.ts';
import type { UserElementsState } from '../naming/follow.ts';
import type { UserElements } from '../naming/user-elements.ts';
import type { NetworksState } from '../networks/follow.ts';
import type { CounterSeries } from './counter-sums.ts';
import type { FlowSet } from './flow-sums.ts';
import type { TopTalkers, Volume } from './talker-rates.ts';

/** One UDP socket. With several workers, each has its own on the same address and port. */
export type SocketState = {
  listener: string;
  worker: number;
  address: string;
  port: number;
  /** Receive buffer asked for and granted, in bytes; the kernel caps it at net.core.rmem_max. */
  requestedBuffer: number;
  grantedBuffer: number;
  /** From /proc/net/udp and udp6; undefined where there is none. */
  queuedBytes?: number;
  droppedPackets?: number;
};

/** How many packets one stands for, and who says so. */
export type RateState = { rate: number; from: string };

/** An observation domain of an exporter (v5: engine; v9: source id). */
export type DomainState = {
  version: ToldVersion;
  /** -1: the whole exporter, of a version without domains. Of sFlow, the sub-agent. */
  id: number;
  /** Address of the agent of sFlow that the sub-agent is of. */
  agent?: string;
  /** How far its clock is ahead of ours, in seconds. */
  clockOffsetSeconds?: number;
  /** When something of it came last, in Unix milliseconds. */
  heardTime: number;
};

/** One device that exports to us, as seen by one worker. Times are Unix milliseconds. */
export type ExporterState = {
  listener: string;
  address: string;
  port: number;
  /** Versions seen: 1, 5, 7, 9, 10, and sFlow. */
  versions: ToldVersion[];
  /** Those heard of last, and how many there are. */
  domains: DomainState[];
  domainCount: number;
  packets: number;
  bytes: number;
  flows: number;
  errors: number;
  lostFlows: number;
  lostPackets: number;
  templates: number;
  /** Data sets that wait for their template. */
  heldSets: number;
  /** What it wanted lately beyond its budget, the most first. */
  overBudget: BudgetName[];
  /** Ids of templates mean now this layout, now that, as those of two devices behind one address do. */
  flippingTemplates: boolean;
  /** Rates of sampling that are known, the first few. */
  rates: RateState[];
  /** Of late it sent flows that are sampled at a rate that is not known. */
  samplesUnrated: boolean;
  /** How far its clock is ahead of ours, in seconds; negative: behind. Left out before its first packet. */
  clockOffsetSeconds?: number;
  /** How long after their end its flows usually come, in seconds; left out when there were too few. */
  lateness?: UsualLateness;
  firstPacketTime: number;
  lastPacketTime: number;
};

/** Why an export failed, and when, in Unix milliseconds. */
export type ExportError = { error: string; time: number };

/** What has become of the configuration since the start: it is read again when its file changes. */
export type ReloadState = {
  /** Whether the configuration that was read last is valid; it is at the start. */
  successful: boolean;
  /** When a valid one was last read, in Unix milliseconds. */
  successTime: number;
  /** What is wrong with the one that was read last. */
  error: string | undefined;
  /** Paths of fields that it has changed and that need a restart. */
  needRestart: readonly string[];
};

/** The books that are kept over the end of a run. */
export type BooksState = {
  /** What earlier runs have counted. */
  readonly earlier: EarlierRuns;
  /** What this one had counted when its books were last written, and when, by a clock that nobody sets. */
  readonly written: { account: Account; inFlight: number; spooled: number; uptime: number } | undefined;
  /** What was counted in all runs. */
  total(ledger: Ledger): Account;
};

export type CollectorState = {
  /** The one in use: parts of it change while the collector runs, as do resource and slots. */
  readonly config: CollectorConfig;
  readonly resource: Resource;
  readonly ruleSlots: RuleSlots;
  readonly reload: ReloadState;
  readonly networks: NetworksState | undefined;
  readonly elements: UserElementsState | undefined;
  /** What that file says. */
  readonly userElements: UserElements | undefined;
  /** Names of attributes in the configuration that no flow span has, each as a sentence for people. */
  readonly namesWithoutEffect: readonly string[];
  /** The variable that keeps flows from being sent, if one does. */
  readonly tracesOff: string | undefined;
  version: string;
  /** What is kept in the state folder; undefined when none is configured. */
  readonly books: BooksState | undefined;
  /** Why something in that folder can't be written. */
  readonly stateError: string | undefined;
  /** Unix milliseconds. */
  startTime: number;
  /** Seconds since then, by a clock that nobody sets. */
  uptime(): number;
  /** All sockets are open and the process is not stopping. */
  ready(): boolean;
  /** Every worker answers. */
  live(): boolean;
  ledger(): Ledger;
  /** What all flows came to, by the sets of `flowMetrics`. */
  flowSets(): readonly FlowSet[];
  /** What devices count themselves, by `sflow.counters`: their series, and counter samples taken and left out. */
  deviceCounters: { series(): CounterSeries[]; readonly taken: number; readonly dropped: number };
  /** Who has most of the bytes lately; undefined when that is not counted. */
  topTalkers(): TopTalkers | undefined;
  /** What came since the last call to services, or ports; undefined when that is not counted. */
  takeServices(): ReadonlyMap<string, Volume> | undefined;
  sockets(): SocketState[];
  /** The busiest exporters, at most 1,000. */
  exporters(): ExporterState[];
  /** The last senders of whom something was refused, for minutes; the last to be seen first. */
  rejections(): Rejection[];
  /** The gateway of the network of this container, behind which senders may be hidden; undefined when it is in none. */
  gateway: string | undefined;
  /** Templates and facts that exporters told. */
  announced(): Iterable<Announced>;
  /** The last export that failed; undefined when none has. */
  exportError(): ExportError | undefined;
  /**
   * Asks the workers to hand over the next `count` packets' traces. They come through `onTrace`: the concatenated
   * `ScopeSpans.spans` fields (tag 0x12, length, Span) of one packet, or of flows of one that were held.
   */
  requestTraces(count: number): void;
  onTrace(listener: (spans: Uint8Array) => void): void;
};
