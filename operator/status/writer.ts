/**
 * The status: from what reconciles found and what collectors report to what people see. Nobody else writes it. At most
 * one write in ten seconds, but at once when a condition changes; one a minute when nothing does but the time.
 */
import { listed } from '../../crds/common/text.ts';
import type { NetflowCollectorStatus } from '../../crds/netflowcollector.ts';
import { COLLECTORS, type RawCollector } from '../cluster/kinds.ts';
import { type LivePod, podsOf } from '../cluster/pods.ts';
import type { KeptSums } from '../ingestion/kept-sums.ts';
import type { Health, Reports } from '../ingestion/reports.ts';
import type { Totals } from '../ingestion/sums.ts';
import type { Client } from '../runtime/client.ts';
import type { Clock } from '../runtime/clock.ts';
import { createTrigger, type Outcome, type Source } from '../runtime/controller.ts';
import { isFailure } from '../runtime/errors.ts';
import type { Recorder } from '../runtime/events.ts';
import { type Key, keyOf } from '../runtime/resource.ts';
import { updateConditions } from '../runtime/status-conditions.ts';
import type { Store, StoreReader } from '../runtime/store.ts';
import { mergePatch } from './merge-patch.ts';
import { isWarning, newsIn } from './news.ts';
import { fit, neverLess, project } from './project.ts';
import { conditionsOf, type Findings, nodesOf, type Reported, worstReasonOf } from './reconcile-conditions.ts';
import { misnamedIn, reportConditions } from './report-conditions.ts';

/** How often, in milliseconds, a status is written in which no condition changed. */
const WRITE_MS = 10_000;
/** The same when only its time would change, so that it is seen that somebody looks. */
const RENEW_MS = 60_000;
/** Nodes that a message names. */
const MAX_NODES = 5;
/** How often one is looked at, at most and, while collectors report, at least. */
const MIN_LOOK_MS = 500;
const MAX_LOOK_MS = 10_000;

export type StatusOptions = {
  client: Client;
  collectors: Store<RawCollector>;
  pods: StoreReader<LivePod>;
  /** Undefined when collectors can't report. */
  reports: Reports | undefined;
  sums: Pick<KeptSums, 'keep'>;
  recorder: Recorder;
  clock: Clock;
};

/** Findings, and what they are about. */
type Found = Findings & { uid: string | undefined; generation: number | undefined };

export type StatusWriter = {
  /** Takes what a reconcile found about a resource as it was then. */
  found(resource: RawCollector, findings: Findings): void;
  /** The resource is gone. */
  forget(key: Key): void;
  /** Keys of resources whose status should say something else. */
  sources: readonly Source[];
  /** Brings one resource's status up to date. */
  reconcile(key: Key, signal: AbortSignal): Promise<Outcome>;
  /** What collectors report, as it was last looked at. */
  healths(): Iterable<[Key, Health]>;
};

/** Makes the only writer of the status of resources. */
export function createStatusWriter(options: StatusOptions): StatusWriter {
  const { client, collectors, pods, reports, sums, recorder, clock } = options;
  const foundOf = new Map<Key, Found>();
  const healthOf = new Map<Key, Health>();
  const lookedAt = new Map<Key, number>();
  const written = new Map<Key, number>();
  const all = [foundOf, healthOf, lookedAt, written];
  const trigger = createTrigger();

  /** Resolves with the milliseconds after which to try again, if the write is held back. */
  async function write(resource: RawCollector, next: NetflowCollectorStatus, signal: AbortSignal): Promise<number> {
    const { metadata, status = {} } = resource;
    const key = keyOf(metadata);
    const patch = mergePatch(status, next);
    if (Object.keys(patch).length === 0) return Number.POSITIVE_INFINITY;

    const news = newsIn(status.conditions ?? [], next.conditions ?? []);
    const pause = isRenewal(patch) ? RENEW_MS : WRITE_MS;
    const wait = (written.get(key) ?? Number.NEGATIVE_INFINITY) + pause - clock.now();
    if (news.length === 0 && status.observedGeneration === next.observedGeneration && wait > 0) return wait;
    try {
      const answer = await client.patch(COLLECTORS, metadata, { status: patch }, signal, { subresource: 'status' });
      collectors.note(answer);
    } catch (error) {
      if (isFailure(error, 'NotFound')) return Number.POSITIVE_INFINITY; // deleted meanwhile
      throw error;
    }
    written.set(key, clock.now());
    for (const condition of news) {
      const { type, reason, message } = condition;
      const severity = isWarning(condition) ? 'Warning' : 'Normal';
      recorder.record({ regarding: resource, type: severity, reason, action: `Set${type}`, note: message });
    }
    return Number.POSITIVE_INFINITY;
  }

  return {
    found({ metadata }, findings) {
      const key = keyOf(metadata);
      foundOf.set(key, { ...findings, uid: metadata.uid, generation: metadata.generation });
      trigger.fire(key);
    },

    forget(key) {
      for (const map of all) map.delete(key);
      reports?.forget(key);
    },

    sources: [trigger.source, ...(reports ? [reports.source] : [])],

    async reconcile(key, signal) {
      const resource = collectors.get(key);
      const found = foundOf.get(key);
      if (!resource || !found || found.uid !== resource.metadata.uid) return 'done';
      const early = (lookedAt.get(key) ?? Number.NEGATIVE_INFINITY) + MIN_LOOK_MS - clock.now();
      if (early > 0) return { requeueAfter: early };
      lookedAt.set(key, clock.now());

      const current = podsOf(pods, resource.metadata);
      const health = reports?.healthOf(key, current, resource.status?.worstNodes);
      if (health) healthOf.set(key, health);
      const spoolGoes = new Map(current.map(({ metadata: { uid = '' }, spoolGoes }) => [uid, spoolGoes]));
      const totals = health && (await sums.keep(resource, spoolGoes, signal));
      const next = statusOf(resource, found, health, totals, clock.wallTime());
      const heldBack = await write(resource, next, signal);
      const look = health ? Math.min(MAX_LOOK_MS, Math.max(MIN_LOOK_MS, health.nextLook)) : Number.POSITIVE_INFINITY;
      const wait = Math.min(heldBack, look);
      return Number.isFinite(wait) ? { requeueAfter: wait } : 'done';
    },

    healths: () => healthOf.entries(),
  };
}

