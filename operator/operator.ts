/** What a leader does: watches the resources and all that belongs to them, and reconciles until its term ends. */
import { COLLECTORS, type RawCollector } from './reconcile/kinds.ts';
import { createReconcile } from './reconcile/netflowcollector.ts';
import { createOwned } from './reconcile/owned.ts';
import { type LivePod, PODS, prunePod } from './reconcile/pods.ts';
import { createPorts } from './reconcile/ports.ts';
import { createStatusReporter } from './reconcile/status.ts';
import type { Client } from './runtime/client.ts';
import { type Clock, systemClock } from './runtime/clock.ts';
import { from, runController } from './runtime/controller.ts';
import type { Recorder } from './runtime/events.ts';
import type { Log } from './runtime/log.ts';
import type { Metrics } from './runtime/metrics.ts';
import { keyOf } from './runtime/resource.ts';
import { Store } from './runtime/store.ts';
import { watch } from './runtime/watch.ts';

export type OperatorOptions = {
  client: Client;
  recorder: Recorder;
  /** Namespace to watch; all when undefined. */
  namespace: string | undefined;
  /** Image of new collectors whose resource names none. */
  collectorImage: string;
  metrics: Metrics;
  log: Log;
  clock?: Clock;
};

const COLLECTOR_PODS = 'app.kubernetes.io/name=netflow2traces,app.kubernetes.io/component=collector';

/** Resolves when `signal` has aborted and all is at rest; never rejects. */
export async function operate(options: OperatorOptions, signal: AbortSignal): Promise<void> {
  const { client, recorder, namespace, collectorImage: image, metrics, log, clock = systemClock } = options;
  const collectors = new Store<RawCollector>(withoutManagedFields, log);
  const pods = new Store(prunePod, log);
  const common = { client, log, clock };
  const owned = createOwned({ ...common, namespace }, signal);
  const status = createStatusReporter({ client, store: collectors, recorder, clock });
  const ports = createPorts({ collectors, daemonSets: owned.daemonSets });
  const watches = [
    watch({ ...common, resource: COLLECTORS, selection: { namespace }, store: collectors }, signal),
    watch({ ...common, resource: PODS, selection: { namespace, labelSelector: COLLECTOR_PODS }, store: pods }, signal),
  ];
  // Those of before are found, and removed if nobody wants them any more.
  owned.hasPodMonitors(signal).catch((error) => log.warn('PodMonitors were not looked for', { error: String(error) }));

  const reconcile = createReconcile({ client, collectors, pods, owned, ports, status, image });
  const sources = [
    from(collectors, ({ metadata }) => [keyOf(metadata)]),
    from(pods, ({ collector, metadata }: LivePod) => [keyOf({ namespace: metadata.namespace, name: collector })]),
    ...owned.sources,
    ports.source,
  ];
  await runController({ name: 'netflowcollector', sources, reconcile, metrics, log, clock }, signal);
  await Promise.all([...watches, owned.close()]);
}

function withoutManagedFields({ metadata: { managedFields: _, ...metadata }, ...object }: RawCollector): RawCollector {
  return { ...object, metadata };
}
