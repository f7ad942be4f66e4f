import type { Meter, ObservableResult } from '@opentelemetry/api';
import { type Key, refOf } from '../runtime/resource.ts';
import type { Health } from './reports.ts';

const RATES = {
  packets: 'Packets received a second, over all nodes that report.',
  flows: 'Flows decoded a second, over all nodes that report.',
  errors: 'Packets a second that could not be decoded, over all nodes that report.',
  exported: 'Flows a second that the backend has taken, over all nodes that report.',
} as const;

/** Shows in the operator's metrics what the statuses show, until the function returned is called. */
export function showHealth(meter: Meter, healths: () => Iterable<[Key, Health]>): () => void {
  const stops: (() => void)[] = [];

  function show(
    name: string,
    description: string,
    observe: (health: Health) => [number | undefined, labels?: object][],
  ) {
    const gauge = meter.createObservableGauge(name, { description });
    const callback = (result: ObservableResult) => {
      for (const [key, health] of healths()) {
        const { namespace = '', name } = refOf(key);
        for (const [value, labels] of observe(health)) {
          if (value !== undefined) result.observe(value, { namespace, name, ...labels });
        }
      }
    };
    gauge.addCallback(callback);
    stops.push(() => gauge.removeCallback(callback));
  }

  show('netflow2traces_nodes', 'Nodes by what is known of their collector.', ({ summary: { nodes, exporting } }) => [
    [nodes.reporting, { state: 'reporting' }],
    [nodes.awaited, { state: 'awaited' }],
    [nodes.expected - nodes.reporting - nodes.awaited, { state: 'silent' }],
    [exporting.failing.length, { state: 'export_failing' }],
  ]);
  for (const [rate, description] of Object.entries(RATES)) {
    show(`netflow2traces_${rate}_per_second`, description, ({ summary: { rates } }) => [
      [rates?.[rate as keyof typeof RATES]],
    ]);
  }
  show('netflow2traces_lost_ratio', 'Flows that never came or were dropped, of all sent.', ({ summary: { rates } }) => [
    [rates && rates.lostPercent / 100],
  ]);
  show('netflow2traces_exporters', 'Devices that have sent lately.', ({ summary }) => [[summary.exporters]]);

  return () => {
    for (const stop of stops) stop();
  };
}
