/** A bridge on this machine, and for each node a network namespace with one address on it. */
import { existsSync, readdirSync } from 'node:fs';
import { command } from '../image/command.ts';
import { GATEWAY, NAME, type Node, nodeOf, SERVICE_RANGE } from './layout.ts';

/** Of the nodes' namespaces, and of this machine's ends of their cables, which are called the same. */
const PREFIX = `${NAME}-`;
const NAMESPACES = '/run/netns';

/** The file of a node's network namespace. */
export const namespaceOf = (node: Node): string => `${NAMESPACES}/${PREFIX}${node.name}`;

/** Makes what is missing of the network. */
export function createNetwork(nodes: readonly Node[]): void {
  if (!hasLink(NAME)) ip('link', 'add', NAME, 'type', 'bridge');
  ip('address', 'replace', `${GATEWAY}/24`, 'dev', NAME);
  ip('link', 'set', NAME, 'up');
  for (const node of nodes) connect(node);
  for (const node of nodes) {
    ip('route', 'replace', node.pods, 'via', node.address);
    for (const other of nodes) {
      if (other !== node) ip('-n', PREFIX + node.name, 'route', 'replace', other.pods, 'via', other.address);
    }
  }
  // Services answer this machine too, through the first node.
  ip('route', 'replace', SERVICE_RANGE, 'via', nodeOf(1).address);
}

function connect(node: Node): void {
  const namespace = PREFIX + node.name;
  if (!existsSync(namespaceOf(node))) ip('netns', 'add', namespace);
  if (!hasLink(namespace)) {
    ip('link', 'add', namespace, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
  }
  ip('link', 'set', namespace, 'master', NAME, 'up');
  ip('-n', namespace, 'link', 'set', 'lo', 'up');
  ip('-n', namespace, 'address', 'replace', `${node.address}/24`, 'dev', 'eth0');
  ip('-n', namespace, 'link', 'set', 'eth0', 'up');
  ip('-n', namespace, 'route', 'replace', 'default', 'via', GATEWAY);
}

/** Removes all of it, and with it the routes. */
export function removeNetwork(): void {
  const namespaces = existsSync(NAMESPACES) ? readdirSync(NAMESPACES) : [];
  for (const namespace of namespaces.filter((name) => name.startsWith(PREFIX))) {
    // The link first: the kernel removes those of a namespace when it finds the time.
    if (hasLink(namespace)) ip('link', 'delete', namespace);
    ip('netns', 'delete', namespace);
  }
  if (hasLink(NAME)) ip('link', 'delete', NAME);
}

const hasLink = (name: string): boolean => existsSync(`/sys/class/net/${name}`);

function ip(...args: string[]): void {
  command('ip', args);
}
