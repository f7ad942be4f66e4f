/**
 * What the tests of the configuration share: loading it from flags, variables and a file that does not exist on disk.
 */
import assert from 'node:assert/strict';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { type LoadedConfig, loadConfig } from './config.ts';
import { formatPath, valueAt } from './setting.ts';

export type Given = { flags?: string[]; env?: NodeJS.ProcessEnv; file?: string };

export function load({ flags = [], env = {}, file }: Given): LoadedConfig {
  const argv = file === undefined ? flags : ['--config', 'c.yaml', ...flags];
  return loadConfig(argv, env, (path) => {
    assert.equal(path, 'c.yaml');
    return file ?? '';
  });
}

/** The configuration, which must have no mistakes. */
export function run(given: Given): CollectorConfig {
  const loaded = load(given);
  if (loaded.kind !== 'run') assert.fail(loaded.kind === 'print' ? loaded.text : loaded.kind);
  return loaded.config;
}

/** The value of the field that `formatPath` writes as `field`. */
export function at(config: CollectorConfig, field: string): unknown {
  const path = field.split(/\.|\[(\d+)\]/).filter(Boolean);
  const keys = path.map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  assert.equal(formatPath(keys), field);
  return valueAt(config, keys);
}
