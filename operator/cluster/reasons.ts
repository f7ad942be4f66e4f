/**
 * Every reason that conditions, Events and the worst nodes of a status give, in one word for programs: what it means
 * and what to do about it. docs/reference/errors.md is made of it. Reasons stay the same between versions: scripts and
 * alerts may rely on them.
 */

import type { ConditionInput } from '../runtime/status-conditions.ts';

type Meaning = {
  /** Conditions, or `worstNodes`. */
  shownIn: readonly string[];
  meaning: string;
  /** Absent when all is well. */
  remedy?: string;
};

const REJECTED = ['ConfigAccepted', 'Ready', 'Stalled'];
const FAILED = ['Degraded', 'Ready', 'Stalled'];
const MOVING = ['Progressing', 'Ready', 'Reconciling'];
const TROUBLE = ['Degraded', 'Ready', 'Stalled', 'worstNodes'];

export const REASONS = {
  // The resource.
  Accepted: {
    shownIn: ['ConfigAccepted', 'Exporting'],
    meaning: 'The specification is in order, or the backend takes what is sent.',
  },
  InvalidSpec: {
    shownIn: REJECTED,
    meaning: 'The specification breaks a rule, though its definition let it in.',
    remedy: 'Correct the field that is named. Bring the CustomResourceDefinition and the operator to the same version.',
  },
  ReferencesForbidden: {
    shownIn: REJECTED,
    meaning: 'The operator may not read a Secret or ConfigMap that the specification names.',
    remedy: 'Let the chart install its role, or grant `get` on Secrets and ConfigMaps of that namespace.',
  },
  CredentialsIncomplete: {
    shownIn: REJECTED,
    meaning: 'A Secret or ConfigMap that the specification names, or a key of it, is missing or can’t be used.',
    remedy: 'Create it, or correct the reference; the operator looks again every 30 seconds.',
  },
  PortConflict: {
    shownIn: REJECTED,
    meaning: 'Another NetflowCollector has one of the ports on the same nodes.',
    remedy: 'Choose other ports, `metrics.port` included, or keep the two on different nodes with `pod.nodeSelector`.',
  },
  NameTaken: {
    shownIn: FAILED,
    meaning: 'An object with a name that the operator needs exists and belongs to somebody else.',
    remedy: 'Delete or rename that object, or give the NetflowCollector another name.',
  },
  ApplyForbidden: {
    shownIn: FAILED,
    meaning: 'The API server does not let the operator write an object: RBAC, a quota or an admission policy.',
    remedy: 'Grant what the message names, or change the policy. Rights by name are in the chart’s `rbac.collectors`.',
  },
  ApplyInvalid: {
    shownIn: FAILED,
    meaning: 'The API server finds an object invalid.',
    remedy:
      'Correct the field that the message names. If it may not change, delete that object, and it is created again.',
  },
  ApplyRejected: {
    shownIn: FAILED,
    meaning: 'The API server refuses a request.',
    remedy: 'See what the message says; an operator that is older or newer than the cluster supports may be the cause.',
  },
  ApplyNotFound: {
    shownIn: FAILED,
    meaning: 'The namespace, or a kind of object, is gone.',
    remedy: 'Nothing, if the namespace is being deleted. Otherwise restore what the message names.',
  },
  ConfigNotAccepted: {
    shownIn: ['Degraded'],
    meaning: 'The specification is not accepted; collectors go on with the last one that was.',
    remedy: 'See the condition `ConfigAccepted`.',
  },
  NetworksMissing: {
    shownIn: ['Degraded'],
    meaning: 'The file of network names can’t be found: flows are collected, but spans have no names of networks.',
    remedy: 'Create the ConfigMap or its key, or correct `spec.spans.attributes.networks`.',
  },
  ElementsMissing: {
    shownIn: ['Degraded'],
    meaning: 'The file of elements can’t be found: flows are collected, but what it names has no names in spans.',
    remedy: 'Create the ConfigMap or its key, or correct `spec.elements`.',
  },
  NamesRefused: {
    shownIn: ['Degraded'],
    meaning: 'A file of network names or of elements has a mistake: names are the last good ones, if any.',
    remedy: 'Correct the ConfigMap; the message has the lines.',
  },

  // Pods.
  AsExpected: { shownIn: ['Degraded'], meaning: 'Nothing is wrong.' },
  Unschedulable: {
    shownIn: TROUBLE,
    meaning: 'A pod does not fit on its node.',
    remedy: 'Lower `spec.pod.resources`, add to `spec.pod.tolerations`, or set `spec.pod.priorityClassName`.',
  },
  ImagePullFailed: {
    shownIn: TROUBLE,
    meaning: 'The image can’t be pulled.',
    remedy: 'Check `spec.pod.image` and `spec.pod.imagePullSecrets`, and that nodes reach the registry.',
  },
  ContainerNotStarted: {
    shownIn: TROUBLE,
    meaning: 'A container can’t be started.',
    remedy: 'See what the message quotes; often a volume or the node’s container runtime.',
  },
  PortTaken: {
    shownIn: TROUBLE,
    meaning: 'Another program on the node has the port.',
    remedy: 'Stop that program, or choose another port in `spec.listeners` or `spec.metrics.port`.',
  },
  CrashLoop: {
    shownIn: TROUBLE,
    meaning: 'The collector ends again and again.',
    remedy: 'See the error that is quoted, and `kubectl logs --previous`.',
  },
  OutOfMemory: {
    shownIn: TROUBLE,
    meaning: 'The collector was killed because it used more memory than it may; told for ten minutes after.',
    remedy: 'Raise `spec.pod.resources.limits.memory`, or lower `spec.otlp.queue.memory`.',
  },
  Restarted: {
    shownIn: ['Degraded', 'worstNodes'],
    meaning: 'The collector ended and was started again; told for ten minutes after.',
    remedy: 'See the exit code, the error that is quoted, and `kubectl logs --previous`.',
  },
  NodeNotReady: {
    shownIn: TROUBLE,
    meaning: 'Kubernetes hears nothing of the node.',
    remedy: 'See `kubectl describe node`. Exporters that send to it need another node.',
  },
  NodeLost: {
    shownIn: ['Degraded', 'worstNodes'],
    meaning: 'A node has no collector any more though exporters were sending to it; told for an hour at most.',
    remedy:
      'Let those exporters send to another node, or the node have a collector: check its taints and `spec.pod.tolerations`, its labels and `spec.pod.nodeSelector`.',
  },
  PodsNotCreated: {
    shownIn: FAILED,
    meaning: 'Pods are missing because they can’t be created.',
    remedy: 'See what the message quotes: often a quota or an admission policy.',
  },
  PodSecurityForbids: {
    shownIn: FAILED,
    meaning: 'The namespace forbids pods on the host’s network, which collectors need.',
    remedy: '`kubectl label namespace NAMESPACE pod-security.kubernetes.io/enforce=privileged --overwrite`',
  },
  RollingOut: { shownIn: MOVING, meaning: 'Pods are being replaced or started.' },
  RolledOut: {
    shownIn: ['Progressing'],
    meaning: 'All pods are of the current specification, and run but for those that `Degraded` tells of.',
  },
  Blocked: {
    shownIn: ['Progressing'],
    meaning: 'The current specification is not rolled out, and will not be until somebody does something.',
    remedy: 'See the message, and the conditions `ConfigAccepted` and `Degraded`.',
  },
  AllAvailable: { shownIn: ['Ready'], meaning: 'Every node that should has a collector that is ready.' },
  NotStarted: {
    shownIn: MOVING,
    meaning: 'No collector has been started yet.',
    remedy: 'If it stays, see `ConfigAccepted` and `Degraded`.',
  },
  NoMatchingNodes: {
    shownIn: ['Ready', 'Stalled'],
    meaning: 'No node is chosen.',
    remedy: 'Check `spec.pod.nodeSelector`, `spec.pod.affinity` and `spec.pod.tolerations`.',
  },
  NotAllAvailable: {
    shownIn: ['Ready'],
    meaning: 'Some nodes have no collector that is ready.',
    remedy: '`Degraded` says why.',
  },

  // What collectors report.
  AllReporting: { shownIn: ['ReportsFresh'], meaning: 'All nodes report.' },
  NodesSilent: {
    shownIn: ['ReportsFresh', 'Degraded'],
    meaning: 'Some nodes do not report; they are not in the rates.',
    remedy: 'See `worstNodes`, and whether those nodes reach the operator’s Service on TCP port 8443.',
  },
  NoPods: { shownIn: ['ReportsFresh'], meaning: 'There are no pods that could report.', remedy: 'See `Ready`.' },
  Silent: {
    shownIn: ['worstNodes'],
    meaning: 'The node’s collector has not reported in time.',
    remedy: 'See whether node and pod run, and whether they reach the operator’s Service.',
  },
  BackendFailing: {
    shownIn: ['Exporting', 'Degraded'],
    meaning: 'The backend takes flows of no node.',
    remedy: 'Check that it runs, `spec.otlp.endpoint` and its credentials; the message has its answer.',
  },
  SomeFailing: {
    shownIn: ['Exporting', 'Degraded'],
    meaning: 'The backend does not take flows of some nodes.',
    remedy: 'Check whether the nodes named reach it; the message has its answer.',
  },
  NoReports: { shownIn: ['Exporting'], meaning: 'No collector reports.', remedy: 'See `ReportsFresh`.' },
  NothingSent: { shownIn: ['Exporting'], meaning: 'No flows have come yet, so nothing was sent to the backend.' },
  ExportFailing: {
    shownIn: ['worstNodes'],
    meaning: 'The backend does not take this node’s flows.',
    remedy: 'As for `BackendFailing`.',
  },
  FlowsLost: {
    shownIn: ['worstNodes'],
    meaning: 'At least 1 % of the flows never came or were dropped.',
    remedy: 'Raise `net.core.rmem_max` on the node, or look at the network; the pod’s page gives the reasons of drops.',
  },
  PacketErrors: {
    shownIn: ['worstNodes'],
    meaning: 'At least 1 % of the packets can’t be decoded.',
    remedy: 'The pod’s page says which devices send them, and why.',
  },
} as const satisfies Record<string, Meaning>;

export type Reason = keyof typeof REASONS;

/** Why something is not as it should be: a word for programs, and a sentence that says what to do. */
export type Finding = { reason: Reason; message: string };

export type ReasonedCondition = ConditionInput & { reason: Reason };
