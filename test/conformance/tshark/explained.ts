/** Where TShark's view differs, and why ours stands. */
import { type Explanation, ZERO_GIVES_WAY } from '../explained.ts';

const COUNT =
  'TShark stops at the records that the v9 header counts, templates included. This exporter counts wrongly; a packet ' +
  'is walked by the lengths of its sets.';

/** Of the number of records of a packet, by a part of the capture's name. */
export const RECORD_EXPLANATIONS: { capture: string; why: string }[] = [
  {
    capture: 'Netflow 5 invalid',
    why: 'The header counts more records than the packet has; TShark shows what fits, we trust none of it.',
  },
  { capture: 'Netflow 9 invalid 01', why: COUNT },
  { capture: 'netflow-v9-1.dat', why: COUNT },
  { capture: 'graylog-netflow: netflow9.pcap', why: COUNT },
  {
    capture: 'Netflow 9 H3C',
    why:
      'TShark stops at an IPv4 address of two bytes (IPV4_ROUTER_SC). The template tells its length, so the walk ' +
      'goes on.',
  },
  {
    capture: 'ipfix_decoder_test-multiMessage',
    why:
      "The header states 43 bytes fewer than the datagram has, in the middle of the last set, while the sets' own lengths " +
      'fill the datagram exactly. TShark shows no record; we take the sets for right, and count a repaired length.',
  },
  {
    capture: 'parser_test-11',
    why:
      'The second packet has a field that overruns its set: TShark shows what comes before it, RFC 7011 §9.1 discards ' +
      'the message.',
  },
];

/** Of the values of fields. */
export const VALUE_EXPLANATIONS: Explanation[] = [
  { fields: ['cflow.octets', 'cflow.packets'], ...ZERO_GIVES_WAY },
  {
    fields: ['cflow.abstimestart', 'cflow.abstimeend'],
    why: 'TShark shows an uptime of 0 as a moment in 1970.',
    holds: (expected) => (expected as number[]).every((moment) => moment === 0),
  },
];
