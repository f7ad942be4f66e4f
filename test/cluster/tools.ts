/**
 * The programs of a cluster, built from the Go modules that `tools/go.mod` pins, once for each state of the sources.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildOnce, cachedAs } from '../build-cache.ts';
import { archiveProgram } from './images.ts';

const SOURCES = join(import.meta.dirname, 'tools');
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
  buildOnce(TOOLS, (part) => {
    console.error('building Kubernetes, once: about eight minutes on two cores');
    // The compiler's progress and complaints go where people see them, not into our output.
    execFileSync(join(SOURCES, 'build.sh'), [part], { stdio: ['ignore', process.stderr, process.stderr] });
    for (const name of ['coredns', 'pause']) archiveProgram(join(part, name), join(part, `${name}.tar`));
  });
}
