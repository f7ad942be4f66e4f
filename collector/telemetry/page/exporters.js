/** The table of exporters, and below a row what is known of that one. */
import { ask } from './ask.js';
import { ago, counted, el, endpoint, number, show, span, versionName } from './dom.js';
import { createTable, table } from './table.js';

/** A clock that is off by no more is taken for right. */
const CLOCK_ERROR_S = 5;

const update = createTable(document.getElementById('exporters'), {
  columns: [
    { title: 'Address', text: (row) => endpoint(row.address, row.port), isText: true },
    { title: 'Version', text: (row) => row.versions.map(versionName).join(', '), isText: true },
    { title: 'Listener', text: (row) => row.listener, isText: true },
    { title: 'Packets', text: (row) => number(row.packets), sort: (row) => row.packets },
    { title: 'Flows', text: (row) => number(row.flows), sort: (row) => row.flows },
    { title: 'Templates', text: (row) => number(row.templates), sort: (row) => row.templates },
    { title: 'Last seen', text: (row) => ago(row.lastPacketTime), sort: (row) => row.lastPacketTime },
    {
      title: 'Problems',
      text: (row) => row.problems.join('; ') || 'none',
      sort: (row) => row.problems.length,
      isText: true,
      isBad: (row) => row.problems.length > 0,
    },
  ],
  keyOf: (row) => `${row.listener} ${row.address} ${row.port}`,
  noun: 'exporter',
  empty: 'No exporter yet.',
  ofNote: 'with problems only',
  isOfNote: (row) => row.problems.length > 0,
  sortBy: 3,
  details: showDetails,
});

export function showExporters({ exporters, ledger }) {
  update(exporters, ledger.exporters);
}

/** What the row tells itself is there at once; templates and interfaces are asked for, again when something is new. */
async function showDetails(row, pane) {
  if (pane.children.length === 0) pane.replaceChildren(el('div'), el('div'));
  const [known, asked] = pane.children;
  show(known, { ...row, packets: 0, bytes: 0, flows: 0 }, () => facts(row));
  const version = `${row.templates} ${Math.floor(Date.now() / 10_000)}`;
  if (pane.dataset.version === version) return;
  pane.dataset.version = version;
  const { listener, address, port } = row;
  const query = new URLSearchParams({ listener, address, port });
  const response = await ask(`api/exporter?${query}`).catch(() => undefined);
  if (response?.ok) show(asked, await response.json(), announced);
}

function facts(row) {
  const terms = [
    ['Problems', row.problems.join('; ') || 'none', row.problems.length > 0],
    ['Sampling', sampling(row), row.samplesUnrated],
    ['Clock', clock(row.clockOffsetSeconds), Math.abs(row.clockOffsetSeconds) > CLOCK_ERROR_S],
    ['Flows come', late(row)],
    ['Lost by sequence', `${counted(row.lostFlows, 'flow')}, ${counted(row.lostPackets, 'packet')}`],
    ['Packets not read in full', number(row.errors)],
    ['Data sets waiting for a template', number(row.heldSets)],
    ['Since', new Date(row.firstPacketTime).toLocaleString('en-GB')],
  ];
  const list = terms.map(([term, value, isBad]) =>
    el('div', { class: isBad ? 'bad' : undefined }, el('dt', {}, term), el('dd', {}, value)),
  );
  const more = row.domainCount - row.domains.length;
  return [
    el('dl', { class: 'facts' }, list),
    el('h3', {}, 'Observation domains'),
    ...table(
      row.domains,
      [
        { title: 'Domain', text: domain, isText: true },
        { title: 'Version', text: ({ version }) => versionName(version), isText: true },
        { title: 'Clock', text: ({ clockOffsetSeconds }) => clock(clockOffsetSeconds), isText: true },
        { title: 'Last seen', text: ({ heardTime }) => ago(heardTime) },
      ],
      'None was told.',
    ),
    ...(more > 0 ? [el('p', { class: 'muted' }, `and ${number(more)} more, heard of longer ago.`)] : []),
  ];
}

function announced({ templates, interfaces, counts }) {
  return [
    el('h3', {}, `Templates${restOf(templates, counts.templates)}`),
    ...(templates.length === 0 ? [el('p', { class: 'muted' }, 'None: its versions need none, or none has come.')] : []),
    ...templates.map(template),
    el('h3', {}, `Interfaces${restOf(interfaces, counts.interfaces)}`),
    ...table(
      interfaces,
      [
        { title: 'Index', text: ({ index }) => String(index) },
        { title: 'Name', text: ({ name = '–' }) => name, isText: true },
        { title: 'Description', text: ({ description = '–' }) => description, isText: true },
        { title: 'Domain', text: ({ domain }) => String(domain) },
      ],
      'It has not told what its interfaces are called.',
    ),
  ];
}

function restOf(list, count) {
  return list.length < count ? `: ${number(list.length)} of ${number(count)}` : '';
}

function template({ version, domain, id, options, receivedAt, adopted, fields }) {
  const kind = options ? 'options' : 'flows';
  const from = adopted ? ', told by another collector or kept from before' : '';
  const of = `${counted(fields.length, 'field')}, ${versionName(version)}, domain ${domain}, of ${new Date(receivedAt).toLocaleString('en-GB')}${from}`;
  return el(
    'details',
    {},
    el('summary', {}, `${id}: ${kind}, ${of}`),
    el(
      'ul',
      { class: 'fields' },
      fields.map(({ name, pen, id: element, length, isScope }) =>
        el(
          'li',
          {},
          el('code', {}, name),
          ` ${isScope ? 'scope, ' : ''}${pen > 0 ? `${pen}/` : ''}${element}, ${length === undefined ? 'variable' : counted(length, 'byte')}`,
        ),
      ),
    ),
  );
}

/** Of sFlow, a sub-agent. */
function domain({ id, agent }) {
  if (agent !== undefined) return `${id} of agent ${agent}`;
  return id < 0 ? 'none' : String(id);
}

/** How far a clock is off. */
function clock(offset) {
  if (offset === undefined) return 'not known';
  if (Math.abs(offset) <= CLOCK_ERROR_S) return `right, within ${CLOCK_ERROR_S} s`;
  return `${span(Math.abs(offset))} ${offset > 0 ? 'ahead' : 'behind'}`;
}

/** How long after their end its flows usually come. */
function late({ lateness }) {
  if (!lateness) return 'not known';
  const { from, to } = lateness;
  return `${to === undefined ? `more than ${span(from)}` : `${span(from)} to ${span(to)}`} after their end`;
}

/** The rates that are known, and who says so. */
function sampling({ rates, samplesUnrated }) {
  if (samplesUnrated) return 'at a rate that is not known';
  return rates.map(({ rate, from }) => `1 in ${number(rate)} (${from})`).join(', ') || 'none told';
}
