/**
 * Keeps a store equal to what the API server has. In comes one kind of object from `list` and `watch`; out goes,
 * through the store, every change, in order. Whatever fails is tried again for as long as the signal lets it: the only
 * way out is an abort.
 *
 *     Empty ──► Listing ──► Listed ──► Watching
 *       ▲          │           ▲           │
 *       │          ▼           └───────────┤  the stream ended, broke, stalled or carried an error
 *       └──────────┴───────────────────────┘  the version is gone, or events came out of order
 */
import type { BackoffOptions } from '../../crds/common/backoff.ts';
import type { Log } from '../../crds/common/log.ts';
import { Backoff } from './backoff.ts';
import type { Client } from './client.ts';
import { type Clock, sleep, systemClock } from './clock.ts';
import type { Page, WatchEvent } from './decode.ts';
import { ApiError, isFailure } from './errors.ts';
import { isOlder, type KubeObject, type Resource } from './resource.ts';
import type { Scope, Store } from './store.ts';

type State<T, P> =
  /** Nothing to go on from. Next: `Listing`. */
  | { name: 'Empty' }
  /**
   * Pages are coming in; the store still holds what it held. Next: `Listing` with each page, `Listed` after the last,
   * which replaces the store's content. On any error `Empty`: pages of two lists don't add up.
   */
  | { name: 'Listing'; pages: AsyncGenerator<Page<T>, void>; objects: P[]; resourceVersion: string }
  /** The store is as of `resourceVersion`, and no stream is open. Next: `Watching`. */
  | { name: 'Listed'; resourceVersion: string }
  /**
   * A stream is open (or about to be: the first event opens it). Next: `Watching` with each event; `Listed` when it
   * ends or fails, since events after `resourceVersion` can be asked for again; `Empty` when they can't.
   */
  | { name: 'Watching'; events: AsyncGenerator<WatchEvent<T>, void>; resourceVersion: string; since: number };

export type WatchOptions<T extends KubeObject, P extends KubeObject> = {
  client: Client;
  resource: Resource<T>;
  /** Only of objects with these labels. */
  labelSelector?: string;
  store: Store<T, P>;
  log: Log;
  clock?: Clock;
  /** Numbers in [0, 1). */
  random?: () => number;
  /** Waits between attempts. Shorten them in tests only: they keep a server that comes back from being overrun. */
  backoff?: BackoffOptions;
  /**
   * Milliseconds of silence after which a stream counts as dead. A quiet one carries a bookmark every minute; raise it
   * for servers behind proxies that swallow those.
   */
  stallTimeout?: number;
};

const BACKOFF: BackoffOptions = { initial: 500, max: 30_000 };
const STALL_TIMEOUT_MS = 150_000;
/** A watch is asked to last from this to twice this, in milliseconds, so that a fleet's do not end together. */
const MIN_LIFETIME_MS = 300_000;
/** A stream that lasted this long, in milliseconds, worked, even when no event came. */
const HEALTHY_MS = 5_000;

/** Watches each scope of the store by itself. Runs until `signal` aborts; never rejects. */
export async function watch<T extends KubeObject, P extends KubeObject>(
  options: WatchOptions<T, P>,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(options.store.scopes.map((scope) => watchScope(options, scope, signal)));
}

async function watchScope<T extends KubeObject, P extends KubeObject>(
  options: WatchOptions<T, P>,
  scope: Scope,
  signal: AbortSignal,
): Promise<void> {
  const { client, resource, labelSelector, store, log, clock = systemClock, random = Math.random } = options;
  const { stallTimeout = STALL_TIMEOUT_MS } = options;
  const { namespace, name } = scope;
  const selection = { namespace, labelSelector, fieldSelector: name && `metadata.name=${name}` };
  const backoff = new Backoff(options.backoff ?? BACKOFF, random);
  let state: State<T, P> = { name: 'Empty' };

  while (!signal.aborted) {
    try {
      state = await step(state);
    } catch (error) {
      if (signal.aborted) break;
      const wait = backoff.next(error instanceof ApiError ? error.retryAfter : 0);
      const level = isFailure(error, 'Gone') ? 'info' : 'warn';
      const fields = {
        subject: resource.plural,
        ...scope,
        state: state.name,
        error: String(error),
        retryIn: Math.round(wait),
      };
      log[level]('a watch was interrupted', fields);
      await close(state);
      state = after(state, error);
      await sleep(clock, wait, signal).catch(() => {});
    }
  }
  await close(state);

  async function step(from: State<T, P>): Promise<State<T, P>> {
    switch (from.name) {
      case 'Empty':
        return { name: 'Listing', pages: client.list(resource, selection, signal), objects: [], resourceVersion: '' };

      case 'Listing': {
        const { value: page } = await from.pages.next();
        if (page) {
          for (const item of page.items) from.objects.push(store.prune(item));
          return { ...from, resourceVersion: page.resourceVersion };
        }
        store.replace(from.objects, from.resourceVersion, scope);
        return { name: 'Listed', resourceVersion: from.resourceVersion };
      }

      case 'Listed': {
        const lifetime = MIN_LIFETIME_MS * (1 + random());
        const { resourceVersion } = from;
        const events = client.watch(resource, selection, { resourceVersion, lifetime, stallTimeout }, signal);
        return { name: 'Watching', events, resourceVersion, since: clock.now() };
      }

      case 'Watching': {
        const { value: event } = await from.events.next();
        if (!event) {
          if (clock.now() - from.since < HEALTHY_MS) throw new ApiError('Network', 'the stream ended at once');
          backoff.reset();
          return { name: 'Listed', resourceVersion: from.resourceVersion };
        }
        const resourceVersion = event.object.metadata.resourceVersion as string;
        if (isOlder(resourceVersion, from.resourceVersion)) {
          // Dropping it could lose a change, and taking it could revive an object: only a list tells.
          throw new ApiError('Gone', `version ${resourceVersion} came after ${from.resourceVersion}`);
        }
        if (event.type === 'DELETED') store.delete(event.object);
        else if (event.type !== 'BOOKMARK') store.set(event.object);
        store.advance(resourceVersion, scope);
        backoff.reset();
        return { ...from, resourceVersion };
      }
    }
  }
}

/** Ends an open stream; one that failed has ended by itself. */
async function close<T, P>(state: State<T, P>): Promise<void> {
  if (state.name === 'Watching') await state.events.return();
}

/** Where to go on after `error`. */
function after<T, P>(state: State<T, P>, error: unknown): State<T, P> {
  if (state.name === 'Empty' || state.name === 'Listing' || isFailure(error, 'Gone')) return { name: 'Empty' };
  return { name: 'Listed', resourceVersion: state.resourceVersion };
}
