import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { ipfixMessage } from '../../test/generator/packet.ts';
import { dataSet, optionsTemplateSet, templateSet } from '../../test/generator/set.ts';
import { DOCUMENTED_PEN, TYPE_RECORDS, typeRecord } from '../../test/generator/type-record.ts';
import { hex, ipfix, NOW, v5, v9 } from '../pipeline/pipeline.fixture.ts';
import { counterSample, datagram, flowSample, rawHeader, record, text, u32 } from '../sflow/datagram.fixture.ts';
import { elementKey } from '../span/attributes.ts';
import { type InspectedPacket, Inspector } from './inspector.ts';
import { Summing } from './summary.ts';
import { packetText, summaryText } from './text.ts';

/** The packets of a case of test/cases. */
function packetsOf(name: string): Buffer[] {
  const file = readFileSync(new URL(`../../test/cases/${name}.hex`, import.meta.url), 'latin1');
  return file.trim().split(/\s+/).map(hex);
}

function inspect(packets: readonly Buffer[], inspector = new Inspector()): InspectedPacket[] {
  return packets.map((payload) => inspector.inspect({ payload, address: '10.0.0.1', port: 5_001, time: NOW }));
}

test('templates have the names of their fields, and what is news', () => {
  const [first, second] = inspect([...packetsOf('E02'), ...packetsOf('E02')]);
  assert.deepEqual(
    first.templates.map(({ id, options, news, recordLength }) => [id, options, news, recordLength]),
    [
      [300, true, 'new', 36],
      [256, false, 'new', 29],
    ],
  );
  assert.deepEqual(first.templates[0].fields, [
    { name: 'Interface', id: 2, length: 4, scope: true },
    { name: 'interfaceName', id: 82, length: 16 },
    { name: 'interfaceDescription', id: 83, length: 16 },
  ]);
  assert.deepEqual(
    second.templates.map(({ news }) => news),
    ['repeated', 'repeated'],
  );
});

test('elements are called as type records and the user’s file have it', () => {
  const fields = [1, 2, 3].map((id) => ({ id, length: 4, enterprise: DOCUMENTED_PEN }));
  const template = templateSet(10, [{ id: 256, fields }]);
  const types = [optionsTemplateSet(10, [TYPE_RECORDS]), dataSet(TYPE_RECORDS.id, [typeRecord(1, 'queueDepth')])];
  const packets = [[template], [...types, template]].map((sets) =>
    ipfixMessage({ exportTime: NOW / 1_000, sequence: 0, domain: 1 }, sets),
  );
  const ofUser = new Map([
    [elementKey(DOCUMENTED_PEN, 3), { attribute: 'netflow.acme.depth', type: 'unsigned32' as const }],
  ]);
  const names = inspect(packets, new Inspector(ofUser)).map(({ templates }) =>
    templates.at(-1)!.fields.map(({ name }) => name),
  );
  assert.deepEqual(names, [
    ['32473.1', '32473.2', 'acme.depth'],
    ['32473.queueDepth', '32473.2', 'acme.depth'],
  ]);
});

suite('options data tell what flows are joined to', () => {
  for (const [file, fact, attributes] of [
    ['S01', { kind: 'rate of sampler', id: 1, interval: 100 }, ['flow.sampling.interval']],
    ['E01', { kind: 'vrf', id: 3, name: 'CUST-A' }, ['netflow.vrf.ingress.name']],
    [
      'E02',
      { kind: 'interface', id: 3, name: 'Gi0/3', description: 'to core' },
      ['netflow.interface.ingress.name', 'netflow.interface.ingress.description'],
    ],
  ] as const) {
    test(file, () => {
      const inspector = new Inspector();
      const [{ options, flows }] = inspect(packetsOf(file), inspector);
      assert.deepEqual(options[0].facts[0], fact);
      const { kind: of, id } = fact;
      assert.deepEqual(
        flows[0].joined,
        attributes.map((attribute) => ({ attribute, packet: 1, of, id })),
      );
      assert.equal(inspector.told.list()[0].joined, attributes.length);
    });
  }
});

test('options data are shown by their values', () => {
  const [{ options }] = inspect(packetsOf('E02'));
  assert.deepEqual(options[0].values, {
    Interface: 3,
    'netflow.interfaceName': 'Gi0/3',
    'netflow.interfaceDescription': 'to core',
  });
});

