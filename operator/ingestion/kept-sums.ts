/**
 * The sums of each resource, kept in an object of their own beside it: a leader that begins goes on with them. What is
 * shown is what has been kept, so that it never falls, whoever leads.
 */
import type { Log } from '../../crds/common/log.ts';
import type { Report } from '../../crds/report.ts';
import { COLLECTORS, CONFIG_MAPS, type DataObject, type RawCollector } from '../cluster/kinds.ts';
import type { Client } from '../runtime/client.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Key, keyOf } from '../runtime/resource.ts';
import { Sums, type Totals } from './sums.ts';

/** How often, in milliseconds, an object is written at most; with many pods, less often. */
const WRITE_MS = 10_000;
const WRITE_FOR_EACH_MS = 12;
const CONTENT = 'sums.json.gz';

export type KeptSums = {
  /** Takes what the collector in a pod tells. */
  take(key: Key, uid: string, report: Report): void;
  /**
   * Keeps the sums, if they have changed and it is time, and resolves with those that are kept; undefined before
   * anything is. `pods`: those there are by uid, and whether the disk of each goes with it. Rejects as long as what was
   * kept before can't be read.
   */
  keep(resource: RawCollector, pods: ReadonlyMap<string, boolean>, signal: AbortSignal): Promise<Totals | undefined>;
  forget(key: Key): void;
};

type Entry = {
  /** Uid of the resource; undefined until it is known. */
  owner: string | undefined;
  sums: Sums;
  loaded: boolean;
  /** Not to be written: the name is somebody else's. */
  foreign: boolean;
  /** A collector has told the last of it: it is kept at once. */
  urgent: boolean;
  dirty: boolean;
  writtenAt: number;
  totals: Totals | undefined;
};

function newEntry(): Entry {
  return {
    ...{ owner: undefined, sums: new Sums(), totals: undefined, writtenAt: Number.NEGATIVE_INFINITY },
    ...{ loaded: false, foreign: false, urgent: false, dirty: false },
  };
}

/** Makes what keeps the sums of all resources in the cluster. */
export function createKeptSums({ client, clock, log }: { client: Client; clock: Clock; log: Log }): KeptSums {
  const entries = new Map<Key, Entry>();

  function entryOf(key: Key): Entry {
    let entry = entries.get(key);
    if (!entry) {
      entry = newEntry();
      entries.set(key, entry);
    }
    return entry;
  }

  async function load(entry: Entry, resource: RawCollector, signal: AbortSignal): Promise<void> {
    const object = await client.find(CONFIG_MAPS, objectOf(resource).metadata, signal);
    entry.loaded = true;
    if (!object) return;
    const owners = object.metadata.ownerReferences ?? [];
    entry.foreign = !owners.some(({ kind }) => kind === COLLECTORS.kind);
    if (entry.foreign) {
      log.error('the sums of past collectors can’t be kept: there is a ConfigMap of that name', {
        configMap: keyOf(object.metadata),
      });
    }
    const content = object.binaryData?.[CONTENT];
    // Of a resource of that name that was deleted, nothing is to be gone on with.
    if (content === undefined || !owners.some(({ uid }) => uid === resource.metadata.uid)) return;
    try {
      entry.sums.load(Buffer.from(content, 'base64'));
      entry.totals = entry.sums.totals();
    } catch (error) {
      log.error('the sums of past collectors can’t be read: they begin anew', {
        configMap: keyOf(object.metadata),
        error: String(error),
      });
    }
  }

  async function write(entry: Entry, resource: RawCollector, signal: AbortSignal): Promise<void> {
    const totals = entry.sums.totals();
    entry.writtenAt = clock.now();
    entry.dirty = false;
    entry.urgent = false;
    try {
      const binaryData = { [CONTENT]: entry.sums.encode().toString('base64') };
      if (!entry.foreign) await client.apply(CONFIG_MAPS, { ...objectOf(resource), binaryData }, signal);
      entry.totals = totals;
    } catch (error) {
      signal.throwIfAborted();
      entry.dirty = true;
      log.warn('the sums of collectors could not be kept: those of before are shown', {
        collector: keyOf(resource.metadata),
        error: String(error),
      });
    }
  }

  return {
    take(key, uid, report) {
      const entry = entryOf(key);
      if (entry.sums.take(uid, report)) entry.dirty = true;
      entry.urgent ||= report.last;
    },

    async keep(resource, pods, signal) {
      const { uid } = resource.metadata;
      const key = keyOf(resource.metadata);
      // Another one of that name.
      if ((entryOf(key).owner ?? uid) !== uid) entries.delete(key);
      const entry = entryOf(key);
      entry.owner = uid;
      if (!entry.loaded) await load(entry, resource, signal);
      entry.sums.retire(pods, clock.now());
      const wait = Math.max(WRITE_MS, entry.sums.size * WRITE_FOR_EACH_MS);
      if (entry.dirty && (entry.urgent || clock.now() >= entry.writtenAt + wait)) await write(entry, resource, signal);
      return entry.totals;
    },

    forget: (key) => entries.delete(key),
  };
}

/**
 * It goes with its resource. Without the label of what a resource becomes: a version that knows nothing of it would
 * remove it as what nobody wants.
 */
function objectOf({ metadata: { name, namespace, uid = '' } }: RawCollector): DataObject {
  const { apiVersion, kind } = COLLECTORS;
  return {
    apiVersion: CONFIG_MAPS.apiVersion,
    kind: CONFIG_MAPS.kind,
    metadata: {
      name: `${name}-books`,
      namespace,
      ownerReferences: [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }],
    },
  };
}
