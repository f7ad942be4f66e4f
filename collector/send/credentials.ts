import { type ConnectionOptions, createSecureContext } from 'node:tls';
import * as z from 'zod';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log } from '../../crds/common/log.ts';
import { certificatesIn } from '../../crds/common/pem.ts';
import { headerName, headerValue } from '../../crds/otlp.ts';
import { CollectorError } from '../common/errors.ts';
import { watchFiles } from '../files/watched-files.ts';

/** What proves us to the backend and the backend to us. Asked for each time it is used, so that it may change. */
export type Credentials = {
  /**
   * Headers of the next request, their names in lower case. Throws a CollectorError when there never was a good file.
   */
  headers(): Record<string, string>;
  /**
   * TLS options of the next connection: the same object as before while nothing has changed, so a connection opened
   * with another one is out of date. Throws a CollectorError when there never were good files.
   */
  tls(): ConnectionOptions;
};

type CredentialsConfig = Pick<CollectorConfig['otlp'], 'headers' | 'headersFile' | 'tls'>;

const headersFile = z.record(headerName, headerValue);

/** `field` is the path of `headersFile`'s parent in the configuration. Files are read again when they change. */
export function createCredentials(config: CredentialsConfig, field: string, log: Log): Credentials {
  return { headers: watchHeaders(config, field, log), tls: watchTls(config.tls, log) };
}

function watchHeaders({ headers, headersFile: path }: CredentialsConfig, field: string, log: Log) {
  const fixed = lowerCase(headers);
  if (path === undefined) return () => fixed;
  return watchFiles(
    [path],
    ([content]) => ({ ...fixed, ...lowerCase(headersFile.parse(JSON.parse(String(content)))) }),
    // The parser's and the schema's errors are not passed on: they quote the file.
    (cause) => {
      const detail = 'code' in cause ? cause.message : `${path} is not JSON of the form {"name": "value"}`;
      return new CollectorError('E_HEADERS_FILE', `${field}.headersFile: ${detail}`);
    },
    log,
  );
}

function watchTls(tls: CollectorConfig['otlp']['tls'], log: Log): Credentials['tls'] {
  const { caFile, certFile, keyFile } = tls;
  const files = Object.entries({ caFile, certFile, keyFile }).flatMap(([name, path]) => (path ? [{ name, path }] : []));
  return watchFiles(
    files.map(({ path }) => path),
    (contents) => {
      const content = (name: string) => contents[files.findIndex((file) => file.name === name)];
      const ca = content('caFile');
      if (ca) checkAuthorities(ca);
      return {
        secureContext: createSecureContext({ ca, cert: content('certFile'), key: content('keyFile') }),
        servername: tls.serverName,
        rejectUnauthorized: !tls.insecureSkipVerify,
      };
    },
    (cause) => {
      const names = files.map(({ name, path }) => `otlp.tls.${name} ${path}`).join(', ');
      return new CollectorError('E_TLS_FILE', `${names}: ${cause.message}`, cause);
    },
    log,
  );
}

/** OpenSSL skips what it can't read, and then trusts nobody. */
function checkAuthorities(pem: Buffer): void {
  if (certificatesIn(String(pem)).length === 0) throw new Error('caFile holds no PEM certificate');
}

function lowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
