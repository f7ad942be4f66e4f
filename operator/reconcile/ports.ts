/** Gives ports to resources, by the rule of `port-rule.ts`, and tells those it refused when it is time to ask again. */
import { isDeepStrictEqual } from 'node:util';
import { type NetflowCollector, netflowCollector } from '../../crds/netflowcollector.ts';
import type { LiveDaemonSet, PortClaim, RawCollector } from '../cluster/kinds.ts';
import type { LivePod } from '../cluster/pods.ts';
import type { Finding } from '../cluster/reasons.ts';
import { portsOf } from '../manifests/ports.ts';
import { createTrigger, type Source } from '../runtime/controller.ts';
import { type Key, keyOf, type ObjectMeta } from '../runtime/resource.ts';
import type { Change, StoreReader } from '../runtime/store.ts';
import { describe, isOf, type Party, REMEDY } from './port-rule.ts';

export type Ports = {
  /** Gives a resource that can be parsed its ports, or says whose they are. */
  claim(resource: RawCollector): Finding | undefined;
  /** What was given last is applied: the resource has let go what it had before. */
  settle(key: Key): void;
  /** The resource is gone. */
  forget(key: Key): void;
  /** Keys of resources that were refused a port, when somebody who was in their way changes. */
  source: Source;
};

export type PortsOptions = {
  collectors: StoreReader<RawCollector>;
  daemonSets: StoreReader<LiveDaemonSet>;
  pods: StoreReader<LivePod>;
};

/** Makes what settles which resource has which ports of which nodes. */
export function createPorts({ collectors, daemonSets, pods }: PortsOptions): Ports {
  /**
   * What resources were given since they were last settled, and had before. The DaemonSets in the store are not enough:
   * reconciles run at the same time, and a write whose answer was lost may have come through.
   */
  const given = new Map<Key, { uid: string | undefined; claims: readonly PortClaim[] }>();
  /** Who was refused, and who was in the way. */
  const refused = new Map<Key, Set<Key>>();
  const trigger = createTrigger();
  const wanted = new WeakMap<RawCollector, { claim: PortClaim | undefined }>();

  function wantedBy(raw: RawCollector): PortClaim | undefined {
    let known = wanted.get(raw);
    if (!known) {
      const { status: _, ...written } = raw;
      const { data } = netflowCollector.safeParse(written);
      known = { claim: data && claimOf(data) };
      wanted.set(raw, known);
    }
    return known.claim;
  }

  /** What there is now, to be asked of each resource. */
  function parties(): (raw: RawCollector) => Party {
    const applied = new Map(daemonSets.list().map(({ metadata, claim }) => [ownerOf(metadata), claim]));
    const running = Map.groupBy(pods.list(), resourceOf);
    return (raw) => {
      const { metadata } = raw;
      const key = keyOf(metadata);
      const known = given.get(key);
      const before = applied.get(metadata.uid);
      const last = known?.uid === metadata.uid ? known!.claims : before ? [before] : [];
      return { metadata, wants: wantedBy(raw), last, pods: running.get(key) ?? [] };
    };
  }

  function wake(holder: Key): void {
    for (const [key, holders] of refused) if (holders.has(holder)) trigger.fire(key);
  }

  collectors.subscribe((change) => {
    if (isOfNote(change)) wake(change.key);
  });
  pods.subscribe(({ old, new: next }) => {
    if (old && !next) wake(resourceOf(old));
  });

  return {
    claim(resource) {
      const key = keyOf(resource.metadata);
      const wants = wantedBy(resource)!;
      const party = parties();
      const me = { ...party(resource), wants };
      const conflicts = collectors
        .list()
        .filter(({ metadata }) => keyOf(metadata) !== key && !metadata.deletionTimestamp)
        .map(party)
        .flatMap((other) => wants.ports.filter((port) => isOf(other, port, me)).map((port) => ({ other, port })));
      if (conflicts.length === 0) {
        const before = me.last.filter((claim) => !isDeepStrictEqual(claim, wants));
        given.set(key, { uid: resource.metadata.uid, claims: [...before, wants] });
        refused.delete(key);
        return undefined;
      }
      refused.set(key, new Set(conflicts.map(({ other }) => keyOf(other.metadata))));
      const whose = conflicts.map(({ other, port }) => describe(port, other));
      return { reason: 'PortConflict', message: `${whose.join('; ')}; ${REMEDY}` };
    },

    forget(key) {
      given.delete(key);
      refused.delete(key);
    },

    settle(key) {
      const known = given.get(key);
      if (!known || known.claims.length === 1) return;
      given.set(key, { ...known, claims: known.claims.slice(-1) });
      wake(key);
    },

    source: trigger.source,
  };
}

function claimOf({ spec }: NetflowCollector): PortClaim {
  const { nodeSelector, affinity } = spec.pod;
  return { ports: portsOf(spec), nodes: { nodeSelector, affinity } };
}

function resourceOf({ metadata: { namespace }, collector }: LivePod): Key {
  return keyOf({ namespace, name: collector });
}

function ownerOf({ ownerReferences = [] }: ObjectMeta): string | undefined {
  return ownerReferences.find(({ controller }) => controller)?.uid;
}

/** It came, went, is about to go, or its specification changed: not when only its status did. */
function isOfNote({ old, new: next }: Change<RawCollector>): boolean {
  return (
    old?.metadata.generation !== next?.metadata.generation ||
    old?.metadata.deletionTimestamp !== next?.metadata.deletionTimestamp
  );
}
