/**
 * Who has which port. Collectors are on the host's network and share their ports with their successors, so two of them
 * on one node would share theirs too: the kernel would split the exporters between them, without a word.
 *
 * A port is refused to a resource when another has it, or wants it too and is older, unless the labels that their pods
 * ask of nodes prove that no node gets both (`mayShareNode`); where the nodes are is not asked, as it changes. Who has
 * a port keeps it: it may only be taken from somebody whose pods run too, by an older one that has it as well. What a
 * resource has is what its DaemonSet was last applied with, also while what it says now is refused, and what its pods
 * have until the last of the old ones is replaced. A resource that is deleted has nothing: its pods make room at once.
 */
import { listed } from '../../crds/common/text.ts';
import { KIND } from '../../crds/netflowcollector.ts';
import type { PortClaim } from '../cluster/kinds.ts';
import { mayShareNode } from '../cluster/nodes.ts';
import type { LivePod } from '../cluster/pods.ts';
import { keyOf, type ObjectMeta } from '../runtime/resource.ts';

export type Party = {
  metadata: ObjectMeta;
  /** By its specification; undefined when that can't be understood: it gets no new pods. */
  wants: PortClaim | undefined;
  /** What it was applied with. */
  last: readonly PortClaim[];
  pods: readonly Pick<LivePod, 'claim' | 'node'>[];
};

export type Wanting = Party & { wants: PortClaim };

/** What to do about it. */
export const REMEDY =
  'pods of both may be on the same nodes: choose another port, or let spec.pod.nodeSelector of both ask for the same label with different values';

/** Nodes that a message names. */
const MAX_NODES = 5;

/** Whether a port that `me` wants is the other's. */
export function isOf(other: Party, port: string, me: Wanting): boolean {
  const meets = (a: PortClaim, b: PortClaim) =>
    a.ports.includes(port) && b.ports.includes(port) && mayShareNode(a.nodes, b.nodes);
  const had = (claim: PortClaim) => heldBy(me).some((mine) => meets(mine, claim));
  const isOlder = compareAge(other.metadata, me.metadata) < 0;
  return (
    heldBy(other).some((claim) => meets(claim, me.wants) && (isOlder || !had(claim))) ||
    (isOlder && other.wants !== undefined && meets(other.wants, me.wants) && !had(other.wants))
  );
}

/** Says that the port, as `udp/2055`, is the other's, without saying what to do. */
export function describe(port: string, { metadata, wants, last, pods }: Party): string {
  const [protocol, number] = port.split('/');
  const field = protocol === 'udp' ? 'spec.listeners' : 'spec.metrics.port';
  const what = `${field}: the ${protocol.toUpperCase()} port ${number}`;
  const who = `${KIND} ${keyOf(metadata)}`;
  if ([wants, ...last].some((claim) => claim?.ports.includes(port))) return `${what} is that of ${who}`;
  const nodes = pods.filter(({ claim }) => claim.ports.includes(port)).map(({ node }) => node);
  return `${what} is still that of pods of ${who}, which are being replaced on ${listed(nodes, MAX_NODES)}`;
}

function heldBy({ last, pods }: Party): PortClaim[] {
  return [...last, ...pods.map(({ claim }) => claim)];
}

function compareAge(a: ObjectMeta, b: ObjectMeta): number {
  const [one, other] = [a, b].map(({ creationTimestamp = '', ...ref }) => `${creationTimestamp} ${keyOf(ref)}`);
  return one < other ? -1 : 1;
}
