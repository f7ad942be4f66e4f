import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { uidOf } from './dashboard.ts';
import { table, UNITS } from './panels.ts';
import { promqlTable, rate } from './queries.ts';

const EXPORTER = 'netflow_exporter_address';

/** A row for each exporter, which leads to the dashboard of it; `selector` says of which collectors. */
export function exporterTable(selector: string): PanelBuilder {
  const by = (counter: string, more = '') => `sum by (${EXPORTER}) (${rate(counter, selector + more)})`;
  const lost = by('netflow_exporter_lost_total', ', unit="flows"');
  const flows = by('netflow_exporter_flows_total');
  const columns = [
    { title: 'packets', unit: UNITS.packets, expr: by('netflow_exporter_packets_total') },
    { title: 'flows', unit: UNITS.flows, expr: flows },
    { title: 'never came', unit: UNITS.ratio, expr: `${lost} / (${lost} + ${flows})` },
    {
      title: 'clock is ahead',
      unit: UNITS.seconds,
      expr: `max by (${EXPORTER}) (netflow_exporter_clock_offset_seconds{${selector}})`,
    },
  ];
  const names = columns.map(({ title }, index) => [`Value #${'ABCD'[index]}`, title]);
  const link = {
    title: 'this exporter',
    url: `/d/${uidOf('exporter')}?\${datasource:queryparam}&\${job:queryparam}&var-exporter=\${__value.text}`,
  };
  const panel = table({ title: 'Exporters', width: 12 }, promqlTable(...columns.map(({ expr }) => expr)))
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        renameByName: Object.fromEntries([[EXPORTER, 'exporter'], ...names]),
      },
    })
    .overrideByName('exporter', [{ id: 'links', value: [link] }]);
  for (const { title, unit } of columns) panel.overrideByName(title, [{ id: 'unit', value: unit }]);
  return panel;
}