test('options data of applications are shown with the id that flows have, by RFC 6759', () => {
  const name = 'logstash-codec-netflow/netflow9_test_cisco_nbar_opttpl260.dat';
  const [{ options }] = inspect([readFileSync(new URL(`../../test/captures/${name}`, import.meta.url))]);
  assert.deepEqual(options[0].values, {
    System: 168_755_571,
    'netflow.application.id': '1:8',
    'netflow.application.name': 'egp',
    'netflow.application.description': 'Exterior Gateway Protocol',
  });
});

suite('the device behind a mediator is told by its address', () => {
  for (const [name, field, hexadecimal, address] of [
    ['IPv4', '0082 0004', 'c0000201', '192.0.2.1'],
    ['IPv6', '0083 0010', '20010db8 00000000 00000000 00000001', '2001:db8::1'],
  ]) {
    test(name, () => {
      const value = hex(hexadecimal).length;
      const set = `0003 0012 0100 0002 0001 0095 0004 ${field} 0100 00${(8 + value).toString(16).padStart(2, '0')}`;
      const inspector = new Inspector();
      const [packet] = inspect([ipfix(`${set} 00000000 ${hexadecimal}`)], inspector);
      const fact = { kind: 'original exporter', id: 0, address };
      assert.deepEqual(packet.options[0].facts, [fact]);
      assert.deepEqual(
        inspector.told.list().map((told) => told.fact),
        [fact],
      );
      assert.ok(packetText(packet).includes(`tells that the device behind it is ${address}\n`));
    });
  }
});

test('sFlow: agent and sub-agent, what was sampled, and what is counted', () => {
  const frame = '020000000001 020000000002 0800 45000028 00010000 40060000 0a000001 0a000002 01bb8000'.replaceAll(
    ' ',
    '',
  );
  const vlan = record(5, u32(12) + 'ff'.repeat(8) + u32(1, 2, 3, 4));
  const samples = [
    flowSample([rawHeader(frame.padEnd(108, '0'))]),
    counterSample([record(1005, text('Vlan12')), vlan], 9),
  ];
  const [packet] = inspect([datagram(samples, { subAgent: 3, sequence: 77 })]);
  const { version, agent, domain, sequence, exportTime, flows, counters, problems } = packet;
  assert.deepEqual([version, agent, domain, sequence, exportTime], ['sflow', '192.0.2.1', 3, 77, undefined]);
  assert.deepEqual(
    flows.map(({ attributes, joined }) => [attributes['source.address'], joined]),
    [['10.0.0.1', []]],
  );
  assert.deepEqual(counters, [
    {
      structure: 'vlan_counters',
      source: 'interface 7',
      sequence: 9,
      values: { portName: 'Vlan12', vlan_id: 12, ucastPkts: 1, multicastPkts: 2, broadcastPkts: 3, discards: 4 },
    },
  ]);
  assert.deepEqual(problems, []);
  assert.match(packetText(packet), /^packet 1 .* sFlow .* agent 192\.0\.2\.1 {2}sub-agent 3 {2}sequence 77 /);
});

test('data that waited are told with the packet that they came in', () => {
  const [, waiting, template] = inspect(packetsOf('T11b'));
  assert.equal(waiting.restarted, true);
  assert.deepEqual(waiting.problems, [
    { offset: 24, what: '53 bytes of data before their template 256: they wait for it', section: 'RFC 3954 §9' },
  ]);
  assert.deepEqual(
    template.released.map(({ packet, flows }) => [packet, flows.map(({ attributes }) => attributes['source.address'])]),
    [[2, ['2001:db8::1']]],
  );
});

