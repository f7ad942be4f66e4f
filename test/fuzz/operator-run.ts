/** One run of the fuzzer of what collectors tell the operator, from its options to its report. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fuzzOperator } from './operator-fuzzer.ts';
import { createOperatorTarget, type OperatorInput } from './operator-target.ts';
import type { Options } from './options.ts';

/** How long one execution may take, milliseconds: a reply of a thousand templates is learned by two collectors. */
const MAX_EXECUTION_MS = 2_000;

export function runOperatorFuzzer({ seed, executions, seconds, save, repeat }: Options): void {
  if (repeat !== undefined) {
    createOperatorTarget().run(JSON.parse(readFileSync(repeat, 'utf8')) as OperatorInput);
    console.log('no rule was broken');
    return;
  }
  const start = performance.now();
  const count = fuzzOperator({
    ...{ seed, executions, deadline: start + seconds * 1_000, maxMs: MAX_EXECUTION_MS },
    onFailure(error, input) {
      mkdirSync(save, { recursive: true });
      const path = join(save, 'operator-failure.json');
      writeFileSync(path, JSON.stringify(input));
      console.error(`fuzz: FAILURE: ${error.stack}; see ${path}`);
      process.exitCode = 1;
    },
  });
  console.error(`fuzz: seed ${seed}, ${count} executions in ${((performance.now() - start) / 1_000).toFixed(0)} s`);
}
