/** What panels ask for: PromQL and TraceQL. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { PromQueryFormat, DataqueryBuilder as PromqlBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import {
  MetricsQueryType,
  SearchTableType,
  DataqueryBuilder as TraceqlBuilder,
} from '@grafana/grafana-foundation-sdk/tempo';
import { PROMETHEUS, TEMPO } from './dashboard.ts';

/** Of one data source. */
export type Queries = { datasource: typeof PROMETHEUS; targets: Builder<Dataquery>[] };

/** A query of PromQL, and what its series are called. */
export type Series = { expr: string; legend?: string };

/** Spans that a table of traces shows at most. */
const SPANS = 50;

/** Over the time that is shown. */
export function promql(...series: Series[]): Queries {
  return {
    datasource: PROMETHEUS,
    targets: series.map(({ expr, legend = '__auto' }, index) =>
      query(expr, index).range().format(PromQueryFormat.TimeSeries).legendFormat(legend),
    ),
  };
}

/** At its end, as rows of a table. */
export function promqlTable(...exprs: string[]): Queries {
  return {
    datasource: PROMETHEUS,
    targets: exprs.map((expr, index) => query(expr, index).instant().format(PromQueryFormat.Table)),
  };
}

/** Spans that TraceQL finds. */
export const traceql = (query: string): Queries =>
  tempo(new TraceqlBuilder().queryType('traceql').tableType(SearchTableType.Spans).limit(SPANS).query(query));

/** What TraceQL counts of spans, over the time that is shown. */
export const traceqlMetrics = (query: string): Queries =>
  tempo(new TraceqlBuilder().queryType('traceql').metricsQueryType(MetricsQueryType.Range).query(query));

/** The service graph that Tempo's metrics generator has drawn. */
export const serviceMap = (): Queries => tempo(new TraceqlBuilder().queryType('serviceMap'));

/** `name(selector)` as a rate of a counter. */
export const rate = (counter: string, selector: string): string => `rate(${counter}{${selector}}[$__rate_interval])`;

const query = (expr: string, index: number) =>
  new PromqlBuilder()
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .datasource(PROMETHEUS)
    .expr(expr);

const tempo = (target: TraceqlBuilder): Queries => ({
  datasource: TEMPO,
  targets: [target.refId('A').datasource(TEMPO)],
});
