/** Draws a graph of services, for documents: who calls is to the left of whom it calls. */
import type { Edges } from './jaeger.ts';

type Node = { name: string; x: number; y: number };

const [WIDTH, HEIGHT] = [150, 34];
const [COLUMN, ROW] = [320, 54];
const MARGIN = 16;
const STYLE = `
  text { font: 14px system-ui, sans-serif; fill: #1c2733; text-anchor: middle; dominant-baseline: central }
  .calls { font-size: 12px; fill: #51606e; paint-order: stroke; stroke: #fff; stroke-width: 5px }
  .service { fill: #e8f1fb; stroke: #3c78b4 }
  .edge { fill: none; stroke: #8aa0b4 }`;

/** An SVG of these edges, each with its number of calls; the same for the same edges, in whatever order. */
export function drawGraph(edges: Edges): string {
  const calls = Object.entries(edges)
    .map(([edge, count]) => ({ ends: edge.split(' → ') as [string, string], count }))
    .sort((a, b) => b.count - a.count || a.ends.join().localeCompare(b.ends.join()));
  const nodes = placed(calls.map(({ ends }) => ends));
  const parts = calls.map(({ ends, count }) => drawEdge(nodes.get(ends[0])!, nodes.get(ends[1])!, count));
  const [width, height] = [
    Math.max(...Array.from(nodes.values(), ({ x }) => x)) + WIDTH + MARGIN,
    Math.max(...Array.from(nodes.values(), ({ y }) => y)) + HEIGHT + MARGIN,
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>Services and the calls between them</title>`,
    `<style>${STYLE}\n</style>`,
    `<marker id="tip" markerUnits="userSpaceOnUse" markerWidth="10" markerHeight="8" refX="9" refY="4" orient="auto"><path d="M0 0 10 4 0 8z" fill="#8aa0b4"/></marker>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ...parts.map(({ line }) => line),
    ...parts.map(({ label }) => label),
    ...Array.from(nodes.values(), drawNode),
    '</svg>\n',
  ].join('\n');
}

/** A column for those that nobody calls, and one for each further step; in a column, in the order of who calls them. */
function placed(calls: readonly [string, string][]): Map<string, Node> {
  const names = [...new Set(calls.flat())];
  const column = new Map(names.map((name) => [name, 0]));
  // As often as there are services: a cycle ends there.
  for (const _ of names) {
    for (const [from, to] of calls) {
      if (from !== to) column.set(to, Math.min(names.length - 1, Math.max(column.get(to)!, column.get(from)! + 1)));
    }
  }
  const caller = (name: string) => names.indexOf(calls.find(([, to]) => to === name)?.[0] ?? name);
  const inOrder = names.toSorted((a, b) => caller(a) - caller(b));
  const columns = Object.values(Object.groupBy(inOrder, (name) => column.get(name)!)).map((column) => column!);
  const longest = Math.max(...columns.map(({ length }) => length));
  return new Map(
    columns.flatMap((column, index) =>
      column.map((name, row): [string, Node] => {
        const y = MARGIN + (row + (longest - column.length) / 2) * ROW;
        return [name, { name, x: MARGIN + index * COLUMN, y }];
      }),
    ),
  );
}

function drawNode({ name, x, y }: Node): string {
  const text = name.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const box = `<rect class="service" x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`;
  return `${box}<text x="${x + WIDTH / 2}" y="${y + HEIGHT / 2}">${text}</text>`;
}

function drawEdge(from: Node, to: Node, count: number): { line: string; label: string } {
  const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x - 2, to.y + HEIGHT / 2];
  const bend = (COLUMN - WIDTH) / 2;
  const path = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  const width = (1 + Math.log2(count) / 2).toFixed(1);
  return {
    line: `<path class="edge" d="${path}" stroke-width="${width}" marker-end="url(#tip)"/>`,
    // Half the way edges of one service have parted, and those to one have not met.
    label: `<text class="calls" x="${(x1 + x2) / 2}" y="${(y1 + y2) / 2}">${count}</text>`,
  };
}
