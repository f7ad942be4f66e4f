/** Keeps the direction of imports: the folders are the data flow, and the two programs share only their contract. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
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
  'collector/common/': ['crds/', 'package.json'],
  'collector/ledger/': ['crds/'],
  'collector/files/': COMMON,
  'collector/otlp/': COMMON,
  'collector/dissect/': COMMON,
  'collector/sampled/': [...COMMON, 'collector/decode/', 'collector/dissect/'],
  'collector/sflow/': [
    ...COMMON,
    ...['collector/decode/', 'collector/devices/', 'collector/dissect/', 'collector/sampled/'],
  ],
  'collector/replay/': [...COMMON, 'collector/dissect/'],
  'collector/demo/': [...COMMON, 'collector/replay/'],
  'collector/listen/': COMMON,
  'collector/decode/': COMMON,
  'collector/devices/': [...COMMON, 'collector/decode/', 'collector/listen/'],
  'collector/templates/': [
    ...COMMON,
    'collector/files/',
    'collector/listen/',
    'collector/decode/',
    'collector/devices/',
  ],
  'collector/networks/': [...COMMON, 'collector/files/', 'collector/otlp/'],
  'collector/span/': [
    ...COMMON,
    'collector/listen/',
    'collector/decode/',
    'collector/devices/',
    'collector/networks/',
    'collector/otlp/',
  ],
  'collector/naming/': [...COMMON, 'collector/decode/', 'collector/devices/', 'collector/span/', 'collector/files/'],
  'collector/select/': [...COMMON, 'collector/decode/', 'collector/otlp/', 'collector/span/'],
  'collector/aggregate/': [
    ...COMMON,
    'collector/decode/',
    'collector/devices/',
    'collector/networks/',
    'collector/select/',
    'collector/span/',
  ],
  'collector/connect/': [...COMMON, 'collector/otlp/'],
  'collector/send/': [...COMMON, 'collector/connect/', 'collector/files/', 'collector/otlp/', 'collector/spool/'],
  'collector/spool/': COMMON,
  'collector/books/': [...COMMON, 'collector/files/', 'collector/spool/', 'collector/templates/'],
  'collector/pipeline/': [
    ...COMMON,
    'collector/aggregate/',
    'collector/sampled/',
    'collector/sflow/',
    'collector/naming/',
    'collector/listen/',
    'collector/decode/',
    'collector/devices/',
    'collector/templates/',
    'collector/select/',
    'collector/span/',
    'collector/networks/',
    'collector/otlp/',
  ],
  'collector/config/': [
    ...COMMON,
    'collector/connect/',
    'collector/files/',
    'collector/networks/',
    'collector/otlp/',
    'collector/span/',
    'collector/naming/',
  ],
  'collector/inspect/': [
    ...COMMON,
    'collector/files/',
    'collector/naming/',
    'collector/listen/',
    'collector/decode/',
    'collector/devices/',
    'collector/span/',
    'collector/select/',
    'collector/pipeline/',
    'collector/replay/',
    'collector/send/',
    'collector/sflow/',
    'collector/telemetry/',
  ],
  'collector/watch/': [...COMMON, 'collector/telemetry/'],
  'collector/telemetry/': [
    ...COMMON,
    'collector/aggregate/',
    'collector/config/',
    'collector/decode/',
    'collector/devices/',
    'collector/networks/',
    'collector/otlp/',
    'collector/select/',
    'collector/sflow/',
    'collector/span/',
    'collector/naming/',
    'collector/files/',
  ],
  'collector/report/': [
    ...COMMON,
    'collector/books/',
    'collector/files/',
    'collector/templates/',
    'collector/telemetry/',
  ],
  'collector/workers/': [
    ...COMMON,
    'collector/aggregate/',
    'collector/books/',
    'collector/decode/',
    'collector/listen/',
    'collector/templates/',
    'collector/networks/',
    'collector/pipeline/',
    'collector/send/',
    'collector/sflow/',
    'collector/span/',
    'collector/spool/',
    'collector/telemetry/',
    'collector/naming/',
  ],
  'collector/live/': [
    ...COMMON,
    'collector/config/',
    'collector/files/',
    'collector/networks/',
    'collector/telemetry/',
    'collector/workers/',
    'collector/naming/',
  ],
  'operator/': ['crds/', 'operator/', 'package.json'],
  'operator/runtime/': ['crds/common/'],
  'operator/manifests/': ['crds/'],
  'operator/cluster/': ['crds/', 'operator/runtime/', 'operator/manifests/'],
  'operator/templates/': ['crds/', 'operator/runtime/'],
  'operator/reports/': ['crds/', 'operator/runtime/', 'operator/manifests/', 'operator/cluster/'],
  'operator/ingestion/': ['crds/', 'operator/runtime/', 'operator/cluster/', 'operator/reports/'],
  'operator/status/': ['crds/', 'operator/runtime/', 'operator/cluster/', 'operator/ingestion/'],
  'operator/page/': ['crds/common/', 'operator/runtime/', 'operator/ingestion/'],
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
  'collector/ledger/',
  'collector/otlp/',
  'collector/listen/',
  'collector/decode/',
  'collector/devices/',
  'collector/templates/',
  'collector/select/',
  'collector/span/',
  'collector/aggregate/',
  'collector/pipeline/',
];

const sources = globSync('{crds,collector,operator}/**/*.{ts,js}', { cwd: ROOT });
const isTest = (path: string) => /\.(test|fixture)\.ts$/.test(path);
/** Of each file, what it imports: files of ours by their path, the rest as it is written. */
const importsOf = new Map(sources.map((path) => [path, readImports(path)]));

