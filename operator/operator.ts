/** What a leader does: watches the resources and all that belongs to them, and reconciles until its term ends. */

import type { Log } from '../crds/common/log.ts';
import { MAX_REPORT_BYTES, REPORT_PATH, report } from '../crds/report.ts';
import { MAX_EXCHANGE_BYTES, TEMPLATES_PATH, type TemplateRequest, templateRequest } from '../crds/template.ts';
import { COLLECTORS, type RawCollector } from './cluster/kinds.ts';
import { PODS, podsOf, prunePod } from './cluster/pods.ts';
import { type Sight, scopesOf } from './cluster/scopes.ts';
import { createKeptSums } from './ingestion/kept-sums.ts';
import { showHealth } from './ingestion/metrics.ts';
import { collectorOf, createReports } from './ingestion/reports.ts';
import type { CollectorDefaults } from './manifests/defaults.ts';
import type { CollectorsPage } from './page/page.ts';
import { createReconcile } from './reconcile/netflowcollector.ts';
import { createOwned } from './reconcile/owned.ts';
import { createPorts } from './reconcile/ports.ts';
import { serve } from './reports/serve.ts';
import type { Route } from './reports/server.ts';
import type { Client } from './runtime/client.ts';
import { type Clock, systemClock } from './runtime/clock.ts';
import { from, runController } from './runtime/controller.ts';
import type { Recorder } from './runtime/events.ts';
import type { Metrics } from './runtime/metrics.ts';
import { type Key, keyOf, type ObjectRef, refOf } from './runtime/resource.ts';
import { Store } from './runtime/store.ts';
import { watch } from './runtime/watch.ts';
import { createStatusWriter } from './status/writer.ts';
import { createCopies } from './templates/copies.ts';

export type OperatorOptions = {
  client: Client;
  recorder: Recorder;
  sight: Sight;
  defaults: CollectorDefaults;
  /** Where collectors report; undefined when they don't. See `ServeOptions`. */
  reports?: { endpoint: string; address: { host: string | undefined; port: number }; secret: ObjectRef };
  metrics: Metrics;
  page: CollectorsPage;
  log: Log;
  clock?: Clock;
};

const COLLECTOR_PODS = 'app.kubernetes.io/name=netflow2traces,app.kubernetes.io/component=collector';

/** Resolves when `signal` has aborted and all is at rest; never rejects. */
export async function operate(options: OperatorOptions, signal: AbortSignal): Promise<void> {
  const { client, recorder, sight, defaults, metrics, page, log, clock = systemClock } = options;
  const collectors = new Store<RawCollector>(withoutManagedFields, log, scopesOf(sight));
  const pods = new Store(prunePod, log, scopesOf(sight));
  const common = { client, log, clock };
  const owned = createOwned({ ...common, sight }, signal);
  const ports = createPorts({ collectors, daemonSets: owned.daemonSets, pods });
  const watches = [
    watch({ ...common, resource: COLLECTORS, store: collectors }, signal),
    watch({ ...common, resource: PODS, labelSelector: COLLECTOR_PODS, store: pods }, signal),
  ];
  // PodMonitors that are left from before are found, and removed if nobody wants them any more.
  owned.hasPodMonitors(signal).catch((error) => log.warn('PodMonitors were not looked for', { error: String(error) }));

  const knows = (key: Key) => collectors.get(key) !== undefined;
  const isThere = (key: Key, { name, uid }: { name: string; uid: string }) => {
    const pod = pods.get(keyOf({ namespace: refOf(key).namespace, name }));
    return pod ? pod.metadata.uid === uid : !pods.synced;
  };
  const templates = createCopies({ clock, isThere, metrics, log });
  const sums = createKeptSums(common);
  const reports = createReports({ clock, templatesOf: (key) => templates.registry.stateOf(key), sums });
  const routes = {
    [REPORT_PATH]: { maxBytes: MAX_REPORT_BYTES, schema: report, answer: reports.take },
    [TEMPLATES_PATH]: {
      maxBytes: MAX_EXCHANGE_BYTES,
      schema: templateRequest,
      answer: ({ collector, pod: { name, uid } }, request) => ({
        status: 200,
        body: templates.registry.exchange(collector, { name, uid }, request),
      }),
    } satisfies Route<TemplateRequest>,
  };
  const serving = options.reports && (await serve({ ...options.reports, ...common, routes, knows, metrics }, signal));
  const status = createStatusWriter({ client, collectors, pods, reports: serving && reports, sums, recorder, clock });
  const hideHealth = showHealth(metrics.meter, status.healths);
  const hideCollectors = page.show(() =>
    collectors.list().map(({ metadata, status = {} }) => ({
      namespace: metadata.namespace ?? '',
      name: metadata.name,
      conditions: status.conditions ?? [],
      collectors: () => reports.collectorsOf(keyOf(metadata), podsOf(pods, metadata)),
    })),
  );

  const parts = {
    client,
    collectors,
    pods,
    owned,
    ports,
    status,
    reports: serving?.target,
    templates,
    defaults,
    clock,
  };
  const changes = from(collectors, ({ metadata }) => [keyOf(metadata)]);
  const sources = [changes, from(pods, (pod) => [collectorOf(pod)]), ...owned.sources, ports.source, templates.source];
  const controllers = [
    { name: 'netflowcollector', sources, reconcile: createReconcile(parts) },
    { name: 'netflowcollector-status', sources: [changes, ...status.sources], reconcile: status.reconcile },
  ];
  await Promise.all(controllers.map((controller) => runController({ ...controller, metrics, log, clock }, signal)));
  hideHealth();
  hideCollectors();
  await Promise.all([...watches, owned.close(), serving?.close()]);
}

function withoutManagedFields({ metadata: { managedFields: _, ...metadata }, ...object }: RawCollector): RawCollector {
  return { ...object, metadata };
}
