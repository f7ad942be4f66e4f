/** Nothing vanishes without a count, and nothing is invented. */
import { ABSENT, type Case, type ExpectedFlow } from './case.ts';

/** The flow of the exporter of IPv6 records in T05. */
const OF_IPV6: ExpectedFlow = {
  attributes: {
    'source.address': '2001:db8::1',
    'destination.address': '2001:db8::2',
    'source.port': 40_000,
    'destination.port': 443,
    'network.transport': 'udp',
    'flow.bytes.delta': 99,
  },
};
const OF_IPV4: ExpectedFlow = {
  attributes: {
    'source.address': '10.1.1.1',
    'destination.address': '10.2.2.2',
    'source.port': 40_000,
    'destination.port': 443,
    'network.transport': 'tcp',
    'flow.bytes.delta': 1_500,
    'flow.packets.delta': 3,
  },
};

export const LOSS: readonly Case[] = [
  {
    // The IPFIX message claims 200 bytes for a string in a set of 25: malformed.
    file: 'I04',
    shows: 'a v9 field of length 65535 is of variable length; one that overruns is malformed',
    flows: [{ attributes: { 'netflow.interfaceName': 'abcd', 'flow.bytes.delta': 9 } }],
    counts: { flows: 1, 'packetErrors.malformed': 1 },
  },
  {
    file: 'h3c-v9-varlen',
    shows: 'a v9 field of length 65535, empty',
    received: 'exported',
    flows: [
      {
        attributes: {
          'source.address': '192.0.2.1',
          'destination.address': '192.0.2.2',
          'source.port': 137,
          'destination.port': 137,
          'network.transport': 'udp',
          'flow.bytes.delta': 702,
          'flow.packets.delta': 9,
          'netflow.VRFname': ABSENT,
        },
        start: -61_726,
        end: -32_031,
      },
    ],
    counts: { flows: 1, 'packetErrors.malformed': 0 },
  },
  {
    file: 'X04',
    shows: 'sets shorter than a record of their template',
    flows: [],
    counts: { flows: 0, 'packetErrors.template_mismatch': 2 },
  },
  {
    file: 'T05',
    shows: 'two devices behind one address',
    ports: [5001, 5002],
    flows: [OF_IPV6],
    counts: { 'packetErrors.template_mismatch': 1 },
  },
  {
    file: 'T05',
    shows: 'two devices behind one address, told apart by their ports',
    config: { templates: { keyBySourcePort: true } },
    ports: [5001, 5002],
    flows: [OF_IPV4, OF_IPV6],
  },
  {
    file: 'T11b',
    shows: 'no template from before a restart',
    flows: [
      { attributes: { 'source.address': '10.1.1.1', 'flow.bytes.delta': 100, 'flow.packets.delta': 1 } },
      {
        attributes: {
          'source.address': '2001:db8::1',
          'destination.address': '2001:db8::2',
          'source.port': 443,
          'destination.port': 40_000,
          'network.transport': 'tcp',
          'flow.bytes.delta': 99,
          'flow.packets.delta': 1,
        },
      },
    ],
    counts: { flows: 2 },
  },
  {
    file: 'Q05',
    shows: 'a v9 sequence that counts flows',
    flows: [{ ...OF_IPV4, count: 30 }],
    counts: { lostPackets: 0, lostFlows: 0 },
  },
  {
    file: 'ipfix-v9style-options-template',
    shows: 'a bad template does not cost its siblings',
    received: 'exported',
    flows: [{ count: 57 }],
    counts: { flows: 57, 'packetErrors.bad_template': 1 },
  },
  {
    file: 'ipfix-length-2-short',
    shows: 'a header’s length that the sets contradict',
    flows: [
      {
        attributes: {
          'destination.address': '192.0.2.1',
          'source.port': 443,
          'destination.port': 50_202,
          'flow.bytes.delta': 256,
          'flow.packets.delta': 1,
        },
      },
      {
        attributes: { 'source.address': '2001:db8::1', 'destination.address': '2001:db8::2', 'flow.bytes.delta': 256 },
      },
    ],
    counts: { flows: 2, 'packetErrors.length_repaired': 1, 'packetErrors.malformed': 0 },
  },
];
