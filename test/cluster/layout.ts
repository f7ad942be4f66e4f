/**
 * Folders and addresses of a test cluster. They are fixed, so one process at a time uses it; but a machine can have
 * two, which have nothing in common: `NETFLOW2TRACES_TEST_CLUSTER=2` makes all here that of the second.
 */
import { join } from 'node:path';

const NUMBER = process.env.NETFLOW2TRACES_TEST_CLUSTER === '2' ? 2 : 1;
/** Of its lock, its cgroup and the link that this machine and the nodes are on. Links have at most 15 characters. */
export const NAME = `n2t-test${NUMBER}`;

/** State and logs. Not below /run, where each node mounts its own. */
export const WORK = `/var/tmp/netflow2traces-cluster${NUMBER}`;
export const LOGS = join(WORK, 'logs');
/** The API server's record of what the operator asked of it. */
export const AUDIT_LOG = join(LOGS, 'audit.log');
/** There when people brought the cluster up, and tests leave it running. */
export const KEPT = join(WORK, 'kept');
/** The administrator's. */
export const KUBECONFIG = join(WORK, 'admin.kubeconfig');

/** The store's, which nobody but the API server asks. */
export const ETCD_ADDRESS = `127.77.0.${NUMBER}`;

/** Of this machine and the nodes: from `.1` to `.254`. */
const MACHINES = `10.77.${NUMBER}`;
/** This machine, as the nodes and their pods see it. */
export const GATEWAY = hostAddress(1);
export const API_SERVER = `https://${GATEWAY}:6443`;
const PODS = `10.${240 + NUMBER}`;
export const POD_RANGE = `${PODS}.0.0/16`;
const SERVICES = `10.${95 + NUMBER}`;
export const SERVICE_RANGE = `${SERVICES}.0.0/16`;
/** The API server's Service: always the first address of the range. */
export const API_SERVICE = `${SERVICES}.0.1`;
export const DNS_SERVICE = `${SERVICES}.0.10`;
export const DNS_DOMAIN = 'cluster.local';

export const MAX_NODES = 9;

export type Node = {
  name: string;
  address: string;
  /** The addresses of its pods. */
  pods: string;
  folder: string;
};

/** The node of this number, from 1. */
export function nodeOf(number: number): Node {
  const name = `node${number}`;
  return { name, address: hostAddress(10 + number), pods: `${PODS}.${number}.0/24`, folder: join(WORK, name) };
}

/** An address on the link of the nodes; from 100 they are free for what tests send from. */
export function hostAddress(last: number): string {
  return `${MACHINES}.${last}`;
}
