import assert from 'node:assert/strict';
import { test } from 'node:test';
import { howToRun } from './how-to-run.ts';

const PACKAGE = ['/usr/bin/node', '/home/a/node_modules/.bin/netflow2traces'];
const IMAGE = ['/usr/local/bin/node', '/app/collector.js'];
const CHECKOUT = ['/usr/bin/node', '/home/a/netflow2traces/collector/main.ts'];
const npm = (event: string, name = 'netflow2traces') => ({ npm_lifecycle_event: event, npm_package_name: name });

for (const { where, argv, env, expected } of [
  { where: 'npm start', argv: CHECKOUT, env: npm('start'), expected: ['npm start', 'npm run demo -- --to h:1'] },
  { where: 'npm run demo', argv: CHECKOUT, env: npm('demo'), expected: ['npm start', 'npm run demo -- --to h:1'] },
  {
    where: 'an image',
    argv: IMAGE,
    env: {},
    expected: ['node /app/collector.js', 'node /app/collector.js demo --to h:1'],
  },
  {
    where: 'an installed package',
    argv: PACKAGE,
    env: {},
    expected: ['netflow2traces', 'netflow2traces demo --to h:1'],
  },
  {
    where: 'npx',
    argv: PACKAGE,
    env: { npm_lifecycle_event: 'npx' },
    expected: ['npx netflow2traces', 'npx netflow2traces demo --to h:1'],
  },
  {
    where: 'a script of another package',
    argv: PACKAGE,
    env: npm('start', 'theirs'),
    expected: ['netflow2traces', 'netflow2traces demo --to h:1'],
  },
]) {
  test(where, () => {
    assert.deepEqual([howToRun([], { argv, env }), howToRun(['demo', '--to', 'h:1'], { argv, env })], expected);
  });
}
