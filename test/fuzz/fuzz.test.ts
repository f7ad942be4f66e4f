/** A short run of the fuzzer, always the same, and everything that it has found before. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Failure, tryInput } from './failure.ts';
import { fuzz } from './fuzzer.ts';
import {
  CAPTURES,
  CORPUS,
  captureSeeds,
  caseSeeds,
  generatedSeeds,
  REGRESSIONS,
  readCorpus,
  sflowSeeds,
} from './seeds.ts';

const EXECUTIONS = 20_000;
const SEED = 20_260_102;
/** Other tests run beside this one: only what hangs is too slow here. */
const MAX_MS = 5_000;

const corpus = readCorpus(CORPUS);

test(`${EXECUTIONS} mutations break no rule`, () => {
  const failures: Failure[] = [];
  const { executions } = fuzz({
    seed: SEED,
    executions: EXECUTIONS,
    deadline: Number.POSITIVE_INFINITY,
    maxMs: MAX_MS,
    corpus: [
      ...corpus.map(({ input }) => input),
      ...captureSeeds([CAPTURES]),
      ...caseSeeds(),
      ...generatedSeeds(),
      ...sflowSeeds(),
    ],
    coverage: undefined,
    onFailure: (failure) => failures.push(failure),
  });
  assert.equal(executions, EXECUTIONS);
  assert.deepEqual(failures, []);
});

suite('the corpus breaks no rule', () => {
  for (const { name, input } of corpus) test(name, () => assert.equal(tryInput(input, MAX_MS), undefined));
});

suite('what once broke a rule does no more', () => {
  for (const { name, input } of readCorpus(REGRESSIONS)) {
    test(name, () => assert.equal(tryInput(input, MAX_MS), undefined));
  }
});
