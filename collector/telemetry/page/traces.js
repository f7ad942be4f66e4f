/** The list of the last traces, and which of them is shown. */
import { ask } from './ask.js';
import { counted, el, span } from './dom.js';
import { waterfall } from './waterfall.js';

const list = document.getElementById('trace-list');
const pane = document.getElementById('trace');
const buttons = new Map();
let chosen = location.hash.slice(1);
let shown = '';

/** Brings the list up to date. The chosen trace is read anew only when spans were added to it. */
export async function showTraces(traces) {
  if (traces.length === 0) {
    list.replaceChildren(el('li', { class: 'muted' }, 'No trace yet: it takes a packet with flows.'));
    return;
  }
  const kept = new Set(traces.map((trace) => trace.traceId));
  for (const traceId of buttons.keys()) if (!kept.has(traceId)) buttons.delete(traceId);
  if (chosen === '') chosen = (traces.find((trace) => trace.spans > 2) ?? traces[0]).traceId;
  list.replaceChildren(...traces.map((trace) => el('li', {}, button(trace))));
  await showChosen(traces.find((trace) => trace.traceId === chosen));
}

function button(trace) {
  const { traceId } = trace;
  const node = buttons.get(traceId) ?? el('button', { type: 'button', onclick: () => choose(trace) });
  buttons.set(traceId, node);
  node.setAttribute('aria-current', String(traceId === chosen));
  node.replaceChildren(...label(trace));
  return node;
}

function label({ time, spans, root }) {
  const clock = el('time', {}, new Date(time).toLocaleTimeString('en-GB'));
  if (!root) return [clock, el('b', {}, 'late flows'), el('small', {}, counted(spans, 'span'))];
  const at = root.attributes;
  const version = at['netflow.version'] === 10 ? 'IPFIX' : `v${at['netflow.version']}`;
  const length = span(Number(BigInt(root.end) - BigInt(root.start)) / 1e9);
  return [
    clock,
    el('b', {}, at['netflow.exporter.address'] ?? '?'),
    el('small', {}, `${version} · ${counted(at['netflow.flow.count'] ?? 0, 'flow')} · ${length}`),
    root.status.code === 'error' ? el('em', {}, 'malformed') : undefined,
  ].filter(Boolean);
}

async function choose(trace) {
  chosen = trace.traceId;
  history.replaceState(null, '', `#${chosen}`);
  for (const [traceId, node] of buttons) node.setAttribute('aria-current', String(traceId === chosen));
  await showChosen(trace);
}

async function showChosen(trace) {
  if (!trace) return;
  const key = `${trace.traceId} ${trace.spans}`;
  if (key === shown) return;
  const response = await ask(`api/traces/${trace.traceId}`);
  if (!response.ok || trace.traceId !== chosen) return;
  shown = key;
  const { spans, omitted } = await response.json();
  pane.replaceChildren(...waterfall(spans, omitted));
}
