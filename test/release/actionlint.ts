/** The linter of workflows, built of the Go module that `actionlint/` pins, once for each state of it. */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { cachedAs, requireGoProgram } from '../build-cache.ts';

const SOURCES = join(import.meta.dirname, 'actionlint');
export const actionlint = cachedAs('actionlint', SOURCES);

/** Skips a test, and returns false, where it can't be built; on CI, where it must be, throws instead. */
export function requireActionlint(t: TestContext): boolean {
  return requireGoProgram(t, actionlint, SOURCES, 'github.com/rhysd/actionlint/cmd/actionlint');
}
