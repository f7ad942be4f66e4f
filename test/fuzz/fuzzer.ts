/**
 * The fuzzer's loop: takes an input of the corpus, changes it, runs it. With coverage, whole batches of inputs are
 * asked what they reached, since asking costs as much as a thousand executions; those that reached what no other did
 * are found by halving and join the corpus.
 */
import type { Coverage } from './coverage.ts';
import { type Failure, investigate, signatureOf, tryInput } from './failure.ts';
import { type Input, sizeOf } from './input.ts';
import { measureMemory } from './memory.ts';
import { mutate } from './mutate.ts';
import { createChoices } from './random.ts';
import { createTarget } from './target.ts';
import { Violation } from './violation.ts';

export type FuzzOptions = {
  seed: number;
  executions: number;
  /** Stop at this time of `performance.now()`. */
  deadline: number;
  /** How long one execution may take, milliseconds. */
  maxMs: number;
  /** The inputs to start from; those that reach something new are appended. */
  corpus: Input[];
  coverage: Coverage | undefined;
  /** Told of each kind of failure once. */
  onFailure: (failure: Failure, execution: number) => void;
  /** Told before each execution. */
  onExecution?: (input: Input) => void;
  onProgress?: (progress: Progress) => void;
};

export type Progress = {
  executions: number;
  failures: number;
  slowestMs: number;
  slowest: Input | undefined;
  /** Bytes in use after a garbage collection, at the last measurement. */
  memory: number;
};

/** Inputs between two looks at coverage: more when little is found. */
const [MIN_BATCH, MAX_BATCH] = [128, 8_192];
/** Executions between two measurements of memory. */
const MEMORY_INTERVAL = 100_000;
/** Executions after which new pipelines begin; what the old ones used must come back. */
const TARGET_LIFE = 1_000_000;
/** What the fuzzer may use with four old pipelines, most of it for their record plans, and with new ones. */
const [MAX_MEMORY, MAX_MEMORY_ANEW] = [384 * 2 ** 20, 96 * 2 ** 20];
/** Inputs kept to repeat a failure that depends on those before it. */
const HISTORY = 4_096;
const PROGRESS_INTERVAL_MS = 5_000;

/** Runs until the executions or the time are used up. */
export function fuzz(options: FuzzOptions): Progress {
  const { corpus, coverage } = options;
  const random = createChoices(options.seed);
  const progress: Progress = { executions: 0, failures: 0, slowestMs: 0, slowest: undefined, memory: measureMemory() };
  const signatures = new Set<string>();
  let history: Input[] = [];
  let batch: Input[] = [];
  let batchSize = MIN_BATCH;
  let target = createTarget();
  let nextProgress = performance.now() + PROGRESS_INTERVAL_MS;

  function fail(error: Error): void {
    target = createTarget();
    const signature = signatureOf(error);
    if (!signatures.has(signature)) {
      signatures.add(signature);
      progress.failures++;
      options.onFailure(investigate(error, history, options.maxMs), progress.executions);
    }
    history = [];
  }

  function run(input: Input): void {
    options.onExecution?.(input);
    history.push(input);
    if (history.length >= 2 * HISTORY) history = history.slice(-HISTORY);
    const start = performance.now();
    try {
      target.run(input);
    } catch (error) {
      fail(error as Error);
    }
    const duration = performance.now() - start;
    if (duration > options.maxMs) {
      const slow = tryInput(input, options.maxMs);
      if (slow) fail(slow);
    } else if (duration > progress.slowestMs) {
      progress.slowestMs = duration;
      progress.slowest = input;
    }
    progress.executions++;
    if (coverage) batch.push(input);
  }

  /** Appends the inputs of the batch that reached something new to the corpus. */
  function evaluate(watched: Coverage): void {
    const reached = watched.take();
    const before = corpus.length;
    if (reached.size > 0) collect(batch, watched, corpus);
    watched.add(reached);
    batchSize = corpus.length > before ? MIN_BATCH : Math.min(MAX_BATCH, batchSize * 2);
    batch = [];
  }

  function checkMemory(): void {
    const renewed = progress.executions % TARGET_LIFE === 0;
    if (renewed) target = createTarget();
    progress.memory = measureMemory();
    // V8 keeps what it counts with, for every function there ever was.
    if (progress.memory > (renewed ? MAX_MEMORY_ANEW : MAX_MEMORY) && !coverage) {
      fail(new Violation('memory', `${progress.memory} bytes are in use`));
    }
  }

  for (const seed of corpus) run(seed);
  coverage?.add(coverage.take());
  batch = [];
  while (progress.executions < options.executions && performance.now() < options.deadline) {
    run(mutate(choose(corpus, random.below), choose(corpus, random.below), random));
    if (coverage && batch.length >= batchSize) evaluate(coverage);
    if (progress.executions % MEMORY_INTERVAL === 0) checkMemory();
    if (performance.now() > nextProgress) {
      options.onProgress?.(progress);
      nextProgress = performance.now() + PROGRESS_INTERVAL_MS;
    }
  }
  progress.memory = measureMemory();
  return progress;
}

/** The smaller of two at random. */
function choose(corpus: readonly Input[], below: (limit: number) => number): Input {
  const [a, b] = [corpus[below(corpus.length)], corpus[below(corpus.length)]];
  return sizeOf(a) < sizeOf(b) ? a : b;
}

/** Finds, by halving, which of these inputs reach something new in a target of their own. */
export function collect(inputs: readonly Input[], coverage: Coverage, corpus: Input[]): void {
  if (inputs.length === 0) return;
  const target = createTarget();
  for (const input of inputs) {
    try {
      target.run(input);
    } catch {
      // Reported when it happened first, or when a mutation of it does it again.
    }
  }
  const reached = coverage.take();
  if (reached.size === 0) return;
  if (inputs.length === 1) {
    coverage.add(reached);
    corpus.push(inputs[0]);
    return;
  }
  const middle = inputs.length >> 1;
  collect(inputs.slice(0, middle), coverage, corpus);
  collect(inputs.slice(middle), coverage, corpus);
}
