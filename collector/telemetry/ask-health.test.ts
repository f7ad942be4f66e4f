import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { collectorConfig } from '../../crds/collector-config.ts';
import { askHealth } from './ask-health.ts';

for (const { name, host, answer, expected, told } of [
  { name: 'a collector that is ready', host: '::', answer: 200, expected: 0, told: undefined },
  { name: 'one on an address of IPv6', host: '::1', answer: 200, expected: 0, told: undefined },
  {
    name: 'one that is not',
    host: '127.0.0.1',
    answer: 503,
    expected: 1,
    told: /^not ready: 127\.0\.0\.1:\d+ answers 503 no\n$/,
  },
  {
    name: 'none',
    host: '0.0.0.0',
    answer: undefined,
    expected: 1,
    told: /^not ready: .*does not answer \(connect ECONNREFUSED/,
  },
]) {
  test(`--healthcheck of ${name}`, async (t) => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/readyz' ? answer! : 404;
      response.end('no');
    }).listen(0, host);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    if (answer === undefined) server.close();
    const write = t.mock.method(process.stderr, 'write', () => true);
    const { http } = collectorConfig.parse({ http: { host, port } });
    const code = await askHealth(http);
    write.mock.restore();
    server.close();
    assert.equal(code, expected);
    if (told) assert.match(String(write.mock.calls[0].arguments[0]), told);
  });
}

test('--healthcheck of one that answers nobody', async (t) => {
  const write = t.mock.method(process.stderr, 'write', () => true);
  const { http } = collectorConfig.parse({ http: { enabled: false } });
  const code = await askHealth(http);
  write.mock.restore();
  assert.equal(code, 1);
  assert.equal(write.mock.calls[0].arguments[0], 'not ready: http is off, so there is nothing to ask\n');
});
