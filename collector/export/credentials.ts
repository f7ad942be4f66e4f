import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { CollectorError } from '../errors.ts';

/** What proves us to the backend and the backend to us. Asked for each time it is used, so that it may change. */
export type Credentials = {
  /** Headers of the next request, their names in lower case. */
  headers(): Record<string, string>;
  /** TLS options of the next connection. Throws a CollectorError when a file can't be read. */
  tls(): ConnectionOptions;
};

/**
 * Credentials from the configuration; the CA file is read anew for each connection. `field` is the path of `tls` in the
 * configuration.
 */
export function createCredentials(
  { headers, tls }: Pick<CollectorConfig['otlp'], 'headers' | 'tls'>,
  field: string,
): Credentials {
  const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

  function readCa(): Buffer | undefined {
    if (tls.caFile === undefined) return undefined;
    try {
      return readFileSync(tls.caFile);
    } catch (error) {
      throw new CollectorError('E_TLS_FILE', `${field}.tls.caFile: ${(error as Error).message}`, error);
    }
  }

  return {
    headers: () => lowerCase,
    tls: () => ({ ca: readCa(), servername: tls.serverName, rejectUnauthorized: !tls.insecureSkipVerify }),
  };
}
