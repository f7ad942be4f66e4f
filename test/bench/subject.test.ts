import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readImage } from './subject.ts';

test('the package for Debian runs Node as the image does', () => {
  const { flags, env } = readImage();
  assert.deepEqual([flags.length, Object.keys(env).length], [2, 2]);
  const script = readFileSync(join(import.meta.dirname, '../../deploy/deb/netflow2traces'), 'utf8');
  const exported = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  assert.match(script, new RegExp(`^export ${exported.join(' ')}\nexec \\S+/node ${flags.join(' ')} `, 'm'));
});
