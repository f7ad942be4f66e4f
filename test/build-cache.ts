/** What tests need that takes long to build: kept outside the tree, once for each state of its sources. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'netflow2traces');

/** Where that is kept which is built of the sources in a folder. */
export function cachedAs(name: string, sources: string): string {
  return join(CACHE, `${name}-${hashOf(sources)}`);
}

/** Lets `build` make a file or folder, unless it is there. It is there whole, or not at all. */
export function buildOnce(path: string, build: (part: string) => void): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}`;
  try {
    build(part);
    renameSync(part, path);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

/**
 * Builds a package of Go, unless it is there, from the modules that a folder pins. Takes Go, and its module proxy or
 * cache.
 */
export function buildGoOnce(program: string, sources: string, goPackage: string): void {
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false' };
  buildOnce(program, (part) => {
    const args = ['build', '-trimpath', '-ldflags', '-s -w', '-o', part, goPackage];
    execFileSync('go', args, { cwd: sources, env, stdio: 'pipe' });
  });
}

/**
 * The same for a test, which is skipped where that can't be done, with false; on CI, where it must be, throws instead.
 */
export function requireGoProgram(t: TestContext, program: string, sources: string, goPackage: string): boolean {
  try {
    buildGoOnce(program, sources, goPackage);
    return true;
  } catch (error) {
    const reason = `needs Go 1.26 or later, and its module proxy or cache: ${(error as Error).message}`;
    if (process.env.CI) throw new Error(reason, { cause: error });
    t.skip(reason);
    return false;
  }
}

function hashOf(folder: string): string {
  const hash = createHash('sha256');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of entries.map(({ parentPath, name }) => join(parentPath, name)).sort()) {
    hash.update(path.slice(folder.length)).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}
