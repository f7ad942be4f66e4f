/** What requests over both protocols have in common. */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { VERSION } from '../common/version.ts';
import type { Target } from '../otlp/endpoint.ts';
import type { Credentials } from './credentials.ts';

export type TransportOptions = {
  target: Target;
  credentials: Credentials;
  compression: CollectorConfig['otlp']['compression'];
};

export const USER_AGENT = `netflow2traces/${VERSION}`;

/** Answers above this are not read: the limit that the OTLP specification and gRPC clients use. */
export const MAX_RESPONSE_BYTES = 4 * 2 ** 20;

/** The longest time a timer can wait; Node fires at once what is longer. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