suite('what is wrong is told with the section of the standard', () => {
  /** Template 256: octetDeltaCount in 4 bytes; interfaceName of variable length. */
  const [FIXED, VARIABLE] = ['0002 000c 0100 0001 0001 0004', '0002 000c 0100 0001 0052 ffff'];
  for (const [name, packets, problem] of [
    ['sFlow v4', [hex('00000004 00000001 0a000001')], [0, /neither NetFlow .*: sFlow v4$/, undefined]],
    ['a short header of sFlow', [hex('00000005 00000001 0a000001')], [0, /^shorter than its header/, undefined]],
    [
      'a sample cut off',
      [datagram(['0000000200000010'])],
      [28, /^a sample states 16 bytes, 0 are left; what is behind/, 'sFlow Version 5 §5'],
    ],
    ['NetFlow v8', [hex('00080001 00000001')], [0, /NetFlow v8: aggregated flows$/, undefined]],
    ['a short header', [hex('000a 0010')], [0, /^shorter than its header: 4 bytes$/, 'RFC 7011 §3.1']],
    ['a short header of v9', [hex('0009 0001')], [0, /^shorter than its header/, 'RFC 3954 §5.1']],
    ['a message cut off', [ipfix(FIXED).subarray(0, 26)], [2, /states 28 bytes, its datagram has 26/, 'RFC 7011 §3.1']],
    ['v5 cut off', [v5(2).subarray(0, 100)], [2, /states 2 records, 76 bytes follow/, undefined]],
    ['a set too long', [ipfix('0100 0010 0102')], [16, /a set states 16 bytes, 6 are left/, 'RFC 7011 §3.3.2']],
    ['a set too short', [v9('0100 0003 0102')], [20, /its own header has 4/, 'RFC 3954 §5.3']],
    ['a value too long', [ipfix(`${VARIABLE} 0100 0006 0541`)], [28, /^a value runs over/, 'RFC 7011 §7']],
    ['a template’s id', [ipfix('0002 000c 0010 0001 0001 0004')], [20, /template id below 256$/, 'RFC 7011 §3.4.1']],
    ['no scope', [ipfix('0003 000e 0100 0001 0000 0001 0004')], [20, /illegal scope count$/, 'RFC 7011 §3.4.2']],
    ['a template missing', [ipfix('0100 0008 0102 0304')], [20, /before their template 256/, 'RFC 7011 §8.4']],
    [
      'another template',
      [ipfix(`${FIXED} 0100 0006 0102`)],
      [32, /do not fit template 256, whose record has 4/, 'RFC 7011 §3.4.3'],
    ],
    [
      'a gap',
      [ipfix(`${FIXED} 0100 0008 00000001`), ipfix('0100 0008 00000001', { sequence: 5 })],
      [undefined, /4 flows or records before it never came$/, 'RFC 7011 §3.1'],
    ],
  ] as const satisfies [string, Buffer[], [number | undefined, RegExp, string | undefined]][]) {
    test(name, () => {
      const [{ offset, what, section }] = inspect(packets).flatMap(({ problems }) => problems);
      const [expectedOffset, text, expectedSection] = problem;
      assert.match(what, text);
      assert.deepEqual([offset, section], [expectedOffset, expectedSection]);
    });
  }
});

test('a wrong length that is corrected is told', () => {
  const [{ problems, flows }] = inspect(packetsOf('ipfix-length-2-short'));
  assert.equal(flows.length, 2);
  assert.match(problems[0].what, /wrong length; its sets fill the datagram/);
});

test('the text is for a ticket', () => {
  const inspector = new Inspector();
  const sum = new Summing();
  const [packet] = inspect(packetsOf('S01'), inspector);
  sum.add(packet);
  const lines = packetText(packet).split('\n');
  assert.equal(
    lines[0],
    'packet 1  at 2026-01-02T03:04:05.000Z  from 10.0.0.1:5001  NetFlow v9  141 bytes  domain 0  sequence 0  ' +
      'exported 2026-01-02T03:04:05.000Z  uptime 1000 s',
  );
  for (const line of [
    '    options template 260, new: records of 21 bytes',
    '        System (1) 4 bytes, scope',
    '        samplerRandomInterval (50) 4 bytes',
    '        tells rate of sampler 1: interval 100',
  ])
    assert.ok(lines.includes(line), line);
  assert.ok(lines.some((line) => line.includes('flow.sampling.interval=100 (told of sampler 1 by packet 1)')));
  const summary = summaryText(sum.end(inspector.told.list(), inspector.waiting)).split('\n');
  assert.equal(summary[0], '1 packet: 2 templates, 1 record of options data, 1 flow');
  assert.equal(summary[1], 'packet 1 told rate of sampler 1: interval 100: joined to 1 attribute of flows');
});

test('records of NetFlow v5 have no template', () => {
  const [text] = inspect([v5(1)]).map(packetText);
  assert.match(text, /^ {4}flow_ipv4_\w+ {2}internal {2}2/m);
});

test('nothing that devices send steers the terminal', () => {
  const name = Buffer.from('a\x1b]0;x\x07').toString('hex').padEnd(32, '0');
  const [text] = inspect([v9(`0001 0012 0100 0004 0004 0002 0004 0052 0010 0100 0018 00000003 ${name}`)]).map(
    packetText,
  );
  assert.ok(text.includes('\\u001b]0;x\\u0007'), text);
  assert.ok(!text.includes('\x1b'));
});

test('a time that no calendar has is told as the number it is', () => {
  const [text] = inspect([
    ipfix('0003 0012 0100 0002 0001 0090 0004 00a0 0008 0100 0010 00000001 001fffffffffffff'),
  ]).map(packetText);
  assert.match(text, /tells that it was started at 9007199254740991 ms/);
});
