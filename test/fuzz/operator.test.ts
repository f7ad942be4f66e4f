/** A short run of the fuzzer of what collectors tell the operator, always the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzOperator } from './operator-fuzzer.ts';

const EXECUTIONS = 10_000;

test(`${EXECUTIONS} mutated reports and exchanges break no rule`, () => {
  const failures: unknown[] = [];
  const executions = fuzzOperator({
    seed: 20_260_103,
    executions: EXECUTIONS,
    deadline: Number.POSITIVE_INFINITY,
    maxMs: 5_000,
    onFailure: (error, input) => failures.push([error.stack, input]),
  });
  assert.deepEqual(failures, []);
  assert.equal(executions, EXECUTIONS);
});
