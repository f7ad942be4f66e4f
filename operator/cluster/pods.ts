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
  terminated?: { exitCode?: number; reason?: string; message?: string; finishedAt?: string };
};

export type Pod = KubeObject & {
  spec?: NodeChoice & {
    nodeName?: string;
    volumes?: { name: string; emptyDir?: object }[];
    containers?: { resources?: { limits?: { memory?: string } } }[];
  };
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

/** Why a pod does not collect; `past`: why it did not lately, as it does again. */
export type Trouble = Finding & { past?: true };

/** What is kept of a pod. `collector`: name of its resource. */
export type LivePod = KubeObject & {
  collector: string;
  node: string;
  /** It was told to end. */
  ending: boolean;
  trouble: Finding | undefined;
  /** Why its container ended before it ran again, and when, in Unix milliseconds. */
  ended: { at: number; finding: Finding } | undefined;
  /** What is on its disk goes with it. */
  spoolGoes: boolean;
  claim: PortClaim;
};

/** Longest part of a program's or a registry's own words, in characters. */
const MAX_QUOTE = 300;
/** Nodes that a message names. */
const MAX_NODES = 5;
/** How long, in milliseconds, the end of a container that runs again is told: long enough to be seen by a person. */
const TOLD_MS = 600_000;

/** What is kept of a pod. */
export function prunePod(pod: Pod): LivePod {
  const { name, namespace, uid, resourceVersion, labels, deletionTimestamp } = pod.metadata;
  return {
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: { name, namespace, uid, resourceVersion },
    collector: labels?.['app.kubernetes.io/instance'] ?? '',
    node: pod.spec?.nodeName ?? '',
    ending: deletionTimestamp !== undefined,
    trouble: troubleOf(pod),
    ended: endedIn(pod),
    spoolGoes: pod.spec?.volumes?.some(({ name, emptyDir }) => name === SPOOL_VOLUME && emptyDir) ?? false,
    claim: claimIn(pod),
  };
}

/** What there is to say about a pod at a time, in Unix milliseconds. */
export function troubleAt({ trouble, ended }: LivePod, wallTime: number): Trouble | undefined {
  if (trouble || !ended || wallTime >= ended.at + TOLD_MS) return trouble;
  return { ...ended.finding, past: true };
}

/** Milliseconds until one of the pods has less to be told; undefined when none will. */
export function toldFor(pods: readonly LivePod[], wallTime: number): number | undefined {
  const rest = pods.flatMap(({ ended }) => (ended ? [ended.at + TOLD_MS - wallTime] : [])).filter((ms) => ms > 0);
  return rest.length > 0 ? Math.min(...rest) : undefined;
}

function troubleOf(pod: Pod): Finding | undefined {
  const { conditions, containerStatuses } = pod.status ?? {};
  const is = (type: string) => conditions?.find((condition) => condition.type === type);
  const scheduled = is('PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    return {
      reason: 'Unschedulable',
      message: `a pod finds no room (${quote(scheduled.message)}); lower spec.pod.resources, add to spec.pod.tolerations, or set spec.pod.priorityClassName`,
    };
  }
  // Kubelets write both at once: the first alone is taken back by who misses the kubelet.
  if (is('Ready')?.status === 'False' && is('ContainersReady')?.status === 'True') {
    const message = 'Kubernetes hears nothing of the node: kubectl describe node says more';
    return { reason: 'NodeNotReady', message };
  }
  for (const { ready, restartCount = 0, state, lastState } of containerStatuses ?? []) {
    const { reason = '', message } = state?.waiting ?? {};
    if (/^(ErrImage|ImagePullBackOff|ImageInspectError|InvalidImageName|RegistryUnavailable)/.test(reason)) {
      return {
        reason: 'ImagePullFailed',
        message: `the image can't be pulled (${quote(message)}); check spec.pod.image and spec.pod.imagePullSecrets`,
      };
    }
    const end = state?.terminated ?? lastState?.terminated;
    // Also while it runs again until it next ends: nothing has changed.
    const again = reason === 'CrashLoopBackOff' || restartCount > 1;
    if (reason === 'CrashLoopBackOff' || (end !== undefined && end.exitCode !== 0 && !ready)) {
      return endOf(end ?? {}, again, pod);
    }
    if (/^(Create|Run)Container/.test(reason)) {
      return { reason: 'ContainerNotStarted', message: `a container can't be started (${quote(message)})` };
    }
  }
  return undefined;
}

