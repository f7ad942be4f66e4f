/**
 * Applies objects only when needed, so that a world that is as it should be sees no writes.
 *
 * Whether the live object still is as we applied it is not found by comparing it with what we want: the server fills in
 * defaults and rewrites quantities, and others may own fields of it. With server-side apply the server itself tells:
 * whoever changes or removes a field of ours takes it out of our entry in `managedFields`. So a hash of that entry is
 * all that a store has to keep of an object, and a hash of what we want all that this keeps.
 */
import { createHash } from 'node:crypto';
import type { Client } from './client.ts';
import { isFailure } from './errors.ts';
import { isOlder, type Key, type KubeObject, keyOf, type ObjectMeta, type Resource } from './resource.ts';
import type { Store } from './store.ts';

/** What a store must keep of an object so that an applier can work with it. */
export type Applied = KubeObject & {
  /** Hash of the fields that our manager owns; undefined when it owns none. */
  ownedFields: string | undefined;
};

/** Prunes an object to what an applier needs: who it is, and which fields `fieldManager` owns. */
export function pruneToApplied(object: KubeObject, fieldManager: string): Applied {
  const { name, namespace, uid, resourceVersion, generation, ownerReferences } = object.metadata;
  const metadata: ObjectMeta = { name, namespace, uid, resourceVersion, generation, ownerReferences };
  const { apiVersion, kind } = object;
  return { apiVersion, kind, metadata, ownedFields: ownedFields(object, fieldManager) };
}

function ownedFields({ metadata }: KubeObject, fieldManager: string): string | undefined {
  const entry = metadata.managedFields?.find(
    ({ manager, operation, subresource }) => manager === fieldManager && operation === 'Apply' && !subresource,
  );
  return entry?.fieldsV1 && hash(entry.fieldsV1);
}

/** Thrown when an object of the wanted name exists and was not made by us: it is somebody else's, and stays so. */
export class ForeignObjectError extends Error {
  override readonly name = 'ForeignObjectError';
}

export type Applier<T extends KubeObject> = {
  /**
   * Applies `desired`, unless the object is like that already. Resolves with whether it had to. Rejects with a
   * ForeignObjectError, an ApiError, or the signal's reason.
   */
  ensure(desired: T, signal: AbortSignal): Promise<'unchanged' | 'applied'>;
  /** Deletes the object if it is there and ours. */
  remove(key: Key, signal: AbortSignal): Promise<'absent' | 'deleted'>;
  /** Ends the subscription to the store. */
  close(): void;
};

export type ApplierOptions<T extends KubeObject> = {
  client: Client;
  resource: Resource<T>;
  /**
   * Objects of that kind that are ours. Must be synced before the first call; what is applied must be in its selection.
   */
  store: Pick<Store<T, Applied>, 'get' | 'note' | 'subscribe'>;
  /** The client's. */
  fieldManager: string;
};

/** What was applied last: what was wanted, and what it looked like on the server right after. */
type Memory = { desired: string; uid: string | undefined; resourceVersion: string; ownedFields: string | undefined };

/**
 * Creates an applier for one kind. After a start each object is applied once, since nothing is remembered; a server
 * that finds it equal writes nothing.
 */
export function createApplier<T extends KubeObject>(options: ApplierOptions<T>): Applier<T> {
  const { client, resource, store, fieldManager } = options;
  const memories = new Map<Key, Memory>();
  const close = store.subscribe((change) => {
    if (!change.new) memories.delete(change.key);
  });

  return {
    async ensure(desired, signal) {
      const key = keyOf(desired.metadata);
      const wanted = hash(desired);
      const live = store.get(key);
      const memory = memories.get(key);
      if (live && isInOrder(live, memory, wanted)) return 'unchanged';
      const known = live && (memory?.uid === live.metadata.uid || isOurs(live, live.ownedFields, desired));
      if (!known) await refuseForeign(desired, signal);

      const result = await client.apply(resource, desired, signal);
      store.note(result);
      const { uid, resourceVersion = '' } = result.metadata;
      memories.set(key, { desired: wanted, uid, resourceVersion, ownedFields: ownedFields(result, fieldManager) });
      return 'applied';
    },

    async remove(key, signal) {
      const live = store.get(key);
      if (!live?.ownedFields) return 'absent';
      const { namespace, name, uid } = live.metadata;
      try {
        await client.delete(resource, { namespace, name, uid }, signal);
      } catch (error) {
        // Gone, or replaced by another of the same name: in both cases ours is no more.
        if (!isFailure(error, 'NotFound') && !isFailure(error, 'Conflict')) throw error;
      }
      return 'deleted';
    },

    close,
  };

  /** The store does not know the object as ours. If it exists all the same, it must be ours to be written. */
  async function refuseForeign(desired: T, signal: AbortSignal): Promise<void> {
    const { kind, metadata } = desired;
    const existing = await client.find(resource, metadata, signal);
    if (!existing || isOurs(existing, ownedFields(existing, fieldManager), desired)) return;
    throw new ForeignObjectError(`${kind} ${keyOf(metadata)} exists and was not made by ${fieldManager}`);
  }
}

/** We own fields of it, or, should somebody have cleared `managedFields`, it has the owner that we would give it. */
function isOurs({ metadata }: KubeObject, owned: string | undefined, desired: KubeObject): boolean {
  const owners = desired.metadata.ownerReferences ?? [];
  return owned !== undefined || owners.some(({ uid }) => metadata.ownerReferences?.some((owner) => owner.uid === uid));
}

function isInOrder(live: Applied, memory: Memory | undefined, wanted: string): boolean {
  if (!memory || memory.desired !== wanted || memory.uid !== live.metadata.uid) return false;
  // Older than what we wrote: etcd was set back to a backup. Values differ that the hash does not tell.
  if (isOlder(live.metadata.resourceVersion ?? '', memory.resourceVersion)) return false;
  return memory.ownedFields === live.ownedFields;
}

/** Depends on the order of keys, which both the server (sorted) and our builders keep. */
function hash(value: object): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
