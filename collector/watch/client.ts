/** Asks a running collector, by the HTTP interface of its page. */
import type { Target } from './options.ts';

const TIMEOUT_MS = 10_000;

/** Why a collector did not answer as it should, in words. */
export class WatchError extends Error {
  /** It is the question that is wrong, and asking again would not help. */
  readonly isRefused: boolean;

  constructor(message: string, isRefused: boolean) {
    super(message);
    this.isRefused = isRefused;
  }
}

/** The answer at `path`, which is below the page's own. Rejects with a WatchError. */
export async function ask<T>({ url, token }: Target, path: string): Promise<T> {
  const target = new URL(path, url);
  let response: Response;
  try {
    response = await fetch(target, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    throw new WatchError(`${url} does not answer (${cause?.message || message}); does a collector run there?`, false);
  }
  if (response.ok) return (await response.json()) as T;
  const answer = (await response.text()).trim();
  if (response.status === 401) {
    const what = token === undefined ? 'wants a token' : 'does not take this token';
    throw new WatchError(`${url} ${what}: give it by --token-file FILE or NETFLOW2TRACES_TOKEN`, true);
  }
  const reason = response.status === 404 ? 'is no collector, or one of another version' : `says: ${answer}`;
  throw new WatchError(response.status === 400 ? `--filter ${answer}` : `${url} ${reason}`, response.status < 500);
}
