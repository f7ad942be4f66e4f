/** The search over recent flows, by an expression as `selection` has it. */
import { ask } from './ask.js';
import { bytes, counted, el, endpoint, number } from './dom.js';
import { createTable } from './table.js';
import { openTrace, traceLink } from './traces.js';

const form = document.getElementById('flow-search');
const filter = document.getElementById('flow-filter');
const complaint = document.getElementById('flow-complaint');
const about = document.getElementById('flow-about');
const results = document.getElementById('flows');

async function search() {
  const response = await ask(`api/flows?${new URLSearchParams({ filter: filter.value })}`).catch(() => undefined);
  if (!response?.ok) {
    const isWrong = response?.status === 400;
    complaint.textContent = isWrong ? `The expression ${await response.text()}` : 'The collector does not answer.';
    filter.setAttribute('aria-invalid', String(isWrong));
    return;
  }
  complaint.textContent = '';
  filter.removeAttribute('aria-invalid');
  const found = await response.json();
  about.textContent = summary(found);
  results.hidden = false;
  showFound(found.flows);
}

function summary({ flows, lookedAt, more, notSent, failed }) {
  const parts = [`${counted(flows.length, 'flow')} of the ${number(lookedAt)} looked at, the latest first.`];
  if (more) parts.push('There may be more.');
  if (notSent.length > 0) parts.push(`Spans are sent without ${notSent.join(', ')}, by spans.profile or attributes.`);
  if (failed) parts.push(`It failed on ${counted(failed.flows, 'flow')}: ${failed.error}.`);
  return parts.join(' ');
}

function side(attributes, name) {
  return endpoint(attributes[`${name}.address`], attributes[`${name}.port`]);
}

function countOf(attributes, what) {
  return Number(attributes[`flow.${what}.delta`] ?? attributes[`flow.${what}.total`] ?? -1);
}

function sizeOf(attributes, what, format) {
  const count = countOf(attributes, what);
  return count < 0 ? '–' : format(count);
}

const COLUMNS = [
  { title: 'Time', text: ({ time }) => new Date(time).toLocaleTimeString('en-GB'), sort: ({ time }) => time },
  { title: 'Exporter', text: ({ exporter }) => endpoint(exporter), isText: true },
  { title: 'Source', text: ({ span }) => side(span.attributes, 'source'), isText: true },
  { title: 'Destination', text: ({ span }) => side(span.attributes, 'destination'), isText: true },
  { title: 'Flow', text: ({ span }) => span.name, isText: true },
  {
    title: 'Bytes',
    text: ({ span }) => sizeOf(span.attributes, 'bytes', bytes),
    sort: ({ span }) => countOf(span.attributes, 'bytes'),
  },
  {
    title: 'Packets',
    text: ({ span }) => sizeOf(span.attributes, 'packets', number),
    sort: ({ span }) => countOf(span.attributes, 'packets'),
  },
  {
    title: 'Trace',
    sort: ({ traceId }) => traceId,
    text: ({ traceId, span }) =>
      el(
        'span',
        {},
        el('button', { type: 'button', onclick: () => openTrace(traceId) }, 'Show'),
        ' ',
        traceLink(span.traceId) ?? '',
      ),
  },
];

const showFound = createTable(results, {
  columns: COLUMNS,
  keyOf: ({ traceId, span }) => `${traceId} ${span.traceId} ${span.spanId}`,
  noun: 'flow',
  empty: 'No flow fits.',
});
results.hidden = true;

form.addEventListener('submit', (event) => {
  event.preventDefault();
  search();
});
