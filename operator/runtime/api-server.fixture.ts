/**
 * An API server in memory: get, paged list, watch with bookmarks, create, replace, merge patch, server-side apply,
 * delete, resource versions and compaction. What it must not get wrong for the tests is order and versions; it knows no
 * schemas beyond one default. `fault-server.fixture.ts` makes it misbehave.
 */
import type { Clock } from './clock.ts';
import type { WatchEvent } from './decode.ts';
import { applyFields, type Owners, toManagedFields, updateOwners } from './managed-fields.fixture.ts';
import { type Key, type KubeObject, keyOf, type Resource } from './resource.ts';
import type { TransportRequest, TransportResponse } from './transport.ts';

type Kind = string;
type Stored = { object: KubeObject; owners: Owners };
type Write = { version: number; kind: Kind; old?: KubeObject; new?: KubeObject };
type Target = { kind: Kind; namespace?: string; name?: string; subresource?: string };

const BOOKMARK_MS = 60_000;

export class ApiServer {
  readonly #clock: Clock;
  readonly #kinds = new Map<Kind, Map<Key, Stored>>();
  readonly #pages = new Map<string, { items: KubeObject[]; version: number }>();
  readonly #waiters = new Set<() => void>();
  #history: Write[] = [];
  #compacted = 0;
  #version = 1;
  #uid = 0;
  /** Objects to a page; the real one takes the client's limit. */
  pageSize = 3;
  /** Watches that are open. */
  openWatches = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Grows with each write that changed something. */
  get version(): number {
    return this.#version;
  }

