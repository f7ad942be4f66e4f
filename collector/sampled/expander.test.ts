import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import { findElement } from '../decode/elements/elements.ts';
import { ethernet, ICMP, ipv4, ipv6, label, TCP, udp, vxlan } from '../dissect/frames.fixture.ts';
import { createHarness } from '../pipeline/pipeline.fixture.ts';
import { Expander } from './expander.ts';
import { messageOf, type SampleField, sampleOf } from './sample.fixture.ts';

type Attributes = Record<string, unknown>;

function flowsOf(message: Buffer, config?: CollectorConfigInput): Attributes[] {
  const { receive, flows } = createHarness(config);
  receive(message);
  return flows().map(({ attributes }) => attributes);
}

/** The only flow of a message of these fields. */
function flowOf(...fields: SampleField[]): Attributes {
  const flows = flowsOf(messageOf(fields));
  assert.equal(flows.length, 1);
  return flows[0];
}

/** Of the attributes, those that are expected; undefined is for none. */
function assertHas(attributes: Attributes, expected: Attributes): void {
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, attributes[name]])), expected);
}

const FRAME = ethernet('0800', ipv4(6, TCP));
const FLOW = {
  'source.address': '192.0.2.1',
  'destination.address': '198.51.100.1',
  'network.transport': 'tcp',
  'source.port': 443n,
  'destination.port': 50_000n,
};
const NONE = { 'source.address': undefined, 'flow.packets.delta': undefined };

describe('every element with the beginning of a packet', () => {
  const cases: [string, SampleField[]][] = [
    ['dataLinkFrameSection', [{ id: 315, hex: FRAME }]],
    ['layer2packetSectionData', [{ id: 104, hex: FRAME }]],
    ['of fixed length', [{ id: 315, length: FRAME.length / 2, hex: FRAME }]],
    ['ipHeaderPacketSection', [{ id: 313, hex: ipv4(6, TCP) }]],
    [
      'ipHeaderPacketSection and ipPayloadPacketSection',
      [
        { id: 313, hex: ipv4(6, TCP).slice(0, 40) },
        { id: 314, hex: TCP },
      ],
    ],
    ['mplsPayloadPacketSection', [{ id: 317, hex: ipv4(6, TCP) }]],
    [
      'mplsLabelStackSection and mplsPayloadPacketSection',
      [
        { id: 316, hex: label(16) + label(17, true) },
        { id: 317, hex: ipv4(6, TCP) },
      ],
    ],
  ];
  for (const [name, fields] of cases) {
    test(name, () => {
      const flow = flowOf({ id: 10, length: 4, hex: '00000007' }, ...fields, { id: 14, length: 4, hex: '00000008' });
      assertHas(flow, {
        ...FLOW,
        'netflow.interface.ingress.index': 7n,
        'netflow.interface.egress.index': 8n,
        'flow.packets.delta': 1n,
        'netflow.mplsLabelStackSection2': name.startsWith('mplsLabel') ? 17n : undefined,
      });
      assert.ok(
        !Object.keys(flow).some((attribute) => /Section$|SectionData$/.test(attribute) && !/Label/.test(attribute)),
      );
    });
  }
});

test('bytes are the packet’s: as the device tells, by its header, or what there is of it', () => {
  const cut = FRAME.slice(0, 68);
  const cases: [number, SampleField[]][] = [
    [
      1_518,
      [
        { id: 312, length: 2, hex: '05ee' },
        { id: 315, hex: cut },
      ],
    ],
    [14 + 40, [{ id: 315, hex: cut }]],
    [60, [{ id: 315, hex: FRAME.padEnd(120, '0') }]],
    [
      1_500,
      [
        { id: 224, length: 8, hex: '00000000000005dc' },
        { id: 313, hex: ipv4(6, TCP) },
      ],
    ],
    [40, [{ id: 313, hex: ipv4(6, TCP).slice(0, 40) }]],
    [14 + 40 + 20, [{ id: 315, hex: ethernet('86dd', ipv6(6, TCP)).slice(0, 110) }]],
  ];
  for (const [bytes, fields] of cases) {
    assertHas(flowOf(...fields), { 'flow.bytes.delta': BigInt(bytes), 'flow.packets.delta': 1n });
  }
});

