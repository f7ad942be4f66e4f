import { performance } from 'node:perf_hooks';
import { counter, gauge, type Metric } from './metric-data.ts';

/** The process itself, workers included; the event loop is the main thread's. `startTime` is Unix milliseconds. */
export function processMetrics(startTime: number): Metric[] {
  const { user, system } = process.cpuUsage();
  const { active, idle } = performance.eventLoopUtilization();
  return [
    counter('process_cpu_seconds_total', 'Processor time used.', 's', (user + system) / 1e6),
    gauge('process_resident_memory_bytes', 'Memory in use (RSS).', 'By', process.memoryUsage.rss()),
    gauge('process_start_time_seconds', 'Unix time at which the collector started.', 's', startTime / 1000),
    counter('nodejs_eventloop_time_seconds_total', 'Time of the main thread’s event loop, by state.', 's', [
      { labels: { state: 'active' }, value: active / 1000 },
      { labels: { state: 'idle' }, value: idle / 1000 },
    ]),
  ];
}
