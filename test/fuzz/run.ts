/** One run of the fuzzer, from its options to its report. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Coverage } from './coverage.ts';
import { saveFailure, tryInput } from './failure.ts';
import { collect, fuzz, type Progress } from './fuzzer.ts';
import { decodeInput, encodeInput, type Input, sizeOf } from './input.ts';
import type { Options } from './options.ts';
import { CORPUS, captureSeeds, caseSeeds, generatedSeeds, readCorpus, sflowSeeds } from './seeds.ts';
import { startWatchdog } from './watchdog.ts';

const MIB = 2 ** 20;
/** How long one execution may take, milliseconds. */
const MAX_EXECUTION_MS = 250;

/** Runs the input in a file and says what it does. */
export function repeat(file: string): void {
  const input = decodeInput(readFileSync(file));
  console.log(`profile ${input.profile}, datagrams: ${input.datagrams.length}, bytes: ${sizeOf(input)}`);
  const error = tryInput(input, MAX_EXECUTION_MS);
  console.log(error ? error.stack : 'no rule was broken');
  process.exitCode = error ? 1 : 0;
}

/** Fuzzes as `options` tell, and reports. */
export async function run(options: Options, coverage: Coverage | undefined): Promise<void> {
  const corpus = [
    ...readCorpus(CORPUS).map(({ input }) => input),
    ...captureSeeds(options.captures),
    ...caseSeeds(),
    ...sflowSeeds(),
    ...generatedSeeds(),
  ];
  const watchdog = startWatchdog(options.save);
  const start = performance.now();
  const report = (progress: Progress): void => console.error(`fuzz: ${summary(progress, start, corpus, coverage)}`);
  console.error(`fuzz: seed ${options.seed}, ${corpus.length} inputs to start from`);
  const result = fuzz({
    seed: options.seed,
    executions: options.executions,
    deadline: start + options.seconds * 1000,
    maxMs: MAX_EXECUTION_MS,
    corpus,
    coverage,
    onExecution: (input) => watchdog.begin(input),
    onProgress: report,
    onFailure(failure, execution) {
      const path = saveFailure(options.save, failure, `seed ${options.seed}, execution ${execution}`);
      console.error(`fuzz: FAILURE: ${failure.error.message}; see ${path}.txt`);
    },
  });
  await watchdog.stop();
  report(result);
  if (result.slowest) {
    mkdirSync(options.save, { recursive: true });
    writeFileSync(join(options.save, 'slowest.bin'), encodeInput(result.slowest));
  }
  if (coverage && options.missing) console.log(coverage.missing().join('\n'));
  if (coverage && options.writeCorpus) writeCorpus(corpus, coverage);
  process.exitCode = result.failures > 0 ? 1 : 0;
}

function summary(
  { executions, failures, slowestMs, memory }: Progress,
  start: number,
  corpus: readonly Input[],
  coverage: Coverage | undefined,
): string {
  const seconds = (performance.now() - start) / 1000;
  const totals = coverage?.totals();
  return [
    `${executions.toLocaleString('en')} executions in ${seconds.toFixed(0)} s`,
    `${Math.round(executions / seconds).toLocaleString('en')}/s`,
    totals &&
      `coverage ${((100 * totals.covered) / totals.all).toFixed(2)} % (${totals.covered} of ${totals.all} characters)`,
    `corpus ${corpus.length}`,
    `failures ${failures}`,
    `slowest ${slowestMs.toFixed(1)} ms`,
    `in use ${(memory / MIB).toFixed(0)} MiB`,
    `RSS ${(process.memoryUsage.rss() / MIB).toFixed(0)} MiB`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

/** Keeps the inputs that reach something that no smaller one does. */
function writeCorpus(inputs: readonly Input[], coverage: Coverage): void {
  const kept: Input[] = [];
  coverage.forget();
  for (const input of inputs.toSorted((a, b) => sizeOf(a) - sizeOf(b))) collect([input], coverage, kept);
  for (const { name } of readCorpus(CORPUS)) rmSync(join(CORPUS, name));
  for (const [index, input] of kept.entries()) {
    writeFileSync(join(CORPUS, `${String(index).padStart(3, '0')}.bin`), encodeInput(input));
  }
  console.error(`fuzz: wrote ${kept.length} inputs to the corpus`);
}
