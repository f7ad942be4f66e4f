/** What a reconcile found, as conditions. Pure. */
import { clip } from '../../crds/common/text.ts';
import type { NetflowCollectorStatus } from '../../crds/netflowcollector.ts';
import { isObserved, type LiveDaemonSet } from '../cluster/kinds.ts';
import type { Finding, ReasonedCondition } from '../cluster/reasons.ts';
import type { ConditionStatus } from '../runtime/status-conditions.ts';

export type Findings = {
  /** Why the configuration can't be run. */
  rejected?: Finding;
  /** Why an object could not be applied. */
  failure?: Finding;
  /** Why pods don't collect. */
  trouble?: Finding;
  /** Why spans lack names that are asked for; flows are collected all the same. */
  unnamed?: Finding;
  /** PodMonitors are asked for where there are none. */
  podMonitorMissing: boolean;
  daemonSet: LiveDaemonSet | undefined;
};

/** The resource's definition refuses longer messages, in characters. */
const MAX_MESSAGE = 4_096;

export function nodesOf(daemonSet: LiveDaemonSet | undefined): NonNullable<NetflowCollectorStatus['nodes']> {
  const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = daemonSet?.status ?? {};
  return {
    ready: `${numberAvailable}/${desiredNumberScheduled}`,
    desired: desiredNumberScheduled,
    updated: updatedNumberScheduled,
    available: numberAvailable,
  };
}

export function conditionsOf(findings: Findings): ReasonedCondition[] {
  return [configAccepted(findings), degraded(findings), progressing(findings), ready(findings)].map((condition) => ({
    ...condition,
    message: clip(condition.message, MAX_MESSAGE),
  }));
}

function configAccepted({ rejected, podMonitorMissing }: Findings): ReasonedCondition {
  if (rejected) return condition('ConfigAccepted', 'False', rejected);
  const message = podMonitorMissing
    ? 'all but spec.metrics.podMonitor, which waits for the CustomResourceDefinition of PodMonitor: install the Prometheus operator'
    : 'the specification and all that it refers to are in order';
  return condition('ConfigAccepted', 'True', { reason: 'Accepted', message });
}

function degraded({ rejected, failure, trouble, unnamed, daemonSet }: Findings): ReasonedCondition {
  if (rejected) {
    const consequence = daemonSet
      ? 'the collectors run on with the last configuration that was accepted'
      : 'no collector is started';
    const message = `${consequence}: ConfigAccepted says what is wrong`;
    return condition('Degraded', 'True', { reason: 'ConfigNotAccepted', message });
  }
  const worst = failure ?? trouble ?? unnamed;
  if (worst) return condition('Degraded', 'True', worst);
  return condition('Degraded', 'False', { reason: 'AsExpected', message: 'nothing stands in the way' });
}

function progressing({ rejected, failure, trouble, daemonSet }: Findings): ReasonedCondition {
  const { desired = 0, updated = 0, available = 0 } = nodesOf(daemonSet);
  const observed = daemonSet !== undefined && isObserved(daemonSet);
  const stuck = rejected ?? failure ?? trouble;
  if (!daemonSet && stuck) return condition('Progressing', 'False', { reason: 'Blocked', message: stuck.message });
  if (!observed || updated < desired || (available < desired && !stuck)) {
    const message = `${updated} of ${desired} nodes have the current pods, ${available} are available`;
    return condition('Progressing', 'True', { reason: 'RollingOut', message });
  }
  return condition('Progressing', 'False', {
    reason: 'RolledOut',
    message: 'all pods are of the current specification',
  });
}

function ready({ daemonSet }: Findings): ReasonedCondition {
  const { desired = 0, available = 0 } = nodesOf(daemonSet);
  if (!daemonSet || (desired === 0 && !isObserved(daemonSet))) {
    return condition('Ready', 'False', { reason: 'NotStarted', message: 'no collector has been started yet' });
  }
  if (desired === 0) {
    const message = 'no node is chosen; check spec.pod.nodeSelector, spec.pod.affinity and spec.pod.tolerations';
    return condition('Ready', 'False', { reason: 'NoMatchingNodes', message });
  }
  if (available < desired) {
    const message = `${available} of ${desired} nodes have a collector that is ready; Degraded and Progressing say why`;
    return condition('Ready', 'False', { reason: 'NotAllAvailable', message });
  }
  const message = `all ${desired} nodes have a collector that is ready`;
  return condition('Ready', 'True', { reason: 'AllAvailable', message });
}

function condition(type: string, status: ConditionStatus, { reason, message }: Finding): ReasonedCondition {
  return { type, status, reason, message };
}
