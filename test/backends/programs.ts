/**
 * The backends: Jaeger and the OpenTelemetry Collector, built of the Go modules that `tools/` pins, once for each state
 * of it; and Debian's Prometheus.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { buildOnce, cachedAs } from '../build-cache.ts';

const SOURCES = join(import.meta.dirname, 'tools');
const FOLDER = cachedAs('backends', SOURCES);

/** The command of a program, once built. */
export const PROGRAMS = { jaeger: join(FOLDER, 'jaeger'), otelcol: join(FOLDER, 'otelcol'), prometheus: 'prometheus' };

/** Builds what is not there. */
export function buildBackends(): void {
  buildOnce(FOLDER, (part) => {
    console.error('building Jaeger and the OpenTelemetry Collector, once: some six minutes on two cores');
    execFileSync(join(SOURCES, 'build.sh'), [part], { stdio: ['ignore', process.stderr, process.stderr] });
  });
}

/** Skips a test, and returns false, where there are no backends; on CI, where there must be, throws instead. */
export function requireBackends(t: TestContext): boolean {
  const reason = missing();
  if (!reason) return true;
  if (process.env.CI) throw new Error(reason);
  t.skip(reason);
  return false;
}

function missing(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux, where all of 127.0.0.0/8 is the machine';
  if (!existsSync(FOLDER)) return 'Jaeger and the Collector are not built yet: npm run backends:build does it';
  if (spawnSync(PROGRAMS.prometheus, ['--version']).error) return 'needs prometheus: apt-get install prometheus';
  return undefined;
}
