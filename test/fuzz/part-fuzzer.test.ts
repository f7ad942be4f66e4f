/** A short run of each part's fuzzer, always the same. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createHarness } from '../../collector/pipeline/pipeline.fixture.ts';
import { fuzzPart, type PartFailure } from './part-fuzzer.ts';
import { createPart, LIST_TEMPLATES } from './part-targets.ts';

const EXECUTIONS = 10_000;

for (const part of ['dissector', 'lists', 'sflow'] as const) {
  test(`${EXECUTIONS} mutations break no rule: ${part}`, () => {
    const failures: PartFailure[] = [];
    const executions = fuzzPart({
      ...{ part, seed: 20_260_104, executions: EXECUTIONS, deadline: Number.POSITIVE_INFINITY },
      onFailure: (failure) => failures.push(failure),
    });
    assert.deepEqual(failures, []);
    assert.equal(executions, EXECUTIONS);
  });
}

suite('what is begun with is sound', () => {
  for (const part of ['lists', 'sflow'] as const) {
    for (const [index, seed] of createPart(part).seeds.entries()) {
      test(`${part} ${index}`, () => {
        const { receive, flows, count } = createHarness();
        if (part === 'lists') receive(LIST_TEMPLATES);
        receive(Buffer.from(seed));
        assert.equal(count('packetErrors.malformed'), 0);
        for (const { attributes } of flows()) assert.equal(attributes['netflow.list.error'], undefined);
      });
    }
  }
});
