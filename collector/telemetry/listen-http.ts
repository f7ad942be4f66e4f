import { once } from 'node:events';
import type { Server } from 'node:http';
import { formatHostPort } from '../../crds/common/host-port.ts';
import { CollectorError } from '../common/errors.ts';

/** What a system without `reusePort` answers. */
const NO_REUSE_PORT = ['ENOTSUP', 'EOPNOTSUPP', 'ENOPROTOOPT', 'EINVAL'];
/** What a system without IPv6 answers. */
const NO_IPV6 = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'];

/**
 * Listens. With `reusePort` a successor can start before this process ends; it does without where the system has no
 * such thing. Where `::` is asked for and there is no IPv6, it listens on 0.0.0.0. Rejects with a CollectorError.
 */
export async function listenHttp(
  server: Server,
  { host, port }: { host: string; port: number },
  reusePort: boolean,
): Promise<void> {
  const options = { host, port, reusePort };
  for (;;) {
    try {
      server.listen(options);
      await once(server, 'listening');
      return;
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      if (options.reusePort && NO_REUSE_PORT.includes(code)) options.reusePort = false;
      else if (options.host === '::' && NO_IPV6.includes(code)) options.host = '0.0.0.0';
      else {
        const where = `${formatHostPort(options.host, port)} (${message})`;
        throw new CollectorError(code === 'EADDRINUSE' ? 'E_HTTP_PORT_IN_USE' : 'E_HTTP_LISTEN', where, error);
      }
    }
  }
}
