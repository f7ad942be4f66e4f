/**
 * What Wireshark's dissector makes of the same packets. tshark.json was made once, by the version it names, from
 * captures written as UDP datagrams to port 2055; see there how.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SpanTree } from '../otlp/normalize.ts';

type Dissected = {
  /** Data records, options data included. */
  records: number;
  /** Sum of octetDeltaCount. */
  octets: number;
  /** Distinct IPv4 source addresses. */
  sources: string[];
};

const { cases }: { cases: Record<string, Dissected> } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'tshark.json'), 'utf8'),
);

const HELD = 'TShark gives up data that comes before its template; here it is held and decoded (RFC 7011 §9.3).';
const COUNT =
  'TShark stops at the records that the v9 header counts, templates included. This exporter counts wrongly; a packet ' +
  'is walked by the lengths of its sets.';

/** Where TShark's view differs, and why ours stands. Keys are parts of the names of cases. */
const DIFFERENCES: Record<string, string> = {
  'Netflow 5 invalid':
    'The header counts more records than the packet has; TShark shows what fits, we trust none of it.',
  'Netflow 9 invalid 01': COUNT,
  'netflow-v9-1.dat': COUNT,
  'Netflow 9 H3C':
    'TShark stops at an IPv4 address of two bytes (IPV4_ROUTER_SC). The template tells its length, so the walk goes on.',
  'Netscaler with variable length fields, again': HELD,
  'IPFIX Procera': 'Two flows are IPv6 and have 0.0.0.0 beside the IPv6 address; their source address is the latter.',
  'parser_test-11':
    'The second packet has a field that overruns its set: TShark shows what comes before it, RFC 7011 §9.1 discards the message.',
  'netflow9.pcap': HELD,
  'nprobe-netflow9-4': HELD,
  PACKET_V9_TEMPLATE_MIXED: HELD,
  'PACKET_IPFIX.bin, PACKET_IPFIX_TEMPLATE.bin': HELD,
};

/** Sentences on what differs, and what explains it. */
export function compareWithTshark(
  name: string,
  traces: SpanTree[],
  optionsRecords: number,
): { differ: string[]; explained: string[] } {
  const expected = cases[name];
  if (!expected) return { differ: ['TShark was not asked'], explained: [] };
  const flows = traces.flatMap(({ children }) => children.filter((child) => child.name.startsWith('flow_')));
  const sources = flows.map(({ attributes }) => attributes['source.address'] as string | undefined);
  const actual: Dissected = {
    records: flows.length + optionsRecords,
    octets: flows.reduce((sum, { attributes }) => sum + Number(attributes['flow.bytes.delta'] ?? 0), 0),
    sources: [
      ...new Set(sources.filter((address) => address !== undefined && !address.includes(':'))),
    ].sort() as string[],
  };
  const differ = (Object.keys(actual) as (keyof Dissected)[])
    .filter((key) => JSON.stringify(actual[key]) !== JSON.stringify(expected[key]))
    .map((key) => `${key}: ${JSON.stringify(actual[key])}, TShark ${JSON.stringify(expected[key])}`);
  const why = Object.entries(DIFFERENCES).find(([part]) => name.includes(part))?.[1];
  if (why === undefined || differ.length === 0) return { differ, explained: [] };
  return { differ: [], explained: [`${differ.length} of TShark's figures. ${why}`] };
}
