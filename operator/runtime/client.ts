/**
 * The API server as functions: what goes in and comes out are plain JSON objects, what goes wrong is an `ApiError`. One
 * field manager, kept-alive connections, every call bounded in time, traced and counted. Nothing is retried here: every
 * caller runs again by itself (queue, watch, lease) and knows better when.
 */
import { type Clock, systemClock } from './clock.ts';
import { expectKind, noting, type Page, parseJson, toEvent, toPage, type WatchEvent } from './decode.ts';
import { isFailure } from './errors.ts';
import { readLines, readText } from './lines.ts';
import type { Metrics } from './metrics.ts';
import { type Call, classify, createRequester } from './request.ts';
import { type KubeObject, type ObjectRef, pathOf, type Resource } from './resource.ts';
import type { Transport } from './transport.ts';

/** Which objects to list or watch; all where nothing is set. Selectors in the API's syntax: `a=b,c in (d)`. */
export type Selection = { namespace?: string; labelSelector?: string; fieldSelector?: string };

export type Write = { subresource?: 'status'; dryRun?: boolean };

/** Every function rejects with an ApiError, or with the signal's reason when it aborts. */
export type Client = {
  /** The object; undefined when there is none, or no such kind. */
  find<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, signal: AbortSignal): Promise<T | undefined>;
  /** Lists in pages. When a page fails with `Gone`, the list took too long and must start anew. */
  list<T extends KubeObject>(
    resource: Resource<T>,
    selection: Selection,
    signal: AbortSignal,
  ): AsyncGenerator<Page<T>, void>;
  /**
   * Events after `resourceVersion`, until the server ends the watch, as it does after `lifetime` milliseconds. Throws
   * `Timeout` when there is silence for `stallTimeout` milliseconds. An ERROR event is thrown as what it stands for.
   */
  watch<T extends KubeObject>(
    resource: Resource<T>,
    selection: Selection,
    from: { resourceVersion: string; lifetime: number; stallTimeout: number },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>, void>;
  /**
   * Server-side apply: sets the object's fields and drops those that only an earlier apply of ours has set. Takes
   * fields over from other managers. Applied twice, it changes nothing.
   */
  apply<T extends KubeObject>(resource: Resource<T>, object: T, signal: AbortSignal, options?: Write): Promise<T>;
  /** JSON merge patch (RFC 7386). */
  patch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    patch: object,
    signal: AbortSignal,
    options?: Write,
  ): Promise<T>;
  /** Fails with `AlreadyExists` when there is one. */
  create<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    signal: AbortSignal,
    options?: Pick<Write, 'dryRun'>,
  ): Promise<T>;
  /** Fails with `Conflict` when the object has another resourceVersion by now. */
  replace<T extends KubeObject>(resource: Resource<T>, object: T, signal: AbortSignal, options?: Write): Promise<T>;
  /** With `uid`, only that very object: else `Conflict`. What it owns goes after it. */
  delete(resource: Resource, ref: ObjectRef & { uid?: string }, signal: AbortSignal): Promise<void>;
  /** Any other call, such as `GET /version`; gives the decoded body. */
  raw(method: string, path: string, signal: AbortSignal, body?: unknown): Promise<unknown>;
};

export type ClientOptions = {
  transport: Transport;
  /** Name under which fields are owned, and the user agent. */
  fieldManager: string;
  metrics: Metrics;
  clock?: Clock;
  /** Whether calls are spans; false for what asks again and again, of which nobody wants traces. */
  traced?: boolean;
  /** Milliseconds a call may take. Lower it where late is as bad as never. */
  timeout?: number;
};

const TIMEOUT_MS = 30_000;
/** Objects in a page: what client-go asks for. */
const PAGE_SIZE = '500';
/** Longest answer, in bytes: a page of objects of 128 KiB each. */
const MAX_BODY_BYTES = 64 << 20;
/** Longest event of a watch, in bytes. etcd takes 1.5 MiB of an object; as JSON it may be several times that. */
const MAX_LINE_BYTES = 8 << 20;

