/** How a request's body is encoded, for both protocols. */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { gzip, compress as zstd } from './compress.ts';
import type { Outcome } from './outcome.ts';

type Compression = CollectorConfig['otlp']['compression'];

/** The body as it is sent: compressed on the thread pool, off the receive path. */
export async function encodeBody(data: Uint8Array, compression: Compression): Promise<Uint8Array> {
  switch (compression) {
    case 'none':
      return data;
    case 'gzip':
      return gzip(data);
    case 'zstd':
      return zstd(data);
  }
}

/**
 * What servers say of an encoding that they don't know: its name, or that of the header. Over HTTP the status may be
 * all there is: 415, Unsupported Media Type (RFC 9110 §15.5.16).
 */
const REFUSED = /\bHTTP status 415\b|compress|encoding/i;

/** Adds to a refusal that is one of the body's encoding what to set instead. */
export function adviseOnEncoding(outcome: Outcome, compression: Compression): Outcome {
  if (outcome.status !== 'failure' || outcome.tooLarge || compression === 'none') return outcome;
  const { message } = outcome.error;
  if (!REFUSED.test(message) && !message.includes(compression)) return outcome;
  const instead = compression === 'zstd' ? 'gzip or none' : 'none';
  const error = new Error(
    `${message} (it does not take compression: ${compression}; set otlp.compression: ${instead})`,
  );
  return { ...outcome, error };
}
