/**
 * The objects that the operator makes: of each kind a store that a watch keeps, and an applier. Only what bears our
 * label is watched, and of it only who it is and which fields are ours: never the content of a Secret.
 */

import type { Log } from '../../crds/common/log.ts';
import {
  COLLECTORS,
  CONFIG_MAPS,
  DAEMON_SETS,
  FIELD_MANAGER,
  type LiveDaemonSet,
  POD_MONITORS,
  pruneDaemonSet,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
} from '../cluster/kinds.ts';
import { type Sight, scopesOf } from '../cluster/scopes.ts';
import { namesOf } from '../manifests/metadata.ts';
import { type Applied, type Applier, createApplier, pruneToApplied } from '../runtime/apply.ts';
import type { Client } from '../runtime/client.ts';
import type { Clock } from '../runtime/clock.ts';
import { from, type Source } from '../runtime/controller.ts';
import { isFailure } from '../runtime/errors.ts';
import { type Key, type KubeObject, keyOf, type Resource } from '../runtime/resource.ts';
import { Store, type StoreReader } from '../runtime/store.ts';
import { watch } from '../runtime/watch.ts';

/** Of every object that the operator makes; see `labelsOf`. */
const OUR_LABEL = 'app.kubernetes.io/managed-by=netflow2traces-operator';

/** A cluster is asked at most this often, in milliseconds, whether it has PodMonitors: they come and go. */
const LOOK_MS = 60_000;

export type OwnedOptions = { client: Client; sight: Sight; log: Log; clock: Clock };

type Kind = { store: StoreReader<Applied>; applier: Applier<KubeObject> };

/** Watches until `signal` aborts. */
export function createOwned({ client, sight, log, clock }: OwnedOptions, signal: AbortSignal) {
  const kinds = new Map<string, Kind>();
  const watches: Promise<void>[] = [];

  /** The function returned starts the watch. */
  function add<T extends KubeObject, P extends Applied>(resource: Resource<T>, store: Store<T, P>): () => void {
    const applier = createApplier({ client, resource, store, fieldManager: FIELD_MANAGER });
    kinds.set(resource.kind, { store, applier });
    return () => watches.push(watch({ client, resource, labelSelector: OUR_LABEL, store, log, clock }, signal));
  }

  const names = sight.collectors.map((name) => namesOf({ metadata: { name } }));
  const prune = (object: KubeObject) => pruneToApplied(object, FIELD_MANAGER);
  const plainStore = (names?: readonly string[]) => new Store<KubeObject, Applied>(prune, log, scopesOf(sight, names));
  const daemonSets = new Store(pruneDaemonSet, log, scopesOf(sight));
  add(SERVICE_ACCOUNTS, plainStore())();
  add(CONFIG_MAPS, plainStore(names.flatMap(({ configMap, reports }) => [configMap, reports])))();
  add(SECRETS, plainStore(names.map(({ secret }) => secret)))();
  add(SERVICES, plainStore())();
  add(DAEMON_SETS, daemonSets)();
  const sources: Source[] = [...kinds.values()].map(({ store }) => from(store, ownersOf));

  const podMonitors = plainStore();
  const watchPodMonitors = add(POD_MONITORS, podMonitors);
  // Their watch begins when the cluster has them: nobody waits for it.
  sources.push({ ...from(podMonitors, ownersOf), whenSynced: async () => {} });
  let nextLook = clock.now();
  let there = false;
  let watched = false;

  return {
    /** Keys of resources whose objects changed. */
    sources,

    daemonSets,

    /** Whether the cluster has PodMonitors, asked again once in a while; false until those there are known. */
    async hasPodMonitors(signal: AbortSignal): Promise<boolean> {
      if (clock.now() >= nextLook) {
        nextLook = clock.now() + LOOK_MS;
        there = await exists(client, POD_MONITORS, signal);
        if (there && !watched) {
          watched = true;
          watchPodMonitors();
        }
      }
      return there && podMonitors.synced;
    },

    /** The DaemonSet of the resource of that uid. */
    daemonSetOf: (uid: string | undefined): LiveDaemonSet | undefined =>
      daemonSets.list().find((object) => isOwnedBy(object, uid)),

    /** Applies the objects, in their order, then removes whatever else belongs to the resource with that uid. */
    async ensure(desired: readonly KubeObject[], uid: string | undefined, signal: AbortSignal): Promise<void> {
      for (const object of desired) await kinds.get(object.kind)!.applier.ensure(object, signal);
      const wanted = new Set(desired.map(idOf));
      for (const { store, applier } of kinds.values()) {
        const rest = store.list().filter((object) => isOwnedBy(object, uid) && !wanted.has(idOf(object)));
        for (const { metadata } of rest) await applier.remove(keyOf(metadata), signal);
      }
    },

    /** Resolves when the watches have ended. */
    async close(): Promise<void> {
      await Promise.all(watches);
      for (const { applier } of kinds.values()) applier.close();
    },
  };
}

export type Owned = ReturnType<typeof createOwned>;

function ownersOf({ metadata: { namespace, ownerReferences = [] } }: KubeObject): Key[] {
  return ownerReferences.filter(({ kind }) => kind === COLLECTORS.kind).map(({ name }) => keyOf({ namespace, name }));
}

function isOwnedBy({ metadata }: KubeObject, uid: string | undefined): boolean {
  return metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
}

function idOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${keyOf(metadata)}`;
}

/** Whether the API server has a kind, by its discovery. */
async function exists(client: Client, { apiVersion, plural }: Resource, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await client.raw('GET', `/apis/${apiVersion}`, signal);
    const { resources = [] } = answer as { resources?: { name: string }[] };
    return resources.some(({ name }) => name === plural);
  } catch (error) {
    if (isFailure(error, 'NotFound')) return false;
    throw error;
  }
}
