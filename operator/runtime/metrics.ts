/**
 * The operator's metrics, under the names that controller-runtime and client-go made standard, so that dashboards and
 * alerts for Kubernetes controllers work as they are. The only file that constructs objects of the metrics SDK.
 */
import type { Counter, Gauge, Histogram, Meter, ObservableGauge, UpDownCounter } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, InstrumentType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';

export type Metrics = {
  /** For the program's own instruments. */
  meter: Meter;
  /** All metrics in Prometheus' text format. */
  render(): Promise<string>;

  /** Labels: code, method, host. */
  clientRequests: Counter;

  /** Labels: controller, result (success, requeue_after, error). */
  reconciles: Counter;
  /** Labels of these: controller. */
  reconcileErrors: Counter;
  reconcileTime: Histogram;
  activeWorkers: UpDownCounter;
  maxConcurrentReconciles: Gauge;

  /** Labels of these: name, controller. */
  queueDepth: Gauge;
  queueAdds: Counter;
  queueRetries: Counter;
  queueWait: Histogram;
  queueWork: Histogram;
  queueUnfinished: ObservableGauge;
  queueLongestRunning: ObservableGauge;

  /** 1 while this process leads. Label: name. */
  leader: Gauge;
};

/** Media type of Prometheus' text format. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

// The upper bounds of controller-runtime's and client-go's buckets, in seconds.
const RECONCILE_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
const QUEUE_BUCKETS = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000];

/** Creates all instruments. `service` describes this program: `service.name`, `service.version`. */
export function createMetrics(service: Record<string, string>): Metrics {
  const reader = new PullReader({ aggregationTemporalitySelector: temporality });
  const provider = new MeterProvider({ resource: resourceFromAttributes(service), readers: [reader] });
  const serializer = new PrometheusSerializer('', false, undefined, false, true);
  const meter = provider.getMeter('controller-runtime');

  const counter = (name: string, description: string) => meter.createCounter(name, { description });
  const gauge = (name: string, description: string) => meter.createGauge(name, { description });
  const seconds = (name: string, description: string, explicitBucketBoundaries: number[]) =>
    meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries } });
  const observed = (name: string, description: string) => meter.createObservableGauge(name, { description, unit: 's' });

  return {
    meter,
    render: async () => serializer.serialize((await reader.collect()).resourceMetrics),

    clientRequests: counter('rest_client_requests_total', 'Requests to the API server, by code, method and host.'),

    reconciles: counter('controller_runtime_reconcile_total', 'Reconciliations, by controller and result.'),
    reconcileErrors: counter('controller_runtime_reconcile_errors_total', 'Reconciliations that failed.'),
    reconcileTime: seconds(
      'controller_runtime_reconcile_time_seconds',
      'Duration of a reconciliation.',
      RECONCILE_BUCKETS,
    ),
    activeWorkers: meter.createUpDownCounter('controller_runtime_active_workers', {
      description: 'Reconciliations that are running.',
    }),
    maxConcurrentReconciles: gauge(
      'controller_runtime_max_concurrent_reconciles',
      'Reconciliations that may run at once.',
    ),

    queueDepth: gauge('workqueue_depth', 'Keys that wait.'),
    queueAdds: counter('workqueue_adds_total', 'Keys added.'),
    queueRetries: counter('workqueue_retries_total', 'Keys added for later.'),
    queueWait: seconds('workqueue_queue_duration_seconds', 'How long a key waited.', QUEUE_BUCKETS),
    queueWork: seconds('workqueue_work_duration_seconds', 'How long a key was worked on.', QUEUE_BUCKETS),
    queueUnfinished: observed('workqueue_unfinished_work_seconds', 'Time spent so far on keys not finished, summed.'),
    queueLongestRunning: observed(
      'workqueue_longest_running_processor_seconds',
      'Time spent so far on the key that takes longest.',
    ),

    leader: gauge('leader_election_master_status', '1 while this process leads.'),
  };
}

/** What is observed is shown as long as it is there; cumulative, the SDK would keep the last value of what is gone. */
function temporality(type: InstrumentType): AggregationTemporality {
  return type === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
}

/** Collects when it is asked to. */
class PullReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}
