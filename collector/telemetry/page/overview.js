/** The upper half of the page: advice, rates, ledger, input and export. */
import { ago, bytes, el, number, show, span, terms, withCode } from './dom.js';

const SIGNS = { error: '✕', warning: '!', info: 'i', ok: '✓' };

export function showOverview(status, history) {
  const get = (id) => document.getElementById(id);
  get('about').textContent = `${status.version} · up ${span(status.uptimeSeconds)}`;
  show(get('advice'), status.advice, advice);
  show(get('rates'), [status.rates, history, status.ledger.exporters, status.ledger.templates], () =>
    tiles(status, history),
  );
  show(get('ledger'), status.ledger, ledger);
  get('input').replaceChildren(...terms(input(status)));
  get('export').replaceChildren(...terms(output(status)));
}

function advice(list) {
  if (list.length === 0) return notice('ok', 'All is well.');
  return list.map((item) => notice(item.severity, item.what, item.do));
}

function notice(severity, what, remedy) {
  return el(
    'div',
    { class: `notice ${severity}` },
    el('span', { class: 'sign', role: 'img', 'aria-label': severity }, SIGNS[severity]),
    el('p', {}, el('strong', {}, ...withCode(what)), ' ', ...(remedy ? withCode(remedy) : [])),
  );
}

function tiles({ rates, ledger }, history) {
  const tile = (title, unit, name) =>
    el(
      'div',
      { class: 'card tile' },
      el('h2', {}, title),
      el('p', { class: 'figure' }, number(rates[name]), el('small', {}, ` ${unit}`)),
      sparkline(history.map((second) => second[name])),
    );
  return [
    tile('Packets', '/s', 'packetsPerSecond'),
    tile('Flows', '/s', 'flowsPerSecond'),
    tile('Exported', '/s', 'exportedPerSecond'),
    el(
      'div',
      { class: 'card tile' },
      el('h2', {}, 'Exporters'),
      el('p', { class: 'figure' }, number(ledger.exporters)),
      el('p', { class: 'muted' }, `${number(ledger.templates)} templates known`),
    ),
  ];
}

/** The last two minutes; decoration, as the figure above it says the rate. */
function sparkline(values) {
  const top = Math.max(1, ...values);
  const points = values.map((value, index) => `${120 - values.length + index},${30 - (value / top) * 28}`);
  return el(
    'svg',
    { viewBox: '0 0 119 31', preserveAspectRatio: 'none', class: 'spark', 'aria-hidden': 'true' },
    el('polyline', { points: points.join(' ') }),
  );
}

/** received = exported + filtered + sampled out + dropped + in flight + on disk, as a bar and a list. */
function ledger(counts) {
  const { no_endpoint: discarded, ...dropped } = counts.flowsDropped;
  const reasons = Object.entries(dropped).filter(([, value]) => value > 0);
  const parts = [
    ['exported', counts.flowsExported, 'exported'],
    ['filtered', counts.flowsFiltered, 'filtered'],
    ['sampled out', counts.flowsSampledOut, 'sampled'],
    ['in flight', counts.flowsInFlight, 'flying'],
    ['on disk', counts.flowsSpooled, 'flying'],
    ['shown here, then discarded', discarded, 'discarded'],
    ...reasons.map(([reason, value]) => [`dropped: ${reason.replaceAll('_', ' ')}`, value, 'dropped']),
  ].filter(([name, value]) => value > 0 || name === 'exported');

  const total = counts.flows + counts.flowsAdopted;
  const adopted = counts.flowsAdopted > 0 ? `, ${number(counts.flowsAdopted)} of them by an earlier run, ` : ' ';
  const bar = el('div', { class: 'bar', 'aria-hidden': 'true' });
  const list = el('ul', { class: 'parts' });
  for (const [name, value, kind] of parts) {
    const share = total > 0 ? (100 * value) / total : 0;
    const piece = el('span', { class: kind });
    piece.style.flexGrow = share;
    bar.append(piece);
    list.append(
      el(
        'li',
        {},
        el('i', { class: kind }),
        el('span', {}, name),
        el('b', {}, number(value)),
        el('small', {}, `${number(share)} %`),
      ),
    );
  }
  const balance =
    counts.imbalance === 0
      ? el('span', { class: 'badge good' }, '✓ balances')
      : el('span', { class: 'badge' }, `${number(counts.imbalance)} under way`);
  return [el('p', { class: 'equation' }, el('b', {}, number(total)), ` flows received${adopted}`, balance), bar, list];
}

function input({ ledger: counts, sockets, rates, books }) {
  const errors = Object.entries(counts.packetErrors).filter(([, value]) => value > 0);
  const drops = sockets.reduce((total, socket) => total + (socket.droppedPackets ?? 0), 0);
  return [
    ['Packets', number(counts.packets)],
    ['Bytes', `${bytes(counts.packetBytes)} (${bytes(rates.bytesPerSecond)}/s)`],
    ['Last packet', ago(counts.lastPacketTime)],
    [
      'Lost by sequence',
      `${number(counts.lostFlows)} flows, ${number(counts.lostPackets)} packets`,
      counts.lostFlows + counts.lostPackets > 0,
    ],
    ['Dropped by the kernel', number(drops), drops > 0],
    ...errors.map(([reason, value]) => [reason.replaceAll('_', ' '), number(value), true]),
    ['Options records', number(counts.optionsRecords)],
    ['Waiting for templates', bytes(counts.heldBytes), counts.heldBytes > 0],
    ...(books
      ? [
          [
            'With earlier runs',
            `${number(books.counters.flows)} flows, ${number(books.crashes)} crashes`,
            books.crashes > 0,
          ],
        ]
      : []),
  ];
}

function output({ ledger: counts, outageHeld, tracesOff, exportError, config: { otlp } }) {
  if (otlp.endpoint === undefined) {
    return [
      ['Endpoint', tracesOff === undefined ? 'none' : el('span', {}, 'off, by ', el('code', {}, tracesOff))],
      ['Spans', 'shown below, then discarded'],
      ...(tracesOff === undefined ? [['Send them', el('code', {}, '--otlp-endpoint http://localhost:4317')]] : []),
    ];
  }
  const seconds = counts.exportRequests > 0 ? span(counts.exportSeconds / counts.exportRequests) : '–';
  return [
    ['Endpoint', el('code', {}, otlp.endpoint)],
    ['Protocol', otlp.protocol],
    ['Last accepted', ago(counts.lastExportTime)],
    ['Requests', `${number(counts.exportRequests)} (${seconds} each)`],
    [
      'Failures',
      `${number(counts.exportFailures)}, ${number(counts.exportRetries)} retries`,
      counts.exportFailures > 0,
    ],
    ...(exportError ? [lastError(exportError, counts.lastExportTime)] : []),
    ['Sent', bytes(counts.exportBytes)],
    ['Queue', `${bytes(counts.queueBytes)} in ${number(counts.queueBatches)} batches`],
    ['Oldest in queue', counts.queueOldestTime > 0 ? ago(counts.queueOldestTime) : '–'],
    ...(otlp.queue.disk > 0
      ? [['On disk', `${bytes(counts.spoolBytes)} in ${number(counts.spoolBatches)} batches`, counts.spoolFailures > 0]]
      : []),
    ...(outageHeld
      ? [['Holds an outage of', `about ${span(outageHeld.memorySeconds + outageHeld.diskSeconds)} at the present rate`]]
      : []),
  ];
}

/** Bad while nothing was accepted since. */
function lastError({ error, time }, lastExportTime) {
  const at = Date.parse(time);
  return ['Last error', `${error} (${ago(at)})`, at > lastExportTime];
}
