/**
 * What a reconcile found, as conditions that say the same to people, to `kubectl wait` and to kstatus: Ready is only
 * True for the current specification; Stalled or Reconciling is there, never both, while it is not. Pure.
 */
import { clip, listed } from '../../crds/common/text.ts';
import type { NetflowCollector, NetflowCollectorStatus } from '../../crds/netflowcollector.ts';
import { isObserved, type LiveDaemonSet } from '../cluster/kinds.ts';
import type { PodFindings } from '../cluster/pods.ts';
import type { Finding, ReasonedCondition } from '../cluster/reasons.ts';
import type { Condition, ConditionStatus } from '../runtime/status-conditions.ts';

export type Findings = {
  /** Why the configuration can't be run. */
  rejected?: Finding;
  /** Why an object could not be applied. */
  failure?: Finding;
  pods: PodFindings;
  /** Why spans lack names that are asked for; flows are collected all the same. */
  unnamed?: Finding;
  /** PodMonitors are asked for where there are none. */
  podMonitorMissing: boolean;
  daemonSet: LiveDaemonSet | undefined;
  /** How pods are replaced; undefined when the specification can't be understood. */
  rollout?: NetflowCollector['spec']['pod']['rollout'];
};

/** What collectors report, as far as conditions of a reconcile need it. */
export type Reported = {
  /** Nodes that exporters were sending to, and that have no collector any more. */
  lost?: Finding & { nodes: readonly string[] };
  /** Nodes that do not report while others do. */
  silent?: readonly string[];
  /** Why files of names can't be used. */
  misnamed?: Finding;
  /** The conditions of reports. */
  conditions: readonly Pick<Condition, 'status' | 'reason' | 'message'>[];
};

/** The resource's definition refuses longer messages, in characters. */
const MAX_MESSAGE = 4_096;
/** Nodes that a message names. */
const MAX_NODES = 5;

/**
 * Kubernetes takes a minute or more to find that a node is dead, and its pod available until then: reports are sooner.
 */
export function nodesOf(
  daemonSet: LiveDaemonSet | undefined,
  { lost, silent = [] }: Pick<Reported, 'lost' | 'silent'> = {},
): NonNullable<NetflowCollectorStatus['nodes']> {
  const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = daemonSet?.status ?? {};
  const available = Math.max(0, Math.min(numberAvailable, desiredNumberScheduled - silent.length));
  return {
    ready: `${available}/${desiredNumberScheduled + (lost?.nodes.length ?? 0)}`,
    desired: desiredNumberScheduled,
    updated: updatedNumberScheduled,
    available,
    ...(lost && { lost: lost.nodes.length }),
  };
}

/** The conditions that follow from a reconcile, and from what was reported. */
export function conditionsOf(findings: Findings, reported: Reported): ReasonedCondition[] {
  const rollout = rolloutOf(findings);
  const degradation = degradationOf(findings, reported);
  return [
    configAccepted(findings),
    degradation
      ? condition('Degraded', 'True', degradation)
      : condition('Degraded', 'False', { reason: 'AsExpected', message: 'nothing stands in the way' }),
    progressing(findings, rollout, reported),
    ready(findings, rollout, reported),
    ...(rollout.state === 'stalled' ? [condition('Stalled', 'True', rollout.why)] : []),
    ...(rollout.state === 'moving' ? [condition('Reconciling', 'True', rollout.why)] : []),
  ].map((condition) => ({ ...condition, message: clip(condition.message, MAX_MESSAGE) }));
}

/** The one reason that a column has room for. */
export function worstReasonOf(
  conditions: readonly Pick<Condition, 'type' | 'status' | 'reason'>[],
): string | undefined {
  const find = (type: string, status: ConditionStatus) =>
    conditions.find((condition) => condition.type === type && condition.status === status);
  const worst = find('ConfigAccepted', 'False') ?? find('Degraded', 'True') ?? find('Ready', 'False');
  return (worst ?? find('Ready', 'True'))?.reason;
}

/** How far the current specification has come. `stalled`: it goes on only when a person does something. */
type Rollout = { state: 'moving' | 'stalled'; why: Finding } | { state: 'done' };

