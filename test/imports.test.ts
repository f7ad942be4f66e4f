/** Keeps the direction of imports: the folders are the data flow, and the two programs share only their contract. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { suite, test } from 'node:test';

const ROOT = resolve(import.meta.dirname, '..');

/** What any file of the collector may import: words that all its folders speak. */
const COMMON = ['crds/', 'collector/common/', 'collector/ledger/'];

/** What each folder may import besides itself. Files right in collector/ and operator/ put the folders together. */
const FOLDERS: Record<string, readonly string[]> = {
  'crds/': [],
  'crds/common/': [],
  'collector/': ['crds/', 'collector/'],
  'collector/common/': ['package.json'],
  'collector/ledger/': ['crds/'],
  'collector/config/': [
    ...COMMON,
    'collector/commands.ts',
    'collector/files/',
    'collector/networks/',
    'collector/otlp/',
    'collector/span/element-names.ts',
  ],
  'collector/files/': COMMON,
  'collector/live/': [
    ...COMMON,
    'collector/config/',
    'collector/files/',
    'collector/networks/',
    'collector/telemetry/',
    'collector/workers/',
  ],
  'collector/workers/': ['crds/', 'collector/'],
  'collector/pipeline/': ['crds/', 'collector/'],
  'collector/listen/': COMMON,
  'collector/decode/': COMMON,
  'collector/devices/': [...COMMON, 'collector/decode/', 'collector/listen/sources.ts'],
  'collector/templates/': [
    ...COMMON,
    'collector/decode/',
    'collector/devices/',
    'collector/listen/',
    'collector/otlp/',
    'collector/span/plan/address.ts',
  ],
  'collector/select/': [...COMMON, 'collector/decode/', 'collector/devices/', 'collector/otlp/', 'collector/span/'],
  'collector/networks/': [...COMMON, 'collector/files/', 'collector/otlp/', 'collector/telemetry/state.ts'],
  'collector/span/': [
    ...COMMON,
    'collector/decode/',
    'collector/devices/',
    'collector/listen/',
    'collector/networks/',
    'collector/otlp/',
  ],
  'collector/otlp/': COMMON,
  'collector/send/': [...COMMON, 'collector/files/', 'collector/otlp/'],
  'collector/telemetry/': [...COMMON, 'collector/config/redact.ts', 'collector/otlp/'],
  'collector/replay/': COMMON,
  'collector/report/': [
    ...COMMON,
    'collector/files/',
    'collector/telemetry/exporters.ts',
    'collector/telemetry/state.ts',
    'collector/templates/',
  ],
  'operator/': ['crds/', 'operator/', 'package.json'],
  'operator/runtime/': ['crds/common/'],
  'operator/manifests/': ['crds/'],
  'operator/cluster/': ['crds/', 'operator/runtime/', 'operator/manifests/'],
  'operator/templates/': ['crds/', 'operator/runtime/'],
  'operator/reports/': ['crds/', 'operator/runtime/', 'operator/manifests/', 'operator/cluster/'],
  'operator/ingestion/': ['crds/', 'operator/runtime/', 'operator/cluster/', 'operator/reports/'],
  'operator/status/': ['crds/', 'operator/runtime/', 'operator/cluster/', 'operator/ingestion/'],
  'operator/page/': ['operator/runtime/', 'operator/ingestion/'],
  'operator/reconcile/': [
    'crds/',
    'operator/runtime/',
    'operator/manifests/',
    'operator/cluster/',
    'operator/templates/',
    'operator/status/',
  ],
};

/** Folders that use nothing but Node: those on the way of a packet, and what both programs share. */
const NODE_ONLY = [
  'crds/common/',
  'collector/listen/',
  'collector/decode/',
  'collector/devices/',
  'collector/templates/',
  'collector/select/',
  'collector/span/',
];
/** Not on that way though in one of them: it runs once in a while. */
const COLD = ['collector/templates/state-file.ts'];

const sources = ['crds', 'collector', 'operator'].flatMap((folder) => sourcesUnder(folder));

suite('imports point one way', () => {
  for (const path of sources) {
    const isTest = /\.(test|fixture)\.ts$/.test(path);
    const folder = folderOf(path);
    test(path, () => {
      assert.ok(folder, `${path}: add its folder, with what it may import, to the table of this test`);
      for (const specifier of imports(path)) {
        if (specifier.startsWith('.')) {
          const target = relative(ROOT, resolve(ROOT, dirname(path), specifier));
          const inside = target.startsWith(folder);
          // Tests may reach further, but not into the other program.
          const allowed = isTest ? ['crds/', 'test/', `${path.split('/')[0]}/`] : FOLDERS[folder];
          assert.ok(inside || allowed.some((prefix) => target.startsWith(prefix)), `${path} must not import ${target}`);
        } else if (!isTest && NODE_ONLY.includes(folder) && !COLD.includes(path)) {
          assert.match(specifier, /^node:/, `${path} is in a folder that uses nothing but Node`);
        }
      }
    });
  }
});

/** The longest entry of the table that holds the file. */
function folderOf(path: string): string | undefined {
  const known = Object.keys(FOLDERS).filter((folder) => path.startsWith(folder));
  const folder = known.sort((a, b) => b.length - a.length)[0];
  // A folder of a program must be named: only files stand right in it.
  return /^(collector|operator)\/$/.test(folder ?? '') && path.split('/').length > 2 ? undefined : folder;
}

function imports(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  // As Biome lays them out: `import … from 'x'`, `} from 'x'` after several lines, `import 'x'`.
  return [...text.matchAll(/^(?:(?:import|export|\}).* from|import) '([^']+)'/gm)].map((match) => match[1]);
}

function sourcesUnder(folder: string): string[] {
  try {
    const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    return names.filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`);
  } catch {
    return [];
  }
}
