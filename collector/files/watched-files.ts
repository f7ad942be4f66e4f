import { readFileSync } from 'node:fs';
import type { Log } from '../../crds/common/log.ts';
import type { CollectorError } from '../common/errors.ts';
import { fileState } from './file-state.ts';

/**
 * A value made from files. Each call of the function returned checks whether they have changed since the last one,
 * which takes microseconds, and if so makes the value anew; otherwise it returns the same one. While a file is missing,
 * or half written, the last good value stays in use, and the log says so; when there never was one, a CollectorError is
 * thrown. `make` is given the contents in the order of `paths`; what it throws, `fail` puts into words.
 */
export function watchFiles<T>(
  paths: readonly string[],
  make: (contents: Buffer[]) => T,
  fail: (cause: Error) => CollectorError,
  log: Log,
): () => T {
  let seen: string | undefined;
  let good: { value: T } | undefined;
  let failure: CollectorError | undefined;

  function read(): void {
    try {
      const value = make(paths.map((path) => readFileSync(path)));
      if (good) log.info('credentials were read again', { files: paths.join(' ') });
      good = { value };
      failure = undefined;
    } catch (error) {
      failure = fail(error as Error);
      if (good)
        log.warn('credentials have changed but cannot be used: the last good ones are', { error: failure.message });
    }
  }

  return () => {
    const state = paths.map(fileState).join(' ');
    if (state !== seen) {
      seen = state;
      read();
    }
    if (good) return good.value;
    throw failure!;
  };
}