describe('a section in two', () => {
  const tcp6 = ipv6(0, `0600050200000100${TCP}`);
  const cases: [string, Attributes, SampleField[]][] = [
    [
      'extension headers are of what IPv6 carries',
      { 'network.transport': 'tcp', 'source.port': 443n, 'flow.bytes.delta': 68n },
      [
        { id: 313, hex: tcp6.slice(0, 80) },
        { id: 314, hex: tcp6.slice(80) },
      ],
    ],
    [
      'the second begins with what the header carries, however much of it the first has',
      { 'network.transport': 'tcp', 'source.port': 443n, 'flow.tcp.flags.bits': 18n, 'flow.bytes.delta': 68n },
      [
        { id: 313, hex: tcp6.slice(0, 84) },
        { id: 314, hex: tcp6.slice(80) },
      ],
    ],
    [
      'one that has no more is not read',
      { 'source.port': 443n, 'flow.tcp.flags.bits': undefined },
      [
        { id: 313, hex: ipv4(6, TCP).slice(0, 56) },
        { id: 314, hex: TCP.slice(0, 8) },
      ],
    ],
    [
      'labels cut off, and what is below all of them',
      { ...FLOW, 'netflow.mplsTopLabelStackSection': 16n, 'flow.bytes.delta': 44n },
      [
        { id: 316, hex: label(16) },
        { id: 10, length: 4, hex: '00000007' },
        { id: 317, hex: ipv4(6, TCP) },
      ],
    ],
    [
      'labels with some of what is below them',
      { ...FLOW, 'flow.bytes.delta': 44n },
      [
        { id: 316, hex: label(16, true) + ipv4(6, TCP).slice(0, 40) },
        { id: 317, hex: ipv4(6, TCP) },
      ],
    ],
  ];
  for (const [name, expected, fields] of cases) test(name, () => assertHas(flowOf(...fields), expected));
});

describe('a section alone', () => {
  const addresses = [8, 12].map((id) => ({ id, length: 4, hex: `c00002${id === 8 ? '01' : '02'}` }));
  const protocol = (number: string): SampleField => ({ id: 4, length: 1, hex: number });
  const cases: [string, Attributes, SampleField[]][] = [
    [
      'of what IPv4 carries, by the protocol that the device tells',
      {
        ...{ 'source.address': '192.0.2.1', 'network.transport': 'tcp', 'source.port': 443n },
        ...{ 'flow.tcp.flags.bits': 18n, 'flow.packets.delta': 1n, 'flow.bytes.delta': undefined },
        'netflow.ipPayloadPacketSection': undefined,
      },
      [{ id: 314, hex: TCP }, ...addresses, protocol('06')],
    ],
    [
      'of what IPv4 carries, with its length',
      { 'flow.icmp.type.id': 8n, 'flow.icmp.code.id': 0n, 'flow.bytes.delta': 1_500n },
      [...addresses, protocol('01'), { id: 224, length: 2, hex: '05dc' }, { id: 314, hex: ICMP }],
    ],
    [
      'of what IPv4 carries: a tunnel',
      {
        ...{ 'source.address': '192.0.2.3', 'network.transport': 'tcp', 'source.port': 443n },
        ...{ 'netflow.tunnel.type': 'vxlan', 'netflow.tunnel.source.address': '192.0.2.1' },
        'netflow.tunnel.destination.port': 4_789n,
      },
      [...addresses, protocol('11'), { id: 314, hex: vxlan(ethernet('0800', ipv4(6, TCP, { host: 3 }), 3)) }],
    ],
    [
      'of labels, down to their bottom',
      {
        ...{ 'netflow.mplsTopLabelStackSection': 16n, 'netflow.mplsLabelStackSection2': 17n },
        ...{ 'netflow.mplsLabelStackSection3': undefined, 'flow.packets.delta': 1n, 'flow.bytes.delta': undefined },
      },
      [{ id: 316, hex: label(16) + label(17, true) }],
    ],
    [
      'of labels and more',
      { ...FLOW, 'netflow.mplsTopLabelStackSection': 16n, 'flow.bytes.delta': 44n },
      [{ id: 316, hex: label(16, true) + ipv4(6, TCP) }],
    ],
    [
      'of what is below labels: Ethernet',
      { ...FLOW, 'source.mac': '00:00:5e:00:53:ff', 'flow.bytes.delta': 54n },
      [{ id: 317, hex: FRAME }],
    ],
  ];
  for (const [name, expected, fields] of cases) test(name, () => assertHas(flowOf(...fields), expected));
});

test('counters that the device tells stay, and what it tells of sampling stands beside', () => {
  const flow = flowOf(
    { id: 1, length: 4, hex: '00000bb8' },
    { id: 2, length: 4, hex: '00000003' },
    { id: 34, length: 4, hex: '000003e8' },
    { id: 315, hex: FRAME },
  );
  assertHas(flow, { 'flow.bytes.delta': 3_000n, 'flow.packets.delta': 3n, 'flow.sampling.interval': 1_000n });
});

test('padding of a section of fixed length is none of it', () => {
  const section = { id: 104, length: 100, hex: FRAME.slice(0, 74).padEnd(200, 'f') };
  const size = { id: 103, length: 2, hex: '0025' };
  const ports = { 'source.port': undefined, 'destination.port': undefined };
  assertHas(flowOf(size, section), { ...FLOW, ...ports, 'flow.bytes.delta': 54n });
});

