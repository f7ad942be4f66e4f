/**
 * Brings the report server up for one term of leading: its authority, its certificate, and the address for collectors.
 */

import type { Log } from '../../crds/common/log.ts';
import type { ReportTarget } from '../manifests/reports.ts';
import { Backoff } from '../runtime/backoff.ts';
import type { Client } from '../runtime/client.ts';
import { type Clock, sleep } from '../runtime/clock.ts';
import { isFailure } from '../runtime/errors.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { ObjectRef } from '../runtime/resource.ts';
import { issueServerCertificate, loadAuthority } from './authority.ts';
import type { KeyPair } from './certificate.ts';
import { createReviewer } from './reviewer.ts';
import { type ReportServer, type Route, type ServerOptions, serveReports } from './server.ts';

export type ServeOptions = {
  /** https:// URL under which collectors reach the leader, with a DNS name. */
  endpoint: string;
  /** Where to listen. */
  address: { host: string | undefined; port: number };
  /** Where the authority is kept. */
  secret: ObjectRef;
  routes: Readonly<Record<string, Route>>;
  knows: ServerOptions['knows'];
  client: Client;
  metrics: Metrics;
  log: Log;
  clock: Clock;
};

/** What only a person can fix: until then collectors do without reports. */
const LASTING = ['Forbidden', 'Invalid', 'Rejected', 'NotFound'] as const;
/** How often, in milliseconds, the server gets a new certificate. */
const RENEW_MS = 86_400_000;

export type Serving = { target: ReportTarget; port: number; close(): Promise<void> };

/** Resolves when the server listens; with undefined, after logging why, when there can be none in this term. */
export async function serve(options: ServeOptions, signal: AbortSignal): Promise<Serving | undefined> {
  const { endpoint, address, routes, knows, client, metrics, log, clock } = options;
  const { hostname } = new URL(endpoint);
  const issue = (authority: KeyPair) => issueServerCertificate(authority, hostname, clock.wallTime());
  let authority: KeyPair;
  let server: ReportServer;
  try {
    authority = await persist(options, signal);
    const review = createReviewer({ client, clock });
    server = await serveReports({ ...address, certificate: issue(authority), routes, knows, review, metrics, log });
  } catch (error) {
    if (!signal.aborted) log.error('collectors can’t report: their state is not shown', { error: String(error) });
    return undefined;
  }
  let cancel = () => {};
  function renewLater(): void {
    cancel = clock.after(RENEW_MS, () => {
      server.setCertificate(issue(authority));
      renewLater();
    });
  }
  renewLater();
  return {
    target: { endpoint, ca: authority.certificate },
    port: server.port,
    async close() {
      cancel();
      await server.close();
    },
  };
}

async function persist({ client, secret, log, clock }: ServeOptions, signal: AbortSignal): Promise<KeyPair> {
  const backoff = new Backoff({ initial: 500, max: 30_000 }, Math.random);
  for (;;) {
    try {
      return await loadAuthority({ client, secret, log }, clock.wallTime(), signal);
    } catch (error) {
      if (signal.aborted || LASTING.some((failure) => isFailure(error, failure))) throw error;
      log.warn('the authority could not be loaded', { subject: secret.name, error: String(error) });
      await sleep(clock, backoff.next(), signal);
    }
  }
}
