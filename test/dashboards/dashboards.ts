/** The dashboards as they are shipped, and what they ask for. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHART } from '../chart/helm.ts';

type Target = { expr?: string; query?: string; queryType?: string };
type Variable = { name: string; type: string; query?: string; current?: { value: string | string[] } };
type Panel = {
  id: number;
  gridPos: { y: number; w: number; h: number };
  title: string;
  type: string;
  datasource?: { uid: string };
  targets?: Target[];
};

export type Dashboard = {
  file: string;
  uid: string;
  title: string;
  description: string;
  panels: Panel[];
  templating: { list: Variable[] };
};

/** A query of a panel, or of a variable. */
export type Query = { dashboard: string; title: string; text: string };

const FOLDER = join(CHART, 'files/dashboards');

export const dashboards: Dashboard[] = globSync('*.json', { cwd: FOLDER })
  .sort()
  .map((file) => ({ file, ...JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) }));

/** What their panels ask Prometheus. */
export const promqlQueries: Query[] = targets(({ expr }) => expr);
/** What their panels ask Tempo. */
export const traceqlQueries: Query[] = targets(({ queryType, query }) => (queryType === 'traceql' ? query : undefined));
/** What their variables ask Prometheus. */
export const variableQueries: Query[] = dashboards.flatMap(({ file, templating }) =>
  templating.list
    .filter(({ type }) => type === 'query')
    .map(({ name, query }) => ({ dashboard: file, title: name, text: query! })),
);

function targets(textOf: (target: Target) => string | undefined): Query[] {
  return dashboards.flatMap(({ file, panels }) =>
    panels.flatMap(({ title, targets = [] }) =>
      targets.flatMap((target) => {
        const text = textOf(target);
        return text === undefined ? [] : [{ dashboard: file, title, text }];
      }),
    ),
  );
}

/** The query as Grafana sends it, with these values of variables; throws on one that has none. */
export function interpolated({ text }: Query, values: Record<string, string>): string {
  return text.replace(/\$(\w+)|\$\{(\w+)(?::\w+)?\}/g, (_, bare, braced) => {
    const name: string = bare ?? braced;
    if (!Object.hasOwn(values, name)) throw new Error(`$${name} has no value: ${text}`);
    return values[name];
  });
}
