/** The demo's Job: makes the NetflowCollector, waits for its collectors, and sends the packets of the demo to each node. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const { API = 'https://kubernetes.default.svc', TOKEN_FILE = `${ACCOUNT}/token`, COLLECTOR, MANIFEST } = process.env;
const manifest = JSON.parse(MANIFEST);
const { name, namespace } = manifest.metadata;
const RESOURCE = `/apis/${manifest.apiVersion}/namespaces/${namespace}/netflowcollectors/${name}`;
const PODS = `/api/v1/namespaces/${namespace}/pods?labelSelector=app.kubernetes.io/component=collector`;

async function ask(path, init = {}) {
  const authorization = `Bearer ${readFileSync(TOKEN_FILE, 'utf8').trim()}`;
  const response = await fetch(`${API}${path}`, { ...init, headers: { authorization, ...init.headers } });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

/** Tries until there is a result, and says why there is none yet. The Job has a deadline. */
async function awaited(what, probe) {
  for (let told; ; await sleep(1_000)) {
    try {
      const result = await probe();
      console.log(what);
      return result;
    } catch ({ message }) {
      if (message !== told) console.log(`not yet: ${what}: ${message}`);
      told = message;
    }
  }
}

const { metadata } = await awaited('the NetflowCollector is made', () =>
  ask(`${RESOURCE}?fieldManager=netflow2traces-demo&force=true`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: MANIFEST,
  }),
);
await awaited('its collectors are ready', async () => {
  const { conditions = [] } = (await ask(RESOURCE)).status ?? {};
  const { status, observedGeneration, message } = conditions.find(({ type }) => type === 'Ready') ?? {};
  if (status !== 'True' || observedGeneration !== metadata.generation) throw new Error(message ?? 'no status');
});
const { items } = await ask(PODS);
let failed = items.length === 0;
for (const address of items.map(({ status }) => status.hostIP)) {
  const to = `${address.includes(':') ? `[${address}]` : address}:${manifest.spec.listeners[0].port}`;
  failed ||= spawnSync(process.execPath, [COLLECTOR, 'demo', '--to', to], { stdio: 'inherit' }).status !== 0;
}
process.exitCode = failed ? 1 : 0;
