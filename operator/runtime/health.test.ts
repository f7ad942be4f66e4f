import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { keptLog } from './harness.fixture.ts';
import { serveHealth } from './health.ts';
import { createMetrics } from './metrics.ts';

suite('health', () => {
  test('answers what is asked', async () => {
    const dead: string[] = [];
    const missing = ['the watch of parents is not synced'];
    const metrics = createMetrics({ 'service.name': 'test' });
    metrics.leader.record(1, { name: 'lock' });
    const { log } = keptLog();
    const options = { host: '127.0.0.1', port: 0, live: () => dead, ready: () => missing, metrics, log };
    const server = await serveHealth(options);
    const ask = async (path: string, method = 'GET') => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
      return [response.status, await response.text()] as const;
    };

    assert.deepEqual(await ask('/livez'), [200, 'ok\n']);
    assert.deepEqual(await ask('/readyz?verbose'), [503, 'the watch of parents is not synced\n']);
    missing.length = 0;
    assert.deepEqual(await ask('/readyz'), [200, 'ok\n']);
    dead.push('stuck');
    assert.deepEqual(await ask('/livez'), [503, 'stuck\n']);
    const [status, text] = await ask('/metrics');
    assert.equal(status, 200);
    assert.match(text, /^leader_election_master_status{name="lock"} 1$/m);
    assert.match(text, /^target_info{service_name="test"} 1$/m);
    assert.equal((await ask('/other'))[0], 404);
    assert.equal((await ask('/livez', 'POST'))[0], 405);
    await server.close();
  });

  test('answers with the pages it is given', async () => {
    const { log, lines } = keptLog();
    const broken = function* () {
      yield 'half';
      throw new Error('of it');
    };
    const server = await serveHealth({
      ...{ host: '127.0.0.1', port: 0, live: () => [], ready: () => [], metrics: createMetrics({}), log },
      pages: {
        '/page': ({ headers: { accept } }) => ({ status: 200, type: 'text/html', body: ['<p>', `${accept}`] }),
        '/broken': () => ({ status: 200, type: 'text/html', body: broken() }),
      },
    });
    const ask = (path: string, method = 'GET') =>
      fetch(`http://127.0.0.1:${server.port}${path}`, { method, headers: { accept: 'text/html' } });
    const response = await ask('/page?any');
    assert.equal(response.headers.get('content-type'), 'text/html');
    assert.match(response.headers.get('content-security-policy')!, /default-src 'none'/);
    assert.equal(await response.text(), '<p>text/html');
    assert.equal(await (await ask('/page', 'HEAD')).text(), '');
    await assert.rejects(async () => (await ask('/broken')).text());
    assert.match(lines.at(-1)!, /health request failed.*of it/);
    await server.close();
  });

  test('says so when the port is taken', async () => {
    const { log } = keptLog();
    const metrics = createMetrics({});
    const options = { host: '127.0.0.1', live: () => [], ready: () => [], metrics, log };
    const first = await serveHealth({ ...options, port: 0 });
    await assert.rejects(serveHealth({ ...options, port: first.port }), { code: 'EADDRINUSE' });
    await first.close();
  });
});
