/**
 * Devices that sample send the beginning of a packet: the flow is its innermost header. What is expected is TShark's.
 */
import { ABSENT, type Case, type ExpectedFlow } from './case.ts';

const NO_SECTION = { 'netflow.dataLinkFrameSection': ABSENT };

/** A packet from 192.0.2.`host` to the next one. */
const packet = (
  host: number,
  [sourcePort, destinationPort]: [number, number],
  bytes: number,
  more: ExpectedFlow['attributes'] = {},
): ExpectedFlow => ({
  attributes: {
    'source.address': `192.0.2.${host}`,
    'destination.address': `192.0.2.${host + 1}`,
    'source.port': sourcePort,
    'destination.port': destinationPort,
    'flow.bytes.delta': bytes,
    'flow.packets.delta': 1,
    'network.transport': 'tcp',
    ...NO_SECTION,
    ...more,
  },
});
const LABELS = { 'netflow.mplsTopLabelStackSection': 300_012, 'netflow.mplsLabelStackSection2': 17 };

export const SAMPLED: readonly Case[] = [
  {
    file: 'C07',
    shows: 'what is cut off is not made up: addresses, but no type of ICMP',
    flows: [
      {
        attributes: {
          'source.address': '10.1.1.1',
          'destination.address': '10.2.2.2',
          'network.transport': 'icmp',
          'flow.icmp.type.id': ABSENT,
          'source.mac': '66:55:44:33:22:11',
          'destination.mac': '00:11:22:33:44:55',
          'netflow.vlan.id': ABSENT,
          'flow.bytes.delta': 98,
          'flow.packets.delta': 1,
          ...NO_SECTION,
        },
      },
    ],
  },
  {
    file: 'datalink-section',
    shows: 'a frame with a tag',
    flows: [
      packet(1, [55_501, 11_777], 114, {
        'network.transport': 'udp',
        'netflow.vlan.id': 231,
        'source.mac': '00:00:5e:00:53:01',
        'destination.mac': '00:00:5e:00:53:00',
        'flow.ip.ttl': 119,
      }),
    ],
  },
  {
    file: 'eompls-section',
    shows: 'frames with tags, and such as are carried below labels',
    flows: [
      packet(1, [80, 43_908], 1_458, { 'netflow.vlan.id': 1_000, 'source.mac': '00:00:5e:00:53:01' }),
      packet(3, [443, 59_706], 1_518, { 'netflow.vlan.id': 1_610, 'source.mac': '00:00:5e:00:53:03' }),
      packet(5, [443, 28_911], 1_540, { ...LABELS, 'source.mac': '00:00:5e:00:53:07' }),
      packet(7, [443, 55_427], 1_532, { ...LABELS, 'source.mac': '00:00:5e:00:53:09' }),
      { attributes: { 'source.address': '192.0.2.9', 'network.transport': 'udp', 'flow.bytes.delta': 983 } },
      packet(11, [443, 1_470], 1_458),
      packet(13, [443, 59_522], 1_518),
      packet(15, [8_887, 57_478], 1_518),
      packet(17, [443, 6_921], 1_518),
      packet(19, [443, 64_028], 1_514),
    ],
  },
];
