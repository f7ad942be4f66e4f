/**
 * Two hosts with a cable between them, each a network namespace of this machine, and a second cable over which what
 * runs on the server reaches us. Needs Linux, root and iproute2.
 */
import { execFileSync, type StdioOptions, spawn } from 'node:child_process';

export type Host = {
  ipv4: string;
  ipv6: string;
  /** Runs a program on this host and waits for it. Throws when it fails. */
  run(command: string, ...args: string[]): void;
  /** Starts a program on this host. */
  start(stdio: StdioOptions, command: string, ...args: string[]): ReturnType<typeof spawn>;
};

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
  const names = { client: `n2t-client-${process.pid}`, server: `n2t-server-${process.pid}` };
  // One of the /30 networks of 198.18.0.0/16, which RFC 2544 keeps for tests.
  const uplink = (process.pid % 16_384) * 4;
  const address = (host: number) => `198.18.${uplink >> 8}.${(uplink & 255) + host}`;
  const device = `n2t${process.pid}`;
  try {
    for (const name of Object.values(names)) ip('netns', 'add', name);
    ip('link', 'add', LINK, 'netns', names.client, 'type', 'veth', 'peer', 'name', LINK, 'netns', names.server);
    ip('link', 'add', device, 'type', 'veth', 'peer', 'name', UPLINK, 'netns', names.server);
    const client = host(names.client, 1);
    const server = host(names.server, 2);
    ip('-n', names.server, 'address', 'add', `${address(2)}/30`, 'dev', UPLINK);
    ip('-n', names.server, 'link', 'set', UPLINK, 'up');
    ip('address', 'add', `${address(1)}/30`, 'dev', device);
    ip('link', 'set', device, 'up');
    return { client, server, interface: LINK, collectorAddress: address(1), remove };
  } catch (error) {
    remove();
    throw error;
  }

  function remove(): void {
    // The cables go with the namespaces they end in.
    for (const name of Object.values(names)) execFileSync('sh', ['-c', `ip netns delete ${name} 2>/dev/null || true`]);
  }
}

function host(namespace: string, number: 1 | 2): Host {
  const ipv4 = `192.0.2.${number}`;
  const ipv6 = `2001:db8:2::${number}`;
  ip('-n', namespace, 'address', 'add', `${ipv4}/24`, 'dev', LINK);
  ip('-n', namespace, 'address', 'add', `${ipv6}/64`, 'dev', LINK, 'nodad');
  ip('-n', namespace, 'link', 'set', 'lo', 'up');
  ip('-n', namespace, 'link', 'set', LINK, 'up');
  return {
    ipv4,
    ipv6,
    run: (command, ...args) => {
      execFileSync('ip', ['netns', 'exec', namespace, command, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
    },
    start: (stdio, command, ...args) => spawn('ip', ['netns', 'exec', namespace, command, ...args], { stdio }),
  };
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
