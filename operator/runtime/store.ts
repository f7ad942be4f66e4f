import type { Log } from './log.ts';
import { type Key, type KubeObject, keyOf } from './resource.ts';

/** What happened to one object: it came (no `old`), changed, or went (no `new`). */
export type Change<T> = { key: Key; old?: T; new?: T };

/**
 * The objects of one watched kind, as last seen. A watch writes it; others read it and subscribe. It may lag behind the
 * server but never skips an end: whatever was in it and is gone, also while no watch ran, comes as a change without
 * `new`; an object that was deleted and made again comes as two changes.
 */
export class Store<T extends KubeObject> {
  #objects = new Map<Key, T>();
  #synced = Promise.withResolvers<void>();
  #isSynced = false;
  readonly #listeners = new Set<(change: Change<T>) => void>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  get(key: Key): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Whether all objects were listed once. Until then an object that is absent here may exist. */
  get synced(): boolean {
    return this.#isSynced;
  }

  whenSynced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Calls `listener` with each change from now on; what it throws is logged. The function returned ends it. */
  subscribe(listener: (change: Change<T>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** One object as it is now. */
  set(object: T): void {
    const key = keyOf(object.metadata);
    const old = this.#objects.get(key);
    if (old?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    if (old && old.metadata.uid !== object.metadata.uid) {
      this.delete(old);
      this.set(object);
      return;
    }
    this.#objects.set(key, object);
    this.#emit({ key, old, new: object });
  }

  /** One object is gone. */
  delete(object: T): void {
    const key = keyOf(object.metadata);
    const old = this.#objects.get(key);
    if (!old) return;
    this.#objects.delete(key);
    this.#emit({ key, old });
  }

  /** All objects there are. */
  replace(objects: readonly T[]): void {
    const keys = new Set(objects.map((object) => keyOf(object.metadata)));
    for (const [key, old] of this.#objects) if (!keys.has(key)) this.delete(old);
    for (const object of objects) this.set(object);
    this.#isSynced = true;
    this.#synced.resolve();
  }

  #emit(change: Change<T>): void {
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
