import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { createAuthority, createServerCertificate, type KeyPair } from '../reports/certificate.ts';
import { findAccess } from './access.ts';
import { readText } from './lines.ts';
import { createTransport } from './transport.ts';

const COMMON_NAME = 'cluster';
const VALIDITY = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 };

/** A pod of a cluster whose API server answers with the headers that it gets. */
async function startPod(t: TestContext) {
  const serviceAccount = mkdtempSync(join(tmpdir(), 'service-account-'));
  const write = (name: string, text: string) => writeFileSync(join(serviceAccount, name), text);
  const certificateOf = ({ key }: KeyPair) =>
    createServerCertificate({ commonName: COMMON_NAME, key }, 'localhost', VALIDITY);
  const authority = createAuthority(COMMON_NAME, VALIDITY);
  const { certificate: cert, key } = certificateOf(authority);
  const server: Server = createServer({ cert, key }, (request, response) =>
    response.end(JSON.stringify({ ...request.headers, connection: request.socket.remotePort })),
  );
  server.listen(0, 'localhost');
  await once(server, 'listening');
  write('token', 'one\n');
  write('ca.crt', authority.certificate);
  t.after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(serviceAccount, { recursive: true });
  });
  const { port } = server.address() as AddressInfo;
  const env = { KUBERNETES_SERVICE_HOST: 'localhost', KUBERNETES_SERVICE_PORT: String(port) };
  const transport = createTransport(await findAccess(env, serviceAccount));
  t.after(() => transport.close());
  return {
    serviceAccount,
    env,
    write,
    /** Another authority for the server; in the file too, if the pod is told of it. */
    rotate(told: boolean) {
      const next = createAuthority(COMMON_NAME, VALIDITY);
      const { certificate: cert, key } = certificateOf(next);
      server.setSecureContext({ cert, key });
      server.closeAllConnections();
      if (told) write('ca.crt', next.certificate);
    },
    async ask() {
      const { signal } = new AbortController();
      const { body } = await transport.send({ method: 'GET', path: '/version', headers: { accept: '*/*' }, signal });
      return JSON.parse(await readText(body, 10_000)) as Record<string, unknown>;
    },
  };
}

suite('access in a pod', () => {
  test('proves itself by the token of the moment, over one connection', async (t) => {
    const pod = await startPod(t);
    const first = await pod.ask();
    assert.equal(first.authorization, 'Bearer one');
    assert.equal(first.accept, '*/*');
    pod.write('token', 'renewed');
    const second = await pod.ask();
    assert.equal(second.authorization, 'Bearer renewed');
    assert.equal(second.connection, first.connection);
  });

  test('trusts the authority of the moment', async (t) => {
    const pod = await startPod(t);
    await pod.ask();
    pod.rotate(true);
    assert.equal((await pod.ask()).authorization, 'Bearer one');
    pod.rotate(false);
    await assert.rejects(pod.ask());
  });

  test('reaches an API server by an IPv6 address', async (t) => {
    const { serviceAccount } = await startPod(t);
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    assert.equal((await findAccess(env, serviceAccount)).server.href, 'https://[fd00::1]/');
  });

  test('gives way to KUBECONFIG', async (t) => {
    const { env, serviceAccount } = await startPod(t);
    process.env.KUBECONFIG = join(serviceAccount, 'missing');
    t.after(() => delete process.env.KUBECONFIG);
    await assert.rejects(findAccess({ ...env, ...process.env }, serviceAccount), /missing/);
  });
});
