/**
 * What the table can't say: what programs were asked for, what they leave out, and why another shows more than we do.
 */

/** By program: what it was asked for, and what it leaves out. */
export const ABOUT: Record<string, [asked: string, without: string]> = {
  netflow2traces: [
    '`inspect --json`: the attributes that spans have, options data, and counters of sFlow',
    'what the end of this page lists',
  ],
  goflow2: [
    '`-format json`, with the mapping that it brings',
    'options data but for sampling, all of a packet in which one set has no template yet, NetFlow v1 and v7, counters ' +
      'and discarded packets of sFlow; fields beyond its message, which a mapping of your own can add',
  ],
  nfdump: [
    '`nfcapd`, of sFlow `sfcapd`, then `nfdump -o json`',
    'options data but for sampling, data before their template, counters and discarded packets of sFlow; fields that ' +
      'its files have no room for',
  ],
  pmacct: [
    '`nfacctd`, of sFlow `sfacctd`: the print plugin, with every primitive that is read from packets, and the log of counters',
    'options data but for sampling and classes, data before their template, NetFlow v1 and v7, discarded packets of ' +
      'sFlow; fields beyond its primitives, which `aggregate_primitives` can add. Records that are alike are added up',
  ],
  tshark: [
    '`-T json`, in two passes',
    'nothing of what its dissector knows. It is no collector: it shows a capture, and joins nothing to flows',
  ],
};

const OF_ICMP =
  'A flow of ICMP has no ports: type and code are shown, and what else stands in the fields of ports is not.';
const INTERVAL =
  'Both samplingPacketInterval and samplingPacketSpace make the interval that is shown; where the space is 0, it is 1 ' +
  'whatever the other is.';
const OVERCOUNTED =
  'The header counts more records than the packet has, and none of it is trusted. goflow2 makes as many flows as the ' +
  'header counts, nearly all of them of zeros.';
const OF_A_PACKET =
  'What a sampled packet says of itself and not of its flow is not shown: identification and checksums, flags of ' +
  'fragments, sequence numbers and window of TCP; nor are the priority in a tag, and how many bytes were cut off a frame.';

/** By a part of the capture's name. */
const REASONS: [part: string, reason: string][] = [
  ['Netflow 5 valid 01', 'The header counts 2 records; nfdump reads on to the end of the datagram.'],
  ['Netflow 5 invalid', OVERCOUNTED],
  [
    'parser_test-11',
    'A field overruns its set, and RFC 7011 §9.1 has the whole message discarded; others show what is before it.',
  ],
  ['mpls-template', 'Labels below the bottom of the stack, and the ports of a flow that is of ICMP.'],
  ...['Netflow 9 valid 01', 'Cisco ASA', 'multiple netflow exporters', 'PACKET_V1', 'softflowd', '-asa-'].map(
    (part): [string, string] => [part, OF_ICMP],
  ),
  ...['ExpandedSFlowDecode', '-SFlowDecode.bin', 'sflow_issue_15918'].map((part): [string, string] => [
    part,
    OF_A_PACKET,
  ]),
  ...['logstash-codec-netflow: IPFIX', 'PACKET_IPFIX'].map((part): [string, string] => [part, INTERVAL]),
];

/** The parts of names that reasons are given for. */
export const reasons: readonly string[] = REASONS.map(([part]) => part);

/** Throws where nobody has found out. */
export function reasonFor(capture: string): string {
  const found = REASONS.find(([part]) => capture.includes(part));
  if (!found) throw new Error(`nobody said in ${import.meta.filename} why another shows more of ${capture}`);
  return found[1];
}
