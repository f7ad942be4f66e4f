import { readFileSync } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import type { CollectorConfig } from '../../crds/collector-config.ts';

/** What proves us to the backend and the backend to us. Asked for each time it is used, so that it may change. */
export type Credentials = {
  /** Headers of the next request. */
  headers(): Record<string, string>;
  /** TLS options of the next connection. Throws an Error naming the field when a file can't be read. */
  tls(): ConnectionOptions;
};

/**
 * Credentials from the configuration; files are read anew for each connection. `field` is the path of `headers` and
 * `tls` in the configuration. Throws an Error when a header can't be sent.
 */
export function createCredentials(
  { headers, tls }: Pick<CollectorConfig['otlp'], 'headers' | 'tls'>,
  field: string,
): Credentials {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw new Error(`${field}.headers.${name}: this name or value can't be sent as an HTTP header`);
    }
  }

  function readCa(): Buffer | undefined {
    if (tls.caFile === undefined) return undefined;
    try {
      return readFileSync(tls.caFile);
    } catch (error) {
      throw new Error(`${field}.tls.caFile: ${(error as Error).message}`);
    }
  }

  return {
    headers: () => headers,
    tls: () => ({ ca: readCa(), servername: tls.serverName, rejectUnauthorized: !tls.insecureSkipVerify }),
  };
}
