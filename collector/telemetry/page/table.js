/**
 * Tables. On a narrow screen each row is a card, whose cells say what they are, unless columns are few; so each part has
 * its role by name, which it would lose with the look of a table.
 *
 * A column: `title`, `text(row)`, `isText` for the left, `isBad(row)`, and `sort(row)` where that is not the text.
 */
import { counted, el, number, show } from './dom.js';

const PAGE_SIZE = 25;
let ids = 0;

/** A table of a few rows; `look` is `cards`, or `compact` for few and narrow columns. */
export function table(rows, columns, empty, look = 'cards') {
  if (rows.length === 0) return [el('p', { class: 'muted' }, empty)];
  const head = columns.map((column) => headCell(column, column.title));
  const body = rows.map((row) => {
    const cells = columns.map((column) => fill(cell(column), column, row));
    return el('tr', { role: 'row' }, cells);
  });
  return [frame(look, head, el('tbody', { role: 'rowgroup' }, body))];
}

function frame(look, head, body) {
  const row = el('tr', { role: 'row' }, head);
  return el('table', { role: 'table', class: look }, el('thead', { role: 'rowgroup' }, row), body);
}

function headCell({ isText }, content) {
  return el('th', { role: 'columnheader', scope: 'col', class: isText ? 'text' : undefined }, content);
}

function cell({ title, isText }) {
  return el('td', { role: 'cell', 'data-label': title, class: isText ? 'text' : undefined });
}

/** Brings a cell up to date. */
function fill(node, { text, isBad }, row) {
  const content = text(row);
  node.classList.toggle('bad', Boolean(isBad?.(row)));
  if (content instanceof Node) show(node, content.textContent, () => content);
  else show(node, String(content), () => String(content));
  return node;
}

/**
 * A table in `root` of however many rows: filtered, sorted, in pages. Rows stay the same elements as long as `keyOf` says
 * that they are the same, so that who is in one by keyboard stays there. `noun` is what a row is. `details(row)` are shown
 * below a row whose button was pressed; `isOfNote(row)` is what a checkbox called `ofNote` leaves. Returns what is to be
 * called with all rows, and with how many there are in truth.
 */
