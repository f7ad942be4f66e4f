/** Reads what the API server answers. All functions throw an ApiError, `BadResponse`, at what it would not say. */
import { ApiError, type Status, toApiError } from './errors.ts';
import type { KubeObject, Resource } from './resource.ts';

/** One page of a list. The version is that of the whole list; `next` leads to the next page. */
export type Page<T> = { items: T[]; resourceVersion: string; next?: string };

export type WatchEvent<T> = {
  /** A BOOKMARK carries nothing but a resourceVersion: all events up to it were sent. */
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: T;
};

const EVENT_TYPES: readonly string[] = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'];

/** Throws an ApiError when the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError('BadResponse', 'the answer is not JSON', { cause: error });
  }
}

/** The answer, if it is an object of one of these kinds: a proxy that says 200 must not pass for a write. */
export function expectKind(answer: unknown, ...kinds: string[]): unknown {
  const { kind } = (answer ?? {}) as { kind?: string };
  if (kind !== undefined && kinds.includes(kind)) return answer;
  throw new ApiError('BadResponse', `the answer is not of kind ${kinds.join(' or ')}`);
}

/** A page of a list of that kind. Throws an ApiError when the answer is none. */
export function toPage<T extends KubeObject>(answer: unknown, { apiVersion, kind }: Resource<T>): Page<T> {
  type List = { items?: T[] | null; metadata?: { resourceVersion?: string; continue?: string } };
  const { items, metadata } = (answer ?? {}) as List;
  // A list that is not one must not pass for an empty one: all that is known would count as deleted.
  if (!(Array.isArray(items) || items === null) || !metadata?.resourceVersion) {
    throw new ApiError('BadResponse', `the answer is not a list of kind ${kind}`);
  }
  return {
    // In lists the server leaves out what is the same for all items.
    items: (items ?? []).map((item) => ({ ...item, apiVersion, kind })),
    resourceVersion: metadata.resourceVersion,
    next: metadata.continue || undefined,
  };
}

/** An event of a watch from its line. An ERROR event is thrown as what it stands for. */
export function toEvent<T extends KubeObject>(line: string): WatchEvent<T> {
  const { type, object } = (parseJson(line) ?? {}) as { type?: string; object?: T };
  if (type === 'ERROR') {
    const status = object as Status | undefined;
    throw toApiError(status?.code ?? 500, status);
  }
  if (!EVENT_TYPES.includes(type ?? '') || !object?.metadata?.resourceVersion) {
    throw new ApiError('BadResponse', 'not an event of a watch');
  }
  return { type, object } as WatchEvent<T>;
}

/** Passes the stream through and calls `note` for each piece. */
export async function* noting(stream: AsyncIterable<Uint8Array>, note: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    note();
    yield chunk;
  }
}
