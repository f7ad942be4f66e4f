/** The list of the last traces, and which of them is shown. */
import { ask } from './ask.js';
import { counted, el, number, show, span, versionName } from './dom.js';
import { waterfall } from './waterfall.js';

const list = document.getElementById('trace-list');
const about = document.getElementById('traces-about');
const pane = document.getElementById('trace');
const buttons = new Map();
let chosen = location.hash.slice(1);
let shown = '';
let urlOfTrace;

/** Brings the list up to date. The chosen trace is read anew only when spans were added to it. */
export async function showTraces({ traces, kept, perSecond }, { rates, config, ledger }) {
  urlOfTrace = config.http.traceUrl;
  const come = rates.packetsPerSecond > perSecond ? `, of the ${number(rates.packetsPerSecond)} that come` : '';
  show(
    about,
    `Of each second the first ${perSecond} packets${come}. ${counted(kept, 'trace')} kept; the last ${number(traces.length)} listed.`,
    (text) => text,
  );
  about.hidden = traces.length === 0;
  if (traces.length === 0) {
    const why =
      ledger.flows > 0
        ? 'No trace yet: of what is sent to a backend, this page gets packets only while it is open.'
        : 'No trace yet: it takes a packet with flows.';
    list.replaceChildren(el('li', { class: 'muted' }, why));
    return;
  }
  const listed = new Set(traces.map((trace) => trace.traceId));
  for (const traceId of buttons.keys()) if (!listed.has(traceId)) buttons.delete(traceId);
  if (!/^[0-9a-f]{32}$/.test(chosen)) chosen = (traces.find((trace) => trace.spans > 2) ?? traces[0]).traceId;
  placeAll(traces.map((trace) => button(trace).parentElement));
  const trace = traces.find((trace) => trace.traceId === chosen);
  if (trace) await showChosen(trace.spans);
}

/** Puts these into the list; the focus stays where it is. */
function placeAll(items) {
  const focused = document.activeElement;
  list.replaceChildren(...items);
  if (list.contains(focused)) focused.focus();
}

/** A link to where the backend shows a trace; undefined when the configuration does not say. */
export function traceLink(traceId) {
  if (urlOfTrace === undefined) return undefined;
  const href = urlOfTrace.replaceAll('{traceId}', traceId);
  return el('a', { href, target: '_blank', rel: 'noopener' }, 'In the backend');
}

/** Shows a trace that may not be in the list. */
export async function openTrace(traceId) {
  await choose(traceId);
  document.getElementById('traces-title').scrollIntoView();
  pane.querySelector('button')?.focus({ preventScroll: true });
}

function button(trace) {
  const { traceId } = trace;
  let node = buttons.get(traceId);
  if (!node) {
    node = el('button', { type: 'button', onclick: () => choose(traceId) });
    el('li', {}, node);
    buttons.set(traceId, node);
  }
  node.setAttribute('aria-current', String(traceId === chosen));
  show(node, trace, label);
  return node;
}

function label({ time, spans, root }) {
  const clock = el('time', {}, new Date(time).toLocaleTimeString('en-GB'));
  if (!root) return [clock, el('b', {}, 'late flows'), el('small', {}, counted(spans, 'span'))];
  const at = root.attributes;
  const version = versionName(at['sflow.version'] === undefined ? at['netflow.version'] : 'sflow');
  const length = span(Number(BigInt(root.end) - BigInt(root.start)) / 1e9);
  return [
    clock,
    el('b', {}, at['netflow.exporter.address'] ?? '?'),
    el('small', {}, `${version} · ${counted(at['netflow.flow.count'] ?? 0, 'flow')} · ${length}`),
    root.status.code === 'error' ? el('em', {}, 'malformed') : undefined,
  ].filter(Boolean);
}

async function choose(traceId) {
  chosen = traceId;
  history.replaceState(null, '', `#${chosen}`);
  for (const [id, node] of buttons) node.setAttribute('aria-current', String(id === chosen));
  await showChosen();
}

/** `count`: spans of it that there are, when that is known. */
async function showChosen(count) {
  const traceId = chosen;
  if (count !== undefined && `${traceId} ${count}` === shown) return;
  const read = await spansFrom(traceId, 0);
  if (traceId !== chosen) return;
  if (!read) {
    pane.replaceChildren(el('p', { class: 'muted' }, 'This trace is not kept any more.'));
    return;
  }
  shown = `${traceId} ${read.total}`;
  draw(read.spans, read.total);
}

function draw(spans, total) {
  const rest = total - spans.length;
  const more = el('button', { type: 'button' }, `Show ${number(Math.min(rest, 500))} more of ${number(rest)}`);
  more.addEventListener('click', async () => {
    const read = await spansFrom(chosen, spans.length);
    if (read) draw([...spans, ...read.spans], read.total);
  });
  pane.replaceChildren(...waterfall(spans, total, traceLink), ...(rest > 0 ? [more] : []));
}

async function spansFrom(traceId, from) {
  const response = await ask(`api/traces/${traceId}?from=${from}`);
  return response.ok ? response.json() : undefined;
}
