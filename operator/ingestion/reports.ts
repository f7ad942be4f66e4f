/** What collectors have reported to this leader, and what there is to say about it. */
import type { Reply, Report } from '../../crds/report.ts';
import type { TemplateState } from '../../crds/template.ts';
import { type LivePod, troubleAt } from '../cluster/pods.ts';
import type { Identity, PodIdentity } from '../reports/reviewer.ts';
import type { Answer } from '../reports/server.ts';
import type { Clock } from '../runtime/clock.ts';
import { createTrigger, type Source } from '../runtime/controller.ts';
import { type Key, keyOf } from '../runtime/resource.ts';
import { isFresh, type Summary, summarize } from './aggregate.ts';
import { type CollectorView, viewsOf } from './collectors.ts';
import type { LostNode } from './fault.ts';
import type { KeptSums } from './kept-sums.ts';
import { dueTime, hear, type Reporter, START_MS, WINDOW_INTERVALS } from './reporter.ts';

/** Milliseconds between the reports of one collector: enough to keep the operator at 100 reports a second. */
const INTERVAL_FOR_EACH_MS = 10;
const MIN_INTERVAL_MS = 5_000;
const MAX_INTERVAL_MS = 60_000;
/** How long, in milliseconds, a node is told of that has no collector any more: by then somebody knows, or wants it so. */
const LOST_MS = 3_600_000;

export type Health = {
  summary: Summary;
  /** Milliseconds that rates are stated over. */
  window: number;
  /** A leader that has just begun has not heard of all yet: what was said before stands. */
  settled: boolean;
  /** Milliseconds after which the next collector will be silent if it does not report. */
  nextLook: number;
};

export type Reports = {
  /** Takes what came from a collector. */
  take(identity: Identity, report: Report): Answer;
  /** `pods`: all of the resource. */
  healthOf(key: Key, pods: readonly LivePod[]): Health;
  /** The same pods, one by one. */
  collectorsOf(key: Key, pods: readonly LivePod[]): CollectorView[];
  forget(key: Key): void;
  /** Keys of resources one of whose collectors has changed. */
  source: Source;
};

type Collector = {
  reporters: Map<string, Reporter>;
  /** By node; `at`: when it was found to be lost, by the clock's `now`. */
  lost: Map<string, LostNode & { at: number }>;
  since: number;
  settled: boolean;
};

export type ReportsOptions = {
  clock: Clock;
  /** How far the templates of a resource's collectors have come. */
  templatesOf(key: Key): TemplateState;
  sums: Pick<KeptSums, 'take' | 'forget'>;
};

export function createReports({ clock, templatesOf, sums }: ReportsOptions): Reports {
  const collectors = new Map<Key, Collector>();
  const trigger = createTrigger();
  const newCollector = (): Collector => ({
    ...{ reporters: new Map(), lost: new Map() },
    ...{ since: clock.now(), settled: false },
  });

  function interval(): number {
    const count = collectors.values().reduce((total, { reporters }) => total + reporters.size, 0);
    return Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, count * INTERVAL_FOR_EACH_MS));
  }

  function put(key: Key, reporter: Reporter): void {
    const collector = collectors.get(key) ?? newCollector();
    collectors.set(key, collector);
    collector.reporters.set(reporter.pod.uid, reporter);
  }

  /** Those that are expected, and those that report all the same: their pod has not been seen yet, or is ending. */
  function update(collector: Collector, expected: readonly PodIdentity[], now: number): void {
    const uids = new Set(expected.map(({ uid }) => uid));
    for (const [uid, reporter] of collector.reporters) {
      if (uids.has(uid) || isFresh(reporter, now)) continue;
      collector.reporters.delete(uid);
      const lost = lostWith(reporter);
      if (lost) collector.lost.set(lost.node, { ...lost, at: now });
    }
    for (const pod of expected) {
      if (!collector.reporters.has(pod.uid)) collector.reporters.set(pod.uid, { pod, since: now });
    }
    if (collector.lost.size > 0) forgetLost(collector, now);
  }

  /** A node that has a collector again, or whose exporters are seen elsewhere, is lost no more. */
  function forgetLost({ reporters, lost }: Collector, now: number): void {
    const all = [...reporters.values()];
    const nodes = new Set(all.map(({ pod }) => pod.node));
    const fresh = all.filter((reporter) => isFresh(reporter, now));
    const seen = new Set(fresh.flatMap(({ heard }) => heard!.report.topExporters.map(({ address }) => address)));
    for (const [node, { at, addresses }] of lost) {
      const moved = addresses.length > 0 && addresses.every((address) => seen.has(address));
      if (moved || nodes.has(node) || now >= at + LOST_MS) lost.delete(node);
    }
  }

  /** All that is known about a resource now. */
  function look(key: Key, pods: readonly LivePod[], now: number) {
    const collector = collectors.get(key) ?? newCollector();
    collectors.set(key, collector);
    const placed = pods.filter(({ node }) => node !== '');
    update(
      collector,
      placed.map(({ metadata: { uid = '', name }, node }) => ({ uid, name, node })),
      now,
    );
    const troubles = placed.flatMap((pod) => {
      const trouble = troubleAt(pod, clock.wallTime());
      return trouble ? [[pod.metadata.uid ?? '', trouble] as const] : [];
    });
    return { collector, reporters: [...collector.reporters.values()], troubles: new Map(troubles) };
  }

  return {
    take({ collector: key, pod }, report) {
      const now = clock.now();
      const before = collectors.get(key)?.reporters.get(pod.uid) ?? { pod, since: now };
      const told = interval();
      const next = hear({ ...before, pod }, report, { now, wallTime: clock.wallTime(), interval: told });
      if (next === 'replayed') return { status: 409, error: 'a later report than this one was taken already' };
      put(key, next);
      sums.take(key, pod.uid, report);
      if (report.last || isNews(before, report, now)) trigger.fire(key);
      return {
        status: 200,
        body: { interval: told, templates: templatesOf(key) } satisfies Reply,
      };
    },

    healthOf(key, pods) {
      const now = clock.now();
      const { collector, reporters, troubles } = look(key, pods, now);
      const summary = summarize(reporters, troubles, now, [...collector.lost.values()]);
      const { expected, reporting } = summary.nodes;
      collector.settled ||= now - collector.since >= START_MS || (reporting === expected && summary.complete);
      const dues = reporters.map(dueTime).filter((due) => due >= now);
      return {
        summary,
        window: interval() * WINDOW_INTERVALS,
        settled: collector.settled,
        nextLook: dues.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) - now,
      };
    },

    collectorsOf(key, pods) {
      const now = clock.now();
      const { reporters, troubles } = look(key, pods, now);
      return viewsOf(reporters, troubles, now);
    },

    forget(key) {
      collectors.delete(key);
      sums.forget(key);
    },

    source: trigger.source,
  };
}

/** What is lost when a collector is gone; nothing when nobody sent to it. */
function lostWith({ pod, heard }: Reporter): LostNode | undefined {
  if (!heard || heard.report.exporters === 0) return undefined;
  const { exporters, topExporters } = heard.report;
  const addresses = topExporters.map(({ address }) => address);
  return { node: pod.node, pod: pod.name, lastReportTime: heard.wallTime, exporters, addresses };
}

/** Whether a report may turn a condition. */
function isNews(before: Reporter, { export: { state } }: Report, now: number): boolean {
  return !isFresh(before, now) || before.heard?.report.export.state !== state;
}

/** The key of the resource that a pod belongs to. */
export function collectorOf({ metadata: { namespace }, collector }: LivePod): Key {
  return keyOf({ namespace, name: collector });
}
