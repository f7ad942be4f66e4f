import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import { compareConfigs } from './changes.ts';

const rules = (...names: string[]) => names.map((name) => ({ name, match: 'true', action: 'keep' as const }));

suite('what a changed file comes to', () => {
  const cases: [before: CollectorConfigInput, after: CollectorConfigInput, taken: string[], needRestart: string[]][] = [
    [{}, {}, [], []],
    [{}, { selection: { filter: 'true' } }, ['selection.filter'], []],
    [{ selection: { rules: rules('a') } }, { selection: { rules: rules('a', 'b') } }, ['selection.rules'], []],
    [{ selection: { rules: rules('a') } }, { selection: { rules: rules('b') } }, ['selection.rules[0].name'], []],
    [{}, { spans: { resourceAttributes: { 'net.site': 'x' } } }, ['spans.resourceAttributes["net.site"]'], []],
    [{}, { allowedSources: ['10.0.0.0/8'], logLevel: 'warn' }, ['allowedSources', 'logLevel'], []],
    [{}, { listeners: [{ port: 1 }] }, [], ['listeners[0].port']],
    [{}, { listeners: [{}, { name: 'b', port: 1 }] }, [], ['listeners']],
    [{}, { otlp: { endpoint: 'http://a:1', headers: { k: 's' } } }, [], ['otlp.headers.k', 'otlp.endpoint']],
    [{ workers: 2, logLevel: 'warn' }, { workers: 3 }, ['logLevel'], ['workers']],
  ];
  for (const [before, after, taken, needRestart] of cases) {
    test(`${JSON.stringify(before)} → ${JSON.stringify(after)}`, () => {
      const [current, next] = [before, after].map((input) => collectorConfig.parse(input));
      const changes = compareConfigs(current, next);
      assert.deepEqual(changes.taken.toSorted(), taken.toSorted());
      assert.deepEqual(changes.needRestart.toSorted(), needRestart.toSorted());
      const { allowedSources, exporters, spans, selection, logLevel } = next;
      assert.deepEqual(changes.config, { ...current, allowedSources, exporters, spans, selection, logLevel });
    });
  }
});
