/** Folders and addresses of the test cluster. They are fixed, so a machine has one cluster at a time. */
import { join } from 'node:path';

/** State and logs. Not below /run, where each node mounts its own. */
export const WORK = '/var/tmp/netflow2traces-cluster';
export const LOGS = join(WORK, 'logs');
/** The API server's record of what the operator asked of it. */
export const AUDIT_LOG = join(LOGS, 'audit.log');
/** There when people brought the cluster up, and tests leave it running. */
export const KEPT = join(WORK, 'kept');
/** The administrator's. */
export const KUBECONFIG = join(WORK, 'admin.kubeconfig');

/** The link that this machine and the nodes are on. */
export const BRIDGE = 'n2t-cluster';
/** This machine, as the nodes and their pods see it. */
export const GATEWAY = '10.77.0.1';
export const API_SERVER = `https://${GATEWAY}:6443`;
export const POD_RANGE = '10.244.0.0/16';
export const SERVICE_RANGE = '10.96.0.0/16';
/** The API server's Service: always the first address of the range. */
export const API_SERVICE = '10.96.0.1';
export const DNS_SERVICE = '10.96.0.10';
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
  return { name, address: `10.77.0.${10 + number}`, pods: `10.244.${number}.0/24`, folder: join(WORK, name) };
}
