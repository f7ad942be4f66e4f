/** What TShark reads of datagrams of sFlow, captured ones and one of many structures, is what their spans say. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ethernet, ipv4, label, TCP } from '../../../collector/dissect/frames.fixture.ts';
import {
  address,
  datagram,
  expandedFlowSample,
  flowSample,
  rawHeader,
  record,
  text,
  u32,
} from '../../../collector/sflow/datagram.fixture.ts';
import type { Attributes } from '../../otlp/decode.ts';
import { throughPipeline } from '../../reference/compare.ts';
import { type Case, sflowCases } from '../cases.ts';
import { missingTshark } from './dissect.ts';
import { pcapOf } from './pcap.ts';

const PORT = 6343;
const MAC = '00005e0053010000';

const MADE = datagram(
  [
    flowSample([
      rawHeader(ethernet('0800', ipv4(6, TCP)), { length: 1_518 }),
      record(1_001, u32(10, 1, 20, 2)),
      record(1_002, address('0a000001') + u32(24, 16)),
      record(
        1_003,
        address('0a000002') + u32(64_500, 64_501, 64_502, 1, 2, 2, 64_503, 64_504, 1, 64_500 * 65_536 + 100, 200),
      ),
      record(1_004, u32(106) + text('anna') + u32(106) + text('robert')),
      record(1_005, u32(1) + text('/index.html') + text('www.example.org')),
      record(1_006, `${address('0a000003')}${u32(1)}${label(16)}${u32(1)}${label(17, true)}`),
      record(1_008, text('to-ams') + u32(7, 5)),
      record(1_009, text('vc') + u32(8, 4)),
      record(1_010, text('fec') + u32(32)),
      record(1_011, u32(24)),
    ]),
    expandedFlowSample(
      [
        record(3, `${u32(1_500, 6)}c0000201c6336401${u32(443, 50_000, 18, 0xb8)}`),
        record(2, u32(64) + MAC + MAC + u32(0x0806)),
        record(1_014, text('guest') + MAC + u32(4, 11, 0, 54_000_000, 20, 90, 300)),
      ],
      { rate: 512, pool: 1_024, drops: 9 },
    ),
  ],
  { subAgent: 3, sequence: 17 },
);

/** All ones: not known, and left out. */
const UNKNOWN = String(2 ** 32 - 1);

const own = (name: string) => `netflow.sflow.${name}`;

/** Of a packet, then of its flows, the field of TShark that has the values of an attribute. */
const OF_PACKET: [field: string, attribute: string][] = [
  ['sflow_245.sub_agent_id', 'netflow.observation_domain.id'],
  ['sflow_245.agent', 'netflow.original_exporter.address'],
  ['sflow_245.numsamples', 'netflow.sets'],
];
const OF_FLOWS: [fields: string | string[], attribute: string][] = [
  ['sflow.flow_sample.sampling_rate', 'flow.sampling.interval'],
  ['sflow.flow_sample.sample_pool', own('samplePool')],
  ['sflow.flow_sample.dropped_packets', own('sampleDrops')],
  [['sflow.flow_sample.input_interface', 'sflow.flow_sample.input_interface_value'], 'netflow.interface.ingress.index'],
  [['sflow_245.header.frame_length', 'sflow_245.ethernet.length'], 'flow.bytes.delta'],
  [['eth.src', 'sflow_245.ethernet.source_mac_address'], 'source.mac'],
  [['eth.dst', 'sflow_245.ethernet.destination_mac_address'], 'destination.mac'],
  [['ip.src', 'ipv6.src', 'sflow_245.ipv4_src'], 'source.address'],
  [['ip.dst', 'ipv6.dst', 'sflow_245.ipv4_dst'], 'destination.address'],
  ['sflow_245.vlan.in', 'netflow.vlan.id'],
  ['sflow_245.vlan.out', 'netflow.postVlanId'],
  ['sflow_245.pri.in', 'netflow.dot1qPriority'],
  ['sflow_245.pri.out', own('egressPriority')],
  ['sflow_245.nexthop.src_mask', 'source.prefix.length'],
  ['sflow_245.nexthop.dst_mask', 'destination.prefix.length'],
  ['sflow_245.as', own('routerAsNumber')],
  ['sflow_245.localpref', own('localPreference')],
  ['sflow_5.extended_user.source_user', 'netflow.userName'],
  ['sflow_5.extended_user.destination_user', own('destinationUserName')],
  ['sflow_5.extended_url.url', 'netflow.httpRequestTarget'],
  ['sflow_5.extended_url.host', 'netflow.httpRequestHost'],
  ['sflow_5.extended_mpls_tunnel.tunnel_name', own('mplsTunnelName')],
  ['sflow_5.extended_mpls_tunnel.id', own('mplsTunnelId')],
  ['sflow_5.extended_mpls_tunnel.cos_value', own('mplsTunnelCos')],
  ['sflow_5.extended_mpls_vc.vc_instance_name', own('mplsVcName')],
  ['sflow_5.extended_mpls_vc.id', own('mplsVcId')],
  ['sflow_5.extended_mpls_vc.label_cos_value', own('mplsVcCos')],
  ['sflow_5.extended_mpls.ftn_description', own('mplsFtnDescription')],
  ['sflow_5.extended_mpls.ftn_mask', own('mplsFtnMask')],
  ['sflow_5.extended_mpls.fec_address_prefix_length', 'netflow.mplsTopLabelPrefixLength'],
  ['sflow_5.extended_80211.rx.ssid', 'netflow.wlanSSID'],
  ['sflow_5.extended_80211.rx.bssid', own('wlanBssid')],
  ['sflow_5.extended_80211.rx.channel', 'netflow.wlanChannelId'],
  ['sflow_5.extended_80211.rx.speed', own('wlanSpeed')],
  ['sflow_5.extended_80211.rx.rsni', own('wlanRsni')],
  ['sflow_5.extended_80211.rx.rcpi', own('wlanRcpi')],
  ['sflow_5.extended_80211.rx.packet_duration', own('wlanPacketDuration')],
];
const FIELDS = [...OF_PACKET, ...OF_FLOWS].flatMap(([fields]) => fields);
/** Those that the packet of the datagram itself has, too, before what is in it. */
const OF_DATAGRAM_TOO = ['ip.src', 'ip.dst'];

