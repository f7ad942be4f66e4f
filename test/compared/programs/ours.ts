/** `netflow2traces inspect --json`: flows with the attributes of their spans, and options data. */
import { Inspector } from '../../../collector/inspect/inspector.ts';
import { exporterAddress } from '../../conformance/tshark/pcap.ts';
import type { Program } from '../figures.ts';

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
        ];
      });
    });
  },
};
