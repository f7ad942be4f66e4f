/** Lists by the layouts of RFC 6313 §4.5; the first cases are after its examples, §8 and its appendices. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type CollectorConfigInput, collectorConfig } from '../../../crds/collector-config.ts';
import { namesWithoutEffect } from '../../config/span-names.ts';
import { createHarness, ipfix, NOW_SECONDS, v9 } from '../../pipeline/pipeline.fixture.ts';

const length = (hex: string): number => hex.replace(/\s/g, '').length / 2;
const uint16 = (number: number): string => number.toString(16).padStart(4, '0');
const set = (id: number, hex: string): string => `${uint16(id)} ${uint16(4 + length(hex))} ${hex}`;
const variable = (hex: string): string =>
  `${length(hex) < 255 ? length(hex).toString(16).padStart(2, '0') : `ff${uint16(length(hex))}`} ${hex}`;
const template = (id: number, ...fields: readonly string[]): string =>
  set(2, `${uint16(id)} ${uint16(fields.length)} ${fields.join(' ')}`);

const [BASIC, SUB, MULTI] = ['0123', '0124', '0125'];
/** Template 300: IPv4 address (8) and octets (1). Template 301: an interface name (82). */
const ADDRESS_AND_OCTETS = template(300, '0008 0004', '0001 0004');
const NAME = template(301, '0052 ffff');

type Row = {
  name: string;
  list?: string;
  content: string;
  templates?: string;
  expected: Record<string, unknown>;
  fault?: string;
};

