import { accessSync, constants, existsSync } from 'node:fs';
import { platform } from 'node:process';
import type { TestContext } from 'node:test';
import { haveTools } from './tools.ts';

/** What runs on the machine, and the Debian package that brings it. */
const PROGRAMS = {
  buildah: 'buildah',
  containerd: 'containerd',
  runc: 'runc',
  ip: 'iproute2',
  iptables: 'iptables',
  nft: 'nftables',
  openssl: 'openssl',
};
const CNI = '/usr/lib/cni/bridge';

/** A kubeconfig that the user has chosen for the tests: they then run on that cluster. Never the one of daily work. */
export const externalKubeconfig = (): string | undefined => process.env.NETFLOW2TRACES_TEST_KUBECONFIG || undefined;

/** Why no cluster can be made on this machine, and what to do about it; undefined when it can. */
export function missingForCluster(): string | undefined {
  if (platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root, for namespaces and mounts';
  if (!existsSync('/sys/fs/cgroup/cpuset')) return 'needs cgroup v1';
  const packages = Object.entries(PROGRAMS).flatMap(([program, name]) => (isThere(program) ? [] : [name]));
  if (!existsSync(CNI)) packages.push('containernetworking-plugins');
  if (packages.length > 0) return `needs ${packages.join(', ')}: apt-get install ${packages.join(' ')}`;
  if (!haveTools() && !isThere('go')) return 'needs Go 1.26 or later, to build Kubernetes: https://go.dev/doc/install';
  return undefined;
}

/**
 * Skips a test, and returns false, where it can't have a cluster; on CI, where it must, throws instead. `own` for a
 * test that a cluster of the user's choice is not enough for: it restarts components, simulates nodes or loads images.
 */
export function requireCluster(t: TestContext, { own = false } = {}): boolean {
  const reason = externalKubeconfig() ? own && 'needs a cluster of its own' : missingForTests();
  if (!reason) return true;
  if (process.env.CI) throw new Error(reason);
  t.skip(reason);
  return false;
}

/** Why tests of a cluster can't run here; elsewhere than on CI its programs must be there already. */
export function missingForTests(): string | undefined {
  const unbuilt = !process.env.CI && !haveTools();
  return missingForCluster() ?? (unbuilt ? 'Kubernetes is not built yet: npm run cluster:up does it' : undefined);
}

function isThere(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => {
    try {
      accessSync(`${folder}/${program}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
