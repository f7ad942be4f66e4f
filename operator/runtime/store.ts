import type { Log } from '../../crds/common/log.ts';
import { isOlder, type Key, type KubeObject, keyOf } from './resource.ts';

/** What happened to one object: it came (no `old`), changed, or went (no `new`). */
export type Change<T> = { key: Key; old?: T; new?: T };

/** A part of a kind's objects, by what they have in common; all of them without either. */
export type Scope = { namespace?: string; name?: string };

/** A store as its readers see it. */
export type StoreReader<P extends KubeObject> = Pick<Store<never, P>, 'get' | 'list' | 'subscribe' | 'whenSynced'>;

/**
 * The objects of one watched kind, as last seen and pruned to `P`. Watches write it, one for each of its scopes; others
 * read it and subscribe. It may lag behind the server but never skips an end: whatever was in it and is gone, also
 * while no watch ran, comes as a change without `new`; an object that was deleted and made again comes as two changes.
 */
export class Store<T extends KubeObject, P extends KubeObject = T> {
  /**
   * Keeps what the program reads of an object and lets the rest go; `metadata` needs its name, namespace, uid and
   * resourceVersion. Memory is the number of objects times what this returns.
   */
  readonly prune: (object: T) => P;
  /** What it holds; no object is in two of them. */
  readonly scopes: readonly Scope[];
  readonly #log: Log;
  readonly #objects = new Map<Key, P>();
  readonly #listeners = new Set<(change: Change<P>) => void>();
  readonly #synced = Promise.withResolvers<void>();
  /** Up to which version the watch of each scope has seen everything. */
  readonly #versions = new Map<Scope, string>();

  constructor(prune: (object: T) => P, log: Log, scopes: readonly Scope[] = [{}]) {
    this.prune = prune;
    this.scopes = scopes;
    this.#log = log;
  }

  get(key: Key): P | undefined {
    return this.#objects.get(key);
  }

  list(): P[] {
    return [...this.#objects.values()];
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Whether all objects were listed once. Until then an object that is absent here may exist. */
  get synced(): boolean {
    return this.#versions.size === this.scopes.length;
  }

  whenSynced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Calls `listener` with each change from now on; what it throws is logged. The function returned ends it. */
  subscribe(listener: (change: Change<P>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** For the watch of `scope`: all objects there are, and the version of the list. */
  replace(objects: readonly P[], version: string, scope = this.scopes[0]): void {
    this.#versions.set(scope, version);
    const keys = new Set(objects.map((object) => keyOf(object.metadata)));
    for (const [key, object] of this.#objects) if (isIn(scope, object) && !keys.has(key)) this.#delete(key);
    for (const object of objects) this.#put(object);
    if (this.synced) this.#synced.resolve();
  }

  /** For the watch: one object as it was at its version. */
  set(object: T): void {
    if (!this.#isPast(object)) this.#put(this.prune(object));
  }

  /** For the watch: one object is gone since the version it bears. */
  delete(object: T): void {
    if (!this.#isPast(object)) this.#delete(keyOf(object.metadata));
  }

  /** For the watch of `scope`: it has seen everything up to `version`. */
  advance(version: string, scope = this.scopes[0]): void {
    this.#versions.set(scope, version);
  }

  /**
   * For those who write: an object as the server answered. It is taken unless the watch is past it, so that a reader
   * finds what it wrote, and so that its end is noticed even when the watch never sees it begin.
   */
  note(object: T): void {
    const { resourceVersion } = object.metadata;
    const scope = this.scopes.find((scope) => isIn(scope, object));
    const seen = scope && this.#versions.get(scope);
    if (seen && resourceVersion && isOlder(seen, resourceVersion)) this.#put(this.prune(object));
  }

  /** A noted object is newer than what the watch still brings of it, and of its predecessor. */
  #isPast({ metadata }: T): boolean {
    const known = this.#objects.get(keyOf(metadata))?.metadata.resourceVersion;
    return known !== undefined && isOlder(metadata.resourceVersion ?? '', known);
  }

  #put(object: P): void {
    const key = keyOf(object.metadata);
    const old = this.#objects.get(key);
    if (old?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    if (old && old.metadata.uid !== object.metadata.uid) {
      this.#delete(key);
      this.#put(object);
      return;
    }
    this.#objects.set(key, object);
    this.#emit({ key, old, new: object });
  }

  #delete(key: Key): void {
    const old = this.#objects.get(key);
    if (!old) return;
    this.#objects.delete(key);
    this.#emit({ key, old });
  }

  #emit(change: Change<P>): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        const kind = (change.new ?? change.old)?.kind;
        this.#log.error('a subscriber of a store failed', { subject: kind, key: change.key, error: String(error) });
      }
    }
  }
}

function isIn({ namespace, name }: Scope, { metadata }: KubeObject): boolean {
  return (!namespace || metadata.namespace === namespace) && (!name || metadata.name === name);
}
