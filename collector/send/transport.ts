import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log } from '../../crds/common/log.ts';
import { resolveTarget, type Signal } from '../otlp/endpoint.ts';
import { createCredentials } from './credentials.ts';
import { createGrpcTransport } from './grpc.ts';
import { createHttpTransport } from './http.ts';
import type { Transport } from './outcome.ts';
import type { TransportOptions } from './request.ts';

type Otlp = CollectorConfig['otlp'];
type TransportConfig = Pick<
  Otlp,
  'protocol' | 'appendPath' | 'insecure' | 'compression' | 'headers' | 'headersFile' | 'tls'
> & {
  endpoint: string;
};

/**
 * The transport that the configuration asks for. `field` is its path in the configuration. Throws an Error when the
 * endpoint can't be used.
 */
export function createTransport(config: TransportConfig, signal: Signal, field: string, log: Log): Transport {
  const options: TransportOptions = {
    target: resolveTarget(config, signal, `${field}.endpoint`),
    credentials: createCredentials(config, field, log),
    compression: config.compression,
  };
  return config.protocol === 'grpc' ? createGrpcTransport(options) : createHttpTransport(options);
}
