/** What flows come to: the last hour as a chart, and who has most of the bytes now. */
import { ask } from './ask.js';
import { createChart } from './chart.js';
import { address, bytes, counted, el, number, show, withCode } from './dom.js';
import { table } from './table.js';

const form = document.getElementById('traffic-by');
const pane = document.getElementById('traffic');
const message = document.getElementById('traffic-message');
const note = document.getElementById('traffic-note');

/** What to do where something is not counted. */
const NOT_COUNTED = {
  exporter: 'Not counted: no set of `flowMetrics.sets` without a filter has the dimension `netflow.exporter.address`.',
  transport: 'Not counted: no set of `flowMetrics.sets` without a filter has the dimension `network.transport`.',
  service: 'Not counted: `flowMetrics.topTalkers` is 0.',
};
const UNITS = {
  bytes: { field: 'bytesPerSecond', format: (value) => `${bytes(value)}/s` },
  packets: { field: 'packetsPerSecond', format: (value) => `${number(value)}/s` },
};

const draw = createChart(pane);
/** The last status, and what was read of the chart's figures. */
let status;
let read;
let key = '';

/** The chart is read anew every ten seconds, and at once for another choice. */
export async function showTraffic(latest) {
  status = latest;
  const { topTalkers, config } = status;
  showTalkers(topTalkers, config.flowMetrics.topTalkers);
  const by = form.elements.by.value;
  const now = `${by} ${Math.floor(Date.now() / 10_000)}`;
  if (now === key) return;
  const response = await ask(`api/traffic/${by}`);
  if (!response.ok) return;
  key = now;
  read = { by, ...(await response.json()), hasServices: config.spans.services !== undefined };
  drawTraffic();
}

function drawTraffic() {
  const { by, series, end, stepSeconds, hasServices } = read;
  const { field, format } = UNITS[form.elements.unit.value];
  const isEmpty = series === undefined || series.length === 0;
  pane.hidden = note.hidden = isEmpty;
  message.hidden = !isEmpty;
  const none = series
    ? 'Nothing yet: the first figures come within twenty seconds of the first flow.'
    : NOT_COUNTED[by];
  show(message, none, withCode);
  if (isEmpty) return;
  show(note, `${by} ${hasServices}`, () => withCode(noteOn(by, hasServices)));
  const shown = series.map((one) => ({ label: one.label ?? 'others', values: one[field] }));
  draw({ series: shown, end, step: stepSeconds, format, title: `${form.elements.unit.value} a second by ${by}` });
}

function noteOn(by, hasServices) {
  const scaled = 'All flows, as they were received, times the sampling of their device.';
  if (by !== 'service') return `${scaled} A flow that several exporters see is counted by each.`;
  const names = hasServices ? '' : ' By the server’s port; with `spans.services` by name.';
  return `${scaled} The busiest alone.${names}`;
}

form.addEventListener('change', () => {
  if (read?.by === form.elements.by.value) drawTraffic();
  // Also while the page is paused; when there is no answer, the page says so at its next try.
  else if (status) showTraffic(status).catch(() => {});
});

const KINDS = {
  sources: 'Sources',
  destinations: 'Destinations',
  conversations: 'Conversations',
  ports: 'Server ports',
  services: 'Services',
};

function showTalkers(talkers, configured) {
  document
    .getElementById('talkers-about')
    .replaceChildren(
      ...withCode(
        configured === 0
          ? 'Nobody counts them: set `flowMetrics.topTalkers` to 10 to see who has most.'
          : `The last ${counted(talkers?.seconds ?? 0, 'second')}, times the sampling of each device. Of more than 2,000 flows a second a sample is counted.`,
      ),
    );
  const lists = Object.entries(KINDS).filter(([kind]) => kind !== 'services' || talkers?.services.length > 0);
  show(document.getElementById('talkers'), talkers ?? null, () => {
    if (!talkers) return [];
    return lists.map(([kind, title]) =>
      el(
        'section',
        { 'aria-label': title },
        el('h3', {}, title),
        ...table(talkers[kind], columnsOf(kind), 'None lately.', 'compact'),
      ),
    );
  });
}

function columnsOf(kind) {
  return [
    { title: 'Who', text: (row) => who(kind, row), isText: true },
    { title: 'Bytes/s', text: (row) => bytes(row.bytesPerSecond) },
    { title: 'Packets/s', text: (row) => number(row.packetsPerSecond) },
  ];
}

function who(kind, row) {
  const addresses = ['source.address', 'destination.address'].flatMap((name) => row[name] ?? []);
  if (kind === 'conversations' && addresses.length > 1)
    return el('span', {}, address(addresses[0]), ' ↔ ', address(addresses[1]));
  if (addresses.length > 0) return address(addresses[0]);
  const names = ['network.transport', 'server.port', 'server.service.name'].flatMap((name) => row[name] ?? []);
  return el('span', {}, names.join(' ') || 'not known');
}
