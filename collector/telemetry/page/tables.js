/** The tables of what the selection did, of exporters and of sockets. */
import { ago, bytes, el, number, span } from './dom.js';

/** Rows shown; `/status` has the rest. */
const MAX_ROWS = 100;
/** A clock that is off by no more is taken for right. */
const CLOCK_ERROR_S = 5;
/** Rates shown of an exporter. */
const MAX_RATES = 2;

const VERSIONS = { 1: 'v1', 5: 'v5', 7: 'v7', 9: 'v9', 10: 'IPFIX' };

export function showTables({ selection, exporters, sockets }) {
  document.getElementById('selection-card').hidden = selection.length === 0;
  document.getElementById('selection').replaceChildren(
    ...table(
      selection,
      [
        ['Rule', (row) => row.rule, 'text'],
        ['Action', (row) => row.action, 'text'],
        ['Kept', (row) => number(row.kept)],
        ['Left out', (row) => number(row.leftOut)],
        ['Left out, %', (row) => share(row)],
      ],
      'Everything is kept.',
    ),
  );
  document.getElementById('exporters').replaceChildren(
    ...table(
      exporters,
      [
        ['Address', (row) => hostAndPort(row), 'text'],
        ['Version', (row) => row.versions.map((version) => VERSIONS[version] ?? version).join(', '), 'text'],
        ['Listener', (row) => row.listener, 'text'],
        ['Packets', (row) => number(row.packets)],
        ['Flows', (row) => number(row.flows)],
        ['Templates', (row) => number(row.templates)],
        ['Waiting sets', (row) => number(row.heldSets), (row) => row.heldSets > 0],
        ['Over budget', overBudget, (row) => row.overBudget.length > 0],
        ['Sampling', sampling, (row) => row.samplesUnrated],
        ['Clock', clock, (row) => Math.abs(row.clockOffsetSeconds) > CLOCK_ERROR_S],
        ['Late', late],
        ['Errors', (row) => number(row.errors), (row) => row.errors > 0],
        ['Lost', lost, (row) => row.lostFlows + row.lostPackets > 0],
        ['Last seen', (row) => ago(row.lastPacketTime)],
      ],
      'No exporter yet.',
    ),
  );
  document.getElementById('sockets').replaceChildren(
    ...table(
      sockets,
      [
        ['Address', (row) => hostAndPort(row), 'text'],
        ['Listener', (row) => row.listener, 'text'],
        ['Worker', (row) => number(row.worker)],
        ['Buffer', (row) => bytes(row.grantedBuffer), (row) => row.grantedBuffer < row.requestedBuffer],
        ['Asked for', (row) => bytes(row.requestedBuffer)],
        ['Queued', (row) => (row.queuedBytes === undefined ? '–' : bytes(row.queuedBytes))],
        [
          'Dropped',
          (row) => (row.droppedPackets === undefined ? '–' : number(row.droppedPackets)),
          (row) => row.droppedPackets > 0,
        ],
      ],
      'No socket is open.',
    ),
  );
}

/** How far the exporter's clock is off. */
function clock({ clockOffsetSeconds: offset }) {
  if (offset === undefined) return '–';
  if (Math.abs(offset) <= CLOCK_ERROR_S) return 'right';
  return `${span(Math.abs(offset))} ${offset > 0 ? 'ahead' : 'behind'}`;
}

/** How long after their end its flows usually come. */
function late({ lateness }) {
  if (!lateness) return '–';
  return lateness.to === undefined ? `> ${lateness.from} s` : `${lateness.from}–${lateness.to} s`;
}

/** What it wanted too much of lately. */
function overBudget({ overBudget: budgets }) {
  return budgets.map((budget) => budget.replace('_', ' ')).join(', ') || '–';
}

/** The rates that are known, and who says so. */
function sampling({ rates, samplesUnrated }) {
  if (samplesUnrated) return 'rate not known';
  const first = rates.slice(0, MAX_RATES).map(({ rate, from }) => `${number(rate)} (${from})`);
  return rates.length === 0 ? '–' : first.join(', ') + (rates.length > MAX_RATES ? ', …' : '');
}

/** `columns`: title, text of a row, and `'text'` for the left or a test for what is bad. */
export function table(rows, columns, empty) {
  if (rows.length === 0) return [el('p', { class: 'muted' }, empty)];
  const head = columns.map(([title, , kind]) =>
    el('th', { scope: 'col', class: kind === 'text' ? 'text' : undefined }, title),
  );
  const body = rows.slice(0, MAX_ROWS).map((row) =>
    el(
      'tr',
      {},
      columns.map(([, text, kind]) => el('td', { class: classOf(kind, row) }, text(row))),
    ),
  );
  const rest = rows.length - body.length;
  return [
    el('table', {}, el('thead', {}, el('tr', {}, head)), el('tbody', {}, body)),
    ...(rest > 0 ? [el('p', { class: 'muted' }, `and ${number(rest)} more in /status`)] : []),
  ];
}

function classOf(kind, row) {
  if (kind === 'text') return 'text';
  return kind?.(row) ? 'bad' : undefined;
}

function hostAndPort({ address, port }) {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function share({ kept, leftOut }) {
  return leftOut > 0 ? number((100 * leftOut) / (kept + leftOut)) : '0';
}

function lost({ lostFlows, lostPackets }) {
  const parts = [];
  if (lostFlows > 0) parts.push(`${number(lostFlows)} flows`);
  if (lostPackets > 0) parts.push(`${number(lostPackets)} packets`);
  return parts.join(', ') || '0';
}
