/** The operator as it is shipped, its bundle, with an API server in memory: what it loads late is found, and works. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { COLLECTORS, DAEMON_SETS, type RawCollector } from '../../operator/cluster/kinds.ts';
import { ApiServer } from '../../operator/runtime/api-server.fixture.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import { serveHttp } from '../../operator/runtime/http-server.fixture.ts';
import { start, until } from '../bench/child.ts';
import { startSink } from '../otlp/sink.ts';

const ROOT = join(import.meta.dirname, '../..');

suite('the bundle of the operator', () => {
  const folder = mkdtempSync(join(tmpdir(), 'operator-'));
  const kubeconfig = join(folder, 'kubeconfig');

  before(() => {
    // A copy of its own: other tests may build the programs at the same time.
    for (const name of ['operator', 'crds', 'build.ts', 'package.json']) {
      cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    execFileSync(process.execPath, ['build.ts'], { cwd: folder });
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const protocol of ['grpc', 'http/protobuf'] as const) {
    test(`works by a kubeconfig and sends traces of reconciles over ${protocol}, none of the lease`, async (t) => {
      const api = new ApiServer(systemClock);
      const { apiVersion, kind } = COLLECTORS;
      const metadata = { name: 'edge', namespace: 'flows' };
      const spec = { otlp: { endpoint: 'http://tempo.tracing:4317' } };
      api.edit(COLLECTORS, { apiVersion, kind, metadata, spec } as RawCollector);
      const server = await serveHttp(api.handle);
      t.after(() => server.close());
      writeFileSync(kubeconfig, server.kubeConfig.exportConfig());
      const sink = await startSink({ protocol });
      t.after(() => sink.close());

      const operator = start({
        command: process.execPath,
        args: [
          join(folder, 'dist/operator.js'),
          '--collector-image=collector:1',
          '--leader-election-namespace=flows',
          '--health=127.0.0.1:0',
        ],
        env: {
          KUBECONFIG: kubeconfig,
          OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint,
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        },
      });
      try {
        await until(operator, () => api.objects(DAEMON_SETS).length > 0);
      } finally {
        await operator.stop();
      }

      const spans = sink.spans();
      assert.ok(spans.some(({ name }) => name === 'reconcile netflowcollector'));
      const paths = spans.map(({ attributes }) => String(attributes['url.path'] ?? ''));
      assert.ok(paths.some((path) => path.includes('/daemonsets/')));
      assert.deepEqual(
        paths.filter((path) => path.includes('/leases')),
        [],
      );
    });
  }
});
