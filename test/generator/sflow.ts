/** Datagrams of sFlow version 5 as `traffic.ts` makes packets: flow samples, each with the beginning of a frame. */
import { seeded } from '../random.ts';
import { randomFlow } from './flow.ts';
import { FRAME_LENGTH, sampledFrame } from './record.ts';
import type { SentPacket, TrafficOptions } from './traffic.ts';

/** Samples that fit an Ethernet frame. */
const SAMPLES_IN_DATAGRAM = 7;
const SEQUENCE_OFFSET = 16;
const RATE = 1_000;
/** Of a sample's record: the beginning of a frame of Ethernet. */
const [RAW_HEADER, ETHERNET] = [1, 1];
const [IPV4_ADDRESS, FLOW_SAMPLE] = [1, 1];

export function buildSflowTraffic(options: Omit<TrafficOptions, 'version' | 'options' | 'samples'>): SentPacket[] {
  const { exporters = 4, packets = 1_024, records = SAMPLES_IN_DATAGRAM, family = 4 } = options;
  const random = seeded(options.seed ?? 1);
  return Array.from({ length: exporters * packets }, (_, index) => {
    const [exporter, sequence] = [Math.floor(index / packets), index % packets];
    const samples = Array.from({ length: records }, (_, position) => {
      const flow = randomFlow(family, random);
      const frame = sampledFrame(family, flow);
      const record = Buffer.concat([words(ETHERNET, FRAME_LENGTH, 4, frame.length), frame]);
      const count = sequence * records + position + 1;
      const body = Buffer.concat([
        ...[words(count, flow.input, RATE, count * RATE, 0, flow.input, flow.output, 1)],
        ...[words(RAW_HEADER, record.length), record],
      ]);
      return Buffer.concat([words(FLOW_SAMPLE, body.length), body]);
    });
    const head = words(5, IPV4_ADDRESS, 0x7f000002 + exporter, 0, sequence, 86_400_000, records);
    const bytes = Buffer.concat([head, ...samples]);
    return { exporter, bytes, flows: records, sequenceOffset: SEQUENCE_OFFSET, sequenceStep: 1 };
  });
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, index * 4);
  return bytes;
}
