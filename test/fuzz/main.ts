/**
 * `npm run fuzz`: feeds mutated packets to decode and encode, or mutated messages to the operator, until a rule is
 * broken. In: the corpus and captures. Out: progress, and a file for each failure with which it can be repeated.
 */
import { startCoverage } from './coverage.ts';
import { type Options, parseOptions, USAGE } from './options.ts';

/** What coverage is about: the way of a packet. */
const WATCHED =
  /\/collector\/(pipeline\/|decode\/|dissect\/|naming\/|sampled\/|sflow\/|templates\/|span\/|otlp\/batch-writer)/;

const options = readOptions();
if (options?.target === 'operator') {
  const { runOperatorFuzzer } = await import('./operator-run.ts');
  runOperatorFuzzer(options);
} else if (options && options.target !== 'packets') {
  const { runPartFuzzer } = await import('./part-fuzzer.ts');
  runPartFuzzer(options.target, options);
} else if (options) {
  const coverage = options.coverage ? startCoverage((url) => WATCHED.test(url)) : undefined;
  const { run, repeat } = await import('./run.ts');
  if (options.repeat === undefined) await run(options, coverage);
  else repeat(options.repeat);
}

function readOptions(): Options | undefined {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`fuzz: ${(error as Error).message}\n\n${USAGE}`);
    process.exitCode = 2;
    return undefined;
  }
}
