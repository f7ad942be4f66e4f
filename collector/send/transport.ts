import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log } from '../../crds/common/log.ts';
import { createTlsProbe, explainFault, plaintextToTls } from '../connect/faults.ts';
import { proxyFor } from '../connect/proxy.ts';
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
 * The transport that the configuration asks for, with faults of connections and TLS in words. `field` is its path in
 * the configuration. Throws an Error when the endpoint can't be used.
 */
export function createTransport(config: TransportConfig, signal: Signal, field: string, log: Log): Transport {
  const target = resolveTarget(config, signal, `${field}.endpoint`);
  const options: TransportOptions = {
    target: { ...target, proxy: proxyFor(target) },
    credentials: createCredentials(config, field, log),
    compression: config.compression,
  };
  const transport = config.protocol === 'grpc' ? createGrpcTransport(options) : createHttpTransport(options);
  const isTls = createTlsProbe(options.target);
  return {
    ...transport,
    async send(data, timeoutMillis) {
      const outcome = await transport.send(data, timeoutMillis);
      if (outcome.status === 'success') return outcome;
      const { message } = outcome.error;
      const words = (await isTls(message)) ? `${plaintextToTls(field)} (${message})` : explainFault(message, field);
      return words === undefined ? outcome : { ...outcome, error: new Error(words, { cause: outcome.error }) };
    },
  };
}
