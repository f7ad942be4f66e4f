import { BlockList, isIP } from 'node:net';
import { getProxyForUrl } from 'proxy-from-env';
import { formatHostPort } from '../../crds/common/host-port.ts';
import type { HttpProxy } from '../otlp/endpoint.ts';

type Destination = { secure: boolean; host: string; port: number };

/**
 * The proxy that HTTPS_PROXY (for TLS), HTTP_PROXY (for plaintext) or ALL_PROXY asks for; undefined when there is none
 * or NO_PROXY excludes the destination. As for other exporters, a name in NO_PROXY stands for what is below it too,
 * prefixes of addresses count, and this machine is never reached through a proxy. Throws an Error whose message starts
 * with the variable's name when it can't be used.
 */
export function proxyFor({ secure, host, port }: Destination): HttpProxy | undefined {
  if (host === 'localhost' || isExcluded(host)) return undefined;
  const scheme = secure ? 'https' : 'http';
  const urls = withParents(host).map((name) => getProxyForUrl(`${scheme}://${formatHostPort(name, port)}`));
  if (urls.includes('')) return undefined;
  const variables = [`${scheme}_proxy`, 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  const variable = variables.find((name) => process.env[name])!;
  return parseProxy(process.env[variable]!, variable);
}

function parseProxy(text: string, variable: string): HttpProxy {
  const full = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Error(`${variable}: must be the URL of an HTTP proxy, such as http://proxy.example:3128`);
  }
  const secure = url.protocol === 'https:';
  let user: string;
  try {
    user = [url.username, url.password].map(decodeURIComponent).join(':');
  } catch {
    throw new Error(`${variable}: must have its user and password percent-encoded, as in p%40ss for p@ss`);
  }
  return {
    secure,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || (secure ? 443 : 80)),
    ...(url.username !== '' && { authorization: `Basic ${Buffer.from(user).toString('base64')}` }),
  };
}

/** A name and those above it; of an address only itself. */
function withParents(host: string): string[] {
  if (isIP(host) !== 0) return [host];
  const labels = host.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}

/** Whether an address is of this machine, or among the addresses and prefixes of NO_PROXY. */
function isExcluded(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return false;
  const excluded = new BlockList();
  for (const entry of `127.0.0.0/8,::1,${process.env.no_proxy || process.env.NO_PROXY || ''}`.split(/[,\s]+/)) {
    const [address, bits] = entry.replace(/[[\]]/g, '').split('/');
    const type = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (isIP(address) === 0) continue;
    if (bits === undefined) excluded.addAddress(address, type);
    else if (/^\d+$/.test(bits) && Number(bits) <= (type === 'ipv6' ? 128 : 32)) {
      excluded.addSubnet(address, Number(bits), type);
    }
  }
  return excluded.check(host, family === 6 ? 'ipv6' : 'ipv4');
}
