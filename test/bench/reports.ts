/**
 * What the reports of many collectors cost the operator: its bundle, as it is shipped, with an API server in memory and
 * as many collectors, each with a token of its own.
 *
 *     npm run --silent build && node test/bench/reports.ts [COLLECTORS [SECONDS]]
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { REPORT_FILES } from '../../crds/report.ts';
import { COLLECTORS, CONFIG_MAPS, type DataObject, type RawCollector } from '../../operator/cluster/kinds.ts';
import { PODS, type Pod } from '../../operator/cluster/pods.ts';
import { ApiServer, json } from '../../operator/runtime/api-server.fixture.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import type { Handler } from '../../operator/runtime/fault-server.fixture.ts';
import { serveHttp } from '../../operator/runtime/http-server.fixture.ts';
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
    // As in its image.
    '--optimize-for-size',
    ...[join(import.meta.dirname, '../../dist/operator.js'), '--collector-image=c', '--leader-election-namespace=n'],
    ...[`--health=127.0.0.1:${HEALTH_PORT}`, `--reports=127.0.0.1:${PORT}`],
    `--reports-endpoint=https://localhost:${PORT}`,
  ],
  env: { KUBECONFIG: kubeconfig },
});

const collectors = fork(join(import.meta.dirname, 'report-collectors.ts'), [count, PORT, RATE].map(String));
try {
  const ca = await Promise.race([authority(), operator.failed]);
  const idle = peakRss(operator.pid);
  collectors.on('message', (news) => Object.assign(counts, news));
  collectors.send(ca);
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
  await operator.stop();
} finally {
  collectors.kill();
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
