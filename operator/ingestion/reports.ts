/** What collectors have reported to this leader, and what there is to say about it. */
import type { NetflowCollectorStatus } from '../../crds/netflowcollector.ts';
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
/**
 * How long, in milliseconds, after its last report a node is told of that has no collector any more: by then somebody
 * knows, or wants it so.
 */
const LOST_MS = 3_600_000;
/** What a status holds of a node that is lost. */
const MAX_LOST_ADDRESSES = 5;

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
  /** `pods`: all of the resource; `before`: nodes that its status tells of, from which a leader that begins goes on. */
  healthOf(key: Key, pods: readonly LivePod[], before?: NetflowCollectorStatus['worstNodes']): Health;
  /** The same pods, one by one. */
  collectorsOf(key: Key, pods: readonly LivePod[]): CollectorView[];
  forget(key: Key): void;
  /** Keys of resources one of whose collectors has changed. */
  source: Source;
};

type Collector = {
  reporters: Map<string, Reporter>;
  /** By node. */
  lost: Map<string, LostNode>;
  since: number;
  /** Whether it goes on with what was told of nodes before. */
  recalled: boolean;
  settled: boolean;
};

export type ReportsOptions = {
  clock: Clock;
  /** How far the templates of a resource's collectors have come. */
  templatesOf(key: Key): TemplateState;
  sums: Pick<KeptSums, 'take' | 'forget'>;
};

/** Makes what takes reports, and sums them by resource. */
export function createReports({ clock, templatesOf, sums }: ReportsOptions): Reports {
  const collectors = new Map<Key, Collector>();
  const trigger = createTrigger();
  const newCollector = (): Collector => ({
    ...{ reporters: new Map(), lost: new Map() },
    ...{ since: clock.now(), recalled: false, settled: false },
  });

  function interval(): number {
    const count = collectors.values().reduce((total, { reporters }) => total + reporters.size, 0);
    return Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, count * INTERVAL_FOR_EACH_MS));
  }

  function collectorAt(key: Key): Collector {
    const collector = collectors.get(key) ?? newCollector();
    collectors.set(key, collector);
    return collector;
  }

  /** Takes over what another leader knew: a node that was lost or silent is so until there is news of it. */
  function recall(
    collector: Collector,
    before: NonNullable<NetflowCollectorStatus['worstNodes']>,
    pods: readonly PodIdentity[],
    now: number,
  ): void {
    collector.recalled = true;
    for (const { node, pod = '', reason, lastReportTime, exporters, addresses } of before) {
      if (reason === 'NodeLost' && lastReportTime && exporters && addresses) {
        collector.lost.set(node, { node, pod, lastReportTime: Date.parse(lastReportTime), exporters, addresses });
      }
      if (reason !== 'Silent') continue;
      for (const pod of pods) {
        if (pod.node !== node || collector.reporters.has(pod.uid)) continue;
        collector.reporters.set(pod.uid, { pod, since: now - START_MS - 1 });
      }
    }
  }

  /** Those that are expected, and those that report all the same: their pod has not been seen yet, or is ending. */
  function update(collector: Collector, expected: readonly PodIdentity[], now: number): void {
    const uids = new Set(expected.map(({ uid }) => uid));
    for (const [uid, reporter] of collector.reporters) {
      if (uids.has(uid) || isFresh(reporter, now)) continue;
      collector.reporters.delete(uid);
      const lost = lostWith(reporter);
      if (lost) collector.lost.set(lost.node, lost);
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
    for (const [node, { lastReportTime, addresses }] of lost) {
      const moved = addresses.length > 0 && addresses.every((address) => seen.has(address));
      const told = clock.wallTime() < lastReportTime + LOST_MS;
      if (moved || nodes.has(node) || !told) lost.delete(node);
    }
  }

  /** All that is known about a resource now. */
  function look(key: Key, pods: readonly LivePod[], now: number, before?: NetflowCollectorStatus['worstNodes']) {
    const collector = collectorAt(key);
    const placed = pods.filter(({ node }) => node !== '');
    const expected = placed
      .filter(({ ending }) => !ending)
      .map(({ metadata: { uid = '', name }, node }) => ({ uid, name, node }));
    if (!collector.recalled && before) recall(collector, before, expected, now);
    update(collector, expected, now);
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
      collectorAt(key).reporters.set(pod.uid, next);
      sums.take(key, pod.uid, report);
      if (report.last || isNews(before, report, now)) trigger.fire(key);
      return {
        status: 200,
        body: { interval: told, templates: templatesOf(key) } satisfies Reply,
      };
    },

    healthOf(key, pods, before = []) {
      const now = clock.now();
      const { collector, reporters, troubles } = look(key, pods, now, before);
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
  const addresses = topExporters.map(({ address }) => address).slice(0, MAX_LOST_ADDRESSES);
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