describe('stays as it is', () => {
  const cases: [string, SampleField[]][] = [
    [
      'what does not begin with the packet',
      [
        { id: 409, length: 2, hex: '0040' },
        { id: 315, hex: FRAME },
      ],
    ],
    [
      'a frame of 802.11',
      [
        { id: 408, length: 2, hex: '0002' },
        { id: 315, hex: FRAME },
      ],
    ],
    ['what IP carries, by no protocol', [{ id: 314, hex: TCP }]],
    [
      'what IPv4 carries, by no number that protocols have',
      [
        { id: 8, length: 4, hex: '0a000001' },
        { id: 4, length: 2, hex: '0106' },
        { id: 314, hex: TCP },
      ],
    ],
    [
      'what is carried by a fragment that is not the first',
      [
        { id: 8, length: 4, hex: '0a000001' },
        { id: 4, length: 1, hex: '06' },
        { id: 88, length: 2, hex: '00b9' },
        { id: 314, hex: TCP },
      ],
    ],
    [
      'what IP carries, of no family',
      [
        { id: 4, length: 1, hex: '06' },
        { id: 314, hex: TCP },
      ],
    ],
    [
      'what IPv6 carries, where extension headers may be',
      [
        { id: 27, length: 16, hex: '00'.repeat(16) },
        { id: 8, length: 4, hex: '00000000' },
        { id: 4, length: 1, hex: '06' },
        { id: 314, hex: TCP },
      ],
    ],
    ['what is no header', [{ id: 313, hex: '00000000' }]],
    ['less than a label', [{ id: 316, hex: '000101' }]],
  ];
  for (const [name, fields] of cases) {
    test(name, () => {
      const { hex, id } = fields.at(-1)!;
      const none = fields.some(({ id }) => id === 8) ? { 'flow.packets.delta': undefined } : NONE;
      assertHas(flowOf(...fields), { ...none, [`netflow.${findElement(0, id)!.name}`]: hex });
    });
  }

  test('a packet whose headers the device tells itself', () => {
    const addresses = [8, 12].map((id) => ({ id, length: 4, hex: '0a000001' }));
    assertHas(flowOf(...addresses, { id: 315, hex: FRAME }), {
      'source.address': '10.0.0.1',
      'netflow.dataLinkFrameSection': FRAME,
    });
  });
});

test('the innermost tuple is the flow, what is around it its tunnel', () => {
  const inner = ethernet('0800', ipv4(6, TCP, { host: 2 }), 2);
  const [flow] = flowsOf(sampleOf(Buffer.from(ethernet('86dd', ipv6(17, vxlan(inner))), 'hex'), 315));
  assertHas(flow, {
    ...FLOW,
    'source.address': '192.0.2.2',
    'destination.mac': '00:00:5e:00:53:02',
    'netflow.tunnel.type': 'vxlan',
    'netflow.tunnel.source.address': '2001:db8::1',
    'netflow.tunnel.destination.address': '2001:db8::2',
    'netflow.tunnel.destination.port': 4_789n,
  });
  const nested = ipv4(47, `00000800${ipv4(4, ipv4(1, ICMP, { host: 3 }), { host: 2 })}`);
  assertHas(flowsOf(sampleOf(Buffer.from(nested, 'hex'), 313))[0], {
    'source.address': '192.0.2.3',
    'network.transport': 'icmp',
    'netflow.tunnel.type': ['gre', 'ipv4'],
    'netflow.tunnel.source.address': ['192.0.2.1', '192.0.2.2'],
  });
});

test('what has no header of IP is told by its type', () => {
  const arp = ethernet('8100', `00070806${'00'.repeat(28)}`);
  const [flow] = flowsOf(sampleOf(Buffer.from(arp, 'hex'), 315));
  assertHas(flow, {
    'source.address': undefined,
    'source.mac': '00:00:5e:00:53:ff',
    'netflow.vlan.id': 7n,
    'netflow.ethernetType': 0x0806n,
    'flow.packets.delta': 1n,
  });
});

test('what stands behind a length is no type, but with SNAP', () => {
  const macs = ethernet('', '');
  const typeOf = (hex: string) => flowsOf(sampleOf(Buffer.from(hex, 'hex'), 315))[0]['netflow.ethernetType'];
  assert.equal(typeOf(`${macs}0024aaaa030000000806${'00'.repeat(28)}`), 0x0806n);
  assert.equal(typeOf(ethernet('8100', `00070024aaaa030000000806${'00'.repeat(28)}`)), 0x0806n);
  assert.equal(typeOf(`${macs}0024aaaa0300000c2000${'00'.repeat(28)}`), undefined, 'SNAP with a type of Cisco');
  assert.equal(typeOf(`${macs}0026424203${'00'.repeat(35)}`), undefined, 'spanning tree');
  assert.equal(typeOf(`${macs}0026`), undefined, 'cut off');
});

