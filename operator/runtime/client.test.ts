import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { pick, seeded } from '../../test/random.ts';
import { ApiServer, failure, json, line, oneChunk } from './api-server.fixture.ts';
import { createClient } from './client.ts';
import { systemClock } from './clock.ts';
import { ApiError, type Failure } from './errors.ts';
import { type Handler, withFaults } from './fault-server.fixture.ts';
import { keptLog, MANAGER, METRICS, PARENTS, type Thing, thing } from './harness.fixture.ts';
import { serveHttp } from './http-server.fixture.ts';
import { accessBy } from './kubeconfig.ts';
import { createMetrics } from './metrics.ts';
import { Store } from './store.ts';
import { createTransport, type TransportRequest } from './transport.ts';
import { watch } from './watch.ts';

const { signal } = new AbortController();
const REF = { namespace: 'default', name: 'a' };

/** What a server answers to a get, and what becomes of it. */
const FAILURES: { name: string; answer: Handler; failure: Failure; retryAfter?: number }[] = [
  { name: '409', answer: async () => failure(409, 'Conflict', 'changed'), failure: 'Conflict' },
  { name: '409 of a create', answer: async () => failure(409, 'AlreadyExists', 'there'), failure: 'AlreadyExists' },
  { name: '410', answer: async () => failure(410, 'Expired', 'old'), failure: 'Gone' },
  { name: '401', answer: async () => failure(401, 'Unauthorized', ''), failure: 'Unauthorized' },
  { name: '403', answer: async () => failure(403, 'Forbidden', 'no'), failure: 'Forbidden' },
  { name: '413', answer: async () => failure(413, 'RequestEntityTooLarge', 'no'), failure: 'Rejected' },
  {
    name: '429 with a header',
    answer: async () => json(429, {}, { 'retry-after': '7' }),
    failure: 'TooManyRequests',
    retryAfter: 7_000,
  },
  {
    name: '429 with details',
    answer: async () => failure(429, 'TooManyRequests', '', { retryAfterSeconds: 3 }),
    failure: 'TooManyRequests',
    retryAfter: 3_000,
  },
  {
    name: '503 of a proxy',
    answer: async () => ({ status: 503, headers: {}, body: oneChunk('<html>') }),
    failure: 'ServerError',
  },
  { name: '504', answer: async () => failure(504, 'Timeout', 'etcd'), failure: 'Timeout' },
  { name: 'a body that is no object', answer: async () => json(500, null), failure: 'ServerError' },
  { name: '200 with something else', answer: async () => json(200, { hello: 'you' }), failure: 'BadResponse' },
  {
    name: '200 without JSON',
    answer: async () => ({ status: 200, headers: {}, body: oneChunk('<html>') }),
    failure: 'BadResponse',
  },
  {
    name: 'a broken connection',
    answer: async () => {
      throw new Error('reset');
    },
    failure: 'Network',
  },
  {
    name: 'a body that breaks off',
    answer: async () => ({ status: 200, headers: {}, body: broken() }),
    failure: 'Network',
  },
  { name: 'no answer', answer: () => new Promise(() => {}), failure: 'Timeout' },
];