function rolloutOf({ rejected, failure, pods, daemonSet, rollout }: Findings): Rollout {
  const { desired = 0, updated = 0, available = 0 } = nodesOf(daemonSet);
  const stalled = (why: Finding): Rollout => ({ state: 'stalled', why });
  if (rejected ?? failure) return stalled((rejected ?? failure)!);
  if (!daemonSet || (desired === 0 && !isObserved(daemonSet))) {
    return { state: 'moving', why: { reason: 'NotStarted', message: 'no collector has been started yet' } };
  }
  const message = `${updated} of ${desired} nodes have the current pods, ${available} are available`;
  if (!isObserved(daemonSet)) return { state: 'moving', why: { reason: 'RollingOut', message } };
  if (desired === 0) {
    const message = 'no node is chosen; check spec.pod.nodeSelector, spec.pod.affinity and spec.pod.tolerations';
    return stalled({ reason: 'NoMatchingNodes', message });
  }
  // Nobody waits for a node that is dead.
  const old = Math.max(0, desired - updated - pods.dead);
  const absent = Math.max(0, desired - available - pods.dead);
  const waiting = old > 0 ? Math.min(old, atOnce(rollout, desired)) : absent;
  if (waiting > pods.stuck) return { state: 'moving', why: { reason: 'RollingOut', message } };
  if (old > 0 || available === 0) return stalled(pods.trouble!);
  return { state: 'done' };
}

/** Nodes whose pods are replaced at the same time. */
function atOnce(rollout: Findings['rollout'], desired: number): number {
  const share = [rollout?.maxSurge, rollout?.maxUnavailable].find((share) => share && share !== '0%') ?? 1;
  return typeof share === 'number' ? share : Math.ceil((Number.parseInt(share, 10) / 100) * desired);
}

function configAccepted({ rejected, podMonitorMissing }: Findings): ReasonedCondition {
  if (rejected) return condition('ConfigAccepted', 'False', rejected);
  const message = podMonitorMissing
    ? 'all but spec.metrics.podMonitor, which waits for the CustomResourceDefinition of PodMonitor: install the Prometheus operator'
    : 'the specification and all that it refers to are in order';
  return condition('ConfigAccepted', 'True', { reason: 'Accepted', message });
}

/** The worst first: what no flow passes, then what some don't, then what is only less than it was. */
function degradationOf(
  { rejected, failure, pods, unnamed, daemonSet }: Findings,
  { lost, misnamed, conditions }: Reported,
): Finding | undefined {
  if (rejected) {
    const consequence = daemonSet
      ? 'the collectors run on with the last configuration that was accepted'
      : 'no collector is started';
    return { reason: 'ConfigNotAccepted', message: `${consequence}: ConfigAccepted says what is wrong` };
  }
  const reported = conditions.find(({ status }) => status === 'False') as Finding | undefined;
  return failure ?? pods.trouble ?? lost ?? reported ?? pods.restarted ?? unnamed ?? misnamed;
}

function progressing({ daemonSet }: Findings, rollout: Rollout, reported: Reported): ReasonedCondition {
  if (rollout.state === 'moving') return condition('Progressing', 'True', rollout.why);
  if (rollout.state === 'stalled') {
    return condition('Progressing', 'False', { reason: 'Blocked', message: rollout.why.message });
  }
  const { desired = 0, available = 0 } = nodesOf(daemonSet, reported);
  const message = `all pods are of the current specification, ${available} of ${desired} are available`;
  return condition('Progressing', 'False', { reason: 'RolledOut', message });
}

function ready({ daemonSet }: Findings, rollout: Rollout, reported: Reported): ReasonedCondition {
  if (rollout.state !== 'done') return condition('Ready', 'False', rollout.why);
  const { lost, silent = [] } = reported;
  const { desired = 0, available = 0 } = nodesOf(daemonSet, reported);
  const all = desired + (lost?.nodes.length ?? 0);
  if (available === all) {
    const message = `all ${desired} nodes have a collector that is ready`;
    return condition('Ready', 'True', { reason: 'AllAvailable', message });
  }
  const without = lost ? `, ${listed(lost.nodes, MAX_NODES)} have none any more` : '';
  const unheard = silent.length > 0 ? `, ${listed(silent, MAX_NODES)} do not report` : '';
  const message = `${available} of ${all} nodes have a collector that is ready${without}${unheard}; Degraded says why`;
  return condition('Ready', 'True', { reason: 'NotAllAvailable', message });
}

function condition(type: string, status: ConditionStatus, { reason, message }: Finding): ReasonedCondition {
  return { type, status, reason, message };
}
