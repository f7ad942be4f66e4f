/** The programs of a cluster, built from the Go modules that `tools/go.mod` pins, once for each state of the sources. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { archiveProgram } from './images.ts';

const SOURCES = join(import.meta.dirname, 'tools');
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'netflow2traces');
/** The folder of the tools. */
export const TOOLS = cachedAs('cluster', SOURCES);

export type Tool =
  | ('etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kubelet' | 'kube-proxy')
  | ('kubectl' | 'helm' | 'kwok' | 'kwok.yaml' | 'coredns.tar' | 'pause.tar');

/** Where a tool is, once built. */
export const tool = (name: Tool): string => join(TOOLS, name);

/** Whether the tools are there. */
export const haveTools = (): boolean => existsSync(TOOLS);

/** Builds the tools unless they are there. */
export function buildTools(): void {
  if (haveTools()) return;
  console.error('building Kubernetes, once: about eight minutes on two cores');
  mkdirSync(CACHE, { recursive: true });
  const part = `${TOOLS}.part`;
  rmSync(part, { recursive: true, force: true });
  // The compiler's progress and complaints go where people see them, not into our output.
  execFileSync(join(SOURCES, 'build.sh'), [part], { stdio: ['ignore', process.stderr, process.stderr] });
  for (const name of ['coredns', 'pause']) archiveProgram(join(part, name), join(part, `${name}.tar`));
  renameSync(part, TOOLS);
}

/** Where that is kept which is built of the sources in a folder. */
export function cachedAs(name: string, sources: string): string {
  return join(CACHE, `${name}-${hashOf(sources)}`);
}

function hashOf(folder: string): string {
  const hash = createHash('sha256');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of entries.map(({ parentPath, name }) => join(parentPath, name)).sort()) {
    hash.update(path.slice(folder.length)).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}
