/**
 * Dimensions of `flowMetrics` that are right by the schema and yet have no effect: they could be columns of the file of
 * networks, which has none of that name.
 */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { networkDimension, SERVICE_NAME } from '../../crds/flow-metrics.ts';
import { TYPED_ATTRIBUTES } from '../../crds/selection/attributes.ts';
import type { Networks } from '../networks/table.ts';
import { formatPath } from './setting.ts';
import { nearest } from './suggest.ts';

/** What is wrong with them, each with its field and a hint. */
export function dimensionsWithoutEffect(
  { flowMetrics: { sets }, spans: { services } }: Pick<CollectorConfig, 'flowMetrics' | 'spans'>,
  networks: Networks | undefined,
): readonly string[] {
  const columns = networks?.names.columnNames ?? [];
  return sets.flatMap(({ dimensions }, set) =>
    dimensions.flatMap((name, index) => {
      const column = networkDimension(name)?.column;
      if (column === undefined || columns.includes(column)) return [];
      if (column === SERVICE_NAME && services) return [];
      const field = formatPath(['flowMetrics', 'sets', set, 'dimensions', index]);
      const end = name.slice(0, name.indexOf('.'));
      const near = nearest(name, [...TYPED_ATTRIBUTES, ...columns.map((known) => `${end}.${known}`)]);
      const why =
        column === SERVICE_NAME ? 'spans.services is not set' : `there is no column ${column} in the file of networks`;
      return [
        `${field}: ${JSON.stringify(name)} has no effect: ${why}${near === undefined ? '' : `; did you mean ${near}?`}`,
      ];
    }),
  );
}
