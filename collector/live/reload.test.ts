import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type CollectorConfig, type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import { CollectorError } from '../common/errors.ts';
import { createReloader } from './reload.ts';

/** A reloader over a configuration that a test writes, and what it does. */
function create() {
  const applied: CollectorConfig[] = [];
  const lines: { level: string; message: string; fields?: string }[] = [];
  let clock = 1_000;
  let written: CollectorConfig | CollectorError = collectorConfig.parse({});
  const reloader = createReloader({
    config: written,
    read: () => written,
    apply: async (config) => void applied.push(config),
    log: createLog('info', (line) => lines.push(JSON.parse(line))),
    now: () => clock,
  });
  const reload = async (next: CollectorConfigInput | CollectorError) => {
    written = next instanceof CollectorError ? next : collectorConfig.parse(next);
    clock += 1_000;
    await reloader.reload();
    return reloader.state;
  };
  return { reloader, reload, applied, lines };
}

const mistake = (what: string) => new CollectorError('E_CONFIG', `1 mistake\n  ${what}`);

suite('a configuration that is read again', () => {
  test('without a change does nothing', async () => {
    const { reload, applied, lines } = create();
    assert.deepEqual(await reload({}), { successful: true, successTime: 2_000, error: undefined, needRestart: [] });
    assert.deepEqual([applied, lines], [[], []]);
  });

  test('is applied as far as it can be, and what needs a restart is named', async () => {
    const { reload, applied, lines } = create();
    const state = await reload({ selection: { filter: 'true' }, workers: 7, http: { port: 1 } });
    assert.deepEqual(state, {
      successful: true,
      successTime: 2_000,
      error: undefined,
      needRestart: ['workers', 'http.port'],
    });
    assert.deepEqual(applied, [collectorConfig.parse({ selection: { filter: 'true' } })]);
    assert.deepEqual(
      lines.map(({ level, fields }) => [level, fields]),
      [
        ['warn', 'workers, http.port'],
        ['info', 'selection.filter'],
      ],
    );
    assert.deepEqual((await reload({ selection: { filter: 'true' } })).needRestart, []);
    assert.equal(applied.length, 1);
  });

  test('and is wrong leaves the last good one in use; each mistake is told, the same one once', async () => {
    const { reload, applied, lines } = create();
    await reload({ logLevel: 'warn' });
    for (const what of ['a', 'a', 'b']) {
      const { successful, successTime, error } = await reload(mistake(what));
      assert.deepEqual([successful, successTime], [false, 2_000]);
      assert.match(error!, new RegExp(`  ${what}$`));
    }
    assert.equal(lines.filter(({ level }) => level === 'error').length, 2);
    const state = await reload({ logLevel: 'warn' });
    assert.deepEqual([state.successful, state.successTime, state.error], [true, 6_000, undefined]);
    assert.equal(applied.length, 1);
  });

  test('while one is being applied waits for it', async () => {
    const steps: string[] = [];
    const next = ['debug', 'warn'].map((logLevel) => collectorConfig.parse({ logLevel }));
    const reloader = createReloader({
      config: collectorConfig.parse({}),
      read: () => next.shift()!,
      apply: async ({ logLevel }) => {
        steps.push(`begin ${logLevel}`);
        await new Promise(setImmediate);
        steps.push(`end ${logLevel}`);
      },
      log: createLog('error'),
    });
    void reloader.reload();
    await reloader.reload();
    assert.deepEqual(steps, ['begin debug', 'end debug', 'begin warn', 'end warn']);
  });

  test('and cannot be applied ends nothing', async () => {
    const lines: string[] = [];
    const reloader = createReloader({
      config: collectorConfig.parse({}),
      read: () => collectorConfig.parse({ logLevel: 'warn' }),
      apply: () => Promise.reject(new Error('no')),
      log: createLog('error', (line) => lines.push(line)),
    });
    await reloader.reload();
    assert.deepEqual([reloader.state.successful, reloader.state.error, lines.length], [false, 'no', 1]);
  });
});
