import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { decodeInput, encodeInput } from './input.ts';
import { parseMessage, writeMessage } from './message.ts';
import { mutate } from './mutate.ts';
import { createChoices } from './random.ts';
import { CAPTURES, captureSeeds, caseSeeds, generatedSeeds } from './seeds.ts';

const seeds = [...captureSeeds([CAPTURES]), ...caseSeeds(), ...generatedSeeds()];

test('a message that is taken apart and put together is the same', () => {
  let messages = 0;
  for (const { bytes } of seeds.flatMap(({ datagrams }) => datagrams)) {
    const message = parseMessage(bytes);
    if (!message) continue;
    const written = Buffer.alloc(65_535);
    assert.deepEqual(written.subarray(0, writeMessage(message, written)), Buffer.from(bytes));
    messages++;
  }
  assert.ok(messages > 100);
});

test('an input that is written to a file is the same when it is read', () => {
  for (const input of seeds) assert.deepEqual(decodeInput(encodeInput(input)).datagrams.length, input.datagrams.length);
  const input = {
    profile: 3,
    datagrams: [
      { source: 7, pause: 28, bytes: Uint8Array.of(1, 2) },
      { source: 0, pause: 0, bytes: Uint8Array.of() },
    ],
  };
  assert.deepEqual(decodeInput(encodeInput(input)), input);
  assert.throws(() => decodeInput(encodeInput(input).subarray(0, 6)), RangeError);
});

test('mutations are the same for the same seed, and mostly change something', () => {
  const mutants = (seed: number): Set<string> => {
    const random = createChoices(seed);
    const inputs = Array.from({ length: 2_000 }, () => mutate(random.pick(seeds), random.pick(seeds), random));
    return new Set(inputs.map((input) => createHash('sha1').update(encodeInput(input)).digest('hex')));
  };
  const first = mutants(1);
  assert.deepEqual(mutants(1), first);
  assert.ok(first.size > 1_800);
  assert.ok(mutants(2).difference(first).size > 1_800);
});
