/** `netflow2traces inspect --json`: flows with the attributes of their spans, options data, and counters. */
import type { InspectedCounters } from '../../../collector/inspect/counters.ts';
import { Inspector } from '../../../collector/inspect/inspector.ts';
import { exporterAddress } from '../../conformance/tshark/pcap.ts';
import type { PrintedRecord, Program } from '../figures.ts';

export const ours: Program = {
  name: 'netflow2traces',
  version: () => '',
  async run(stories) {
    const inspector = new Inspector();
    return stories.map((story, index) => {
      return story.flatMap((bytes) => {
        const address = exporterAddress(index);
        const packet = inspector.inspect({ payload: Buffer.from(bytes), address, port: undefined, time: undefined });
        const spans = [...packet.flows, ...packet.released.flatMap(({ flows }) => flows)];
        return [
          ...spans.map(({ start, end, attributes }) => ({ start, end, ...attributes })),
          ...packet.options.map(({ values }) => values),
          ...countersOf(packet.counters ?? []),
        ];
      });
    });
  },
};

/** A record for each counter sample. */
function countersOf(counters: readonly InspectedCounters[]): PrintedRecord[] {
  const samples = Map.groupBy(counters, ({ source, sequence }) => `${source} ${sequence}`);
  return Array.from(samples.values(), (structures) => {
    const values = structures.flatMap(({ structure, values }) =>
      Object.entries(values).map(([name, value]) => [`${structure} ${name}`, value] as const),
    );
    return { source: structures[0].source, ...Object.fromEntries(values) };
  });
}
