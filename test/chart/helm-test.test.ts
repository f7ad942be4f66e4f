/** What `helm test` runs, as a process of this machine. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { REPORT_PATH } from '../../crds/report.ts';
import { createAuthority, createServerCertificate } from '../../operator/reports/certificate.ts';
import { renderTest, requireHelm } from './helm.ts';

const VALIDITY = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };

test('helm test', async (t) => {
  if (!requireHelm(t)) return;
  const pod = renderTest();
  const [{ command, args, env }] = pod.spec!.containers;

  async function run(endpoint: string) {
    const options = { env: { PATH: process.env.PATH, ENDPOINT: endpoint, SECONDS: '0' } };
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [...command!.slice(1), ...args!], options);
      return { passed: true, stdout };
    } catch (error) {
      return { passed: false, stdout: (error as { stdout: string }).stdout };
    }
  }

  await t.test('asks the Service as collectors do', () => {
    const endpoint = `https://netflow2traces-reports.netflow-system.svc:8443${REPORT_PATH}`;
    assert.equal(env!.find(({ name }) => name === 'ENDPOINT')?.value, endpoint);
  });

  await t.test('passes where a token is asked for', async (t) => {
    const endpoint = await serve(t, 401);
    assert.deepEqual(await run(endpoint), { passed: true, stdout: `${endpoint} answers 401\n` });
  });

  await t.test('fails where something else answers', async (t) => {
    const endpoint = await serve(t, 404);
    assert.deepEqual(await run(endpoint), { passed: false, stdout: `${endpoint} answers 404\n` });
  });

  await t.test('fails where nobody listens', async () => {
    const { passed, stdout } = await run('https://127.0.0.1:1/');
    assert.equal(passed, false);
    assert.match(stdout, /ECONNREFUSED/);
  });
});

/** A server with a certificate that nobody knows, which answers a POST with `status`. */
async function serve(t: TestContext, status: number): Promise<string> {
  const { key } = createAuthority('reports', VALIDITY);
  const { certificate: cert, key: serverKey } = createServerCertificate(
    { commonName: 'reports', key },
    'localhost',
    VALIDITY,
  );
  const server = createServer({ cert, key: serverKey }, ({ method }, response) => {
    response.writeHead(method === 'POST' ? status : 405).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}${REPORT_PATH}`;
}
