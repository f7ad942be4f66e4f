/**
 * Documents: their links lead somewhere, what sources say of them exists, and their commands and examples are right.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { collectorConfig } from '../crds/collector-config.ts';
import { netflowCollector } from '../crds/netflowcollector.ts';

const ROOT = resolve(import.meta.dirname, '..');
const files = globSync('**/*.{md,ts,js,tpl,txt,html,yaml}', {
  cwd: ROOT,
  exclude: (name) => ['node_modules', 'dist', 'captures', 'test-results'].includes(name),
});
const documents = files.filter((path) => path.endsWith('.md'));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, 'code');

suite('links lead somewhere', () => {
  for (const path of documents) {
    test(path, () => {
      for (const [, target] of withoutCode(read(path)).matchAll(/\]\(<?([^)>\s]+)>?\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [file, anchor] = target.split('#');
        const full = file === '' ? path : join(dirname(path), file);
        assert.ok(existsSync(join(ROOT, full)), `${target} does not exist`);
        if (anchor === undefined) continue;
        assert.ok(
          statSync(join(ROOT, full)).isFile() && anchorsOf(read(full)).includes(anchor),
          `${target}: no anchor`,
        );
      }
    });
  }
});

test('documents that sources and messages name exist', () => {
  for (const path of files.filter((path) => !documents.includes(path))) {
    for (const [name] of read(path).matchAll(/(?<![\w./])(?:[\w-]+\/)+[\w.-]+\.md\b/g)) {
      assert.ok(
        [ROOT, join(ROOT, dirname(path))].some((folder) => existsSync(join(folder, name))),
        `${path} names ${name}, which does not exist`,
      );
    }
  }
});

test('the maps of CONTRIBUTING.md have every folder', () => {
  const mapped = Array.from(read('CONTRIBUTING.md').matchAll(/^\| `([\w/]+)\/`/gm), ([, folder]) => folder);
  const folders = globSync('{crds,collector,operator,test}/*/', { cwd: ROOT });
  const unmapped = folders.filter((folder) => !mapped.includes(folder));
  assert.deepEqual(unmapped, []);
  for (const folder of mapped) assert.ok(existsSync(join(ROOT, folder)), folder);
});

test('commands use the Node that comes with npm ci, whatever is installed', () => {
  for (const path of documents) assert.doesNotMatch(read(path), /(?:^ {4}|`)(?:[A-Z_]+=\S+ )*node /m, path);
});

suite('examples of YAML are right', () => {
  for (const path of documents.filter((path) => /^(README\.md$|docs\/)/.test(path))) {
    for (const [, example] of read(path).matchAll(/^```yaml\n([\s\S]*?)^```/gm)) {
      test(`${path}: ${example.split('\n')[0]}`, () => {
        const value = parse(example);
        if (value.kind === 'NetflowCollector') netflowCollector.parse(value);
        else collectorConfig.parse(value);
      });
    }
  }
});

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  const headings = text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, title]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}
