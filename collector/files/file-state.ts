/** Files that are replaced while the collector runs: a Secret's, a ConfigMap's, the one that somebody edits. */
import { readFileSync, statSync } from 'node:fs';

/**
 * A text that differs when the file was written or replaced. It takes microseconds, and follows links, as Kubernetes
 * replaces files by redirecting one.
 */
export function fileState(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}` : 'missing';
}

/**
 * Looks at a file each time it is called. True, once, when it has changed and is the same as at the previous look: a
 * file that is being written may be only half there. How the file was before the first look counts as a change.
 */
export function createLook(path: string, stateOf: (path: string) => string = fileState): () => boolean {
  let last: string | undefined;
  let taken: string | undefined;
  return () => {
    const state = stateOf(path);
    const settled = state === last;
    last = state;
    if (!settled || state === taken) return false;
    taken = state;
    return true;
  };
}

/**
 * A function that reads a file again and again. A pipe, such as a shell's `<(…)`, gives its text only once: it is kept.
 */
export function createTextReader(): (path: string) => string {
  let text: string | undefined;
  return (path) => {
    if (text === undefined || !statSync(path).isFIFO()) text = readFileSync(path, 'utf8');
    return text;
  };
}