suite('imports point one way', () => {
  for (const [path, imports] of importsOf) {
    const folder = folderOf(path);
    test(path, () => {
      assert.ok(folder, `${path}: add its folder, with what it may import, to the table of this test`);
      // Tests may reach further, but not into the other program.
      const allowed = isTest(path) ? ['crds/', 'test/', `${path.split('/')[0]}/`] : FOLDERS[folder];
      for (const target of imports) {
        if (isOurs(target)) {
          const inside = target.startsWith(folder);
          assert.ok(inside || allowed.some((prefix) => target.startsWith(prefix)), `${path} must not import ${target}`);
        } else if (!isTest(path) && NODE_ONLY.includes(folder)) {
          assert.match(target, /^node:/, `${path} is in a folder that uses nothing but Node`);
        }
      }
    });
  }
});

test('no import leads back to where it began', () => {
  assert.deepEqual(findCircle(importsOf), []);
});

test('no folder may import what may import it', () => {
  const folders = Object.entries(FOLDERS).map(([folder, allowed]) => {
    const imported = Object.keys(FOLDERS).filter((other) => other !== folder && isWithin(other, allowed));
    return [folder, imported.filter((other) => !isWithin(other, [folder]))] as const;
  });
  assert.deepEqual(findCircle(new Map(folders)), []);
});

test('the table has only folders that there are, and imports that somebody needs', () => {
  for (const folder of [...Object.keys(FOLDERS), ...NODE_ONLY]) assert.ok(existsSync(join(ROOT, folder)), folder);
  const needed = [...importsOf].filter(([path]) => !isTest(path));
  for (const [folder, allowed] of Object.entries(FOLDERS)) {
    for (const prefix of allowed.filter((prefix) => !COMMON.includes(prefix))) {
      const isNeeded = needed.some(
        ([path, imports]) => folderOf(path) === folder && imports.some((target) => target.startsWith(prefix)),
      );
      assert.ok(isNeeded, `nothing in ${folder} imports ${prefix}`);
    }
  }
});

/** The longest entry of the table that holds the file. */
function folderOf(path: string): string | undefined {
  const known = Object.keys(FOLDERS).filter((folder) => path.startsWith(folder));
  const folder = known.sort((a, b) => b.length - a.length)[0];
  // A folder of a program must be named: only files stand right in it.
  return /^(collector|operator)\/$/.test(folder ?? '') && path.split('/').length > 2 ? undefined : folder;
}

function isWithin(path: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => path.startsWith(prefix));
}

function isOurs(target: string): boolean {
  return existsSync(join(ROOT, target));
}

/** Also imports of types, and those that are made when they are needed. */
function readImports(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  // As Biome lays them out: `import … from 'x'`, `} from 'x'` after several lines, `import 'x'`, `import('x')`.
  const specifiers = [...text.matchAll(/^(?:(?:import|export|\}).* from|import) '([^']+)'|\bimport\('([^']+)'\)/gm)];
  return specifiers
    .map(([, declared, called]) => declared ?? called)
    .map((specifier) =>
      specifier.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(path), specifier)) : specifier,
    );
}

/** A way from a node back to itself; empty when there is none. */
function findCircle(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const way: string[] = [];

  function visit(node: string): string[] {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node];
    if (done.has(node)) return [];
    way.push(node);
    for (const next of edges.get(node) ?? []) {
      const circle = visit(next);
      if (circle.length > 0) return circle;
    }
    way.pop();
    done.add(node);
    return [];
  }

  for (const node of edges.keys()) {
    const circle = visit(node);
    if (circle.length > 0) return circle;
  }
  return [];
}
