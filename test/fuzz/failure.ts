/** What to do about an input that broke a rule: find the least that still does, and keep it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeInput, type Input, sizeOf } from './input.ts';
import { createTarget } from './target.ts';
import { Violation } from './violation.ts';

export type Failure = {
  error: Error;
  /** The least input that fails; undefined when none was found, not even all that led to it. */
  input: Input | undefined;
};

/** An execution that took too long is repeated, and must take too long each time, in CPU time. */
const REPETITIONS = 3;
/** Attempts to make an input smaller. */
const MAX_ATTEMPTS = 4_000;

/** What an input does to a new target: the error it ends with, if any. It may take `maxMs` milliseconds of CPU time. */
export function tryInput(input: Input, maxMs: number): Error | undefined {
  let fastest = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < REPETITIONS && fastest > maxMs; repetition++) {
    const target = createTarget();
    const before = process.threadCpuUsage();
    try {
      target.run(input);
    } catch (error) {
      return error as Error;
    }
    const { user, system } = process.threadCpuUsage(before);
    fastest = Math.min(fastest, (user + system) / 1_000);
  }
  return fastest > maxMs ? new Violation('time', `took ${fastest.toFixed(0)} ms`) : undefined;
}

/** The same fault has the same signature: its message without numbers, and where it was thrown. */
export function signatureOf(error: Error): string {
  const place = /\/(collector\/\S+?):\d+/.exec(error.stack ?? '')?.[1] ?? '';
  return `${error.message.replaceAll(/\d+/g, 'n')} ${place}`;
}

/** Finds a small input that fails as the last of `history` did; the oldest comes first. */
export function investigate(error: Error, history: readonly Input[], maxMs: number): Failure {
  const signature = signatureOf(error);
  const fails = (input: Input): boolean => {
    const found = tryInput(input, maxMs);
    return found !== undefined && signatureOf(found) === signature;
  };
  for (let length = 1; ; length *= 4) {
    const input = concatenate(history.slice(-length));
    if (fails(input)) return { error, input: minimize(input, fails) };
    if (length >= history.length) return { error, input: undefined };
  }
}

/** One input of the datagrams of all that have the profile of the last. */
function concatenate(inputs: readonly Input[]): Input {
  const { profile } = inputs.at(-1)!;
  const same = inputs.filter((input) => input.profile === profile);
  return { profile, datagrams: same.flatMap(({ datagrams }) => datagrams) };
}

/** Leaves out datagrams, then bytes, as long as the input still `fails`. */
function minimize(input: Input, fails: (input: Input) => boolean): Input {
  let best = input;
  let attempts = 0;
  const keeps = (candidate: Input): boolean => {
    if (attempts++ > MAX_ATTEMPTS || !fails(candidate)) return false;
    best = candidate;
    return true;
  };
  for (let size = best.datagrams.length - 1; size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at + size <= best.datagrams.length && best.datagrams.length > size; ) {
      if (!keeps({ ...best, datagrams: best.datagrams.toSpliced(at, size) })) at += size;
    }
  }
  for (let index = 0; index < best.datagrams.length; index++) {
    for (let size = best.datagrams[index].bytes.length >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at < best.datagrams[index].bytes.length && attempts < MAX_ATTEMPTS; ) {
        const { bytes } = best.datagrams[index];
        const shorter = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
        if (!keeps(withBytes(best, index, shorter))) at += size;
      }
    }
  }
  return best;
}

function withBytes(input: Input, index: number, bytes: Uint8Array): Input {
  return { ...input, datagrams: input.datagrams.with(index, { ...input.datagrams[index], bytes }) };
}

/** Writes a failure to `folder`: what happened, and the input to repeat it with. Returns the path without extension. */
export function saveFailure(folder: string, { error, input }: Failure, circumstances: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `failure-${hash(signatureOf(error))}`);
  const repeat = input ? `npm run fuzz -- --repeat ${path}.bin` : 'not repeated by any sequence of the last inputs';
  if (input) writeFileSync(`${path}.bin`, encodeInput(input));
  writeFileSync(
    `${path}.txt`,
    `${error.stack}\n\n${circumstances}\n${input ? `${sizeOf(input)} bytes\n` : ''}${repeat}\n`,
  );
  return path;
}

function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ character.codePointAt(0)!, 0x01000193);
  return (value >>> 0).toString(16).padStart(8, '0');
}
