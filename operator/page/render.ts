/** All collectors as a page and as JSON, in parts: of thousands of nodes, it is megabytes. */
import type { CollectorView } from '../ingestion/collectors.ts';
import { type Html, html } from './html.ts';

/** A resource: what its status says, and its collectors, computed when their turn comes. */
export type ResourceView = {
  namespace: string;
  name: string;
  conditions: readonly { type: string; status: string; reason: string; message: string }[];
  collectors(): readonly CollectorView[];
};

/** The page as JSON, in pieces. */
export function* toJson(resources: Iterable<ResourceView>): Generator<string, void> {
  yield '{"resources":[';
  let first = true;
  for (const { collectors, ...resource } of resources) {
    const views = collectors();
    const head = JSON.stringify({ ...resource, missing: missingIn(views) });
    yield `${first ? '' : ','}${head.slice(0, -1)},"collectors":[`;
    for (const [index, view] of views.entries()) yield `${index === 0 ? '' : ','}\n${JSON.stringify(view)}`;
    yield ']}';
    first = false;
  }
  yield ']}\n';
}

const COLUMNS = [
  ...['node', 'pod', 'last report', 'flows/s', 'packets/s', 'errors/s', 'exported/s', 'lost %'],
  ...['dropped flows', 'restarts', 'exporters', 'what is wrong'],
];

/** The page for people, in pieces. */
export function* toHtml(resources: Iterable<ResourceView>): Generator<string, void> {
  yield HEAD.html;
  let count = 0;
  for (const { namespace, name, conditions, collectors } of resources) {
    count++;
    const views = collectors();
    const missing = missingIn(views);
    yield html`<h2>${namespace}/${name}</h2>
<dl>${conditions.map(({ type, status, message }) => html`<dt>${type}: ${status}<dd>${message}\n`)}</dl>
<p>${views.length} collectors. ${missing.length} do not report${missing.length > 0 ? `: ${missing.join(', ')}` : ''}.
<table><thead><tr>${COLUMNS.map((column) => html`<th>${column}`)}</thead><tbody>\n`.html;
    for (const view of views) yield rowOf(view).html;
    yield '</tbody></table>\n';
  }
  if (count === 0) yield '<p>There is no NetflowCollector.\n';
}

function rowOf({ node, pod, state, wrong, report, rates }: CollectorView): Html {
  const shown = rates && [rates.flows, rates.packets, rates.errors, rates.exported, rates.lostPercent];
  const dropped = Object.entries(report?.droppedByReason ?? {}).map(([reason, flows]) => `${reason} ${flows}`);
  const top = (report?.topExporters ?? []).map(
    ({ address, flowsPerSecond, lostPercent }) =>
      html`<li>${address}: ${flowsPerSecond.toFixed(1)} flows/s, ${lostPercent.toFixed(1)} % lost`,
  );
  const exporters =
    top.length > 0
      ? html`<details><summary>${report!.exporters}</summary><ul>${top}</ul></details>`
      : html`${report?.exporters ?? ''}`;
  const words = wrong ? `${wrong.reason}: ${wrong.message}` : state === 'awaited' ? 'its first report is awaited' : '';
  return html`<tr class="${state}${wrong ? ' wrong' : ''}"><td>${node}<td>${pod}<td>${report ? `${report.secondsAgo} s ago` : 'none'}${(shown ?? Array(5).fill('')).map((value) => html`<td>${value}`)}<td>${dropped.join(', ')}<td>${report?.restarts || ''}<td>${exporters}<td>${words}\n`;
}

/** Nodes none of whose collectors reports. */
function missingIn(views: readonly CollectorView[]): string[] {
  const heard = new Set(views.filter(({ state }) => state !== 'silent').map(({ node }) => node));
  return [...new Set(views.map(({ node }) => node))].filter((node) => !heard.has(node));
}

const HEAD = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Collectors</title>
<style>
body { font: 14px system-ui, sans-serif; margin: 1rem }
table { border-collapse: collapse }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem; border-bottom: 1px solid #8884 }
.wrong { background: #f804 } .silent { background: #f004 }
dl { display: grid; grid-template-columns: max-content auto; gap: .2rem 1rem } dd { margin: 0 }
</style>
<h1>Collectors</h1>
<p>As they have reported to this operator. The same <a href="collectors.json">as JSON</a>.
`;
