import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Device } from './device.ts';
import { DeviceStates } from './device-state.ts';
import type { Fact, RateKind } from './facts.ts';
import { SamplingRates } from './sampling-rates.ts';

type Rate = [RateKind, number | string, number];
type Flow = Partial<Record<'own' | 'selector' | 'sampler' | 'ingress' | 'egress' | 'lineCard', number>> & {
  name?: string;
};

function ratesOf(own: readonly Rate[], whole: readonly Rate[], ofHeader = 0): (flow: Flow) => number {
  const states = new DeviceStates();
  const stateOf = (rates: readonly Rate[]) => {
    const state = states.create({ isInUse: () => true });
    for (const [kind, id, interval] of rates) state.take({ kind: `rate of ${kind}`, id, interval } as Fact, 1, 0);
    return state;
  };
  const device = new Device();
  device.turnTo(stateOf(own), stateOf(whole));
  const rates = new SamplingRates(device);
  rates.turnTo(undefined, ofHeader);
  rates.start(256);
  return ({ own = 0, selector = -1, sampler = -1, name = '', ingress = -1, egress = -1, lineCard = -1 }) =>
    rates.of(own, selector, sampler, name, ingress, egress, lineCard);
}

const ALL: Rate[] = [
  ['selector', 1, 11],
  ['sampler', 1, 12],
  ['sampler name', 'S', 13],
  ['interface', 1, 14],
  ['interface', 2, 15],
  ['template', 256, 16],
  ['line card', 1, 17],
  ['domain', 0, 18],
];

suite('the rate of a flow', () => {
  const everything: Flow = { own: 10, selector: 1, sampler: 1, name: 'S', ingress: 1, egress: 2, lineCard: 1 };
  const steps: [string, Flow, Rate[], number][] = [
    ['what the record tells', everything, ALL, 10],
    ['its selector', { ...everything, own: 0 }, ALL, 11],
    ['its sampler', { ...everything, own: 0 }, ALL.slice(1), 12],
    ['the name of its sampler', { ...everything, own: 0 }, ALL.slice(2), 13],
    ['its ingress interface', { ingress: 1, egress: 2, lineCard: 1 }, ALL, 14],
    ['its egress interface', { ingress: 3, egress: 2, lineCard: 1 }, ALL, 15],
    ['its template', { ingress: 3, lineCard: 1 }, ALL, 16],
    ['its line card', { lineCard: 1 }, ALL.slice(6), 17],
    ['its domain', {}, ALL.slice(6), 18],
    [
      'one on which samplers agree',
      {},
      [
        ['sampler', 1, 100],
        ['selector', 9, 100],
      ],
      100,
    ],
    [
      'none where they do not',
      {},
      [
        ['sampler', 1, 100],
        ['selector', 9, 101],
      ],
      0,
    ],
    ['none of a sampler that nobody described', { sampler: 2, ingress: 1 }, ALL, 0],
    ['none of one with another name', { name: 'T' }, ALL, 0],
    [
      'that of the domain for sampler 0',
      { sampler: 0 },
      [
        ['domain', 0, 18],
        ['sampler', 1, 100],
      ],
      18,
    ],
    ['none for sampler 0 where all samplers agree', { sampler: 0 }, [['sampler', 1, 100]], 0],
    ['none without any', {}, [], 0],
  ];
  for (const [name, flow, rates, expected] of steps) {
    test(name, () => assert.equal(ratesOf(rates, [])(flow), expected));
  }

  test('what is told of domain 0 is true of all, but a template of it is another', () => {
    const rate = ratesOf([['sampler', 1, 100]], ALL);
    assert.deepEqual([{ sampler: 1 }, { selector: 1 }, {}].map(rate), [100, 11, 18]);
  });

  test('that of the header comes last', () => {
    assert.equal(ratesOf([], [], 77)({}), 77);
    assert.equal(ratesOf([['interface', 1, 100]], [], 77)({ ingress: 1 }), 100);
  });
});
