/** One trace as a waterfall. */
import { address, bytes, counted, el, endpoint, number, span, terms } from './dom.js';

/** Share of the width that packet processing has where flows are much longer than it. */
const PROCESSING = 0.22;

/** The nodes that show `spans`, of so many; `linkTo` makes the link to where the backend shows a trace. */
export function waterfall(spans, total, linkTo) {
  const first = spans[0];
  const scale = scaleOf(spans);
  const rows = el(
    'ol',
    { class: 'rows' },
    spans.map((item) => row(item, scale, first.traceId, linkTo)),
  );
  rows.addEventListener('keydown', moveFocus);
  return [
    el(
      'p',
      { class: 'trace-id' },
      'Trace ',
      el('code', {}, first.traceId),
      ` · ${counted(total, 'span')}`,
      total > spans.length ? `, of which ${number(spans.length)} are shown ` : ' ',
      linkTo(first.traceId) ?? '',
    ),
    legend(spans),
    axis(scale),
    rows,
  ];
}

/**
 * Where a time, in nanoseconds after the packet's reception, stands: 0 is left, 1 right. Flows often began seconds or
 * minutes before the packet, which is processed in microseconds; then the axis is broken at the reception. A few flows
 * that are far older than the others are cut off at the left.
 */
function scaleOf(spans) {
  const root = spans.find((item) => item.parentSpanId === '');
  const zero = BigInt((root ?? spans[0]).start);
  const at = (time) => Number(BigInt(time) - zero);
  const processing = root ? Math.max(1, at(root.end)) : 1;
  const starts = spans
    .map((item) => at(item.start))
    .filter((start) => start < 0)
    .sort((a, b) => a - b);
  const oldest = starts[0] ?? 0;
  const usual = starts[Math.min(starts.length - 1, Math.ceil(starts.length / 10))] ?? 0;
  const begin = oldest < usual * 4 ? usual * 1.5 : oldest;
  const end = Math.max(processing, ...spans.map((item) => at(item.end)));
  const broken = root !== undefined && -begin > 20 * processing;
  const x = (time) => {
    if (!broken) return (time - begin) / Math.max(1, end - begin);
    if (time <= 0) return (1 - PROCESSING) * (1 - time / begin);
    return 1 - PROCESSING + PROCESSING * Math.min(1, time / processing);
  };
  return { at, x, begin, end, processing, broken };
}

function axis({ begin, end, processing, broken, x }) {
  const ticks = broken
    ? [
        [begin, ago(begin)],
        [begin / 2, ago(begin / 2)],
        [0, 'received'],
        [processing, `+${span(processing / 1e9)}`],
      ]
    : [
        [begin, ago(begin)],
        [end, `+${span(end / 1e9)}`],
      ];
  const marks = ticks.map(([time, text], index) => {
    const tick = el('span', { class: index === ticks.length - 1 ? 'last' : undefined }, text);
    tick.style.left = `${100 * x(time)}%`;
    return tick;
  });
  return el('div', { class: 'columns-of-row', 'aria-hidden': 'true' }, el('div', { class: 'axis' }, marks));
}

function ago(nanoseconds) {
  return nanoseconds < 0 ? `−${span(-nanoseconds / 1e9)}` : 'received';
}

function row(item, { at, x, broken }, packetTrace, linkTo) {
  const [start, end] = [at(item.start), at(item.end)];
  const bar = el('span', { class: `span ${classOf(item)}${x(start) < 0 ? ' cut' : ''}` });
  const left = Math.max(0, x(start));
  bar.style.left = `${100 * left}%`;
  bar.style.width = `${100 * Math.max(0, x(end) - left)}%`;
  const length = span((end - start) / 1e9);
  const button = el(
    'button',
    { type: 'button', class: 'columns-of-row', 'aria-expanded': 'false' },
    el('span', { class: item.parentSpanId === '' ? 'name' : 'name child' }, item.name),
    el('span', { class: 'peers' }, peers(item.attributes)),
    el('span', { class: broken ? 'track broken' : 'track' }, bar),
    el('span', { class: 'length' }, length),
  );
  const li = el('li', {}, button);
  button.addEventListener('click', () => {
    const open = button.getAttribute('aria-expanded') !== 'true';
    button.setAttribute('aria-expanded', String(open));
    if (open) li.append(details(item, item.traceId === packetTrace ? undefined : linkTo));
    else li.lastElementChild.remove();
  });
  return li;
}

/** `linkTo`: for a flow in a trace of its own. */
function details(item, linkTo) {
  const values = Object.entries(item.attributes).map(([name, value]) => [name, format(value)]);
  return el(
    'dl',
    { class: 'details' },
    ...terms([
      ['kind', item.kind.toUpperCase()],
      ['start', iso(item.start)],
      ['end', iso(item.end)],
      ['span id', item.spanId],
      ...(linkTo ? [['trace id', el('span', {}, item.traceId, ' ', linkTo(item.traceId) ?? '')]] : []),
      ...(item.status.code === 'unset'
        ? []
        : [['status', `${item.status.code} ${item.status.message}`, item.status.code === 'error']]),
      ...values,
    ]),
  );
}

/** Colours of the bars: the packet's own spans, and flows by direction. */
function classOf(item) {
  if (item.status.code === 'error') return 'failed';
  if (item.parentSpanId === '') return 'root';
  if (item.name === 'netflow.parse_packet') return 'parse';
  return { forward: 'client', reverse: 'server' }[item.attributes['flow.direction']] ?? 'internal';
}

const KINDS = {
  root: 'packet',
  parse: 'decoding',
  client: 'flow, client to server',
  server: 'flow, server to client',
  internal: 'flow, direction unknown',
  failed: 'malformed',
};

function legend(spans) {
  const present = new Set(spans.map(classOf));
  const items = Object.entries(KINDS).filter(([kind]) => present.has(kind));
  return el(
    'p',
    { class: 'legend' },
    items.map(([kind, text]) => el('span', {}, el('i', { class: kind }), text)),
  );
}

/** Who sent how much to whom; each address breaks between its groups. */
function peers(at) {
  if (at['source.address'] === undefined && at['destination.address'] === undefined) {
    return at['netflow.exporter.address'] ? ['from ', address(at['netflow.exporter.address'])] : [];
  }
  const size = at['flow.bytes.delta'] ?? at['flow.bytes.total'];
  const [source, destination] = ['source', 'destination'].map((end) =>
    endpoint(at[`${end}.address`], at[`${end}.port`]),
  );
  return [source, ' → ', destination, typeof size === 'number' ? ` · ${bytes(size)}` : ''];
}

function format(value) {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function iso(nanoseconds) {
  const time = BigInt(nanoseconds);
  const seconds = new Date(Number(time / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(time % 1_000_000_000n).padStart(9, '0')}Z`;
}

/** Up and down go from row to row. */
function moveFocus(event) {
  const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key];
  const next = step && event.target.closest('li')?.[step]?.querySelector('button');
  if (!next) return;
  event.preventDefault();
  next.focus();
}