const ROWS: Row[] = [
  {
    name: 'a basicList of numbers',
    content: '03 000e 0004 00000001 00000004 00000008',
    expected: { 'netflow.egressInterface': [1n, 4n, 8n] },
  },
  {
    name: 'a basicList of addresses, and how they are meant',
    content: '01 0008 0004 0a000001 0a000002',
    expected: {
      'netflow.sourceIPv4Address': ['10.0.0.1', '10.0.0.2'],
      'netflow.sourceIPv4Address.semantic': 'exactlyOneOf',
    },
  },
  ...(['noneOf', 'exactlyOneOf', 'oneOrMoreOf', undefined, 'ordered'] as const).map((semantic, number) => ({
    name: `semantic ${number}`,
    content: `0${number} 000e 0001 05`,
    expected: { 'netflow.egressInterface': [5n], ...(semantic && { 'netflow.egressInterface.semantic': semantic }) },
  })),
  { name: 'no semantic', content: 'ff 000e 0001 00', expected: { 'netflow.egressInterface': [0n] } },
  { name: 'a semantic of the future', content: '05 000e 0001 07', expected: { 'netflow.egressInterface': [7n] } },
  {
    name: 'items of variable length, short and long',
    content: '04 0052 ffff 03 657468 ff0002 6c6f',
    expected: { 'netflow.interfaceName': ['eth', 'lo'], 'netflow.interfaceName.semantic': 'ordered' },
  },
  {
    name: 'items without a value',
    content: '03 0052 ffff 00 02 6c6f 00 01 00',
    expected: { 'netflow.interfaceName': ['lo'] },
  },
  {
    name: 'an element of an enterprise',
    content: '03 806f ffff 00001ad7 04 6375726c',
    expected: { 'netflow.cert.httpUserAgent': ['curl'] },
  },
  {
    name: 'an element that nobody knows',
    content: '03 8001 0002 00003039 abcd',
    expected: { 'netflow.12345.1': ['abcd'] },
  },
  {
    name: 'numbers with names',
    content: '03 00e6 0001 01 63',
    expected: { 'netflow.natEvent': ['nat_translation_create', '99'] },
  },
  {
    name: 'an element that the flow has, too',
    content: '03 0007 0002 0050 0051',
    expected: { 'netflow.basicList.sourceTransportPort': [80n, 81n] },
  },
  {
    name: 'a list with a name of its own',
    list: '01e4',
    content: '03 01e3 0004 fde80001 fde80002',
    expected: { 'netflow.bgpSourceCommunityList': [4_259_840_001n, 4_259_840_002n] },
  },
  {
    name: 'segments of a routing header',
    list: '01f0',
    content: '04 01ef 0010 20010db8000000000000000000000001',
    expected: {
      'netflow.srhSegmentIPv6BasicList': ['2001:db8::1'],
      'netflow.srhSegmentIPv6BasicList.semantic': 'ordered',
    },
  },
  { name: 'a list of nothing', content: '00 000e 0004', expected: { 'netflow.egressInterface.semantic': 'noneOf' } },
  { name: 'no list', content: '', expected: {} },
  {
    name: 'a list of lists',
    content: `04 0123 ffff ${variable('01 000e 0001 01 02')} ${variable('ff 000e 0001 03')}`,
    expected: {
      'netflow.basicList.semantic': 'ordered',
      'netflow.basicList.0.egressInterface': [1n, 2n],
      'netflow.basicList.0.egressInterface.semantic': 'exactlyOneOf',
      'netflow.basicList.1.egressInterface': [3n],
    },
  },
  {
    name: 'records',
    list: SUB,
    templates: ADDRESS_AND_OCTETS,
    content: '04 012c 0a000001 00000064 0a000002 00000000',
    expected: {
      'netflow.subTemplateList.semantic': 'ordered',
      'netflow.subTemplateList.0.sourceIPv4Address': '10.0.0.1',
      'netflow.subTemplateList.0.octetDeltaCount': 100n,
      'netflow.subTemplateList.1.sourceIPv4Address': '10.0.0.2',
      'netflow.subTemplateList.1.octetDeltaCount': 0n,
    },
  },
  { name: 'a list of no records', list: SUB, templates: NAME, content: '00 012d', expected: {} },
  {
    name: 'records of several templates',
    list: MULTI,
    templates: ADDRESS_AND_OCTETS + NAME,
    content: '03 012d 000a 02 6c6f 02 6c6f 012c 000c 0a000001 00000001 012d 0004',
    expected: {
      'netflow.subTemplateMultiList.0.interfaceName': 'lo',
      'netflow.subTemplateMultiList.1.interfaceName': 'lo',
      'netflow.subTemplateMultiList.2.sourceIPv4Address': '10.0.0.1',
      'netflow.subTemplateMultiList.2.octetDeltaCount': 1n,
    },
  },
  {
    name: 'lists in records, one beside the element itself',
    list: SUB,
    templates: template(302, '0052 0002', '0123 ffff', '0124 ffff', '00d2 0001', '0124 ffff') + NAME,
    content: `03 012e 6c6f ${variable('03 0052 ffff 01 61')} ${variable('03 012d 01 62')} ff ${variable('01 012d 01 63')}`,
    expected: {
      'netflow.subTemplateList.0.interfaceName': 'lo',
      'netflow.subTemplateList.0.basicList.interfaceName': ['a'],
      'netflow.subTemplateList.0.subTemplateList.0.0.interfaceName': 'b',
      'netflow.subTemplateList.0.subTemplateList.1.0.interfaceName': 'c',
      'netflow.subTemplateList.0.subTemplateList.1.semantic': 'exactlyOneOf',
    },
  },
  {
    name: 'an element twice in a record',
    list: SUB,
    templates: template(302, '0052 0001', '0052 0001'),
    content: '03 012e 61 62',
    expected: { 'netflow.subTemplateList.0.interfaceName': ['a', 'b'] },
  },
  {
    name: 'a template that nobody announced, between others',
    list: MULTI,
    templates: NAME,
    content: '03 012d 0006 01 61 012f 0007 010203 012d 0006 01 62',
    expected: {
      'netflow.subTemplateMultiList.0.interfaceName': 'a',
      'netflow.subTemplateMultiList.1.template.303': '010203',
      'netflow.subTemplateMultiList.2.interfaceName': 'b',
    },
    fault: 'list_template_missing',
  },
  { name: 'a header that is cut off', content: '03 000e 00', expected: {}, fault: 'list_malformed' },
  { name: 'an enterprise that is cut off', content: '03 806f ffff 00001a', expected: {}, fault: 'list_malformed' },
  {
    name: 'an item that is cut off',
    content: '03 000e 0004 00000001 000000',
    expected: { 'netflow.egressInterface': [1n] },
    fault: 'list_malformed',
  },
  {
    name: 'an item of variable length that is cut off',
    content: '03 0052 ffff 01 61 ff00',
    expected: { 'netflow.interfaceName': ['a'] },
    fault: 'list_malformed',
  },
  { name: 'items without a length', content: '03 000e 0000 01020304', expected: {}, fault: 'list_malformed' },
  { name: 'records without a template', list: SUB, content: '03 01', expected: {}, fault: 'list_malformed' },
  {
    name: 'a record that is cut off',
    list: SUB,
    templates: ADDRESS_AND_OCTETS,
    content: '03 012c 0a000001 00000064 0a00',
    expected: {
      'netflow.subTemplateList.0.sourceIPv4Address': '10.0.0.1',
      'netflow.subTemplateList.0.octetDeltaCount': 100n,
    },
    fault: 'list_malformed',
  },
  {
    name: 'records that go beyond their list',
    list: MULTI,
    templates: NAME,
    content: '03 012d 0006 01 61 012d 0007 01 62',
    expected: { 'netflow.subTemplateMultiList.0.interfaceName': 'a' },
    fault: 'list_malformed',
  },
  {
    name: 'records that state no length',
    list: MULTI,
    templates: NAME,
    content: '03 012d 0000 01 61',
    expected: {},
    fault: 'list_malformed',
  },
];

