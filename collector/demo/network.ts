/** The configuration that makes the demo look like a network of services: a file, and the names it refers to. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import { DEMO_NETWORKS } from './demo.generated.ts';

/**
 * Writes both into a folder that is removed when the process ends. Returns the path of the configuration. Throws what
 * the file system throws.
 */
export function writeDemoConfig(): string {
  const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-demo-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const networksFile = join(folder, 'networks.csv');
  writeFileSync(networksFile, DEMO_NETWORKS);
  const config: CollectorConfigInput = {
    // Some of the flows were exported long after they ended.
    spans: { timestamps: 'clamped', attributes: { networksFile }, services: { rest: 'internet' } },
    sflow: { counters: { records: ['interfaces'] } },
  };
  const file = join(folder, 'demo.yaml');
  writeFileSync(file, stringify(config));
  return file;
}
