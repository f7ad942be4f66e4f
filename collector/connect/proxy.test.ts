import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { proxyFor } from './proxy.ts';

const VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'] as const;
afterEach(() => {
  for (const name of VARIABLES) delete process.env[name];
});

const PROXY = 'http://proxy.example:3128';

test('the scheme of the backend chooses the variable', () => {
  process.env.HTTPS_PROXY = 'http://secure.example:1';
  process.env.HTTP_PROXY = 'plain.example:2';
  const hostOf = (secure: boolean) => proxyFor({ secure, host: 'tempo.example', port: 4317 })?.host;
  assert.deepEqual([hostOf(true), hostOf(false)], ['secure.example', 'plain.example']);
});

test('user and password', () => {
  process.env.HTTPS_PROXY = 'https://me:p%40ss@[2001:db8::1]';
  assert.deepEqual(proxyFor({ secure: true, host: 'tempo.example', port: 4317 }), {
    secure: true,
    host: '2001:db8::1',
    port: 443,
    authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
  });
});

for (const text of ['socks5://proxy.example:1080', 'http://']) {
  test(`${text} is no proxy that can be used`, () => {
    process.env.HTTPS_PROXY = text;
    const message = /^HTTPS_PROXY: must be the URL of an HTTP proxy/;
    assert.throws(() => proxyFor({ secure: true, host: 'tempo.example', port: 4317 }), { message });
  });
}

test('what can’t be used is told by the variable that has it', () => {
  const told = () => proxyFor({ secure: true, host: 'tempo.example', port: 4317 });
  process.env.ALL_PROXY = 'socks5://proxy.example';
  assert.throws(told, { message: /^ALL_PROXY: must be the URL/ });
  process.env.HTTPS_PROXY = 'http://me:100%@proxy.example';
  assert.throws(told, { message: /^HTTPS_PROXY: must have its user and password percent-encoded/ });
});

test('without a scheme a proxy is spoken to in plaintext', () => {
  process.env.HTTPS_PROXY = 'proxy.example:3128';
  assert.deepEqual(proxyFor({ secure: true, host: 'tempo.example', port: 4317 }), {
    ...{ secure: false, host: 'proxy.example', port: 3128 },
  });
});

// As golang.org/x/net/http/httpproxy documents, which most exporters follow.
const rules: [noProxy: string, host: string, direct: boolean][] = [
  ['', 'tempo.example', false],
  ['*', 'tempo.example', true],
  ['tempo.example', 'tempo.example', true],
  ['tempo.example', 'a.tempo.example', true],
  ['.example', 'tempo.example', true],
  ['.tempo.example', 'tempo.example', false],
  ['other.example, tempo.example:4317', 'tempo.example', true],
  ['tempo.example:443', 'tempo.example', false],
  ['ample', 'tempo.example', false],
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.0.0.0/8,.svc', '11.1.2.3', false],
  ['10.1.2.3', '10.1.2.3', true],
  ['2001:db8::/32', '2001:db8::7', true],
  ['2001:db8::7', '2001:db8:0::7', true],
  ['10.0.0.0/99,nonsense/8', '10.1.2.3', false],
  ['', 'localhost', true],
  ['', '127.0.0.2', true],
  ['', '::1', true],
];
for (const [noProxy, host, direct] of rules) {
  test(`NO_PROXY=${noProxy}: ${host} is reached ${direct ? 'directly' : 'through the proxy'}`, () => {
    process.env.HTTPS_PROXY = PROXY;
    process.env.NO_PROXY = noProxy;
    assert.equal(proxyFor({ secure: true, host, port: 4317 }) === undefined, direct);
  });
}