function statusOf(
  { status = {} }: RawCollector,
  { generation, ...findings }: Found,
  health: Health | undefined,
  totals: Totals | undefined,
  wallTime: number,
): NetflowCollectorStatus {
  const previous = status.conditions ?? [];
  const { conditions, ...shown } = health ? shownOf(health, totals, status, wallTime) : { conditions: [] };
  const reported = health ? reportedIn(health.summary) : {};
  const all = [...conditionsOf(findings, { ...reported, conditions }), ...conditions];
  return fit({
    observedGeneration: generation,
    reason: worstReasonOf(all),
    conditions: updateConditions(previous, all, generation, wallTime),
    ...shown,
    nodes: {
      ...nodesOf(findings.daemonSet, reported),
      ...(health && { reporting: health.summary.nodes.reporting }),
    },
  });
}

/** Whether a patch only says that all is still as it was. */
function isRenewal({ ingestion, ...rest }: ReturnType<typeof mergePatch>): boolean {
  return Object.keys(rest).length === 0 && Object.keys(ingestion ?? {}).every((key) => key === 'observedTime');
}

/** Until a new leader has heard of all, what was said before stands. */
function shownOf(
  { settled, summary, window }: Health,
  totals: Totals | undefined,
  before: NetflowCollectorStatus,
  wallTime: number,
) {
  const ofReports = reportConditions(summary);
  if (!settled) {
    const { ingestion, topExporters, worstNodes, conditions = [] } = before;
    const types = ofReports.map(({ type }) => type);
    return {
      ingestion,
      topExporters,
      worstNodes,
      conditions: conditions.filter(({ type }) => types.includes(type)),
    };
  }
  const { ingestion, ...lists } = project(summary, window, totals, wallTime);
  const { lastPacketTime, totals: shown, droppedByReason } = before.ingestion ?? {};
  return {
    ingestion: {
      ...(lastPacketTime && { lastPacketTime }),
      ...(droppedByReason && { droppedByReason }),
      ...ingestion,
      ...((shown ?? ingestion?.totals) && { totals: neverLess(shown, ingestion?.totals) }),
    },
    ...lists,
    conditions: ofReports,
  };
}

function reportedIn(summary: Health['summary']): Omit<Reported, 'conditions'> {
  return { lost: lostIn(summary), silent: silentIn(summary), misnamed: misnamedIn(summary) };
}

/** When none reports, it is not the nodes. */
function silentIn({ silent, nodes }: Health['summary']): readonly string[] {
  return silent.length < nodes.expected ? silent : [];
}

function lostIn({ faults, lost }: Health['summary']): Reported['lost'] {
  const [worst] = faults.filter(({ reason }) => reason === 'NodeLost');
  if (!worst) return undefined;
  const nodes = lost.map(({ node }) => node);
  return { reason: worst.reason, message: `on ${listed(nodes, MAX_NODES)}: ${worst.message}`, nodes };
}
