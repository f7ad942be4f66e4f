/** Panels of a row, which is 24 wide. */
import {
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { type Threshold, ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as NodeGraphBuilder } from '@grafana/grafana-foundation-sdk/nodegraph';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Queries } from './queries.ts';

/** Units, as Grafana calls them. */
export const UNITS = {
  flows: 'suffix: flows/s',
  packets: 'pps',
  bits: 'bps',
  bytes: 'decbytes',
  byteRate: 'Bps',
  memory: 'bytes',
  seconds: 's',
  ratio: 'percentunit',
} as const;

type Options = { title: string; width: number; height?: number; unit?: string; description?: string };

/** Lines over time; what is `stacked` are parts of a whole. */
export function graph(options: Options & { stacked?: boolean }, queries: Queries): TimeseriesBuilder {
  const { stacked = false } = options;
  return panel(new TimeseriesBuilder(), options, queries)
    .showPoints(VisibilityMode.Never)
    .fillOpacity(stacked ? 40 : 10)
    .stacking(new StackingConfigBuilder().mode(stacked ? StackingMode.Normal : StackingMode.None))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
}

/** One number, and its course behind it: orange from `warn` on, red from `bad` on. */
export function figure(options: Options & { warn?: number; bad?: number }, queries: Queries): StatBuilder {
  const { warn, bad, height = 4 } = options;
  const steps: Threshold[] = [{ value: null, color: 'green' }];
  if (warn !== undefined) steps.push({ value: warn, color: 'orange' });
  if (bad !== undefined) steps.push({ value: bad, color: 'red' });
  return panel(new StatBuilder(), { ...options, height }, queries)
    .graphMode(BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps));
}

export const table = (options: Options, queries: Queries): TableBuilder => panel(new TableBuilder(), options, queries);

export const nodeGraph = (options: Options, queries: Queries): NodeGraphBuilder =>
  panel(new NodeGraphBuilder(), options, queries);

type AnyPanelBuilder = TimeseriesBuilder | StatBuilder | TableBuilder | NodeGraphBuilder;

function panel<Kind extends AnyPanelBuilder>(
  builder: Kind,
  { title, width, height = 8, unit, description }: Options,
  { datasource, targets }: Queries,
): Kind {
  builder.title(title).span(width).height(height).datasource(datasource).targets(targets);
  if (unit) builder.unit(unit);
  if (description) builder.description(description);
  return builder;
}
