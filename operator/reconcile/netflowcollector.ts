/**
 * The operator's one reconcile: from a NetflowCollector as written to collectors that run as it says. In comes the key
 * of a resource; out go the objects it becomes, and what its status is to say. Each pass looks at everything, whatever
 * happened before, and writes only what differs.
 */

import { isObserved, type LiveDaemonSet, type RawCollector } from '../cluster/kinds.ts';
import { findingsOf, type LivePod, podsOf, toldFor, whyNotCreated } from '../cluster/pods.ts';
import type { Finding } from '../cluster/reasons.ts';
import { referencesOf } from '../manifests/credentials.ts';
import type { CollectorDefaults } from '../manifests/defaults.ts';
import { buildManifests } from '../manifests/manifests.ts';
import type { ReportTarget } from '../manifests/reports.ts';
import { ForeignObjectError } from '../runtime/apply.ts';
import type { Client } from '../runtime/client.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Outcome } from '../runtime/controller.ts';
import { ApiError, type Failure } from '../runtime/errors.ts';
import type { Key, KubeObject } from '../runtime/resource.ts';
import type { StoreReader } from '../runtime/store.ts';
import type { StatusWriter } from '../status/writer.ts';
import type { Copies } from '../templates/copies.ts';
import { accept } from './accept.ts';
import { keptTemplates } from './kept-templates.ts';
import type { Owned } from './owned.ts';
import type { Ports } from './ports.ts';

export type ReconcileParts = {
  client: Client;
  collectors: StoreReader<RawCollector>;
  pods: StoreReader<LivePod>;
  owned: Owned;
  ports: Ports;
  status: StatusWriter;
  /** Where collectors report; undefined when they can't. */
  reports: ReportTarget | undefined;
  templates: Copies;
  defaults: CollectorDefaults;
  clock: Clock;
};

/** How often, in milliseconds, what can't be watched is looked at: Secrets of others, and what a person must fix. */
const LOOK_AGAIN_MS = 30_000;
/** The same while pods are missing that nobody has spoken of yet. */
const PODS_MISSING_MS = 5_000;

/** Makes what brings the cluster to what a resource describes, by its key. */
export function createReconcile(parts: ReconcileParts): (key: Key, signal: AbortSignal) => Promise<Outcome> {
  const { client, collectors, owned, ports, status, reports, templates, defaults, clock } = parts;

  return async (key, signal) => {
    const raw = collectors.get(key);
    if (!raw || raw.metadata.deletionTimestamp) {
      status.forget(key); // what it owns goes with it
      ports.forget(key);
      templates.forget(key);
      return 'done';
    }
    const { uid } = raw.metadata;

    // A configuration that can't be run changes nothing: the collectors run on with the last one that could.
    const verdict = await accept(raw, client, ports, signal);
    const resource = 'accepted' in verdict ? verdict.accepted : undefined;
    const podMonitors = resource?.spec.metrics.podMonitor ? await owned.hasPodMonitors(signal) : false;
    let failure: Finding | undefined;
    let renewIn: number | undefined;
    if ('accepted' in verdict) {
      const { accepted, credentials } = verdict;
      const image = owned.daemonSetOf(uid)?.defaultImage ?? defaults.image;
      const copy = reports && (await templates.copyOf(key, () => keptTemplates(client, accepted, signal)));
      renewIn = copy?.staleIn;
      const context = {
        defaults: { ...defaults, image },
        credentials,
        podMonitors,
        reports: copy && { ...reports!, templates: copy.copy },
      };
      const objects = buildManifests(accepted, context);
      failure = await lasting(() => owned.ensure(objects as KubeObject[], uid, signal));
      if (!failure) ports.settle(key);
    }

    const daemonSet = owned.daemonSetOf(uid);
    const missing = daemonSet !== undefined && lacksPods(daemonSet);
    const current = podsOf(parts.pods, raw.metadata);
    const pods = findingsOf(current, clock.wallTime());
    if (missing && !pods.trouble) {
      const trouble = await whyNotCreated(client, daemonSet, signal);
      if (trouble) Object.assign(pods, { trouble, stuck: Number.POSITIVE_INFINITY });
    }
    const podMonitorMissing = resource?.spec.metrics.podMonitor === true && !podMonitors;
    const rejected = 'rejected' in verdict ? verdict.rejected : undefined;
    const unnamed = 'accepted' in verdict ? verdict.unnamed : undefined;
    const rollout = resource?.spec.pod.rollout;
    status.found(raw, { rejected, failure, pods, unnamed, podMonitorMissing, daemonSet, rollout });

    const unwatched = !resource || referencesOf(resource).length > 0 || podMonitorMissing || failure || missing;
    const told = toldFor(current, clock.wallTime());
    const waits = [
      ...(unwatched ? [LOOK_AGAIN_MS] : []),
      ...(missing && !pods.trouble ? [PODS_MISSING_MS] : []),
      ...(told === undefined ? [] : [told]),
      ...(renewIn === undefined ? [] : [renewIn]),
    ];
    return waits.length > 0 ? { requeueAfter: Math.min(...waits) } : 'done';
  };
}

/**
 * Failures that trying again at once does not cure, and what to say about them. All others are temporary, and thrown.
 */
const LASTING = {
  Forbidden: 'the API server does not allow it',
  Invalid: 'the API server refuses an object',
  Rejected: 'the API server refuses a request',
  NotFound: 'the namespace or a kind of object is gone',
} as const satisfies Partial<Record<Failure, string>>;

/** What the API server says of a field that an object keeps for its life, such as the class of a load balancer. */
const NOT_TO_BE_CHANGED = /may not change|field is immutable/;

async function lasting(work: () => Promise<void>): Promise<Finding | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof ForeignObjectError) {
      const message = `${error.message}; delete or rename it, or give this resource another name`;
      return { reason: 'NameTaken', message };
    }
    if (!(error instanceof ApiError) || !isLasting(error.failure)) throw error;
    const { failure, message } = error;
    const remedy = NOT_TO_BE_CHANGED.test(message) ? '; delete that object, and it is created again' : '';
    return { reason: `Apply${failure}`, message: `${LASTING[failure]}: ${message}${remedy}` };
  }
}

function isLasting(failure: Failure): failure is keyof typeof LASTING {
  return failure in LASTING;
}

/** Fewer nodes have a pod than should, by counts that reflect what was applied last. */
function lacksPods(daemonSet: LiveDaemonSet): boolean {
  const { currentNumberScheduled = 0, desiredNumberScheduled = 0 } = daemonSet.status;
  return isObserved(daemonSet) && currentNumberScheduled < desiredNumberScheduled;
}
