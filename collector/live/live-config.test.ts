import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectorConfig } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import { createLiveConfig } from './live-config.ts';

test('names without effect are told at the start and at each change', async (t) => {
  const excluding = (...exclude: string[]) => collectorConfig.parse({ spans: { attributes: { exclude } } });
  const lines: { level: string; message: string }[] = [];
  const configured = Promise.withResolvers<void>();
  const live = createLiveConfig({
    loaded: {
      kind: 'run',
      config: excluding('source.adress', 'source.port'),
      configFile: undefined,
      tracesOff: undefined,
      variablesWithoutEffect: [],
      read: () => excluding('source.port', 'source.prot'),
    },
    detected: {},
    ready: () => true,
    configure: async () => configured.resolve(),
    log: createLog('info', (line) => lines.push(JSON.parse(line))),
  });
  t.after(() => live.stop());
  const told = () => lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
  const atStart = told();
  assert.deepEqual(live.namesWithoutEffect, atStart);
  live.reload();
  await configured.promise;
  const what = 'is no attribute of profile flow and has no effect; did you mean';
  assert.deepEqual(atStart, [`spans.attributes.exclude[0]: "source.adress" ${what} source.address?`]);
  assert.deepEqual(told().slice(1), [`spans.attributes.exclude[1]: "source.prot" ${what} source.port?`]);
});
