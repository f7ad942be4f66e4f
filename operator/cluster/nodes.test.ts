import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { mayShareNode, type NodeChoice, type Requirement } from './nodes.ts';

const selector = (nodeSelector: Record<string, string>): NodeChoice => ({ nodeSelector });
/** Each list is a term. */
const affinity = (...terms: Requirement[][]): NodeChoice => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: terms.map((matchExpressions) => ({ matchExpressions })),
      },
    },
  },
});
/** As the DaemonSet's controller writes it. */
const ON_NODE: NodeChoice = {
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['one'] }] }],
      },
    },
  },
};
const zone = (operator: string, ...values: string[]): Requirement => ({ key: 'zone', operator, values });

suite('two choices of nodes', () => {
  const CASES: [name: string, a: NodeChoice, b: NodeChoice, mayShare: boolean][] = [
    ['all and all', {}, {}, true],
    ['all and some', {}, selector({ zone: 'a' }), true],
    ['the same label', selector({ zone: 'a' }), selector({ zone: 'a' }), true],
    ['different values', selector({ zone: 'a' }), selector({ zone: 'b' }), false],
    ['different labels', selector({ zone: 'a' }), selector({ rack: 'b' }), true],
    ['one value of several', selector({ zone: 'a' }), affinity([zone('In', 'a', 'b')]), true],
    ['none of several', selector({ zone: 'c' }), affinity([zone('In', 'a', 'b')]), false],
    ['a value and all others', selector({ zone: 'a' }), affinity([zone('NotIn', 'a')]), false],
    ['a value and a label that is absent', selector({ zone: 'a' }), affinity([zone('DoesNotExist')]), false],
    ['any value and a label that is absent', affinity([zone('Exists')]), affinity([zone('DoesNotExist')]), false],
    ['not this, and not that', affinity([zone('NotIn', 'a')]), affinity([zone('NotIn', 'b')]), true],
    ['not this, and absent', affinity([zone('NotIn', 'a')]), affinity([zone('DoesNotExist')]), true],
    ['not this, and any', affinity([zone('NotIn', 'a')]), affinity([zone('Exists')]), true],
    ['numbers that meet', affinity([zone('Gt', '5')]), affinity([zone('Lt', '7')]), true],
    ['numbers that do not', affinity([zone('Gt', '5')]), affinity([zone('Lt', '6')]), false],
    [
      'large numbers that do not',
      affinity([zone('Gt', '9'.repeat(18))]),
      affinity([zone('Lt', '9'.repeat(18))]),
      false,
    ],
    ['a number above', selector({ zone: '6' }), affinity([zone('Gt', '5')]), true],
    ['a number not above', selector({ zone: '5' }), affinity([zone('Gt', '5')]), false],
    ['a word where a number must be', selector({ zone: 'x' }), affinity([zone('Lt', '5')]), false],
    ['one term that meets', affinity([zone('In', 'a')], [zone('In', 'b')]), selector({ zone: 'b' }), true],
    ['no term that meets', affinity([zone('In', 'a')], [zone('In', 'b')]), selector({ zone: 'c' }), false],
    [
      'a selector beside a term',
      { ...selector({ zone: 'a' }), ...affinity([zone('Exists')]) },
      selector({ zone: 'b' }),
      false,
    ],
    ['a term that matches nothing', affinity([]), {}, false],
    ['the pod of a node', ON_NODE, {}, true],
  ];
  for (const [name, a, b, mayShare] of CASES) {
    test(`${name}: ${mayShare ? 'may' : 'can not'} share a node`, () => {
      assert.equal(mayShareNode(a, b), mayShare);
      assert.equal(mayShareNode(b, a), mayShare);
    });
  }
});