/** Attributes of the flow with such a list, beside those that it has without. */
function flowWith(list: string, content: string, templates: string): { attributes: object; faults: string[] } {
  const faults = ['list_malformed', 'list_template_missing', 'list_limit'] as const;
  const harness = createHarness();
  harness.receive(
    ipfix(`${templates} ${template(256, '0007 0002', `${list} ffff`)} ${set(256, `1388 ${variable(content)}`)}`),
  );
  const [flow] = harness.flows();
  assert.equal(flow.attributes['source.port'], 5_000n, 'the rest of the record');
  const attributes = Object.fromEntries(Object.entries(flow.attributes).filter(([name]) => !BESIDE.includes(name)));
  return { attributes, faults: faults.filter((reason) => harness.count(`packetErrors.${reason}`) === 1) };
}

const BESIDE = ['source.port', 'flow.direction', 'netflow.exporter.address', 'netflow.time.source'];

suite('lists of a flow', () => {
  for (const { name, list = BASIC, content, templates = '', expected, fault } of ROWS) {
    test(name, () => {
      const { attributes, faults } = flowWith(list, content, templates);
      assert.deepEqual(attributes, { ...expected, ...(fault && { 'netflow.list.error': fault }) });
      assert.deepEqual(faults, fault ? [fault] : []);
    });
  }
});

suite('several lists of a flow', () => {
  const fields = ['0007 0002', '0123 ffff', '0123 ffff', '0125 ffff', '0125 0007'];
  const lists = ['01 000e 0001 01', '02 000e 0001 02', '03 012d 0006 01 61'].map(variable);

  test('of one name have places one after another', () => {
    const { receive, flows } = createHarness();
    receive(ipfix(`${NAME} ${template(256, ...fields)} ${set(256, `1388 ${lists.join(' ')} 04 012d 0006 01 62`)}`));
    const [{ attributes }] = flows();
    const told = Object.entries(attributes).filter(([name]) => !BESIDE.includes(name));
    assert.deepEqual(Object.fromEntries(told), {
      'netflow.egressInterface': [1n],
      'netflow.egressInterface.semantic': 'exactlyOneOf',
      'netflow.egressInterface.1': [2n],
      'netflow.egressInterface.1.semantic': 'oneOrMoreOf',
      'netflow.subTemplateMultiList.0.0.interfaceName': 'a',
      'netflow.subTemplateMultiList.1.0.interfaceName': 'b',
      'netflow.subTemplateMultiList.1.semantic': 'ordered',
    });
  });
});

suite('templates of records in lists', () => {
  const flows = template(256, '0007 0002', '0124 ffff');
  const flow = set(256, `1388 ${variable('03 012d 01 61')}`);
  const tell = (harness: ReturnType<typeof createHarness>): unknown[] =>
    harness.flows().map(({ attributes }) => Object.entries(attributes).filter(([name]) => name.includes('List.')));
  const MISSING = [['netflow.subTemplateList.0.template.301', '0161']];
  const KNOWN = [['netflow.subTemplateList.0.interfaceName', 'a']];

  test('count from when they come, though the plan is there', () => {
    const harness = createHarness();
    harness.receive(ipfix(flows + flow));
    harness.receive(ipfix(flow + NAME + flow, { sequence: 1 }));
    harness.receive(ipfix(template(301, '0001 0002') + flow, { sequence: 3 }));
    const CHANGED = [['netflow.subTemplateList.0.octetDeltaCount', 0x161n]];
    assert.deepEqual(tell(harness), [MISSING, MISSING, KNOWN, CHANGED]);
    assert.equal(harness.count('packetErrors.list_template_missing'), 2);
  });

  test('are those of the domain and the exporter', () => {
    const harness = createHarness();
    harness.receive(ipfix(NAME + flows + flow, { domain: 1 }));
    harness.receive(ipfix(flows + flow, { domain: 2 }));
    harness.receive(ipfix(flows + flow, { domain: 1 }), { address: '10.0.0.2' });
    assert.deepEqual(tell(harness), [KNOWN, MISSING, MISSING]);
  });

  test('are those that are known when a flow that waited is read', () => {
    const harness = createHarness();
    harness.receive(ipfix(flow));
    harness.receive(ipfix(flows + NAME, { sequence: 1 }));
    assert.deepEqual(tell(harness), [KNOWN]);
  });

  test('of before a restart are not used', () => {
    const harness = createHarness();
    harness.receive(ipfix(NAME + flows + flow, { sequence: 900_000 }));
    harness.receive(ipfix(flows + flow, { sequence: 0, exportTime: NOW_SECONDS + 1 }));
    assert.deepEqual(tell(harness), [KNOWN, MISSING]);
  });
});

