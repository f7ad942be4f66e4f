import { performance } from 'node:perf_hooks';
import type { MetricValues } from './metric-data.ts';

/** The process itself, workers included; the event loop is the main thread's. `startTime` is Unix milliseconds. */
export function processMetrics(startTime: number) {
  const { user, system } = process.cpuUsage();
  const { active, idle } = performance.eventLoopUtilization();
  return {
    process_cpu_seconds_total: (user + system) / 1e6,
    process_resident_memory_bytes: process.memoryUsage.rss(),
    process_start_time_seconds: startTime / 1000,
    nodejs_eventloop_time_seconds_total: [
      { labels: { state: 'active' }, value: active / 1000 },
      { labels: { state: 'idle' }, value: idle / 1000 },
    ],
  } satisfies Partial<MetricValues>;
}