/** Makes a client of the API server. */
export function createClient(options: ClientOptions): Client {
  const { transport, fieldManager, metrics, clock = systemClock, timeout = TIMEOUT_MS, traced = true } = options;
  const requester = createRequester({ transport, metrics, clock, userAgent: fieldManager, traced });

  function call(call: Omit<Call, 'timeout'>): Promise<unknown> {
    return requester.send({ ...call, timeout }, async (response, deadline) => {
      const text = await readText(response.body, MAX_BODY_BYTES);
      deadline.cancel();
      return parseJson(text);
    });
  }

  /** Path and route of one object, or of all without a name. */
  function at(resource: Resource, ref: Partial<ObjectRef>, subresource?: 'status') {
    const names = { namespace: ref.namespace && '{namespace}', name: ref.name && '{name}' };
    return { path: pathOf(resource, ref, subresource), route: pathOf(resource, names, subresource) };
  }

  /** A call whose answer is the object. */
  async function exchange<T extends KubeObject>(
    resource: Resource<T>,
    ref: Partial<ObjectRef>,
    rest: Pick<Call, 'method' | 'body' | 'contentType' | 'signal' | 'query'>,
    subresource?: 'status',
  ): Promise<T> {
    return expectKind(await call({ ...at(resource, ref, subresource), ...rest }), resource.kind) as T;
  }

  const writing = ({ dryRun }: Write = {}) => ({ fieldManager, dryRun: dryRun ? 'All' : undefined });

  return {
    async find(resource, ref, signal) {
      try {
        return await exchange(resource, ref, { method: 'GET', signal });
      } catch (error) {
        if (isFailure(error, 'NotFound')) return undefined;
        throw error;
      }
    },

    async *list<T extends KubeObject>(resource: Resource<T>, selection: Selection, signal: AbortSignal) {
      const { namespace, ...selectors } = selection;
      let next: string | undefined;
      do {
        const query = { ...selectors, limit: PAGE_SIZE, continue: next };
        const answer = await call({ method: 'GET', ...at(resource, { namespace }), query, signal });
        const page = toPage<T>(answer, resource);
        next = page.next;
        yield page;
      } while (next);
    },

    async *watch<T extends KubeObject>(
      resource: Resource<T>,
      selection: Selection,
      from: { resourceVersion: string; lifetime: number; stallTimeout: number },
      signal: AbortSignal,
    ) {
      const { namespace, ...selectors } = selection;
      const { resourceVersion, lifetime, stallTimeout } = from;
      const query = {
        ...selectors,
        watch: '1',
        allowWatchBookmarks: 'true',
        resourceVersion,
        timeoutSeconds: String(Math.ceil(lifetime / 1_000)),
      };
      const opening = { method: 'GET', ...at(resource, { namespace }), query, signal, timeout: stallTimeout };
      const { body, deadline } = await requester.send(opening, async (response, limit) => {
        limit.restart();
        return { body: response.body, deadline: limit };
      });
      try {
        const noted = noting(body, deadline.restart);
        for await (const line of readLines(noted, MAX_LINE_BYTES)) yield toEvent<T>(line);
      } catch (error) {
        throw classify(error, opening, deadline);
      } finally {
        deadline.cancel();
      }
    },

    apply(resource, object, signal, options) {
      const query = { ...writing(options), force: 'true' };
      const contentType = 'application/apply-patch+yaml'; // JSON is YAML
      const rest = { method: 'PATCH', body: object, contentType, query, signal };
      return exchange(resource, object.metadata, rest, options?.subresource);
    },

    patch(resource, ref, patch, signal, options) {
      const contentType = 'application/merge-patch+json';
      const rest = { method: 'PATCH', body: patch, contentType, query: writing(options), signal };
      return exchange(resource, ref, rest, options?.subresource);
    },

    create(resource, object, signal, options) {
      const { namespace } = object.metadata;
      return exchange(resource, { namespace }, { method: 'POST', body: object, query: writing(options), signal });
    },

    replace(resource, object, signal, options) {
      const rest = { method: 'PUT', body: object, query: writing(options), signal };
      return exchange(resource, object.metadata, rest, options?.subresource);
    },

    async delete(resource, { uid, ...ref }, signal) {
      const body = { propagationPolicy: 'Background', preconditions: uid === undefined ? undefined : { uid } };
      const answer = await call({ method: 'DELETE', ...at(resource, ref), body, signal });
      expectKind(answer, resource.kind, 'Status');
    },

    raw: (method, path, signal, body) => call({ method, path, route: path.replace(/\?.*/, ''), body, signal }),
  };
}
