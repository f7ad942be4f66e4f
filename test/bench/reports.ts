/**
 * What the reports of many collectors cost the operator: its bundle, as it is shipped, with an API server in memory and
 * as many collectors, each with a connection and a token of its own.
 *
 *     npm run --silent build && node test/bench/reports.ts [COLLECTORS [SECONDS]]
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { REPORT_FILES, REPORT_PATH } from '../../crds/report.ts';
import { COLLECTORS, CONFIG_MAPS, type DataObject, type RawCollector } from '../../operator/reconcile/kinds.ts';
import { PODS, type Pod } from '../../operator/reconcile/pods.ts';
import { ApiServer, json } from '../../operator/runtime/api-server.fixture.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import type { Handler } from '../../operator/runtime/fault-server.fixture.ts';
import { serveHttp } from '../../operator/runtime/http-server.fixture.ts';
import { readText } from '../../operator/runtime/lines.ts';
import { reportOf } from '../../operator/status/reporter.fixture.ts';
import { tokenOf } from '../../operator/status/token.fixture.ts';
import { start } from './child.ts';
import { cpuSeconds, peakRss } from './proc.ts';

const [count = 5_000, seconds = 60] = process.argv.slice(2).map(Number);
const NAMESPACE = 'flows';
const KEY = `${NAMESPACE}/edge`;
/** Flows a second of each collector. */
const RATE = 1_000;
const PORT = 18_443;
const HEALTH_PORT = 18_080;

const api = new ApiServer(systemClock);
api.pageSize = 500;
const counts = { reviews: 0, statusWrites: 0, refused: 0, reports: 0 };
const handle: Handler = async (call) => {
  if (call.path.endsWith('/tokenreviews')) return review(call.body!);
  if (call.method === 'PATCH' && call.path.includes('/status')) counts.statusWrites++;
  return api.handle(call);
};
const server = await serveHttp(handle);

for (let index = 0; index < count; index++) {
  const labels = {
    'app.kubernetes.io/name': 'netflow2traces',
    'app.kubernetes.io/component': 'collector',
    'app.kubernetes.io/instance': 'edge',
  };
  const metadata = { name: `edge-collector-${index}`, namespace: NAMESPACE, labels };
  api.edit(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName: `node-${index}` } } as Pod);
}
const { apiVersion, kind } = COLLECTORS;
const spec = { otlp: { endpoint: 'http://tempo.tracing:4317' } };
api.edit(COLLECTORS, { apiVersion, kind, metadata: { name: 'edge', namespace: NAMESPACE }, spec } as RawCollector);

const folder = mkdtempSync(join(tmpdir(), 'bench-reports-'));
const kubeconfig = join(folder, 'kubeconfig');
writeFileSync(kubeconfig, server.kubeConfig.exportConfig());
const operator = start({
  command: process.execPath,
  args: [
    ...[join(import.meta.dirname, '../../dist/operator.js'), '--collector-image=c', '--leader-election-namespace=n'],
    ...[`--health=127.0.0.1:${HEALTH_PORT}`, `--reports=127.0.0.1:${PORT}`],
    `--reports-endpoint=https://localhost:${PORT}`,
  ],
  env: { KUBECONFIG: kubeconfig },
});

