import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { bearsToken, isKnownHost, isLocal } from './http-access.ts';

suite('a Host header', () => {
  for (const [header, known] of [
    ['localhost', true],
    ['localhost:9464', true],
    ['LOCALHOST.:9464', true],
    ['127.0.0.1:9464', true],
    ['192.0.2.7', true],
    ['[::1]:9464', true],
    ['[2001:db8::1]', true],
    [`${hostname()}:9464`, true],
    ['flows.example:443', true],
    ['Flows.Example', true],
    ['evil.example', false],
    ['evil.example:9464', false],
    ['localhost.evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['evil.flows.example', false],
    ['[evil.example]:80', false],
    ['localhost:9464:1', false],
    ['a@localhost', false],
    ['::1', false],
    ['', false],
    [undefined, false],
  ] as const) {
    test(`${header} is ${known ? '' : 'not '}known`, () => {
      assert.equal(isKnownHost(header, ['flows.example']), known);
    });
  }
});

test('a connection is local when both of its ends are', () => {
  for (const [remoteAddress, localAddress, local] of [
    ['127.0.0.1', '127.0.0.1', true],
    ['::ffff:127.0.0.1', '::ffff:127.0.0.1', true],
    ['::1', '::1', true],
    ['192.0.2.1', '192.0.2.1', false],
    ['127.0.0.1', '192.0.2.1', false],
    ['2001:db8::127.0.0.1', '::1', false],
    [undefined, undefined, false],
  ] as const) {
    assert.equal(isLocal({ remoteAddress, localAddress }), local, `${remoteAddress} ${localAddress}`);
  }
});

test('a token is that of its file, as it is now', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'token-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'token');
  const write = (token: string) => writeFileSync(file, token);
  assert.throws(() => bearsToken('Bearer x', file), /ENOENT/);
  write('0123456789abcdef\n');
  for (const [header, right] of [
    ['Bearer 0123456789abcdef', true],
    ['bearer 0123456789abcdef', true],
    ['Bearer 0123456789abcdeX', false],
    ['Bearer 0123456789abcdef0', false],
    ['Bearer ', false],
    ['Basic 0123456789abcdef', false],
    ['0123456789abcdef', false],
    [undefined, false],
  ] as const) {
    assert.equal(bearsToken(header, file), right, header);
  }
  write('another token of it'.replaceAll(' ', '-'));
  assert.equal(bearsToken('Bearer 0123456789abcdef', file), false);
  assert.equal(bearsToken('Bearer another-token-of-it', file), true);
  for (const wrong of ['', 'short', 'with spaces in it, long', 'non-ASCII-tøken-of-it']) {
    write(wrong);
    assert.throws(() => bearsToken(`Bearer ${wrong}`, file), /at least 16 printable/);
  }
});