function endedIn(pod: Pod): LivePod['ended'] {
  for (const { ready, lastState } of pod.status?.containerStatuses ?? []) {
    const end = lastState?.terminated;
    if (!ready || end?.finishedAt === undefined || end.exitCode === 0) continue;
    const finding = endOf(end, false, pod);
    // That the port was taken is of no use to anybody once it is free.
    if (finding.reason !== 'PortTaken') return { at: Date.parse(end.finishedAt), finding };
  }
  return undefined;
}

const SIGKILL = 128 + 9;

/**
 * The termination message is the end of the log: of it, only the error is told that the collector prints last, if it
 * could print one.
 */
function endOf(
  { exitCode, reason, message = '' }: NonNullable<ContainerState['terminated']>,
  again: boolean,
  { spec }: Pod,
): Finding {
  const [, taken] = /^error E_(?:HTTP_)?PORT_IN_USE: (.*)$/m.exec(message) ?? [];
  if (taken) {
    return {
      reason: 'PortTaken',
      message: `${quote(taken)}; stop that program, or choose another port in spec.listeners or spec.metrics.port`,
    };
  }
  const code = `exit code ${exitCode ?? 'unknown'}`;
  const often = again ? ' again and again' : '';
  if (reason === 'OOMKilled') {
    const limit = spec?.containers?.[0]?.resources?.limits?.memory;
    const cause = limit === undefined ? 'its node had no memory left' : `it used more memory than its limit, ${limit}`;
    return {
      reason: 'OutOfMemory',
      message: `the collector was killed${often} because ${cause} (OOMKilled, ${code}); raise spec.pod.resources.limits.memory, or lower spec.otlp.queue.memory`,
    };
  }
  const error = message.search(/^error E_/m);
  const words = error >= 0 ? `${code}: ${quote(message.slice(error))}` : code;
  const cause =
    exitCode === SIGKILL
      ? 'killed from outside, as when it hangs or its node has no memory left: kubectl describe pod says more'
      : 'kubectl logs --previous of the pod says more';
  return {
    reason: again ? 'CrashLoop' : 'Restarted',
    message: again
      ? `the collector ends again and again (${words}); ${cause}`
      : `the collector ended and was started again (${words}); ${cause}`,
  };
}

/** The pods of a resource. */
export function podsOf(pods: StoreReader<LivePod>, { name, namespace }: ObjectMeta): LivePod[] {
  return pods.list().filter((pod) => pod.collector === name && pod.metadata.namespace === namespace);
}

/** What is wrong with the pods of a resource. */
export type PodFindings = {
  /** Why pods don't collect. */
  trouble?: Finding;
  /** Why pods did not lately, which do again. */
  restarted?: Finding;
  /** Pods that only a person helps. */
  stuck: number;
  /** Nodes that Kubernetes hears nothing of. */
  dead: number;
};

/** `wallTime`: Unix milliseconds. */
export function findingsOf(pods: readonly LivePod[], wallTime: number): PodFindings {
  const dead = new Set(pods.filter(({ trouble }) => trouble?.reason === 'NodeNotReady').map(({ node }) => node));
  return {
    trouble: worst(pods.map(({ node, trouble }) => ({ node, trouble }))),
    restarted: worst(pods.map((pod) => ({ node: pod.node, trouble: troubleAt(pod, wallTime) }))),
    stuck: pods.filter(({ node, trouble }) => trouble && !dead.has(node)).length,
    dead: dead.size,
  };
}

/** The trouble that most pods have, with its nodes; undefined when none has any. */
function worst(pods: readonly { node: string; trouble: Trouble | undefined }[]): Finding | undefined {
  const troubled = pods.flatMap(({ node, trouble }) => (trouble ? [{ node, trouble }] : []));
  const byReason = Map.groupBy(troubled, ({ trouble }) => trouble.reason);
  const [most] = [...byReason.values()].sort((a, b) => b.length - a.length);
  if (!most) return undefined;
  const { reason, message } = most[0].trouble;
  const nodes = most.map(({ node }) => node).filter(Boolean);
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
