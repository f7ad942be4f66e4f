import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ipfixMessage } from '../../test/generator/packet.ts';
import { dataSet, optionsTemplateSet, type Template, templateSet } from '../../test/generator/set.ts';
import { DOCUMENTED_PEN, TYPE_RECORDS, typeRecord } from '../../test/generator/type-record.ts';
import { VENDORS } from '../decode/elements/elements.generated.ts';
import { createHarness, NOW_SECONDS } from '../pipeline/pipeline.fixture.ts';
import { elementKey } from '../span/attributes.ts';
import { NamedTemplates } from './templates.ts';

const FLOWS: Template = {
  id: 256,
  fields: [
    { id: 8, length: 4 },
    { id: 1, length: 4, enterprise: DOCUMENTED_PEN },
    { id: 2, length: 4, enterprise: DOCUMENTED_PEN },
  ],
};
const RECORD = Buffer.from('0a000001000000070000000b', 'hex');

function setUp() {
  const harness = createHarness();
  const send = (sets: Uint8Array[], { domain = 1, address = '10.0.0.1' } = {}): void =>
    harness.receive(ipfixMessage({ exportTime: NOW_SECONDS, sequence: 0, domain }, sets), { address });
  const told = (...records: Buffer[]) => [optionsTemplateSet(10, [TYPE_RECORDS]), dataSet(TYPE_RECORDS.id, records)];
  const flow = [templateSet(10, [FLOWS]), dataSet(FLOWS.id, [RECORD])];
  /** What the last flow has of the enterprise. */
  const last = (): Record<string, unknown> => {
    const { attributes } = harness.flows().at(-1)!;
    return Object.fromEntries(Object.entries(attributes).filter(([name]) => /^netflow\.(\d|cisco)/.test(name)));
  };
  return { ...harness, send, told, flow, last };
}

const UNNAMED = { 'netflow.32473.1': '00000007', 'netflow.32473.2': '0000000b' };

suite('a type record names an element', () => {
  test('of templates that came before it, of those after it, and in its own message', () => {
    const { send, told, flow, last } = setUp();
    send(flow);
    assert.deepEqual(last(), UNNAMED);
    send(told(typeRecord(1, 'queueDepth')));
    send([flow[1]]);
    assert.deepEqual(last(), { 'netflow.32473.queueDepth': 7n, 'netflow.32473.2': '0000000b' });
    send([...flow, ...told(typeRecord(2, 'level', 'signed32'))]);
    assert.deepEqual(last(), { 'netflow.32473.queueDepth': 7n, 'netflow.32473.level': 11n });
  });

  test('for its domain; of domain 0 for the whole exporter, but no other', () => {
    const { send, told, flow, last } = setUp();
    send(told(typeRecord(1, 'ofAll'), typeRecord(2, 'ofAllToo')), { domain: 0 });
    send(told(typeRecord(1, 'ofOne')), { domain: 1 });
    send(flow, { domain: 1 });
    assert.deepEqual(last(), { 'netflow.32473.ofOne': 7n, 'netflow.32473.ofAllToo': 11n });
    send(flow, { domain: 2 });
    assert.deepEqual(last(), { 'netflow.32473.ofAll': 7n, 'netflow.32473.ofAllToo': 11n });
    send(flow, { address: '10.0.0.2' });
    assert.deepEqual(last(), UNNAMED);
  });

  test('anew, when it is told otherwise', () => {
    const { send, told, flow, last } = setUp();
    send(told(typeRecord(1, 'before')));
    send(flow);
    send(told(typeRecord(1, 'after', 'ipv4Address')));
    send(flow);
    assert.deepEqual(last(), { 'netflow.32473.after': '0.0.0.7', 'netflow.32473.2': '0000000b' });
  });

  test('for those whom others tell of it', () => {
    const [here, there] = [setUp(), setUp()];
    here.send(here.told(typeRecord(1, 'queueDepth')));
    assert.deepEqual(here.facts[0].facts, [{ kind: 'element', id: '32473.1', name: 'queueDepth', type: 3 }]);
    there.pipeline.learn(here.facts[0]);
    there.send(there.flow);
    assert.deepEqual(there.last(), { 'netflow.32473.queueDepth': 7n, 'netflow.32473.2': '0000000b' });
  });
});

