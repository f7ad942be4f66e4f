/** What the operator loads: what is big and seldom needed, only where it is needed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';

const CLIENT_NODE = '@kubernetes/client-node';
const SDK = '@opentelemetry/sdk-trace-node';
const GRPC = '@opentelemetry/exporter-trace-otlp-grpc';
const HTTP = '@opentelemetry/exporter-trace-otlp-proto';

const KUBECONFIG = `
apiVersion: v1
kind: Config
clusters: [{ name: a, cluster: { server: 'http://127.0.0.1:1' } }]
users: [{ name: a, user: { token: a } }]
contexts: [{ name: a, context: { cluster: a, user: a } }]
current-context: a
`;

/**
 * The operator up to where it would speak to the cluster, in a process of its own, which tells the packages it loads.
 */
const PROGRAM = `
import { registerHooks } from 'node:module';
const packages = new Set();
registerHooks({
  load(url, context, next) {
    const [, name] = /\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url) ?? [];
    if (name) packages.add(name);
    return next(url, context);
  },
});
const root = process.argv[1];
const { parseOptions } = await import(root + '/options.ts');
await import(root + '/process.ts');
const { findAccess } = await import(root + '/runtime/access.ts');
const { startTracing } = await import(root + '/runtime/tracing.ts');
const { options } = parseOptions(['--collector-image=a'], '1', 'n');
const access = await findAccess(process.env, process.argv[2]);
await startTracing({}, options.traces, console);
console.log(JSON.stringify({ server: access.server.href, packages: [...packages] }));
process.exit(0);
`;

function loadedBy(env: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'service-account-'));
  try {
    for (const [name, text] of [
      ['token', 'a'],
      ['ca.crt', ''],
      ['kubeconfig', KUBECONFIG],
    ]) {
      writeFileSync(join(folder, name), text);
    }
    const kubeconfig = env.KUBECONFIG && { KUBECONFIG: join(folder, env.KUBECONFIG) };
    const pod = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
    const args = ['--input-type=module', '--eval', PROGRAM, import.meta.dirname, folder];
    const output = execFileSync(process.execPath, args, { env: { ...pod, ...env, ...kubeconfig }, encoding: 'utf8' });
    return JSON.parse(output) as { server: string; packages: string[] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

suite('a start of the operator', () => {
  const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
  for (const [name, env, server, expected] of [
    ['in a pod', {}, 'https://10.96.0.1/', []],
    ['by a kubeconfig', { KUBECONFIG: 'kubeconfig' }, 'http://127.0.0.1:1/', [CLIENT_NODE]],
    ['that sends traces', ENDPOINT, 'https://10.96.0.1/', [GRPC, HTTP, SDK]],
  ] as const) {
    test(`${name} loads ${expected.join(' and ') || 'none of the big packages'}`, () => {
      const { server: found, packages } = loadedBy(env);
      assert.equal(found, server);
      const loaded = packages.filter((each) => [CLIENT_NODE, SDK, GRPC, HTTP].includes(each));
      assert.deepEqual(loaded.sort(), [...expected].sort());
    });
  }
});
