import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { readToken } from '../crds/common/http-access.ts';
import { createLog } from '../crds/common/log.ts';
import { formatFor } from '../crds/common/log-text.ts';
import { FIELD_MANAGER } from './cluster/kinds.ts';
import { operate } from './operator.ts';
import type { Options } from './options.ts';
import { createCollectorsPage } from './page/page.ts';
import { findAccess } from './runtime/access.ts';
import { createClient } from './runtime/client.ts';
import { createRecorder } from './runtime/events.ts';
import { fenced } from './runtime/fence.ts';
import { serveHealth } from './runtime/health.ts';
import { lead } from './runtime/lease.ts';
import { createMetrics } from './runtime/metrics.ts';
import { activeSpanIds, startTracing } from './runtime/tracing.ts';
import { createTransport } from './runtime/transport.ts';

const CONTROLLER = 'netflow2traces.io/operator';

/**
 * Waits for its turn to lead, operates, and ends with SIGTERM or SIGINT: reconciles stop, what is left of Events is
 * sent, the lease is given back, what is left of spans is sent. Rejects when there is no cluster, the health port is
 * taken, or the token of the page cannot be read.
 */
export async function runProcess(options: Options, version: string): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => stop.abort());

  const service = { 'service.name': FIELD_MANAGER, 'service.version': version };
  const log = createLog(options.logLevel, undefined, { format: formatFor('auto'), context: activeSpanIds });
  const tracing = await startTracing(service, options.traces, log);
  const metrics = createMetrics(service);
  const transport = createTransport(await findAccess());
  // Asks every two seconds.
  const leaseClient = createClient({ transport, fieldManager: FIELD_MANAGER, metrics, traced: false });
  const instance = hostname();
  // One that waits for its turn is as ready as one that leads: it can take over.
  const nothing = () => [];
  if (options.page.tokenFile !== undefined) readToken(options.page.tokenFile);
  const page = createCollectorsPage(options.page);
  const { pages } = page;
  const health = await serveHealth({ ...options.health, live: nothing, ready: nothing, metrics, pages, log });
  log.info('the operator runs', { version, api: transport.host, health: health.port });

  const lease = {
    namespace: options.leaderElectionNamespace,
    name: FIELD_MANAGER,
    identity: `${instance}_${randomBytes(8).toString('hex')}`,
  };
  const secret = { namespace: options.leaderElectionNamespace, name: 'netflow2traces-reports' };
  await lead(
    { client: leaseClient, ...lease, metrics, log },
    async (term) => {
      const clientWhile = (valid: () => boolean) =>
        createClient({ transport: fenced(transport, valid), fieldManager: FIELD_MANAGER, metrics });
      const recorder = createRecorder({ client: clientWhile(term.held), controller: CONTROLLER, instance, log });
      const { sight, defaults } = options;
      const reports = options.reports && { ...options.reports, secret };
      const leading = clientWhile(term.valid);
      await operate({ client: leading, recorder, sight, defaults, reports, metrics, page, log }, term.signal);
      await recorder.close();
    },
    stop.signal,
  );

  await tracing.stop();
  await health.close();
  transport.close();
  log.info('the operator has ended');
}
