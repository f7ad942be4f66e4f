/**
 * Fuzzes a part of the decoder: an input is a changed copy of a seed, made in bytes that are used again, so that making
 * it takes less time than reading it. The same seed of chance makes the same inputs.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signatureOf } from './failure.ts';
import type { Options, Part } from './options.ts';
import { createPart, type PartTarget } from './part-targets.ts';
import { createChoices, type Random } from './random.ts';
import { Violation } from './violation.ts';

/** How long an input may become, and room behind it. */
const [MAX_LENGTH, ROOM] = [2_048, 256];
/** CPU time that one execution may take. */
const MAX_MS = 250;
const PROGRESS_INTERVAL_MS = 10_000;

export type PartFailure = { error: Error; input: Uint8Array; execution: number };

export type PartOptions = {
  part: Part;
  seed: number;
  executions: number;
  /** Stop at this time of `performance.now()`. */
  deadline: number;
  /** Told of each kind of failure once. */
  onFailure: (failure: PartFailure) => void;
  onProgress?: (executions: number) => void;
};

/** Runs until the executions or the time are used up; returns how many there were. */
export function fuzzPart({ part, seed, executions, deadline, onFailure, onProgress }: PartOptions): number {
  const random = createChoices(seed);
  const bytes = new Uint8Array(MAX_LENGTH + ROOM);
  const signatures = new Set<string>();
  let target = createPart(part);
  let execution = 0;
  let nextProgress = performance.now() + PROGRESS_INTERVAL_MS;
  for (let now = performance.now(); execution < executions && now < deadline; execution++) {
    const length = change(bytes, target.seeds, random);
    try {
      target.run(bytes, length);
    } catch (error) {
      const signature = signatureOf(error as Error);
      if (!signatures.has(signature)) onFailure({ error: error as Error, input: bytes.slice(0, length), execution });
      signatures.add(signature);
      target = createPart(part);
    }
    const end = performance.now();
    if (end - now > MAX_MS) {
      const input = bytes.slice(0, length);
      const error = slowness(createPart(part), input);
      if (error) onFailure({ error, input, execution });
    }
    now = end;
    if (now > nextProgress) {
      onProgress?.(execution + 1);
      nextProgress = now + PROGRESS_INTERVAL_MS;
    }
  }
  return execution;
}

/** Whether it takes too long by itself, whatever else the machine does. */
function slowness(target: PartTarget, input: Uint8Array): Error | undefined {
  const bytes = new Uint8Array(MAX_LENGTH + ROOM);
  bytes.set(input);
  target.run(bytes, input.length);
  const before = process.threadCpuUsage();
  target.run(bytes, input.length);
  const { user, system } = process.threadCpuUsage(before);
  const ms = (user + system) / 1_000;
  return ms > MAX_MS ? new Violation('time', `took ${ms} ms`) : undefined;
}

/** Makes an input of one of the seeds; returns how long it is. */
function change(bytes: Uint8Array, seeds: readonly Uint8Array[], random: Random): number {
  const seed = seeds[random.below(seeds.length)];
  bytes.set(seed);
  let length = seed.length;
  let rounds = 1;
  while (rounds < 8 && random.oneIn(2)) rounds++;
  for (let round = 0; round < rounds && length > 0; round++) {
    const at = random.below(length);
    switch (random.below(8)) {
      case 0:
        bytes[at] ^= 1 << random.below(8);
        break;
      case 1:
        bytes[at] = random.word();
        break;
      case 2:
      case 3: {
        const [size, word] = [random.oneIn(2) ? 2 : 4, random.word()];
        for (let nth = 0; nth < size && at + nth < length; nth++) bytes[at + nth] = word >>> (8 * (size - 1 - nth));
        break;
      }
      case 4:
        length = at;
        break;
      case 5: {
        const size = Math.min(length - at, 1 + random.below(8));
        bytes.copyWithin(at, at + size, length);
        length -= size;
        break;
      }
      case 6: {
        // Once more what begins here, or what another begins with.
        const other = random.oneIn(2) ? bytes.slice(at, length) : seeds[random.below(seeds.length)];
        const size = Math.min(other.length, MAX_LENGTH - length, 1 + random.below(64));
        bytes.copyWithin(at + size, at, length);
        bytes.set(other.subarray(0, size), at);
        length += size;
        break;
      }
      default:
        bytes[at] += random.oneIn(2) ? 1 : 255;
    }
  }
  return length;
}

/** `npm run fuzz -- --target PART`: from its options to its report. */
export function runPartFuzzer(part: Part, { seed, executions, seconds, save, repeat }: Options): void {
  if (repeat !== undefined) {
    const input = readFileSync(repeat);
    const bytes = new Uint8Array(input.length + ROOM);
    bytes.set(input);
    createPart(part).run(bytes, input.length);
    console.log('no rule was broken');
    return;
  }
  const start = performance.now();
  let failures = 0;
  const report = (count: number): void => {
    const elapsed = (performance.now() - start) / 1_000;
    const { user, system } = process.cpuUsage();
    const cpu = ((user + system) / 1e6).toFixed(0);
    console.error(
      `fuzz: ${part}, seed ${seed}: ${count.toLocaleString('en')} executions in ${elapsed.toFixed(0)} s (${cpu} s of CPU), failures ${failures}`,
    );
  };
  const count = fuzzPart({
    ...{ part, seed, executions, deadline: start + seconds * 1_000, onProgress: report },
    onFailure({ error, input, execution }) {
      failures++;
      mkdirSync(save, { recursive: true });
      const path = join(save, `${part}-${execution}.bin`);
      writeFileSync(path, input);
      console.error(
        `fuzz: FAILURE: execution ${execution}: ${error.stack}\nRepeat it with --target ${part} --repeat ${path}`,
      );
      process.exitCode = 1;
    },
  });
  report(count);
}
