/** IPFIX packets of flows, for tests of what is selected of them. */
import { ipfix } from '../pipeline.fixture.ts';

export type Flow = {
  source: string;
  destination: string;
  sourcePort: number;
  destinationPort: number;
  protocol: number;
  bytes: number;
  packets: number;
};

export const FLOW: Flow = {
  ...{ source: '10.0.0.1', destination: '192.0.2.1', sourcePort: 50_000, destinationPort: 443 },
  ...{ protocol: 6, bytes: 1_000, packets: 10 },
};

/** Template 256. */
export const TEMPLATE =
  '0002 0024  0100 0007  0008 0004 000c 0004  0007 0002 000b 0002  0004 0001  0001 0004 0002 0004';

/** A message with the template and these flows. */
export function packetOf(...flows: Partial<Flow>[]): Buffer {
  return ipfix(TEMPLATE + setOf(...flows));
}

/** The data set of these flows. */
export function setOf(...flows: Partial<Flow>[]): string {
  const records = flows.map((change) => {
    const flow = { ...FLOW, ...change };
    return (
      address(flow.source) +
      address(flow.destination) +
      number(flow.sourcePort, 2) +
      number(flow.destinationPort, 2) +
      number(flow.protocol, 1) +
      number(flow.bytes, 4) +
      number(flow.packets, 4)
    );
  });
  const content = records.join('');
  return `0100${number(4 + content.length / 2, 2)}${content}`;
}

function address(text: string): string {
  return text
    .split('.')
    .map((octet) => number(Number(octet), 1))
    .join('');
}

function number(value: number, bytes: number): string {
  return value.toString(16).padStart(2 * bytes, '0');
}
