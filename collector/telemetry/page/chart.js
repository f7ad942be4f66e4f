/** Rates over time, stacked, and a list of what each series was at the time that is chosen, by pointer, touch or keyboard. */
import { address, el } from './dom.js';

const [WIDTH, HEIGHT] = [720, 200];

/**
 * A chart: call what it returns with `series` (of `label` and `values`, oldest first, the largest series first), the time
 * of their end in Unix milliseconds, the seconds of a step, and `format` of a value.
 */
export function createChart(root) {
  const drawing = el('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img' });
  const cursor = el('line', { class: 'cursor' });
  const top = el('span', { class: 'top', 'aria-hidden': 'true' });
  const times = el('div', { class: 'times', 'aria-hidden': 'true' });
  const slider = el('input', { type: 'range', class: 'time', min: 0, 'aria-label': 'Time', oninput: point });
  const body = el('tbody', { role: 'rowgroup' });
  const clock = el('caption', {});
  const head = ['Series', 'Then', 'Average', 'Most'].map((title, index) =>
    el('th', { role: 'columnheader', scope: 'col', class: index === 0 ? 'text' : undefined }, title),
  );
  const legend = el(
    'table',
    { class: 'compact', role: 'table' },
    clock,
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, head)),
    body,
  );
  root.replaceChildren(el('div', { class: 'chart' }, top, drawing, times, slider), legend);
  drawing.addEventListener('pointermove', ({ clientX }) => {
    const { left, width } = drawing.getBoundingClientRect();
    slider.value = Math.round(((clientX - left) / width) * Number(slider.max));
    point();
  });
  drawing.addEventListener('pointerleave', () => {
    slider.value = slider.max;
    point();
  });
  let shown;

  function point() {
    const { series, end, step, format } = shown;
    const last = Number(slider.max);
    const at = Number(slider.value);
    const time = new Date(end - 1_000 * step * (last - at)).toLocaleTimeString('en-GB');
    slider.setAttribute('aria-valuetext', time);
    clock.textContent = at === last ? `${time}, the last ${step} s` : `${time} and the ${step} s before`;
    const place = x(at, last + 1);
    for (const [name, value] of Object.entries({ x1: place, x2: place, y1: 0, y2: HEIGHT }))
      cursor.setAttribute(name, value);
    for (const [index, { values }] of series.entries()) {
      const row = body.children[index];
      row.children[1].textContent = format(values[at] ?? 0);
    }
  }

  return ({ series, end, step, format, title }) => {
    const count = series[0]?.values.length ?? 0;
    const followed = shown === undefined || slider.value === slider.max;
    shown = { series, end, step, format };
    slider.max = Math.max(0, count - 1);
    if (followed) slider.value = slider.max;
    const sums = Array.from({ length: count }, (_, at) => series.reduce((sum, { values }) => sum + values[at], 0));
    const most = Math.max(1, ...sums);
    drawing.replaceChildren(...areas(series, count, most), cursor);
    drawing.setAttribute('aria-label', `${title}: ${series.map(({ label }) => label).join(', ')}`);
    top.textContent = format(most);
    const seconds = count * step;
    const ago = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
    times.replaceChildren(el('span', {}, `${ago} ago`), el('span', {}, 'now'));
    body.replaceChildren(...series.map((one, index) => legendRow(one, index, format)));
    point();
  };
}

function legendRow({ label, values }, index, format) {
  const average = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const texts = ['', format(average), format(Math.max(0, ...values))];
  return el(
    'tr',
    { role: 'row' },
    el('th', { role: 'rowheader', scope: 'row', class: 'text' }, el('i', { class: `s${index}` }), address(label)),
    texts.map((text) => el('td', { role: 'cell' }, text)),
  );
}

/** The largest series lies at the bottom. */
function areas(series, count, most) {
  let below = new Array(count).fill(0);
  return series.map(({ values }, index) => {
    const above = below.map((sum, at) => sum + values[at]);
    const place = (sums) => sums.map((sum, at) => `${x(at, count)},${y(sum, most)}`);
    const points = [...place(above), ...place(below).reverse()];
    below = above;
    return el('path', { class: `s${index}`, d: `M${points.join('L')}Z` });
  });
}

function x(at, count) {
  return ((WIDTH * at) / Math.max(1, count - 1)).toFixed(1);
}

function y(sum, most) {
  return (HEIGHT * (1 - sum / most)).toFixed(1);
}
