/** What keeps pods from collecting, told so that a person can act on it. */
import { clip, listed } from '../../crds/common/text.ts';
import { SPOOL_VOLUME } from '../manifests/files.ts';
import type { Client } from '../runtime/client.ts';
import { isFailure } from '../runtime/errors.ts';
import type { KubeObject, ObjectMeta, Resource } from '../runtime/resource.ts';
import type { StoreReader } from '../runtime/store.ts';
import { CORE_EVENTS, claimIn, DAEMON_SETS, type LiveDaemonSet, type PortClaim } from './kinds.ts';
import type { NodeChoice } from './nodes.ts';
import type { Finding } from './reasons.ts';

type ContainerState = {
  waiting?: { reason?: string; message?: string };
  terminated?: { exitCode?: number; reason?: string; message?: string };
};

export type Pod = KubeObject & {
  spec?: NodeChoice & { nodeName?: string; volumes?: { name: string; emptyDir?: object }[] };
  status?: {
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: {
      ready?: boolean;
      restartCount?: number;
      state?: ContainerState;
      lastState?: ContainerState;
    }[];
  };
};

export const PODS: Resource<Pod> = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

/** What is kept of a pod. `collector`: name of its resource. */
export type LivePod = KubeObject & {
  collector: string;
  node: string;
  trouble: Finding | undefined;
  /** What is on its disk goes with it. */
  spoolGoes: boolean;
  claim: PortClaim;
};

/** Longest part of a program's or a registry's own words, in characters. */
const MAX_QUOTE = 300;
/** Nodes that a message names. */
const MAX_NODES = 5;

export function prunePod(pod: Pod): LivePod {
  const { name, namespace, uid, resourceVersion, labels } = pod.metadata;
  return {
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: { name, namespace, uid, resourceVersion },
    collector: labels?.['app.kubernetes.io/instance'] ?? '',
    node: pod.spec?.nodeName ?? '',
    trouble: troubleOf(pod),
    spoolGoes: pod.spec?.volumes?.some(({ name, emptyDir }) => name === SPOOL_VOLUME && emptyDir) ?? false,
    claim: claimIn(pod),
  };
}

function troubleOf({ status }: Pod): Finding | undefined {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    return {
      reason: 'Unschedulable',
      message: `a pod finds no room (${quote(scheduled.message)}); lower spec.pod.resources, add to spec.pod.tolerations, or set spec.pod.priorityClassName`,
    };
  }
  for (const { ready, restartCount = 0, state, lastState } of status?.containerStatuses ?? []) {
    const { reason = '', message } = state?.waiting ?? {};
    if (/^(ErrImage|ImagePullBackOff|ImageInspectError|InvalidImageName|RegistryUnavailable)/.test(reason)) {
      return {
        reason: 'ImagePullFailed',
        message: `the image can't be pulled (${quote(message)}); check spec.pod.image and spec.pod.imagePullSecrets`,
      };
    }
    const end = state?.terminated ?? lastState?.terminated;
    // Also while it runs again until it next ends: nothing has changed.
    const runsAgain = end !== undefined && end.exitCode !== 0 && restartCount > 1 && !ready;
    if (reason === 'CrashLoopBackOff' || runsAgain) return crashOf(end ?? {});
    if (/^(Create|Run)Container/.test(reason)) {
      return { reason: 'ContainerNotStarted', message: `a container can't be started (${quote(message)})` };
    }
  }
  return undefined;
}

/** The termination message is the end of the log; the collector's error, if it could print one, comes last. */
function crashOf({ exitCode, reason, message = '' }: NonNullable<ContainerState['terminated']>): Finding {
  const [, taken] = /^error E_(?:HTTP_)?PORT_IN_USE: (.*)$/m.exec(message) ?? [];
  if (taken) {
    return {
      reason: 'PortTaken',
      message: `${quote(taken)}; stop that program, or choose another port in spec.listeners or spec.metrics.port`,
    };
  }
  const error = message.slice(Math.max(0, message.search(/^error E_/m))).trim();
  const words = error ? quote(error) : `${reason ?? 'it ended'}, exit code ${exitCode ?? 'unknown'}`;
  const remedy =
    reason === 'OOMKilled' ? 'raise spec.pod.resources.limits.memory' : 'kubectl logs --previous of the pod says more';
  return { reason: 'CrashLoop', message: `the collector ends again and again (${words}); ${remedy}` };
}

/** The pods of a resource. */
export function podsOf(pods: StoreReader<LivePod>, { name, namespace }: ObjectMeta): LivePod[] {
  return pods.list().filter((pod) => pod.collector === name && pod.metadata.namespace === namespace);
}

/** The trouble that most pods have, with its nodes; undefined when none has any. */
export function worstTrouble(pods: readonly LivePod[]): Finding | undefined {
  const byReason = Map.groupBy(
    pods.filter(({ trouble }) => trouble),
    ({ trouble }) => trouble!.reason,
  );
  const [worst] = [...byReason.values()].sort((a, b) => b.length - a.length);
  if (!worst) return undefined;
  const { reason, message } = worst[0].trouble!;
  const nodes = worst.map(({ node }) => node).filter(Boolean);
  return nodes.length === 0 ? { reason, message } : { reason, message: `on ${listed(nodes, MAX_NODES)}: ${message}` };
}

/**
 * Why the DaemonSet's controller could not make a pod; undefined when it has not said so. Throws ApiErrors that will
 * pass.
 */
export async function whyNotCreated(
  client: Client,
  daemonSet: LiveDaemonSet,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  const { namespace } = daemonSet.metadata;
  let said: string | undefined;
  try {
    said = await lastFailedCreate(client, daemonSet, signal);
  } catch (error) {
    if (!isFailure(error, 'Forbidden')) throw error;
    return {
      reason: 'PodsNotCreated',
      message: `pods are missing, and the operator may not read why: ${error.message}`,
    };
  }
  if (said === undefined) return undefined;
  if (!said.includes('PodSecurity')) return { reason: 'PodsNotCreated', message: `pods can't be made: ${quote(said)}` };
  return {
    reason: 'PodSecurityForbids',
    message: `namespace "${namespace}" forbids pods on the host network, which collectors need; kubectl label namespace ${namespace} pod-security.kubernetes.io/enforce=privileged --overwrite (${quote(said)})`,
  };
}

async function lastFailedCreate(
  client: Client,
  { metadata: { name, namespace } }: LiveDaemonSet,
  signal: AbortSignal,
): Promise<string | undefined> {
  const fieldSelector = `involvedObject.kind=${DAEMON_SETS.kind},involvedObject.name=${name},reason=FailedCreate`;
  let last: { time: string; message: string } | undefined;
  for await (const { items } of client.list(CORE_EVENTS, { namespace, fieldSelector }, signal)) {
    for (const { message = '', lastTimestamp, metadata } of items) {
      const time = lastTimestamp ?? metadata.creationTimestamp ?? '';
      if (!last || time >= last.time) last = { time, message };
    }
  }
  return last?.message;
}

function quote(text = 'no reason given'): string {
  return clip(text.trim().replace(/\s+/g, ' '), MAX_QUOTE);
}