suite('what a type record can’t do', () => {
  for (const [what, records, expected] of [
    ['give a name that no attribute can have', [typeRecord(1, 'a.b')], { ...UNNAMED, 'netflow.32473.1': 7n }],
    ['begin a name with a digit', [typeRecord(1, '2')], { ...UNNAMED, 'netflow.32473.1': 7n }],
    ['give no name', [typeRecord(1, '')], { ...UNNAMED, 'netflow.32473.1': 7n }],
    [
      'give one name to two elements: the first of the template has it',
      [typeRecord(2, 'same'), typeRecord(1, 'same')],
      { 'netflow.32473.same': 7n, 'netflow.32473.2': 11n },
    ],
    ['tell a type that there is not', [typeRecord(1, 'x', 'none' as never)], { 'netflow.32473.x': '00000007' }],
    ['tell a type whose length is another', [typeRecord(1, 'x', 'macAddress')], { 'netflow.32473.x': '00000007' }],
  ] as const) {
    test(what, () => {
      const { send, told, flow, last } = setUp();
      send(told(...records));
      send(flow);
      const { 'netflow.32473.2': second = '0000000b' } = expected as Record<string, unknown>;
      assert.deepEqual(last(), { 'netflow.32473.2': second, ...expected });
    });
  }

  test('name an element of IANA, its reverse, or one that is registered otherwise', () => {
    const { send, told, flow, last, facts } = setUp();
    send(told(typeRecord(8, 'mine', 'string', 0), typeRecord(8, 'mine', 'string', 29_305)));
    const [cisco] = [...VENDORS].find(([, name]) => name === 'cisco')!;
    send(told(typeRecord(8_232, 'mine', 'string', cisco)));
    send(flow);
    assert.deepEqual(facts, []);
    assert.deepEqual(last(), UNNAMED);
  });

  test('take the name of a registered element of the vendor', () => {
    const { send, told, last } = setUp();
    const template = {
      id: 257,
      fields: [
        { id: 8_232, length: 4, enterprise: 9 },
        { id: 32_000, length: 4, enterprise: 9 },
      ],
    };
    send([templateSet(10, [template]), dataSet(257, [Buffer.alloc(8, 1)])]);
    const [registered] = Object.keys(last()).filter((name) => !/\d$/.test(name));
    send(told(typeRecord(32_000, registered.slice('netflow.cisco.'.length), 'unsigned32', 9)));
    send([dataSet(257, [Buffer.alloc(8, 1)])]);
    assert.equal(last()['netflow.cisco.32000'], 0x01010101n);
  });
});

test('a template stays the same object, as long as its elements are called the same', () => {
  const { send, told, pipeline } = setUp();
  send([...told(typeRecord(1, 'queueDepth')), templateSet(10, [FLOWS])]);
  const [exporter] = pipeline.exporters.values();
  const template = [...exporter.templates.values()].find(({ template }) => !template.options)!.template;
  const state = exporter.domains.values().next().value!.device!;
  const device = {
    get elements() {
      return state.elements;
    },
    find: state.find.bind(state),
  };
  const named = new NamedTemplates(undefined);
  const first = named.of(template, device as never);
  assert.notEqual(first, template);
  send(told(typeRecord(7, 'ofAnother')));
  assert.equal(named.of(template, device as never), first);
  send(told(typeRecord(1, 'renamed')));
  assert.notEqual(named.of(template, device as never), first);
  assert.equal(named.of(template, undefined), template);
});

test('what the user says of an element goes before what its device does', () => {
  const described = { attribute: 'netflow.acme.depth', type: 'unsigned32' } as const;
  const { send, told, flow, pipeline } = setUp();
  send(flow);
  send(told(typeRecord(1, 'queueDepth')));
  const [exporter] = pipeline.exporters.values();
  const template = [...exporter.templates.values()].find(({ template }) => !template.options)!.template;
  const named = new NamedTemplates(new Map([[elementKey(DOCUMENTED_PEN, 1), described]]));
  assert.deepEqual(named.of(template, undefined).named?.byKey.get(elementKey(DOCUMENTED_PEN, 1)), described);
});
