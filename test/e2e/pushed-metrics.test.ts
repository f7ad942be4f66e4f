/**
 * Metrics of flows and devices that are pushed: what real requests say, by an independent decoder, against what was
 * sent.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { METRICS as METRICS_PATH, startGrpcServer } from '../../collector/send/servers.fixture.ts';
import { counterSample, datagram, interfaceCounters } from '../../collector/sflow/datagram.fixture.ts';
import type { Flow } from '../generator/flow.ts';
import { buildTraffic } from '../generator/traffic.ts';
import { decodeSums, type Sum } from '../otlp/metrics.ts';
import { startCollector, waitFor } from './collector.ts';
import { openExporter } from './exporter.ts';

const METRICS: Record<string, (flow: Flow) => number> = {
  'network.flow.io': ({ bytes }) => bytes,
  'network.flow.packets': ({ packets }) => packets,
  'network.flow.records': () => 1,
};
const UNITS = { 'network.flow.io': 'By', 'network.flow.packets': '{packet}', 'network.flow.records': '{record}' };

/** What an interface has received, by the samples that a device sends; what it had before the first is not counted. */
const COUNTER = 'hw.network.io';
const OCTETS = [1_000, 5_000, 12_000];

type Points = Sum['points'];

/** By metric and the address of the source: its points, in order. */
function seriesOf(sums: readonly Sum[]): Map<string, Points> {
  const all = sums.flatMap(({ name, points }) => points.map((point) => ({ name, point })));
  const bySeries = Map.groupBy(all, ({ name, point }) => `${name} ${point.attributes['source.address']}`);
  return new Map(Array.from(bySeries, ([key, entries]) => [key, entries.map(({ point }) => point)]));
}

for (const temporality of ['delta', 'cumulative'] as const) {
  test(`what is pushed as ${temporality} comes to what was sent`, async (t) => {
    const requests: Sum[][] = [];
    const counters: Sum[] = [];
    const endpoint = await startGrpcServer(t, (call, callback) => {
      if (call.getPath() === METRICS_PATH) {
        const sums = decodeSums(call.request);
        requests.push(sums.filter(({ name }) => name in METRICS));
        counters.push(...sums.filter(({ name }) => name === COUNTER));
      }
      callback(null, Buffer.alloc(0));
    });
    const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const config = join(folder, 'collector.json');
    const flowMetrics = { sets: [{ name: 'sources', dimensions: ['source.address'] }] };
    const otlp = { endpoint: `http://${endpoint}`, interval: '200ms', temporality };
    const selection = { sampling: { probability: 0.01 } };
    const sflow = { counters: { records: ['interfaces'] } };
    writeFileSync(config, JSON.stringify({ flowMetrics, metrics: { otlp }, selection, sflow }));
    const args = ['--config', config, '--otlp-endpoint', `http://${endpoint}`];
    const collector = await startCollector(t, { args });
    const exporter = await openExporter(t, collector);
    const packets = buildTraffic({ version: 5, exporters: 1, packets: 10, now: Date.now() });

    const flows = packets.flatMap(({ content }) => content);
    const sent: Record<string, number> = {};
    for (const flow of flows) {
      for (const [name, amount] of Object.entries(METRICS)) {
        const key = `${name} ${flow.source.join('.')}`;
        sent[key] = (sent[key] ?? 0) + 2 * amount(flow);
      }
    }
    const deliverCounters = (at: number): Promise<void> => {
      const sample = counterSample([interfaceCounters(OCTETS[at], at)], at + 1);
      return exporter.deliver([datagram([sample], { sequence: at + 1 })]);
    };
    await deliverCounters(0);
    for (const round of [1, 2]) {
      await deliverCounters(round);
      await exporter.deliver(packets.map(({ bytes }) => bytes));
      // So that the second round comes in requests of its own.
      await waitFor(() => countOf(requests.flat()) === round * flows.length, `round ${round} is pushed`);
    }
    assert.equal(await collector.stop(), 0);

    const sums = requests.flat();
    for (const { name, unit, temporality: told, isMonotonic } of sums) {
      assert.deepEqual([unit, told, isMonotonic], [UNITS[name as keyof typeof UNITS], temporality.toUpperCase(), true]);
    }
    const series = seriesOf(sums);
    for (const points of series.values()) {
      for (const [index, { start, time }] of points.entries()) {
        assert.ok(start < time);
        if (index === 0) continue;
        if (temporality === 'delta') assert.ok(start >= points[index - 1].time, 'intervals overlap');
        else assert.equal(start, points[0].start);
      }
    }
    assert.deepEqual(Object.fromEntries(Array.from(series, ([key, points]) => [key, totalOf(points)])), sent);

    for (const { unit, temporality: told, isMonotonic } of counters)
      assert.deepEqual([unit, told, isMonotonic], ['By', temporality.toUpperCase(), true]);
    const received = counters.flatMap(({ points }) =>
      points.filter(({ attributes }) => attributes['network.io.direction'] === 'receive'),
    );
    assert.equal(received[0].attributes['hw.id'], '7');
    assert.equal(totalOf(received), OCTETS[2] - OCTETS[0]);
  });

  function totalOf(points: Points): number {
    const values = points.map(({ value }) => Number(value));
    return temporality === 'delta' ? values.reduce((total, value) => total + value, 0) : values.at(-1)!;
  }

  function countOf(sums: readonly Sum[]): number {
    const records = seriesOf(sums.filter(({ name }) => name === 'network.flow.records'));
    return [...records.values()].reduce((total, points) => total + totalOf(points), 0);
  }
}
