/**
 * The captures as conformance cases: which files make one exporter's story, in which order, and whose device it was.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCapture } from '../../collector/replay/captures.ts';
import { type Datagram, LOOPBACK } from '../reference/compare.ts';

const CAPTURES = join(import.meta.dirname, '..', 'captures');

/** When every packet is received: after all of them were exported. */
const RECEIVED = Date.UTC(2025, 9, 1);

export type Case = { name: string; vendor: string; files: string[]; datagrams: Datagram[] };

/** A test of logstash-codec-netflow with the records it expects, field names as there. */
export type LogstashTest = {
  test: string;
  packets: string[];
  decoded_events: number | null;
  event_to_expected: [event: number, expected: number][];
  expected: { '@timestamp': string; netflow: Record<string, string | number> }[];
};

/** Vendor of a capture whose source does not tell. */
const UNNAMED = 'not named';

type Story = [vendor: string, ...files: string[]];

const LOGSTASH_VENDORS: [pattern: RegExp, vendor: string][] = [
  [/cisco/i, 'Cisco'],
  [/fortigate/i, 'Fortinet'],
  [/juniper/i, 'Juniper'],
  [/mi[ck]rotik/i, 'MikroTik'],
  [/netscaler/i, 'Citrix NetScaler'],
  [/barracuda/i, 'Barracuda'],
  [/procera/i, 'Procera'],
  [/palo alto/i, 'Palo Alto'],
  [/h3c/i, 'H3C'],
  [/pflow/i, 'OpenBSD pflow'],
  [/ipt_netflow/i, 'ipt_NETFLOW'],
  [/options template with scope/i, 'nProbe'],
  [/multiple netflow exporters/i, 'nProbe, softflowd'],
];

const STORIES: Record<string, Story[]> = {
  'calmh-ipfix': [
    ['Procera', 'parser_test-00.bin', 'parser_test-01.bin', 'parser_test-03.bin'],
    ['Procera', 'parser_test-08.bin'],
    ['Procera', 'parser_test-09.bin'],
    ['Procera', 'parser_test-11.bin', 'parser_test-12.bin', 'parser_test-13.bin'],
    ['Procera', 'parser_test-18.bin'],
    ['Procera', 'parser_test-19.bin'],
    ['Procera', 'interpreter_test-02.bin', 'interpreter_test-03.bin'],
  ],
  demo: ['-v5', '-softflowd', '-cisco', '-asa', '-mikrotik', '-yaf'].map((part) => [UNNAMED, ...files('demo', part)]),
  'fluent-plugin-netflow': [
    [UNNAMED, 'netflow.v5.dump'],
    [UNNAMED, 'netflow.v9.template.dump', 'netflow.v9.dump'],
    [UNNAMED, 'netflow.v9.template.as2.dump', 'netflow.v9.dump'],
    [UNNAMED, 'netflow.v9.template.flowStartMilliseconds.dump', 'netflow.v9.flowStartMilliseconds.dump'],
    [UNNAMED, 'netflow.v9.mpls-template.dump', 'netflow.v9.mpls-data.dump'],
    [
      UNNAMED,
      'netflow.v9.sampler_template.dump',
      'netflow.v9.sampler.dump',
      'netflow.v9.template.dump',
      'netflow.v9.dump',
    ],
  ],
  goflow2: [
    [UNNAMED, 'decoders_netflow_netflow_test-template-120.bin', 'decoders_netflow_netflow_test-data-1392.bin'],
    [UNNAMED, 'decoders_netflowlegacy_netflow_test-data-312.bin'],
  ],
  'graylog-netflow': [
    [UNNAMED, 'netflow-v5-1.dat'],
    [UNNAMED, 'netflow-v5-2.dat'],
    [UNNAMED, 'netflow-v9-1.dat:0-224', 'netflow-v9-1.dat:224-404'],
    [UNNAMED, 'netflow-v9-2-1.dat', 'netflow-v9-2-2.dat', 'netflow-v9-2-3.dat'],
    [UNNAMED, 'netflow-v9-3_incomplete.dat'],
    [UNNAMED, 'netflow5.pcap'],
    [UNNAMED, 'netflow9.pcap'],
    ['NetGraph', 'netgraph-netflow5.pcap'],
    ['nProbe', 'nprobe-netflow9.pcap'],
    ['nProbe', 'nprobe-netflow9-2.pcap'],
    ['nProbe', 'nprobe-netflow9-3.pcap'],
    ['nProbe', 'nprobe-netflow9-4.pcap'],
    ['pmacctd', 'pmacctd-netflow5.pcap'],
    ['pmacctd', 'pmacctd-netflow9.pcap'],
  ],
  'python-netflow': [
    ['softflowd', 'PACKET_V1.bin'],
    ['softflowd', 'PACKET_V5.bin'],
    ['softflowd', 'PACKET_V9_TEMPLATE.bin', 'PACKETS_V9-00.bin', 'PACKETS_V9-01.bin', 'PACKETS_V9-02.bin'],
    ['softflowd', 'PACKETS_V9-00.bin', 'PACKET_V9_TEMPLATE_MIXED.bin', 'PACKETS_V9-01.bin', 'PACKETS_V9-02.bin'],
    ['softflowd', 'PACKET_V9_WITH_ZEROS.bin'],
    ['softflowd', 'PACKET_IPFIX_TEMPLATE.bin', 'PACKET_IPFIX.bin'],
    ['softflowd', 'PACKET_IPFIX.bin', 'PACKET_IPFIX_TEMPLATE.bin'],
    ['softflowd', 'PACKET_IPFIX_TEMPLATE_ETHER.bin', 'PACKET_IPFIX_ETHER.bin'],
    ['softflowd', 'PACKET_IPFIX_PADDING.bin'],
    [UNNAMED, 'PACKET_INVALID.bin'],
  ],
  vflow: [
    [UNNAMED, 'netflow_v5_decoder_test-TestV5FlowPacket.bin'],
    [UNNAMED, 'ipfix_decoder_test-tpl.bin', 'ipfix_decoder_test-payload.bin'],
    [UNNAMED, 'ipfix_decoder_test-optsTpl.bin'],
    [UNNAMED, 'ipfix_decoder_test-multiMessage.bin'],
    [UNNAMED, 'ipfix_decoder_test-unknownDatasetMessage.bin'],
    [
      UNNAMED,
      ...['Templates', 'TemplatesOpt', 'DataSamples'].flatMap((part) => files('vflow', `ipfix_samples-ipfix${part}-`)),
    ],
  ],
};

