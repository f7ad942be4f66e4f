/** How-tos of CONTRIBUTING.md, followed in a copy of the sources: they say all that is to be done. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, suite, test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');
const LEFT_OUT = ['.git', 'node_modules', 'dist'];

const ROW = "{ name: 'flow.test.rate', type: 'int', form: 'plain', sources: [999]";

/** Flows with the rates 5 and 6: what spans say of those above 5, by a profile, and whether that has this name. */
const LOOK = `
import { namesWithoutEffect } from './collector/config/span-names.ts';
import { createHarness, ipfix } from './collector/pipeline/pipeline.fixture.ts';
import { collectorConfig } from './crds/collector-config.ts';

const [profile, name] = process.argv.slice(1);
const spans = { profile, attributes: { include: [name] } };
const { receive, flows } = createHarness({ spans, selection: { filter: 'flow.test.rate > 5' } });
receive(ipfix('0002000c 01000001 03e70004' + '0100000c 00000005 00000006'));
console.log(JSON.stringify({
  flows: flows().map(({ attributes }) => Object.entries(attributes).map(([key, value]) => key + ' ' + value)),
  withoutEffect: namesWithoutEffect(collectorConfig.parse({ spans }).spans),
}));
`;

suite('an attribute of its own for an element is three edits', () => {
  const copy = mkdtempSync(join(tmpdir(), 'netflow2traces-contributing-'));
  after(() => rmSync(copy, { recursive: true }));
  cpSync(ROOT, copy, { recursive: true, filter: (path) => !LEFT_OUT.includes(relative(ROOT, path)) });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));

  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: copy, env, encoding: 'utf8' });
  const look = (profile: string, name: string): unknown =>
    JSON.parse(run(process.execPath, '--input-type=module', '--eval', LOOK, profile, name));
  const edit = (path: string, before: string, after: string) => {
    const text = readFileSync(join(copy, path), 'utf8');
    assert.equal(text.split(before).length, 2, `${path} has ${before} once`);
    writeFileSync(join(copy, path), text.replace(before, after));
  };

  test('with what is generated', () => {
    appendFileSync(join(copy, 'collector/decode/elements/data/iana.csv'), '999,testRate,unsigned32\n');
    edit('crds/attributes/table.ts', 'const ROWS = [', `const ROWS = [${ROW} },`);
    edit(
      'test/reference/attributes.ts',
      "['flow.ip.ttl', [192]],",
      "['flow.ip.ttl', [192]], ['flow.test.rate', [999]],",
    );
    run('npm', 'run', '--silent', 'generate');
    const document = readFileSync(join(copy, 'docs/spans.md'), 'utf8');
    assert.match(document, /^\| `flow\.test\.rate` +\| 999 +\| int +\|$/m);
  });

  test('that tests agree with', () => {
    const tests = ['test/reference/*', 'collector/span/element-names', 'collector/{span,select}/document'];
    run(process.execPath, '--test', '--test-reporter=dot', ...tests.map((name) => `${name}.test.ts`));
  });

  test('for spans, the selection and the names of a profile', () => {
    assert.deepEqual(look('flow', 'flow.test.rate'), { flows: [['flow.test.rate 6']], withoutEffect: [] });
  });

  test('and of others, which the row names', () => {
    const profiles = "profiles: { flow: true, minimal: true, netflowreceiver: 'flow.test_rate' }";
    edit('crds/attributes/table.ts', ROW, `${ROW}, ${profiles}`);
    assert.deepEqual(look('minimal', 'flow.test.rate'), { flows: [['flow.test.rate 6']], withoutEffect: [] });
    assert.deepEqual(look('netflowreceiver', 'flow.test_rate'), { flows: [['flow.test_rate 6']], withoutEffect: [] });
  });
});
