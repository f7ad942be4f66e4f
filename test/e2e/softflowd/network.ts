/**
 * Two hosts with a cable between them, each a network namespace of this machine, and a second cable over which what
 * runs on the server reaches us.
 */
import { createNamespace, ip, type Namespace } from '../namespace.ts';

export type Host = Namespace & { ipv4: string; ipv6: string };

export type Network = {
  client: Host;
  server: Host;
  /** The server's end of the cable to the client. */
  interface: string;
  /** Our own address, as the server sees it. */
  collectorAddress: string;
  remove(): void;
};

const LINK = 'link0';
const UPLINK = 'uplink0';

/** Builds the network. Names and the uplink's prefix are made from the process id, so that runs do not meet. */
export function createNetwork(): Network {
  const namespaces: Namespace[] = [];
  // The cables go with the namespaces they end in.
  const remove = () => {
    for (const namespace of namespaces) namespace.remove();
  };
  // One of the /30 networks of 198.18.0.0/16, which RFC 2544 keeps for tests.
  const uplink = (process.pid % 16_384) * 4;
  const address = (number: number) => `198.18.${uplink >> 8}.${(uplink & 255) + number}`;
  const device = `n2t${process.pid}`;
  try {
    for (const suffix of ['client', 'server']) namespaces.push(createNamespace(suffix));
    const [client, server] = namespaces;
    ip('link', 'add', LINK, 'netns', client.name, 'type', 'veth', 'peer', 'name', LINK, 'netns', server.name);
    ip('link', 'add', device, 'type', 'veth', 'peer', 'name', UPLINK, 'netns', server.name);
    server.ip('address', 'add', `${address(2)}/30`, 'dev', UPLINK);
    server.ip('link', 'set', UPLINK, 'up');
    ip('address', 'add', `${address(1)}/30`, 'dev', device);
    ip('link', 'set', device, 'up');
    return {
      client: host(client, 1),
      server: host(server, 2),
      interface: LINK,
      collectorAddress: address(1),
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function host(namespace: Namespace, number: 1 | 2): Host {
  const ipv4 = `192.0.2.${number}`;
  const ipv6 = `2001:db8:2::${number}`;
  namespace.ip('address', 'add', `${ipv4}/24`, 'dev', LINK);
  namespace.ip('address', 'add', `${ipv6}/64`, 'dev', LINK, 'nodad');
  namespace.ip('link', 'set', LINK, 'up');
  return { ...namespace, ipv4, ipv6 };
}
