/** What Argo CD and Flux make of objects: `verdicts/`, built once for each state of its sources. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { cachedAs, requireGoProgram } from '../build-cache.ts';

const SOURCES = join(import.meta.dirname, 'verdicts');
const PROGRAM = cachedAs('verdicts', SOURCES);
const LUA = join(import.meta.dirname, '../../deploy/argocd/health.lua');

export type Verdicts = Record<'kstatus' | 'argo', { status: string; message: string }>;

/** Skips a test, and returns false, where the program can't be built; on CI, where it must be, throws instead. */
export function requireVerdicts(t: TestContext): boolean {
  return requireGoProgram(t, PROGRAM, SOURCES, '.');
}

/** One for each object, as the API server would have it. */
export function verdictsOf(objects: readonly unknown[]): Verdicts[] {
  return JSON.parse(execFileSync(PROGRAM, [LUA], { input: JSON.stringify(objects), encoding: 'utf8' })) as Verdicts[];
}
