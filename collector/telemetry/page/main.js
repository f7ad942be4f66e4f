/** Reads what the collector says every two seconds and shows it, unless paused or out of sight. */
import { ask, isSignedOut, onSignIn } from './ask.js';
import { showExporters } from './exporters.js';
import './flows.js';
import { showOverview } from './overview.js';
import { showRejections } from './rejections.js';
import { showTables } from './tables.js';
import { showTraces } from './traces.js';
import { showTraffic } from './traffic.js';

const INTERVAL_MS = 2_000;

const pause = document.getElementById('pause');
const freshness = document.getElementById('freshness');
let paused = false;

async function read(path) {
  const response = await ask(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

async function refresh() {
  if (paused || document.hidden || isSignedOut()) return;
  try {
    const status = await read('status');
    const [history, traces] = await Promise.all(['api/history', 'api/traces'].map(read));
    showOverview(status, history);
    showExporters(status);
    showTables(status);
    showRejections(status);
    await showTraffic(status);
    await showTraces(traces, status);
    freshness.textContent = '';
    document.body.classList.remove('stale');
  } catch {
    if (isSignedOut()) return;
    freshness.textContent = 'The collector does not answer; trying again.';
    document.body.classList.add('stale');
  }
}

async function loop() {
  await refresh();
  setTimeout(loop, INTERVAL_MS);
}

pause.addEventListener('click', () => {
  paused = !paused;
  pause.setAttribute('aria-pressed', String(paused));
  pause.textContent = paused ? 'Resume' : 'Pause';
  freshness.textContent = paused ? 'Paused.' : '';
  refresh();
});
onSignIn(refresh);
document.addEventListener('visibilitychange', refresh);
loop();