  objects(resource: Resource): KubeObject[] {
    return [...this.#kind(kindOf(resource)).values()].map(({ object }) => object);
  }

  get(resource: Resource, key: Key): KubeObject | undefined {
    return this.#kind(kindOf(resource)).get(key)?.object;
  }

  /** Writes as somebody else would: `kubectl edit`. */
  edit(resource: Resource, object: KubeObject, manager = 'kubectl'): void {
    this.#update(kindOf(resource), object, `${manager} Update`);
  }

  remove(resource: Resource, key: Key): void {
    this.#delete(kindOf(resource), key);
  }

  /** Forgets the history: watches and pages from before have to start anew. */
  compact(): void {
    this.#history = [];
    this.#compacted = this.#version;
    this.#pages.clear();
  }

  handle = async ({ method, path, headers, body, signal }: TransportRequest): Promise<TransportResponse> => {
    const url = new URL(path, 'http://localhost');
    const query = url.searchParams;
    const target = parsePath(url.pathname);
    const input = body === undefined ? undefined : (JSON.parse(body) as KubeObject);
    const key = target.name ? keyOf({ namespace: target.namespace, name: target.name }) : '';
    const owner = `${query.get('fieldManager')} Update${target.subresource ? ` ${target.subresource}` : ''}`;
    if (method === 'GET' && query.get('watch')) return this.#watch(target, query, signal);
    if (method === 'GET' && !target.name) return this.#list(target, query);
    const stored = this.#kind(target.kind).get(key);
    if (method === 'POST') {
      const name = keyOf((input as KubeObject).metadata);
      if (this.#kind(target.kind).has(name)) return failure(409, 'AlreadyExists', `${name} exists`);
      return json(201, this.#update(target.kind, input as KubeObject, owner));
    }
    const isApply = headers['content-type'] === 'application/apply-patch+yaml';
    if (!stored && !isApply) return failure(404, 'NotFound', `${key} not found`);
    const { object } = stored ?? {};
    switch (method) {
      case 'GET':
        return json(200, object);
      case 'DELETE': {
        const uid = (input as { preconditions?: { uid?: string } } | undefined)?.preconditions?.uid;
        if (uid && uid !== object?.metadata.uid) return failure(409, 'Conflict', 'another uid');
        this.#delete(target.kind, key);
        return json(200, { kind: 'Status', status: 'Success' });
      }
      case 'PUT':
        if (input?.metadata.resourceVersion !== object?.metadata.resourceVersion) {
          return failure(409, 'Conflict', 'the object has been modified');
        }
        return json(200, this.#update(target.kind, input as KubeObject, owner));
      case 'PATCH':
        if (isApply) {
          const { resourceVersion = object?.metadata.resourceVersion } = input!.metadata;
          if (resourceVersion !== object?.metadata.resourceVersion) {
            return failure(409, 'Conflict', 'the object has been modified');
          }
          const applied = applyFields(object, stored?.owners ?? new Map(), input as KubeObject, toApplyOwner(owner));
          return json(200, this.#put(target.kind, applied.object, applied.owners));
        }
        return json(200, this.#update(target.kind, merge(object, input) as KubeObject, owner));
    }
    return failure(405, 'MethodNotAllowed', method);
  };

  #kind(kind: Kind): Map<Key, Stored> {
    const known = this.#kinds.get(kind);
    if (known) return known;
    const objects = new Map<Key, Stored>();
    this.#kinds.set(kind, objects);
    return objects;
  }

  #update(kind: Kind, object: KubeObject, owner: string): KubeObject {
    const stored = this.#kind(kind).get(keyOf(object.metadata));
    return this.#put(kind, object, updateOwners(stored?.object, stored?.owners ?? new Map(), object, owner));
  }

  #put(kind: Kind, input: KubeObject, owners: Owners): KubeObject {
    const key = keyOf(input.metadata);
    const old = this.#kind(kind).get(key)?.object;
    const object = withDefaults(structuredClone(input)) as KubeObject & { spec?: unknown };
    const { uid = `uid-${++this.#uid}`, resourceVersion, generation = 0 } = old?.metadata ?? {};
    const respecified = JSON.stringify((old as typeof object)?.spec) !== JSON.stringify(object.spec);
    const time = new Date(this.#clock.wallTime()).toISOString();
    object.metadata = { ...object.metadata, uid, resourceVersion, generation: generation + (respecified ? 1 : 0) };
    object.metadata.managedFields = toManagedFields(owners, time);
    // A write that changes nothing but the times of managed fields is none.
    if (old && withoutTimes(old) === withoutTimes(object)) return old;
    object.metadata.resourceVersion = String(++this.#version);
    this.#kind(kind).set(key, { object, owners });
    this.#record({ version: this.#version, kind, old, new: object });
    return object;
  }

  #delete(kind: Kind, key: Key): void {
    const stored = this.#kind(kind).get(key);
    if (!stored) return;
    this.#kind(kind).delete(key);
    this.#record({ version: ++this.#version, kind, old: stored.object });
  }

  #record(write: Write): void {
    this.#history.push(write);
    for (const wake of this.#waiters) wake();
  }

  #list(target: Target, query: URLSearchParams): TransportResponse {
    const token = query.get('continue');
    const page = token
      ? this.#pages.get(token)
      : {
          items: [...this.#kind(target.kind).values()]
            .map(({ object }) => object)
            .filter((object) => matches(object, target, query)),
          version: this.#version,
        };
    if (!page) return failure(410, 'Expired', 'the continue token is too old');
    const rest = page.items.slice(this.pageSize);
    const next = rest.length > 0 ? `${page.version}-${rest.length}-${this.#pages.size}` : undefined;
    if (next) this.#pages.set(next, { items: rest, version: page.version });
    const items = page.items.slice(0, this.pageSize).map(({ apiVersion: _, kind: __, ...item }) => item);
    return json(200, { metadata: { resourceVersion: String(page.version), continue: next }, items });
  }

  #watch(target: Target, query: URLSearchParams, signal: AbortSignal): TransportResponse {
    if (Number(query.get('resourceVersion')) < this.#compacted) return failure(410, 'Expired', 'too old');
    return { status: 200, headers: {}, body: this.#events(target, query, signal) };
  }

  async *#events(target: Target, query: URLSearchParams, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let seen = Number(query.get('resourceVersion'));
    const end = this.#clock.now() + Number(query.get('timeoutSeconds')) * 1_000;
    this.openWatches++;
    try {
      while (this.#clock.now() < end) {
        if (seen < this.#compacted) {
          yield line('ERROR', { code: 410, reason: 'Expired', message: 'too old resource version' });
          return;
        }
        const history = this.#history;
        for (const write of history) {
          if (write.version <= seen) continue;
          seen = write.version;
          if (write.kind !== target.kind) continue;
          const event = toEvent(write, (object) => matches(object, target, query));
          if (event) yield line(event.type, event.object);
        }
        if (history !== this.#history) continue;
        seen = this.#version;
        if (!(await this.#written(Math.min(BOOKMARK_MS, end - this.#clock.now()), signal))) {
          yield line('BOOKMARK', { metadata: { resourceVersion: String(seen) } });
        }
      }
    } finally {
      this.openWatches--;
    }
  }

  /** Waits for a write: false after `ms`. */
  #written(ms: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        cancel();
        this.#waiters.delete(onWrite);
        signal.removeEventListener('abort', onAbort);
      };
      const onWrite = () => {
        finish();
        resolve(true);
      };
      const onAbort = () => {
        finish();
        reject(signal.reason);
      };
      const cancel = this.#clock.after(ms, () => {
        finish();
        resolve(false);
      });
      this.#waiters.add(onWrite);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }
}

export function json(status: number, value: unknown, headers: TransportResponse['headers'] = {}): TransportResponse {
  return { status, headers, body: oneChunk(JSON.stringify(value)) };
}

export function failure(code: number, reason: string, message: string, details?: object): TransportResponse {
  return json(code, { kind: 'Status', status: 'Failure', code, reason, message, details });
}

export function line(type: string, object: object): Uint8Array {
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}

export async function* oneChunk(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function toEvent(write: Write, matching: (object: KubeObject) => boolean): WatchEvent<KubeObject> | undefined {
  const before = write.old && matching(write.old);
  if (write.new && matching(write.new)) return { type: before ? 'MODIFIED' : 'ADDED', object: write.new };
  if (!write.old || !before) return undefined;
  const metadata = { ...write.old.metadata, resourceVersion: String(write.version) };
  return { type: 'DELETED', object: { ...write.old, metadata } };
}

function matches({ metadata }: KubeObject, { namespace }: Target, query: URLSearchParams): boolean {
  const labels = query.get('labelSelector')?.split(',') ?? [];
  const name = query.get('fieldSelector')?.replace('metadata.name=', '');
  return (
    (!namespace || metadata.namespace === namespace) &&
    (!name || metadata.name === name) &&
    labels.every((selector) => metadata.labels?.[selector.split('=')[0]] === selector.split('=')[1])
  );
}

function parsePath(path: string): Target {
  const match =
    /^\/(?:api|apis)\/((?:[^/]+\/)?v[^/]+)\/(?:namespaces\/([^/]+)\/)?([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path);
  if (!match) throw new Error(`no such path: ${path}`);
  const [, version, namespace, plural, name, subresource] = match;
  return { kind: `${version}/${plural}`, namespace, name, subresource };
}

function kindOf({ apiVersion, plural }: Resource): Kind {
  return `${apiVersion}/${plural}`;
}

function toApplyOwner(owner: string): string {
  return owner.replace(' Update', ' Apply');
}

/** One default, for kinds of the tests here alone. */
function withDefaults<T extends { apiVersion?: string; spec?: { defaulted?: boolean } }>(object: T): T {
  if (object.spec && object.apiVersion === 'test.example/v1') object.spec.defaulted ??= true;
  return object;
}

function withoutTimes(object: KubeObject): string {
  return JSON.stringify(object, (key, value) => (key === 'time' ? undefined : value));
}

function merge(old: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(old as object) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}