suite('bounds of lists', () => {
  const attributesWith = (content: string, templates = '', list = BASIC) => flowWith(list, content, templates);

  test('lists in lists', () => {
    const nested = (depth: number): string =>
      depth === 0 ? '03 000e 0001 01' : `03 0123 ffff ${variable(nested(depth - 1))}`;
    const prefix = `netflow.basicList${'.0.basicList'.repeat(6)}.0.`;
    assert.deepEqual(attributesWith(nested(7)), { attributes: { [`${prefix}egressInterface`]: [1n] }, faults: [] });
    assert.deepEqual(attributesWith(nested(8)), {
      attributes: { [`${prefix}basicList.0.basicList.0`]: '03000e000101', 'netflow.list.error': 'list_limit' },
      faults: ['list_limit'],
    });
  });

  test('values', () => {
    const { attributes, faults } = attributesWith(`03 000e 0001 ${'01'.repeat(4_097)}`);
    assert.deepEqual(attributes, {
      'netflow.egressInterface': new Array(4_096).fill(1n),
      'netflow.list.error': 'list_limit',
    });
    assert.deepEqual(faults, ['list_limit']);
  });

  test('bytes of attributes', () => {
    const { attributes, faults } = attributesWith(`03 012d ${'01 61'.repeat(4_000)}`, NAME, SUB);
    const names = Object.keys(attributes);
    const bytes = names.reduce((sum, name) => sum + name.length, 0);
    assert.ok(bytes > 50_000 && bytes < 66_000, `${bytes}`);
    assert.equal(names.at(-1), 'netflow.list.error');
    assert.deepEqual(faults, ['list_limit']);
  });

  test('a long value is told whole', () => {
    const { attributes } = attributesWith(`03 012d ff f000 ${'fe'.repeat(0xf000)}`, NAME, SUB);
    assert.deepEqual(attributes, { 'netflow.subTemplateList.0.interfaceName': '\ufffd'.repeat(0xf000) });
  });
});

suite('names of what is in lists', () => {
  const packet = ipfix(
    `${NAME} ${template(256, '0007 0002', '0123 ffff', '0124 ffff')} ${set(256, `1388 ${variable('03 000e 0001 01')} ${variable('03 012d 01 61')}`)}`,
  );
  const of = (config: CollectorConfigInput): string[] => {
    const { receive, flows } = createHarness(config);
    receive(packet);
    return Object.keys(flows()[0].attributes).filter((name) => !BESIDE.includes(name));
  };

  for (const [what, spans, ...expected] of [
    ['profile minimal', { profile: 'minimal' }],
    ['include', { attributes: { include: ['netflow.subTemplateList.*'] } }, 'netflow.subTemplateList.0.interfaceName'],
    ['exclude', { attributes: { exclude: ['netflow.sub*'] } }, 'netflow.egressInterface'],
    [
      'rename',
      { attributes: { rename: { 'netflow.subTemplateList.0.interfaceName': 'list.name' } } },
      'netflow.egressInterface',
      'list.name',
    ],
  ] as [string, CollectorConfigInput['spans'], ...string[]][]) {
    test(what, () => {
      assert.deepEqual(of({ spans }), expected);
      const { spans: parsed } = collectorConfig.parse({ spans });
      assert.deepEqual(namesWithoutEffect(parsed), []);
    });
  }

  test('in expressions', () => {
    const kept = (filter: string): number => {
      const { receive, flows, count } = createHarness({ selection: { filter } });
      receive(packet);
      receive(ipfix(set(256, `1388 ${variable('03 000e 0004 01')} 00`), { sequence: 1 }));
      assert.equal(count('selectionErrors'), 0);
      const { length } = flows();
      assert.equal(count('packetErrors.list_malformed'), length === 2 ? 1 : 0, 'told of spans only');
      return length;
    };
    assert.equal(kept('1 in netflow.egressInterface'), 1);
    assert.equal(kept('2 in netflow.egressInterface'), 0);
    assert.equal(kept('netflow.egressInterface[0] == 1'), 1);
    assert.equal(kept('source.port == 5000'), 2);
  });
});

test('v9 has no lists', () => {
  const { receive, flows } = createHarness();
  receive(v9(`0000 0010 0100 0002 0007 0002 0123 0006 ${set(256, '1388 03000e000101')}`));
  assert.equal(flows()[0].attributes['netflow.basicList'], '03000e000101');
});
