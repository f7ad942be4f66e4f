/**
 * The collectors of `reports.ts`: a process of their own, so that they keep their pace. Reports its progress to its
 * parent.
 */
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { REPORT_PATH } from '../../crds/report.ts';
import { reportOf } from '../../operator/ingestion/reporter.fixture.ts';
import { tokenOf } from '../../operator/reports/token.fixture.ts';
import { readText } from '../../operator/runtime/lines.ts';

/** Started a second, as a rollout does. */
const START_RATE = 100;

const [count, port, rate] = process.argv.slice(2).map(Number);
const [ca] = (await once(process, 'message')) as [string];
const counts = { reports: 0, refused: 0 };
setInterval(() => process.send!(counts), 500);
await Promise.all(Array.from({ length: count }, (_, index) => collect(index)));

/** Reports as a collector does. */
async function collect(index: number): Promise<void> {
  // Each node has an address of its own, and so many connections.
  const localAddress = `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, localAddress, servername: 'localhost' });
  const padding = 'x'.repeat(900); // as long as Kubernetes' tokens
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  const token = tokenOf({ pod: `edge-collector-${index}`, node: `node-${index}`, exp, ...{ padding } });
  const boot = index.toString(16).padStart(32, '0');
  let interval = 5_000;
  await sleep((index / START_RATE) * 1_000);
  const begun = performance.now();
  for (;;) {
    const uptime = performance.now() - begun;
    const flows = Math.round((uptime / 1_000) * rate);
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
    await sleep(interval * (0.9 + 0.2 * Math.random()));
  }
}

async function post(agent: Agent, token: string, body: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-length': Buffer.byteLength(body) };
  const outgoing = request({ agent, host: '127.0.0.1', port, path: REPORT_PATH, method: 'POST', headers });
  outgoing.end(body);
  const [response] = await once(outgoing, 'response');
  const text = await readText(response, 1 << 16);
  if (response.statusCode !== 200) throw new Error(text);
  return JSON.parse(text).interval;
}