let ending = false;
try {
  const ca = await Promise.race([authority(), operator.failed]);
  const idle = peakRss(operator.pid);
  const collectors = Array.from({ length: count }, (_, index) => collect(index, ca));
  await Promise.race([settled(), operator.failed]);
  const before = { ...counts, cpu: cpuSeconds(operator.pid), time: performance.now() };
  await Promise.race([sleep(seconds * 1_000), operator.failed]);
  const elapsed = (performance.now() - before.time) / 1_000;
  const perSecond = (name: keyof typeof counts) => ((counts[name] - before[name]) / elapsed).toFixed(2);
  const { status = {} } = api.get(COLLECTORS, KEY) as RawCollector;
  console.log(
    JSON.stringify(
      {
        collectors: count,
        reporting: status.nodes?.reporting,
        flowsPerSecond: { sent: count * RATE, shown: status.ingestion?.flowsPerSecond },
        reportsPerSecond: perSecond('reports'),
        refused: counts.refused,
        tokenReviewsPerSecond: perSecond('reviews'),
        statusWritesPerSecond: perSecond('statusWrites'),
        statusBytes: Buffer.byteLength(JSON.stringify(status)),
        cpuPercent: Math.round(((cpuSeconds(operator.pid) - before.cpu) / elapsed) * 100),
        rssMiB: { idle: Math.round(idle), peak: Math.round(peakRss(operator.pid)) },
      },
      undefined,
      2,
    ),
  );
  ending = true;
  await operator.stop();
  await Promise.all(collectors);
} finally {
  ending = true;
  rmSync(folder, { recursive: true });
}
process.exit();

function review(body: string) {
  counts.reviews++;
  const { token, audiences } = JSON.parse(body).spec as { token: string; audiences: string[] };
  const { sub, pod, node } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
  const { uid } = api.get(PODS, `${NAMESPACE}/${pod}`)!.metadata;
  const claims = { 'pod-name': [pod], 'pod-uid': [uid], 'node-name': [node] };
  const extra = Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [`authentication.kubernetes.io/${name}`, value]),
  );
  return json(201, { status: { authenticated: true, audiences, user: { username: sub, extra } } });
}

/** What the operator hands to collectors. */
async function authority(): Promise<string> {
  for (;;) {
    const object = api.get(CONFIG_MAPS, `${KEY}-reports`) as DataObject | undefined;
    if (object) return object.data![REPORT_FILES.ca];
    await sleep(100);
  }
}

/** All report, and their rates are known. */
async function settled(): Promise<void> {
  for (let look = 0; ; look++) {
    const reporting = (api.get(COLLECTORS, KEY) as RawCollector).status?.nodes?.reporting;
    if (look % 10 === 0) console.error(JSON.stringify({ reporting, ...counts }));
    if (reporting === count) break;
    await sleep(1_000);
  }
  await sleep(30_000);
}

/** Reports as a collector does. */
async function collect(index: number, ca: string): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
  const padding = 'x'.repeat(900); // as long as Kubernetes' tokens
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  const token = tokenOf({ pod: `edge-collector-${index}`, node: `node-${index}`, exp, ...{ padding } });
  const boot = index.toString(16).padStart(32, '0');
  const begun = performance.now();
  let interval = 5_000;
  // Those that were started together do not report together.
  await sleep(Math.random() * 20_000);
  while (!ending) {
    const uptime = performance.now() - begun;
    const flows = Math.round((uptime / 1_000) * RATE);
    const topExporters = Array.from({ length: 10 }, (_, device) => ({
      address: `10.${index >> 8}.${index & 255}.${device}`,
      packetsPerSecond: 10 / (device + 1),
      flowsPerSecond: 300 / (device + 1),
      lostPercent: 0,
    }));
    const counters = { packets: Math.round(flows / 30), flows, exported: flows };
    const body = JSON.stringify(
      reportOf(uptime + 1, counters, { boot, topExporters, exporters: 100, sinceLastPacket: 3 }),
    );
    try {
      interval = await post(agent, token, body);
      counts.reports++;
    } catch {
      counts.refused++;
    }
    await sleep(interval * (0.9 + 0.2 * Math.random()), undefined, { ref: false });
  }
}

async function post(agent: Agent, token: string, body: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-length': Buffer.byteLength(body) };
  const outgoing = request({ agent, host: 'localhost', port: PORT, path: REPORT_PATH, method: 'POST', headers });
  outgoing.end(body);
  const [response] = await once(outgoing, 'response');
  const text = await readText(response, 1 << 16);
  if (response.statusCode !== 200) throw new Error(text);
  return JSON.parse(text).interval;
}
