/** The table of network names, as threads share it and record plans use it. */
import { type Names, writeNames } from './names.ts';
import { findLabel, type Trie } from './trie.ts';

/**
 * Fixed numbers, few texts and shared memory: it can be sent to other threads. `serviceNames` are those of services
 * from 1 on.
 */
export type Networks = { prefixes: number; trie: Trie; names: Names; serviceNames: readonly string[] };

/** The number of the service that the address at `at` is of, 0 for the rest; its name is the one before that number. */
export function serviceOf(networks: Networks, v: DataView, at: number, ipv4: boolean): number {
  return networks.names.services[labelOf(networks, v, at, ipv4)];
}

/**
 * The label of the network that the address at `at` is in, by which `names.rows` has its names; 0 when there is none.
 */
export function labelOf({ trie }: Networks, v: DataView, at: number, ipv4: boolean): number {
  return findLabel(trie.nodes, ipv4 ? trie.ipv4 : trie.ipv6, v, at);
}

/**
 * Writes the names of the network that the address at `at` is in as attributes of the source (0) or the destination (1)
 * at `p`; returns where they end.
 */
export function writeNetworkNames(
  w: DataView,
  p: number,
  networks: Networks,
  v: DataView,
  at: number,
  ipv4: boolean,
  end: 0 | 1,
): number {
  const label = labelOf(networks, v, at, ipv4);
  return label === 0 ? p : writeNames(networks.names, label, end, w, p);
}
