/**
 * Makes `npm pack` pack the collector's bundle and not the sources: while npm packs, a manifest made from the project's
 * stands in the place of package.json. It names no dependencies, for the bundle has none. Run by npm before packing,
 * and after it with --restore; if packing fails in between, `git checkout package.json` puts the project's back.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = import.meta.dirname;
const MANIFEST = join(ROOT, 'package.json');
const SAVED = join(ROOT, 'dist/project-package.json');
/** The first version of Node that the bundle is made for and tested with. */
const ENGINES = { node: '>=24' };

if (process.argv.includes('--restore')) {
  copyFileSync(SAVED, MANIFEST);
} else {
  copyFileSync(MANIFEST, SAVED);
  copyFileSync(join(ROOT, 'collector/netflow2traces.cjs'), join(ROOT, 'dist/netflow2traces.cjs'));
  const { name, version, description, license, type } = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  const bin = { netflow2traces: 'dist/netflow2traces.cjs' };
  // npm adds README.md and LICENSE.
  const files = ['dist/netflow2traces.cjs', 'dist/collector.js', 'dist/collector.licenses.txt'];
  const manifest = { name, version, description, license, type, bin, files, engines: ENGINES };
  writeFileSync(MANIFEST, `${JSON.stringify(manifest, undefined, 2)}\n`);
}