/** The tests of logstash-codec-netflow, each a case of the same index. */
export function logstashTests(): { tests: LogstashTest[]; cases: Case[] } {
  const folder = 'logstash-codec-netflow';
  const tests: LogstashTest[] = JSON.parse(readFileSync(join(CAPTURES, folder, 'expected.json'), 'utf8'));
  const cases = tests.map(({ test, packets }, index) => {
    const again = tests.findIndex((other) => other.test === test) < index ? ', again' : '';
    const vendor = LOGSTASH_VENDORS.find(([pattern]) => pattern.test(test))?.[1] ?? UNNAMED;
    return storyCase(folder, [vendor, ...packets], test.trim() + again, false);
  });
  return { tests, cases };
}

/** The tests of telegraf, each with the lines it expects. */
export function telegrafTests(): { lines: string[]; case: Case }[] {
  // By the enterprise numbers in them: 6871 is CERT's, 35632 ntop’s.
  const vendors: Record<string, string> = {
    ipfix_example: 'YAF',
    ipfix_pen_35632: 'nProbe',
  };
  const folders = readdirSync(join(CAPTURES, 'telegraf'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  return folders.map(({ name }) => ({
    lines: readFileSync(join(CAPTURES, 'telegraf', name, 'expected.out'), 'utf8')
      .split('\n')
      .filter(Boolean),
    case: storyCase(`telegraf/${name}`, [vendors[name] ?? UNNAMED, ...files(`telegraf/${name}`, '.bin')], name),
  }));
}

/** The captures that come without expected records. */
export function otherCases(): Case[] {
  return Object.entries(STORIES).flatMap(([folder, stories]) =>
    stories.map((story) => storyCase(folder, story, story.slice(1).join(', '))),
  );
}

/** Captures of sFlow: of agents, and those with which decoders of it are tested. */
export function sflowCases(): Case[] {
  const all = [
    ...files('goflow2', '_sflow_').map((file) => ['goflow2', file]),
    ...files('telegraf', 'sflow_').map((file) => ['telegraf', file]),
  ];
  return all.map(([folder, file]) => storyCase(folder, [UNNAMED, file], file, false));
}

/** `split`: a file may hold several packets. A name may end with the range of bytes that is meant. */
function storyCase(folder: string, [vendor, ...names]: Story, name: string, split = true): Case {
  const datagrams = names.flatMap((file) => {
    const [name, range] = file.split(':');
    const path = join(CAPTURES, folder, name);
    const packets = split && !range ? readCapture(path).packets : [];
    const whole = readFileSync(path).subarray(...(range?.split('-').map(Number) ?? []));
    const payloads = packets.length > 0 ? packets.map(({ payload }) => payload) : [whole];
    return payloads.map((payload) => ({ bytes: new Uint8Array(payload), source: LOOPBACK, receivedMs: RECEIVED }));
  });
  return { name: `${folder}: ${name}`, vendor, files: names.map((file) => join(folder, file)), datagrams };
}

function files(folder: string, part: string): string[] {
  return readdirSync(join(CAPTURES, folder))
    .filter((name) => name.includes(part))
    .sort();
}