suite('client, over HTTP', () => {
  for (const { name, answer, failure: expected, retryAfter = 0 } of FAILURES) {
    test(`${name}: ${expected}`, async () => {
      await withServer(
        answer,
        async ({ client }) => {
          await assert.rejects(client.find(PARENTS, REF, signal), (error) => {
            assert.ok(error instanceof ApiError, String(error));
            assert.equal(error.failure, expected);
            assert.equal(error.retryAfter, retryAfter);
            return true;
          });
        },
        name === 'no answer' ? 50 : undefined,
      );
    });
  }

  test('finds nothing where there is nothing', async () => {
    await withServer(
      async () => failure(404, 'NotFound', 'no a'),
      async ({ client }) => {
        assert.equal(await client.find(PARENTS, REF, signal), undefined);
        await assert.rejects(client.delete(PARENTS, REF, signal), { failure: 'NotFound' });
      },
    );
  });

  test('names the fields of an invalid object', async () => {
    const causes = [{ reason: 'FieldValueInvalid', field: 'spec.value', message: 'must be positive' }];
    await withServer(
      async () => failure(422, 'Invalid', 'Parent "a" is invalid', { causes }),
      async ({ client }) => {
        await assert.rejects(client.apply(PARENTS, thing('a', 1), signal), { failure: 'Invalid', causes });
      },
    );
  });

  test('asks for what it should', async () => {
    const seen: TransportRequest[] = [];
    const echo: Handler = async (request) => {
      seen.push(request);
      return json(200, { ...thing('a', 1), kind: request.method === 'DELETE' ? 'Status' : 'Parent' });
    };
    const base = '/apis/test.example/v1/namespaces/default/parents';
    await withServer(echo, async ({ client, server }) => {
      const object = thing('a', 1);
      await client.find(PARENTS, REF, signal);
      await client.apply(PARENTS, object, signal, { subresource: 'status', dryRun: true });
      await client.patch(PARENTS, REF, { spec: { value: 2 } }, signal);
      await client.create(PARENTS, object, signal);
      await client.replace(PARENTS, object, signal);
      await client.delete(PARENTS, { ...REF, uid: 'u' }, signal);
      await client.raw('GET', '/version', signal);
      assert.deepEqual(
        seen.map(({ method, path, headers }) => [method, path, headers['content-type'] ?? '']),
        [
          ['GET', `${base}/a`, ''],
          ['PATCH', `${base}/a/status?fieldManager=${MANAGER}&dryRun=All&force=true`, 'application/apply-patch+yaml'],
          ['PATCH', `${base}/a?fieldManager=${MANAGER}`, 'application/merge-patch+json'],
          ['POST', `${base}?fieldManager=${MANAGER}`, 'application/json'],
          ['PUT', `${base}/a?fieldManager=${MANAGER}`, 'application/json'],
          ['DELETE', `${base}/a`, 'application/json'],
          ['GET', '/version', ''],
        ],
      );
      assert.equal(server.requests[0].authorization, 'Bearer secret');
      assert.equal(server.requests[0]['user-agent'], MANAGER);
      assert.equal(await server.connections(), 1, 'one connection, kept alive');
    });
  });

  test('breaks off with the caller’s own reason', async () => {
    await withServer(
      () => new Promise(() => {}),
      async ({ client }) => {
        const stop = new AbortController();
        const getting = client.find(PARENTS, REF, stop.signal);
        const reason = new Error('enough');
        stop.abort(reason);
        await assert.rejects(getting, reason);
        await assert.rejects(client.find(PARENTS, REF, stop.signal), reason);
      },
    );
  });

  test('refuses a line of a watch that does not end', async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(1 << 20, 'x');
    }
    await withServer(
      async () => ({ status: 200, headers: {}, body: endless() }),
      async ({ client }) => {
        const from = { resourceVersion: '1', lifetime: 60_000, stallTimeout: 10_000 };
        await assert.rejects(client.watch(PARENTS, {}, from, signal).next(), { failure: 'BadResponse' });
      },
    );
  });

  test('leaves no connection when a watch is left in the middle', async () => {
    async function* twice() {
      yield line('ADDED', thing('a', 1, { resourceVersion: '2' }));
      await new Promise(() => {});
    }
    await withServer(
      async () => ({ status: 200, headers: {}, body: twice() }),
      async ({ client, server }) => {
        const from = { resourceVersion: '1', lifetime: 60_000, stallTimeout: 10_000 };
        for await (const { type } of client.watch(PARENTS, {}, from, signal)) {
          assert.equal(type, 'ADDED');
          break;
        }
        while ((await server.connections()) > 0) await new Promise(setImmediate);
      },
    );
  });

  test('counts requests by code, method and host', async () => {
    const metrics = createMetrics({});
    const server = await serveHttp(async () => failure(404, 'NotFound', ''));
    const transport = createTransport(accessBy(server.kubeConfig));
    const client = createClient({ transport, fieldManager: MANAGER, metrics });
    await client.find(PARENTS, REF, signal);
    transport.close();
    await server.close();
    await assert.rejects(client.find(PARENTS, REF, signal));
    const text = await metrics.render();
    assert.match(text, /rest_client_requests_total{code="404",method="GET",host="127\.0\.0\.1:\d+"} 1/);
    assert.match(text, /rest_client_requests_total{code="<error>",method="GET",host="127\.0\.0\.1:\d+"} 1/);
  });
});

suite('a watch, over HTTP', () => {
  test('ends up with what the server has, and closes its sockets', { timeout: 60_000 }, async () => {
    const schedules = Number(process.env.RUNTIME_HTTP_SCHEDULES ?? 20);
    await Promise.all(Array.from({ length: schedules }, (_, seed) => watchOverHttp(seed)));
  });
});

async function watchOverHttp(seed: number): Promise<void> {
  const random = seeded(seed);
  const server = new ApiServer(systemClock);
  let rate = 0.25;
  const handler = withFaults(server.handle, {
    clock: systemClock,
    random: seeded(seed + 1e6),
    rate: () => rate,
    slow: 5,
  });
  const http = await serveHttp(handler);
  const transport = createTransport(accessBy(http.kubeConfig));
  const client = createClient({ transport, fieldManager: MANAGER, metrics: METRICS, timeout: 100 });
  const { log } = keptLog();
  const store = new Store<Thing>((object) => object, log);
  const stop = new AbortController();
  const backoff = { initial: 1, max: 5 };
  const running = watch({ client, resource: PARENTS, store, log, backoff, stallTimeout: 100 }, stop.signal);

  for (let step = 0; step < 40; step++) {
    const name = pick(random, ['a', 'b', 'c', 'd', 'e']);
    const action = random();
    if (action < 0.6) server.edit(PARENTS, thing(name, step));
    else if (action < 0.9) server.remove(PARENTS, `default/${name}`);
    else server.compact();
    await new Promise((resolve) => setTimeout(resolve, random() * 4));
  }
  rate = 0;
  const versions = (objects: { metadata: { resourceVersion?: string } }[]) =>
    String(objects.map(({ metadata }) => metadata.resourceVersion).sort());
  while (!store.synced || versions(store.list()) !== versions(server.objects(PARENTS))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  stop.abort();
  await running;
  transport.close();
  while ((await http.connections()) > 0 || server.openWatches > 0) await new Promise(setImmediate);
  await http.close();
}

async function withServer(
  handle: Handler,
  run: (context: {
    client: ReturnType<typeof createClient>;
    server: Awaited<ReturnType<typeof serveHttp>>;
  }) => Promise<void>,
  timeout?: number,
): Promise<void> {
  const server = await serveHttp(handle);
  const transport = createTransport(accessBy(server.kubeConfig));
  try {
    await run({ client: createClient({ transport, fieldManager: MANAGER, metrics: METRICS, timeout }), server });
  } finally {
    transport.close();
    await server.close();
  }
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{"kind":');
  throw new Error('reset');
}
