/** Making elements, and writing numbers for people. */

const SVG = 'http://www.w3.org/2000/svg';
const SVG_TAGS = new Set(['svg', 'path', 'polyline', 'line']);

/** An element. Attributes that are undefined or false are left out; `on…` are listeners. Children: nodes and text. */
export function el(tag, attributes = {}, ...children) {
  const node = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter((child) => child !== undefined));
  return node;
}

/** Text in which what stands between backticks is code. */
export function withCode(text) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? el('code', {}, part) : part));
}

/** An address that breaks between its groups where it must, and nowhere else. */
export function address(text) {
  const parts = String(text).split(/(?<=:)(?!:)/);
  return el('span', { class: 'address' }, ...parts.flatMap((part, index) => (index > 0 ? [el('wbr'), part] : [part])));
}

/** `[2001:db8::1]:443`, `10.0.0.1:443`, or the address alone. */
export function endpoint(host, port) {
  if (port === undefined) return address(host ?? '?');
  return address(String(host ?? '?').includes(':') ? `[${host}]:${port}` : `${host ?? '?'}:${port}`);
}

/** Replaces the content of `node` by `render(value)`, unless `value` is what it shows already. */
export function show(node, value, render) {
  const shown = JSON.stringify(value);
  if (node.dataset.shown === shown) return;
  node.dataset.shown = shown;
  node.replaceChildren(...[render(value)].flat());
}

/** Terms and their values, for a `dl`. */
export function terms(pairs) {
  return pairs.map(([term, value, mark]) =>
    el('div', { class: mark ? 'bad' : undefined }, el('dt', {}, term), el('dd', {}, value)),
  );
}

export function number(value) {
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 100 ? 1 : 0 });
}

/** `1 flow`, `2 flows`. */
export function counted(value, noun) {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

const VERSIONS = { 1: 'v1', 5: 'v5', 7: 'v7', 9: 'v9', 10: 'IPFIX', sflow: 'sFlow' };

/** `v9`, `IPFIX`, `sFlow`. */
export function versionName(version) {
  return VERSIONS[version] ?? String(version);
}

export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = Math.min(units.length - 1, value > 0 ? Math.floor(Math.log2(value) / 10) : 0);
  return `${number(value / 1024 ** unit)} ${units[unit]}`;
}

/** How long ago a time in Unix milliseconds was; 0 is never. */
export function ago(time) {
  return time > 0 ? `${span((Date.now() - time) / 1000)} ago` : 'never';
}

/** A length of time in seconds, in its two largest units. */
export function span(seconds) {
  if (seconds < 0.001) return `${number(seconds * 1e6)} µs`;
  if (seconds < 1) return `${number(seconds * 1e3)} ms`;
  if (seconds < 60) return `${number(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}
