import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PROFILES } from '../../crds/attributes/attribute.ts';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import { namesWithoutEffect } from './span-names.ts';

type Spans = NonNullable<CollectorConfigInput['spans']>;
type Attributes = Spans['attributes'];

const look = (spans: Spans) => namesWithoutEffect(collectorConfig.parse({ spans }).spans);

suite('a name that no span has is told with its field and the nearest that there is', () => {
  const cases: [profile: Spans['profile'], attributes: Attributes, ...told: string[]][] = [
    [
      'flow',
      { exclude: ['source.port', 'network.type', 'source.adress'] },
      'spans.attributes.exclude[2]: "source.adress" is no attribute of profile flow and has no effect; did you mean source.address?',
    ],
    [
      'flow',
      { include: ['sorce.*', 'flow.*'] },
      'spans.attributes.include[0]: "sorce.*" fits no attribute of profile flow and has no effect; did you mean source.*?',
    ],
    [
      'flow',
      { exclude: ['nothing.like.it'] },
      'spans.attributes.exclude[0]: "nothing.like.it" is no attribute of profile flow and has no effect',
    ],
    [
      'flow',
      { exclude: ['*.address'] },
      'spans.attributes.exclude[0]: "*.address" is no attribute of profile flow and has no effect',
    ],
    // Elements.
    [
      'flow',
      { exclude: ['netflow.postVlanID'] },
      'spans.attributes.exclude[0]: "netflow.postVlanID" is no attribute of profile flow and has no effect; did you mean netflow.postVlanId?',
    ],
    [
      'flow',
      { rename: { 'netflow.postVlan': 'vlan' } },
      'spans.attributes.rename["netflow.postVlan"]: "netflow.postVlan" is no attribute of profile flow and has no effect; did you mean netflow.postVlanId?',
    ],
    [
      'flow',
      { rename: { 'netflow.post*': 'vlan' } },
      'spans.attributes.rename["netflow.post*"]: "netflow.post*" is no attribute of profile flow and has no effect',
    ],
    [
      'flow',
      { exclude: ['netflow.element.59'] },
      'spans.attributes.exclude[0]: "netflow.element.59" is no attribute of profile flow and has no effect; did you mean netflow.postVlanId?',
    ],
    [
      'flow',
      { exclude: ['netflow.32473.zebraStripes', 'netflow.cisco.qu*'] },
      'spans.attributes.exclude[0]: "netflow.32473.zebraStripes" is no attribute of profile flow and has no effect unless an exporter calls an element so',
      'spans.attributes.exclude[1]: "netflow.cisco.qu*" fits no attribute of profile flow and has no effect unless an exporter calls an element so; did you mean netflow.cisco.*?',
    ],
    [
      'flow',
      { exclude: ['netflow.9.77'] },
      'spans.attributes.exclude[0]: "netflow.9.77" is no attribute of profile flow and has no effect; did you mean netflow.cisco.77?',
    ],
    [
      'flow',
      { exclude: ['netflow.element.33002'] },
      'spans.attributes.exclude[0]: "netflow.element.33002" is no attribute of profile flow and has no effect; did you mean netflow.cisco.fwExtEvent?',
    ],
    [
      'flow',
      { exclude: ['netflow.element.65536', 'netflow.cisco.32768', 'netflow.4294967296.1'] },
      'spans.attributes.exclude[0]: "netflow.element.65536" is no attribute of profile flow and has no effect',
      'spans.attributes.exclude[1]: "netflow.cisco.32768" is no attribute of profile flow and has no effect',
      'spans.attributes.exclude[2]: "netflow.4294967296.1" is no attribute of profile flow and has no effect',
    ],
    [
      'flow',
      { exclude: ['netflow.cicso.*', 'netflow.element.x*'] },
      'spans.attributes.exclude[0]: "netflow.cicso.*" fits no attribute of profile flow and has no effect; did you mean netflow.cisco.*?',
      'spans.attributes.exclude[1]: "netflow.element.x*" fits no attribute of profile flow and has no effect',
    ],
    // Of the packet's own span.
    [
      'flow',
      { exclude: ['netflow.exporter.port'] },
      'spans.attributes.exclude[0]: "netflow.exporter.port" is no attribute of profile flow and has no effect; only the span of the packet has it',
    ],
    [
      'flow',
      { include: ['flow.io.bytes'] },
      'spans.attributes.include[0]: "flow.io.bytes" is no attribute of profile flow and has no effect; profile netflowreceiver has it',
    ],
    // The lists come before rename, and don't concern constants.
    [
      'flow',
      { rename: { 'source.address': 'sender' }, exclude: ['sender'] },
      'spans.attributes.exclude[0]: "sender" is no attribute of profile flow and has no effect; did you mean source.address?',
    ],
    [
      'flow',
      { constants: [{ attributes: { region: 'europe' } }], exclude: ['region'] },
      'spans.attributes.exclude[0]: "region" is no attribute of profile flow and has no effect',
    ],
    // What only another profile has.
    [
      'netflowreceiver',
      { include: ['flow.bytes.delta', 'flow.io.packets'] },
      'spans.attributes.include[0]: "flow.bytes.delta" is no attribute of profile netflowreceiver and has no effect; did you mean flow.io.bytes?',
    ],
    [
      'minimal',
      { exclude: ['netflow.interface.*', 'netflow.element.32000'] },
      'spans.attributes.exclude[0]: "netflow.interface.*" fits no attribute of profile minimal and has no effect; profile flow has some',
      'spans.attributes.exclude[1]: "netflow.element.32000" is no attribute of profile minimal and has no effect; profile flow has it',
    ],
  ];
  for (const [profile, attributes, ...told] of cases) {
    test(`${profile}: ${JSON.stringify(attributes)}`, () => assert.deepEqual(look({ profile, attributes }), told));
  }

  test('and what does most things is told in part', () => {
    const exclude = Array.from({ length: 256 }, (_, index) => `${'x'.repeat(250)}${index}`);
    const told = look({ attributes: { exclude } });
    assert.equal(told.length, 9);
    assert.equal(told.at(-1), 'spans.attributes: 248 more names without effect');
  });
});

suite('a name that a span may have is not', () => {
  const lists: [profile: Spans['profile'], names: string[]][] = [
    ['flow', ['source.address', 'flow.sampling.probability', 'netflow.time.source', 'netflow.vlan.id']],
    ['flow', ['*', 'source.*', 'source.a*', 'flow.bytes.delta*', 'n*']],
    ['flow', ['netflow.postVlanId', 'netflow.sourceIPv4Address', 'netflow.reverse.octetDeltaCount']],
    ['flow', ['netflow.element.32000', 'netflow.element.65535', 'netflow.reverse.210', 'netflow.4242.1']],
    ['flow', ['netflow.cisco.fwExtEvent', 'netflow.ntop.*', 'netflow.juniper.7', 'netflow.4294967295.32767']],
    ['flow', ['netflow.*', 'netflow.el*', 'netflow.element.1*', 'netflow.1*', 'netflow.9.*', 'netflow.4242.1*']],
    ['netflowreceiver', ['flow.io.bytes', 'flow.start', 'flow.t*', 'flow.sampling.probability']],
    ['minimal', ['flow.direction', 'destination.*']],
  ];
  for (const [profile, names] of lists) {
    test(`${profile}: ${names.join(', ')}`, () =>
      assert.deepEqual(look({ profile, attributes: { include: names, exclude: names } }), []));
  }

  for (const profile of PROFILES) {
    test(`nothing is said of profile ${profile} as it is`, () => assert.deepEqual(look({ profile }), []));
  }
});
