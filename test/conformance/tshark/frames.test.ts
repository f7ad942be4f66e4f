/** Sampled packets of every kind of header, field by field as Wireshark's dissector reads the same frames. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FRAMES, type Made } from '../../../collector/dissect/frames.fixture.ts';
import { LAYER, type Layer } from '../../../collector/dissect/layers.ts';
import { createHarness } from '../../../collector/pipeline/pipeline.fixture.ts';
import { sampleOf } from '../../../collector/sampled/sample.fixture.ts';
import { missingTshark } from './dissect.ts';

const missing = missingTshark();
if (missing && process.env.CI) throw new Error(missing);

/** TShark's fields, all of whose values are asked for, from the outermost to the innermost. */
const FIELDS = [
  ...['frame.protocols', 'eth.src', 'eth.dst', 'vlan.id', 'ieee8021ad.id', 'mpls.label', 'vxlan.vni', 'geneve.vni'],
  ...[
    'ip.src',
    'ip.dst',
    'ip.ttl',
    'ip.dsfield.dscp',
    'ip.proto',
    'ipv6.src',
    'ipv6.dst',
    'ipv6.hlim',
    'ipv6.tclass.dscp',
  ],
  ...['tcp.srcport', 'tcp.dstport', 'tcp.flags', 'udp.srcport', 'udp.dstport', 'sctp.srcport', 'sctp.dstport'],
  ...['icmp.type', 'icmp.code', 'icmpv6.type', 'icmpv6.code'],
] as const;
type Dissected = Record<(typeof FIELDS)[number], string[]>;

const LINK_TYPES: Partial<Record<Layer, number>> = { [LAYER.ethernet]: 1, [LAYER.ipv4]: 228, [LAYER.ipv6]: 229 };

/** Frames that TShark reads otherwise, and why ours stands. */
const ADDRESS = 'TShark goes by the first four bits of the address, though a whole frame begins there.';
const UNLIKE = new Map([
  ['a frame of a customer in a backbone', "TShark tells its addresses by names of their own, beside the backbone's."],
  ['Ethernet over MPLS whose address begins as IPv4', ADDRESS],
  ['Ethernet over MPLS whose address begins as IPv6', ADDRESS],
  ['Ethernet over MPLS whose address begins as a channel header', ADDRESS],
]);

/** By name; TShark runs once for each link type. */
function dissectAll(): Map<string, Dissected> {
  const folder = mkdtempSync(join(tmpdir(), 'tshark-frames-'));
  try {
    const byFirst = Map.groupBy(FRAMES, ({ first }) => first);
    const dissected = Array.from(byFirst, ([first, frames]) => {
      const file = join(folder, 'frames.pcap');
      writeFileSync(file, pcapOf(frames, LINK_TYPES[first]!));
      const fields = FIELDS.flatMap((field) => ['-e', field]);
      const args = ['-r', file, '-T', 'fields', '-E', 'separator=|', ...fields];
      const lines = execFileSync('tshark', args, { stdio: ['ignore', 'pipe', 'ignore'] })
        .toString()
        .split('\n');
      return frames.map(({ name }, index) => {
        const values = lines[index].split('|').map((value) => value.split(',').filter(Boolean));
        return [name, Object.fromEntries(FIELDS.map((field, at) => [field, values[at]])) as Dissected] as const;
      });
    });
    return new Map(dissected.flat());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function pcapOf(frames: readonly Made[], linkType: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32BE(0xa1b2c3d4, 0);
  header.writeUInt32BE(0x0002_0004, 4);
  header.writeUInt32BE(65_535, 16);
  header.writeUInt32BE(linkType, 20);
  const records = frames.flatMap(({ hex }) => {
    const frame = Buffer.from(hex, 'hex');
    const lengths = Buffer.alloc(16);
    lengths.writeUInt32BE(frame.length, 8);
    lengths.writeUInt32BE(frame.length, 12);
    return [lengths, frame];
  });
  return Buffer.concat([header, ...records]);
}

/** What spans must have by what TShark read; undefined where it is absent. */
function expectedOf(read: Dissected): Record<string, unknown> {
  const protocols = read['frame.protocols'][0].split(':');
  const ofIp = protocols.filter((protocol) => protocol === 'ip' || protocol === 'ipv6');
  const innermost = ofIp.at(-1) as 'ip' | 'ipv6';
  const outermost = ofIp[0] as 'ip' | 'ipv6';
  const transport = protocols.filter((protocol) => ['tcp', 'udp', 'sctp', 'icmp', 'icmpv6'].includes(protocol)).at(-1);
  const last = (field: keyof Dissected) => read[field].at(-1);
  const number = (value: string | undefined) => (value === undefined ? undefined : BigInt(value));
  const ports = transport === 'tcp' || transport === 'udp' || transport === 'sctp' ? transport : undefined;
  const icmp = transport === 'icmp' || transport === 'icmpv6' ? transport : undefined;
  const vni = last('vxlan.vni') ?? last('geneve.vni');
  const tags = [...read['ieee8021ad.id'], ...read['vlan.id']];
  const isTunnel = ofIp.length > 1;
  return {
    'source.address': last(`${innermost}.src`),
    'destination.address': last(`${innermost}.dst`),
    'flow.ip.ttl': number(last(innermost === 'ip' ? 'ip.ttl' : 'ipv6.hlim')),
    'flow.ip.dscp.id': number(last(innermost === 'ip' ? 'ip.dsfield.dscp' : 'ipv6.tclass.dscp')),
    'source.port': ports && number(last(`${ports}.srcport`)),
    'destination.port': ports && number(last(`${ports}.dstport`)),
    'flow.tcp.flags.bits': transport === 'tcp' ? number(last('tcp.flags')) : undefined,
    'flow.icmp.type.id': icmp && number(last(`${icmp}.type`)),
    'flow.icmp.code.id': icmp && number(last(`${icmp}.code`)),
    'source.mac': last('eth.src'),
    'destination.mac': last('eth.dst'),
    'netflow.vlan.id': number(tags[0]),
    'netflow.dot1qCustomerVlanId': number(tags[1]),
    'netflow.mplsTopLabelStackSection': number(read['mpls.label'][0]),
    'netflow.mplsLabelStackSection2': number(read['mpls.label'][1]),
    'netflow.layer2SegmentId': vni && BigInt(vni) + (last('vxlan.vni') ? 1n << 56n : 0n),
    'netflow.tunnel.source.address': isTunnel ? read[`${outermost}.src`][0] : undefined,
    'netflow.tunnel.destination.address': isTunnel ? read[`${outermost}.dst`][0] : undefined,
  };
}

test('sampled packets are what TShark reads', { skip: missing }, async (t) => {
  const dissected = dissectAll();
  for (const { name, hex, first } of FRAMES.filter(({ name }) => !UNLIKE.has(name))) {
    await t.test(name, () => {
      const { receive, flows } = createHarness();
      receive(sampleOf(Buffer.from(hex, 'hex'), first === LAYER.ethernet ? 315 : 313));
      const [{ attributes }] = flows();
      const expected = expectedOf(dissected.get(name)!);
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, attributes[key]])), expected);
    });
  }
});
