/** Writes the dashboards that the chart brings. With --check it writes nothing and fails when one of them is stale. */
import { join } from 'node:path';
import { writeOrCheck } from '../../crds/generate/document.ts';
import { exporter } from './exporter.ts';
import { fleet } from './fleet.ts';
import { traces } from './traces.ts';
import { traffic } from './traffic.ts';

const FOLDER = join(import.meta.dirname, '../../charts/netflow2traces/files/dashboards');

for (const dashboard of [fleet, exporter, traffic, traces]) {
  writeOrCheck(join(FOLDER, `${dashboard.uid}.json`), `${JSON.stringify(dashboard, null, 2)}\n`);
}
