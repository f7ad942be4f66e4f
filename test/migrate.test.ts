/** docs/migrate/: what they say is here is here, by name; and their expressions are right. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import * as z from 'zod';
import { FLAGS } from '../collector/config/flag-table.ts';
import { registeredNames } from '../collector/span/element-names.ts';
import { METRICS } from '../collector/telemetry/metric-table.ts';
import { PROFILES } from '../crds/attributes/attribute.ts';
import { collectorConfig } from '../crds/collector-config.ts';
import { namesOf } from '../crds/spans/profiles.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGES = globSync('docs/migrate/*.md', { cwd: ROOT });

type JsonSchema = { properties?: Record<string, JsonSchema>; items?: JsonSchema };
const fields = fieldsOf(z.toJSONSchema(collectorConfig, { io: 'input' }) as JsonSchema);
const flags = Object.values(FLAGS).flatMap((group) => group.map(({ name }) => `--${name}`));
/** Of packets' spans, and of resources. */
const OTHERS = ['sequence', 'version', 'observation_domain.id', 'exporter.port', 'packet.size', 'flow.count'];
const names = new Set([
  ...PROFILES.flatMap(namesOf),
  ...registeredNames(),
  ...OTHERS.map((name) => `netflow.${name}`),
  ...['netflow.export', 'netflow.parse_packet', 'host.name', 'service.instance.id'],
]);

/** Columns of what is not here. */
const ELSEWHERE = /^(there|goflow2|netflowreceiver|ElastiFlow|CODEX|nfcapd|nfdump|`fmt:`|variable|span)/;

for (const page of PAGES) {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const tables = text.split(/\n\n/).filter((block) => block.startsWith('| '));
  suite(page, () => {
    test('names what there is', () => {
      for (const [head, , ...rows] of tables.map((table) => table.trim().split('\n').map(cellsOf))) {
        const ours = head.flatMap((title, index) => (ELSEWHERE.test(title) ? [] : [index]));
        for (const row of rows) {
          for (const [, token] of ours.flatMap((index) => [...row[index].matchAll(/`([^`]+)`/g)])) check(token);
        }
      }
    });
  });
}

test('every page is linked', () => {
  const index = readFileSync(join(ROOT, 'docs/migrate.md'), 'utf8');
  for (const page of PAGES) assert.ok(index.includes(`](${page.replace('docs/', '')})`), page);
});

test('expressions are right', () => {
  const text = readFileSync(join(ROOT, 'docs/migrate/nfdump.md'), 'utf8');
  const expressions = [...text.matchAll(/^\| `[^|`]+` +\| `([^|`]*(?:==|>|contains)[^|`]*)` +\| `\{/gm)].map(
    ([, it]) => it,
  );
  assert.ok(expressions.length >= 4);
  for (const filter of expressions) collectorConfig.parse({ selection: { filter } });
});

/** A name of an attribute, a field, a flag or a metric is one that there is. */
function check(token: string): void {
  if (/^--/.test(token)) assert.ok(flags.includes(token.split(' ')[0]), token);
  else if (/^netflow_\w+$/.test(token)) assert.ok(token in METRICS, token);
  else if (/^(source|destination|client|server|flow|network|netflow)\.[\w.]+$/.test(token)) {
    assert.ok(names.has(token), token);
  } else if (/^[a-z]\w*(\[\])?\.[\w.[\]]+(: .*)?$/.test(token)) {
    const path = token.replace(/: .*$/, '');
    assert.ok(
      names.has(path) ||
        fields.some((field) => field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`)),
      token,
    );
  }
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split(/ \| /)
    .map((cell) => cell.trim());
}

function fieldsOf({ properties, items }: JsonSchema, path = ''): string[] {
  if (items?.properties) return fieldsOf(items, `${path}[]`);
  if (!properties) return [path];
  return Object.entries(properties).flatMap(([key, inner]) => fieldsOf(inner, path ? `${path}.${key}` : key));
}
