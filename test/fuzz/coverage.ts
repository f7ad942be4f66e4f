/**
 * Which parts of the code under test have run, by V8's precise coverage. Parts are characters of source, since the
 * ranges that V8 reports change with their counts. What record plans compile to is not counted: each is a script of its
 * own, so every template would be new; the functions that write plans, and those that plans call, are.
 */
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';

/** Characters that ran, by script. */
export type Covered = Map<string, Uint8Array>;

export type Coverage = {
  /** What ran since the last time it was asked, and was not `add`ed before. */
  take(): Covered;
  add(covered: Covered): void;
  /** Starts anew, as if nothing had been added. */
  forget(): void;
  /** Characters of functions, those that ran and all. */
  totals(): { covered: number; all: number };
  /** Pieces of functions that have not run, as `file:line: first characters`. */
  missing(): string[];
};

type FunctionCoverage = { ranges: { startOffset: number; endOffset: number; count: number }[] };
type ScriptCoverage = { url: string; functions: FunctionCoverage[] };

/**
 * Starts to watch the scripts that `isWatched` names by their file URL. Functions that ran before are known as a whole
 * only, not by their blocks, so this should be called before those scripts are imported.
 */
export function startCoverage(isWatched: (url: string) => boolean): Coverage {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const known: Covered = new Map();
  /** All characters of functions. */
  const functions: Covered = new Map();

  function mapOf(covered: Covered, url: string): Uint8Array {
    let map = covered.get(url);
    if (!map) {
      map = new Uint8Array(readFileSync(fileURLToPath(url), 'utf8').length);
      covered.set(url, map);
    }
    return map;
  }

  function poll(): ScriptCoverage[] {
    let scripts: ScriptCoverage[] = [];
    session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error) throw error;
      scripts = result.filter(({ url }) => isWatched(url));
    });
    return scripts;
  }

  /** Ranges are nested: what is inside comes later. The first function of a script is the module itself. */
  function paint(script: ScriptCoverage): Uint8Array {
    const map = new Uint8Array(mapOf(known, script.url).length);
    const ofFunctions = mapOf(functions, script.url);
    for (const { ranges } of script.functions) {
      if (ranges[0].startOffset === 0 && ranges[0].endOffset >= map.length - 1) continue;
      ofFunctions.fill(1, ranges[0].startOffset, ranges[0].endOffset);
      for (const { startOffset, endOffset, count } of ranges) map.fill(count > 0 ? 1 : 0, startOffset, endOffset);
    }
    return map;
  }

  return {
    take() {
      const fresh: Covered = new Map();
      for (const script of poll()) {
        const map = paint(script);
        const before = mapOf(known, script.url);
        if (isMore(map, before)) fresh.set(script.url, map);
      }
      return fresh;
    },
    add(covered) {
      for (const [url, map] of covered) {
        const into = mapOf(known, url);
        for (let at = 0; at < map.length; at++) into[at] |= map[at];
      }
    },
    forget() {
      poll();
      known.clear();
    },
    totals() {
      return { covered: countOf(known), all: countOf(functions) };
    },
    missing() {
      return [...functions].flatMap(([url, ofFunctions]) => {
        const path = fileURLToPath(url);
        return gaps(ofFunctions, mapOf(known, url), readFileSync(path, 'utf8')).map((gap) => `${path}:${gap}`);
      });
    },
  };
}

function countOf(covered: Covered): number {
  let count = 0;
  for (const map of covered.values()) for (const ran of map) count += ran;
  return count;
}

function isMore(map: Uint8Array, before: Uint8Array): boolean {
  for (let at = 0; at < map.length; at++) if (map[at] > before[at]) return true;
  return false;
}

function gaps(all: Uint8Array, ran: Uint8Array, source: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < all.length; at++) {
    if (all[at] <= ran[at]) continue;
    const start = at;
    while (at < all.length && all[at] > ran[at]) at++;
    const text = source.slice(start, at).trim().replaceAll(/\s+/g, ' ');
    if (text !== '') found.push(`${source.slice(0, start).split('\n').length}: ${text.slice(0, 80)}`);
  }
  return found;
}