/** By datagram, the values of each field, in their order. */
function dissect(datagrams: readonly Uint8Array[]): Map<string, string[]>[] {
  const folder = mkdtempSync(join(tmpdir(), 'tshark-'));
  try {
    const file = join(folder, 'sflow.pcap');
    writeFileSync(
      file,
      pcapOf(
        datagrams.map((one) => [one]),
        PORT,
      ),
    );
    const wanted = FIELDS.flatMap((field) => ['-e', field]);
    const args = ['-r', file, '-d', `udp.port==${PORT},sflow`, '-T', 'fields', '-E', 'aggregator=|', ...wanted];
    const output = execFileSync('tshark', args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
    const lines = output.trimEnd().split('\n');
    return lines.map((line) => {
      const columns = line.split('\t');
      const values = FIELDS.map((field, index): [string, string[]] => {
        const all = columns[index] ? columns[index].split('|') : [];
        return [field, OF_DATAGRAM_TOO.includes(field) ? all.slice(1) : all];
      });
      return new Map(values);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

suite('sFlow', { skip: missingTshark() }, () => {
  const captures = sflowCases();
  const made: Case = {
    ...captures[0],
    name: 'many structures',
    datagrams: [{ ...captures[0].datagrams[0], bytes: MADE }],
  };
  const cases = [...captures, made];
  const dissected = missingTshark() ? [] : dissect(cases.map(({ datagrams }) => datagrams[0].bytes));
  for (const [index, { name, datagrams }] of cases.entries()) {
    test(name, () => {
      const { spans } = throughPipeline(datagrams);
      const flows = spans.filter((span) => span.name.startsWith('flow_')).map(({ attributes }) => attributes);
      const ofPacket: Attributes = Object.assign(
        {},
        ...spans.filter((span) => span.name.startsWith('netflow.')).map(({ attributes }) => attributes),
      );
      for (const [field, attribute] of OF_PACKET)
        assert.deepEqual(dissected[index].get(field), [String(ofPacket[attribute])], field);
      // TShark does not know samples of discarded packets.
      if (/Drop/.test(name)) return;
      for (const [fields, attribute] of OF_FLOWS) {
        const theirs = [fields].flat().flatMap((field) => dissected[index].get(field) ?? []);
        // Where no structure tells it, it is the frame's tag.
        if (attribute === 'netflow.vlan.id' && theirs.length === 0) continue;
        const ours = flows.map((attributes) => attributes[attribute]).filter((value) => value !== undefined);
        const expected = theirs.filter((value) => value !== UNKNOWN).map(plain);
        assert.deepEqual(ours.map(String).sort(), expected.sort(), `${attribute} by ${fields}`);
      }
    });
  }
});

/** Numbers without leading zeros. */
function plain(value: string): string {
  return /^(0x)?[0-9a-f]+$/.test(value) && !Number.isNaN(Number(value)) ? String(Number(value)) : value;
}
