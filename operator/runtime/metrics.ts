/**
 * The operator's metrics, under the names that controller-runtime and client-go made standard, so that dashboards and
 * alerts for Kubernetes controllers work as they are. The only file that constructs objects of the metrics SDK.
 */
import type { Counter, Gauge, Histogram, Meter, ObservableGauge, UpDownCounter } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, InstrumentType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';

/** What a metric is, for Prometheus and for people. */
export type MetricDefinition = {
  name: string;
  type: 'counter' | 'gauge' | 'upDownCounter' | 'observableGauge' | 'histogram';
  description: string;
  labels: readonly string[];
  /** A UCUM code. */
  unit?: string;
  /** Upper bounds of a histogram's buckets. */
  buckets?: readonly number[];
};

type Instruments = {
  counter: Counter;
  gauge: Gauge;
  upDownCounter: UpDownCounter;
  observableGauge: ObservableGauge;
  histogram: Histogram;
};

/** Media type of Prometheus' text format. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

// The upper bounds of controller-runtime's and client-go's buckets, in seconds.
const RECONCILE_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
const QUEUE_BUCKETS = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000];

/** The metrics of every controller. */
export const RUNTIME_METRICS = {
  clientRequests: {
    name: 'rest_client_requests_total',
    type: 'counter',
    description: 'Requests to the API server, by code, method and host.',
    labels: ['code', 'method', 'host'],
  },
  /** Results: success, requeue_after, error. */
  reconciles: {
    name: 'controller_runtime_reconcile_total',
    type: 'counter',
    description: 'Reconciliations, by controller and result.',
    labels: ['controller', 'result'],
  },
  reconcileErrors: {
    name: 'controller_runtime_reconcile_errors_total',
    type: 'counter',
    description: 'Reconciliations that failed.',
    labels: ['controller'],
  },
  reconcileTime: {
    name: 'controller_runtime_reconcile_time_seconds',
    type: 'histogram',
    description: 'Duration of a reconciliation.',
    labels: ['controller'],
    unit: 's',
    buckets: RECONCILE_BUCKETS,
  },
  activeWorkers: {
    name: 'controller_runtime_active_workers',
    type: 'upDownCounter',
    description: 'Reconciliations that are running.',
    labels: ['controller'],
  },
  maxConcurrentReconciles: {
    name: 'controller_runtime_max_concurrent_reconciles',
    type: 'gauge',
    description: 'Reconciliations that may run at once.',
    labels: ['controller'],
  },
  queueDepth: {
    name: 'workqueue_depth',
    type: 'gauge',
    description: 'Keys that wait.',
    labels: ['name', 'controller'],
  },
  queueAdds: {
    name: 'workqueue_adds_total',
    type: 'counter',
    description: 'Keys added.',
    labels: ['name', 'controller'],
  },
  queueRetries: {
    name: 'workqueue_retries_total',
    type: 'counter',
    description: 'Keys added for later.',
    labels: ['name', 'controller'],
  },
  queueWait: {
    name: 'workqueue_queue_duration_seconds',
    type: 'histogram',
    description: 'How long a key waited.',
    labels: ['name', 'controller'],
    unit: 's',
    buckets: QUEUE_BUCKETS,
  },
  queueWork: {
    name: 'workqueue_work_duration_seconds',
    type: 'histogram',
    description: 'How long a key was worked on.',
    labels: ['name', 'controller'],
    unit: 's',
    buckets: QUEUE_BUCKETS,
  },
  queueUnfinished: {
    name: 'workqueue_unfinished_work_seconds',
    type: 'observableGauge',
    description: 'Time spent so far on keys not finished, summed.',
    labels: ['name', 'controller'],
    unit: 's',
  },
  queueLongestRunning: {
    name: 'workqueue_longest_running_processor_seconds',
    type: 'observableGauge',
    description: 'Time spent so far on the key that takes longest.',
    labels: ['name', 'controller'],
    unit: 's',
  },
  leader: {
    name: 'leader_election_master_status',
    type: 'gauge',
    description: '1 while this process leads.',
    labels: ['name'],
  },
} as const satisfies Record<string, MetricDefinition>;

export type Metrics = {
  /** For the program's own instruments. */
  meter: Meter;
  /** All metrics in Prometheus' text format. */
  render(): Promise<string>;
} & { [Key in keyof typeof RUNTIME_METRICS]: Instruments[(typeof RUNTIME_METRICS)[Key]['type']] };

/** Creates all instruments. `service` describes this program: `service.name`, `service.version`. */
export function createMetrics(service: Record<string, string>): Metrics {
  const reader = new PullReader({ aggregationTemporalitySelector: temporality });
  const provider = new MeterProvider({ resource: resourceFromAttributes(service), readers: [reader] });
  const serializer = new PrometheusSerializer('', false, undefined, false, true);
  const meter = provider.getMeter('controller-runtime');
  const instruments = Object.entries(RUNTIME_METRICS).map(([key, definition]) => [key, instrument(meter, definition)]);
  return {
    meter,
    render: async () => serializer.serialize((await reader.collect()).resourceMetrics),
    ...(Object.fromEntries(instruments) as Omit<Metrics, 'meter' | 'render'>),
  };
}

/** What records a metric. */
export function instrument<Type extends MetricDefinition['type']>(
  meter: Meter,
  { name, type, description, unit, buckets }: MetricDefinition & { type: Type },
): Instruments[Type] {
  const options = { description, unit };
  const create: { [Kind in MetricDefinition['type']]: () => Instruments[Kind] } = {
    counter: () => meter.createCounter(name, options),
    gauge: () => meter.createGauge(name, options),
    upDownCounter: () => meter.createUpDownCounter(name, options),
    observableGauge: () => meter.createObservableGauge(name, options),
    histogram: () => meter.createHistogram(name, { ...options, advice: { explicitBucketBoundaries: [...buckets!] } }),
  };
  return create[type]();
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