test('a frame below labels is found whatever its type and addresses are', () => {
  // Addresses that may be a control word, a channel header or IP, and types that are not taken apart.
  const bodies = ['0806000108000604', '88cc020704', '0026424203', '81000007080045', '810000070806'];
  for (const address of ['0000fc000001', '100000002101', '443192000001', '60735c000001', 'acde48000001']) {
    for (const body of bodies)
      for (const word of address.startsWith('0000') ? ['', '00000000'] : ['', '00000000', '00000007']) {
        const packet = ethernet('8847', `${label(299, true)}${word}${address}020000000001${body}${'00'.repeat(40)}`);
        const [flow] = flowsOf(sampleOf(Buffer.from(packet, 'hex'), 315));
        const macs = [flow['destination.mac'], flow['source.mac']];
        assert.deepEqual(macs, [address.replace(/..(?!$)/g, '$&:'), '02:00:00:00:00:01'], `${word} ${address} ${body}`);
      }
  }
});

test('flags that are cut off are not told', () => {
  const flagsOf = (fields: readonly SampleField[]) => flowsOf(messageOf(fields))[0]['flow.tcp.flags.bits'];
  const header = ipv4(6, TCP).slice(0, 40);
  for (const [length, flags] of [
    [14, 0x12n],
    [13, undefined],
    [4, undefined],
  ] as const) {
    const tcp = TCP.slice(0, 2 * length);
    assert.equal(flagsOf([{ id: 315, hex: ethernet('0800', header + tcp) }]), flags, `${length} bytes`);
    const told = [
      { id: 8, length: 4, hex: 'c0000201' },
      { id: 12, length: 4, hex: 'c6336401' },
      { id: 4, length: 1, hex: '06' },
    ];
    assert.equal(flagsOf([...told, { id: 314, hex: tcp }]), flags, `${length} bytes without a header`);
  }
});

test('Juniper’s properties are values', () => {
  const property = (kind: number, value: number, length: 2 | 4): SampleField => {
    const hex = (kind * 2 ** (8 * length - 6) + value).toString(16).padStart(2 * length, '0');
    return { pen: 2_636, id: 137, length, hex };
  };
  const flow = flowOf(
    property(1, 0x0d, 4),
    property(2, 194, 2),
    property(3, 5, 4),
    property(4, 0, 4),
    property(6, 360, 4),
    property(9, 1, 2),
    { id: 315, hex: FRAME },
  );
  assertHas(flow, {
    ...FLOW,
    'netflow.juniper.forwardingClass': 3n,
    'netflow.juniper.dropPriority': 1n,
    'netflow.juniper.forwardingException': 194n,
    'netflow.juniper.forwardingNextHop': 5n,
    'netflow.juniper.ingressInterfaceIndex': 360n,
    'netflow.juniper.commonPropertiesId': 9n * 1_024n + 1n,
  });
});

test('records of one set, of every kind, come out in their order; the selection sees what is in them', () => {
  const packets = [FRAME, ethernet('86dd', ipv6(17, udp())), FRAME, ethernet('0806', '00'.repeat(28)), FRAME];
  const record = (hex: string) => `ff${(hex.length / 2).toString(16).padStart(4, '0')}${hex}`;
  const template = '0002000c01000001013bffff';
  const records = packets.map(record).join('');
  const set = `0100${(4 + records.length / 2).toString(16).padStart(4, '0')}${records}`;
  const length = (16 + (template.length + set.length) / 2).toString(16).padStart(4, '0');
  const message = Buffer.from(`000a${length}695735a50000000000000007${template}${set}`, 'hex');
  const transports = (config?: CollectorConfigInput) =>
    flowsOf(message, config).map((attributes) => attributes['network.transport'] ?? attributes['netflow.ethernetType']);
  assert.deepEqual(transports(), ['tcp', 'udp', 'tcp', 0x0806n, 'tcp']);
  assert.deepEqual(transports({ selection: { filter: 'destination.port == 53' } }), ['udp']);
});

test('what is kept of templates is bounded', () => {
  const expander = new Expander();
  const field = { pen: 0, id: 315, length: 65_535 };
  const others = Array.from({ length: 999 }, () => ({ pen: 0, id: 10, length: 1 }));
  const fields = [...others, field];
  const template = { ...{ version: 10, id: 256, options: false, scopeFieldCount: 0 }, fields, minLength: 1_000 };
  const templates = Array.from({ length: 100 }, () => ({ ...template, variable: true, raw: Buffer.alloc(4) }));
  const first = expander.of(templates[0]);
  assert.equal(expander.of(templates[0]), first);
  for (const one of templates) assert.ok(expander.of(one));
  assert.notEqual(expander.of(templates[0]), first);
});