export function createTable(root, { columns, keyOf, noun, empty, details, ofNote, isOfNote, sortBy = 0 }) {
  const known = new Map();
  let [rows, total] = [[], 0];
  const sort = { column: sortBy, descending: !columns[sortBy].isText };
  let page = 0;
  let open;

  const id = `table-${ids++}`;
  const filter = el('input', { type: 'search', id, autocomplete: 'off', oninput: () => turnTo(0) });
  const only = el('input', { type: 'checkbox', onchange: () => turnTo(0) });
  const order = el(
    'select',
    { id: `${id}-sort`, onchange: () => sortColumn(Number(order.value)) },
    columns.map(({ title }, index) => el('option', { value: index }, title)),
  );
  const tools = el(
    'div',
    { class: 'tools' },
    el('label', { for: id }, `Filter ${noun}s`),
    filter,
    ...(isOfNote ? [el('label', {}, only, ` ${ofNote}`)] : []),
    el('span', { class: 'narrow' }, el('label', { for: order.id }, 'Sort by '), order),
  );
  const heads = columns.map((column, index) =>
    headCell(column, el('button', { type: 'button', onclick: () => sortColumn(index) }, column.title)),
  );
  const body = el('tbody', { role: 'rowgroup' });
  const message = el('p', { class: 'muted', role: 'status' });
  const earlier = el('button', { type: 'button', onclick: () => turnTo(page - 1) }, 'Previous');
  const later = el('button', { type: 'button', onclick: () => turnTo(page + 1) }, 'Next');
  const pages = el('div', { class: 'pages' }, message, earlier, later);
  const whole = frame('cards', heads, body);
  root.replaceChildren(tools, whole, pages);

  function turnTo(next) {
    page = next;
    draw();
  }

  function sortColumn(column) {
    sort.descending = sort.column === column ? !sort.descending : !columns[column].isText;
    sort.column = column;
    turnTo(0);
  }

  function draw() {
    const wanted = filter.value.trim().toLowerCase();
    const fits = (row) =>
      (!only.checked || isOfNote(row)) &&
      (wanted === '' || columns.some(({ text }) => textOf(text(row)).toLowerCase().includes(wanted)));
    const fitting = rows.filter(fits).sort(compare);
    page = Math.max(0, Math.min(page, Math.ceil(fitting.length / PAGE_SIZE) - 1));
    const first = page * PAGE_SIZE;
    const shown = fitting.slice(first, first + PAGE_SIZE);
    place(shown.flatMap(nodesOf));
    for (const key of known.keys()) if (!shown.some((row) => keyOf(row) === key)) known.delete(key);
    for (const [index, head] of heads.entries()) {
      if (index === sort.column) head.setAttribute('aria-sort', sort.descending ? 'descending' : 'ascending');
      else head.removeAttribute('aria-sort');
    }
    order.value = sort.column;
    tools.hidden = rows.length === 0;
    whole.hidden = shown.length === 0;
    earlier.disabled = page === 0;
    later.disabled = first + shown.length >= fitting.length;
    earlier.hidden = later.hidden = fitting.length <= PAGE_SIZE;
    show(message, caption(first, shown.length, fitting.length), (text) => text);
  }

  function caption(first, shown, fitting) {
    if (rows.length === 0) return empty;
    if (shown === 0) return `No ${noun} fits; there are ${number(total)}.`;
    const of = fitting < rows.length ? `${number(fitting)} that fit, of ${number(total)}` : number(total);
    const rest = total > rows.length ? ` The ${number(rows.length)} busiest are here.` : '';
    if (shown === fitting && fitting === rows.length) return `${counted(total, noun)}.${rest}`;
    return `${number(first + 1)} to ${number(first + shown)} of ${of}.${rest}`;
  }

  function compare(a, b) {
    const { text, sort: value = (row) => textOf(text(row)) } = columns[sort.column];
    const [x, y] = [value(a), value(b)];
    const least = typeof x === 'number' ? x - y : x.localeCompare(y, 'en', { numeric: true });
    return (sort.descending ? -least : least) || keyOf(a).localeCompare(keyOf(b), 'en', { numeric: true });
  }

  /** The row's elements, up to date: itself and, when it is open, what is below it. */
  function nodesOf(row) {
    const key = keyOf(row);
    const nodes = known.get(key) ?? create(key);
    known.set(key, nodes);
    for (const [index, column] of columns.entries()) fill(nodes.places[index], column, row);
    const isOpen = details !== undefined && key === open;
    if (details) nodes.places[0].setAttribute('aria-expanded', String(isOpen));
    if (isOpen) details(row, nodes.pane);
    return isOpen ? [nodes.tr, nodes.below] : [nodes.tr];
  }

  /** `places` are where each column's text goes: the first of them is a button, if there are details. */
  function create(key) {
    const places = columns.map(cell);
    const tr = el('tr', { role: 'row' }, places);
    if (!details) return { places, tr };
    const toggle = () => {
      open = open === key ? undefined : key;
      draw();
    };
    const button = el('button', { type: 'button', class: 'opens', onclick: toggle });
    places[0].append(button);
    const pane = el('div');
    const below = el('td', { role: 'cell', class: 'text', colspan: columns.length }, pane);
    return { places: [button, ...places.slice(1)], tr, pane, below: el('tr', { role: 'row', class: 'below' }, below) };
  }

  /** Puts these into the body; the focus stays where it is. */
  function place(nodes) {
    const focused = document.activeElement;
    for (const [index, node] of nodes.entries()) {
      if (body.children[index] !== node) body.insertBefore(node, body.children[index] ?? null);
    }
    while (body.children.length > nodes.length) body.lastElementChild.remove();
    if (focused !== document.activeElement && body.contains(focused)) focused.focus();
  }

  return (all, count = all.length) => {
    [rows, total] = [all, Math.max(count, all.length)];
    draw();
  };
}

function textOf(content) {
  return content instanceof Node ? content.textContent : String(content);
}
