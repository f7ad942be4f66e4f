import type { Meter, ObservableResult } from '@opentelemetry/api';
import { instrument, type MetricDefinition } from '../runtime/metrics.ts';
import { type Key, refOf } from '../runtime/resource.ts';
import type { Health } from './reports.ts';

type Observed = { value: number | undefined; labels?: Record<string, string> };
type ResourceMetric = MetricDefinition & { type: 'observableGauge'; observe: (health: Health) => Observed[] };

/** What is shown of each resource. */
export const RESOURCE_METRICS: readonly ResourceMetric[] = [
  metric(
    'netflow2traces_nodes',
    'Nodes by what is known of their collector.',
    ({ summary: { nodes, exporting } }) => [
      { value: nodes.reporting, labels: { state: 'reporting' } },
      { value: nodes.awaited, labels: { state: 'awaited' } },
      { value: nodes.expected - nodes.reporting - nodes.awaited, labels: { state: 'silent' } },
      { value: exporting.failing.length, labels: { state: 'export_failing' } },
    ],
    ['state'],
  ),
  rate('packets', 'Packets received a second, over all nodes that report.'),
  rate('flows', 'Flows decoded a second, over all nodes that report.'),
  rate('errors', 'Packets a second that could not be decoded, over all nodes that report.'),
  rate('exported', 'Flows a second that the backend has taken, over all nodes that report.'),
  metric('netflow2traces_lost_ratio', 'Flows that never came or were dropped, of all sent.', ({ summary }) => [
    { value: summary.rates && summary.rates.lostPercent / 100 },
  ]),
  metric('netflow2traces_exporters', 'Devices that have sent lately.', ({ summary }) => [{ value: summary.exporters }]),
];

/** Shows in the operator's metrics what the statuses show, until the function returned is called. */
export function showHealth(meter: Meter, healths: () => Iterable<[Key, Health]>): () => void {
  const stops = RESOURCE_METRICS.map(({ observe, ...definition }) => {
    const gauge = instrument(meter, definition);
    const callback = (result: ObservableResult) => {
      for (const [key, health] of healths()) {
        const { namespace = '', name } = refOf(key);
        for (const { value, labels } of observe(health)) {
          if (value !== undefined) result.observe(value, { namespace, name, ...labels });
        }
      }
    };
    gauge.addCallback(callback);
    return () => gauge.removeCallback(callback);
  });
  return () => {
    for (const stop of stops) stop();
  };
}

function metric(
  name: string,
  description: string,
  observe: ResourceMetric['observe'],
  labels: readonly string[] = [],
): ResourceMetric {
  return { name, type: 'observableGauge', description, labels: ['namespace', 'name', ...labels], observe };
}

function rate(of: 'packets' | 'flows' | 'errors' | 'exported', description: string): ResourceMetric {
  return metric(`netflow2traces_${of}_per_second`, description, ({ summary }) => [{ value: summary.rates?.[of] }]);
}
