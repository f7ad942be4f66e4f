/** Makes new inputs from those of the corpus: changes to messages, to bytes, and to the order of datagrams. */
import { type Datagram, type Input, MAX_DATAGRAM, MAX_PAUSE } from './input.ts';
import { parseMessage, versionOf, writeMessage } from './message.ts';
import { mutateMessage, templatesOf } from './mutate-message.ts';
import { mutateSflow, parseSflow } from './mutate-sflow.ts';
import type { Random } from './random.ts';

const MAX_DATAGRAMS = 8;
/** What is longer is made longer no more. */
const LARGE = 16_384;
const SOURCES = 64;

const scratch = new Uint8Array(MAX_DATAGRAM);

/** A changed copy of `input`; `other` lends parts. */
export function mutate(input: Input, other: Input, random: Random): Input {
  const datagrams = [...input.datagrams];
  let { profile } = input;
  if (random.oneIn(24)) profile = random.below(256);
  if (random.oneIn(5)) mutateSequence(datagrams, other, random);
  let rounds = 1;
  while (rounds < 8 && random.oneIn(2)) rounds++;
  const index = random.below(datagrams.length);
  datagrams[index] = { ...datagrams[index], bytes: mutateBytes(datagrams, index, other, random, rounds) };
  return { profile, datagrams };
}

function mutateSequence(datagrams: Datagram[], other: Input, random: Random): void {
  const at = random.below(datagrams.length);
  const lent = random.pick(other.datagrams);
  switch (random.below(6)) {
    case 0:
      if (datagrams.length > 1) datagrams.splice(at, 1);
      break;
    case 1:
      if (datagrams.length < MAX_DATAGRAMS) datagrams.splice(random.below(datagrams.length + 1), 0, datagrams[at]);
      break;
    case 2:
      datagrams[at] = { ...datagrams[at], source: random.below(SOURCES) };
      break;
    case 3:
      datagrams[at] = { ...datagrams[at], pause: random.oneIn(3) ? random.below(MAX_PAUSE + 1) : random.below(12) };
      break;
    case 4:
      if (datagrams.length < MAX_DATAGRAMS) datagrams.push({ ...lent, source: datagrams[at].source });
      break;
    default:
      datagrams.reverse();
  }
}

/** New bytes for the datagram at `index`. */
function mutateBytes(
  datagrams: readonly Datagram[],
  index: number,
  other: Input,
  random: Random,
  rounds: number,
): Uint8Array {
  const { bytes } = datagrams[index];
  const sflow = random.oneIn(6) || bytes.length > LARGE ? undefined : parseSflow(bytes);
  if (sflow) {
    const lent = parseSflow(random.pick(other.datagrams).bytes);
    return mutateSflow(sflow, lent, random, rounds).subarray(0, MAX_DATAGRAM);
  }
  const message = random.oneIn(6) ? undefined : parseMessage(bytes);
  if (!message || bytes.length > LARGE) return mutateRaw(bytes, random, rounds);
  const neighbours = datagrams.flatMap((datagram) => parseMessage(datagram.bytes) ?? []);
  const lent = parseMessage(random.pick(other.datagrams).bytes);
  const surroundings = {
    templates: neighbours.flatMap(templatesOf),
    other: lent && versionOf(lent) === versionOf(message) ? lent : undefined,
  };
  mutateMessage(message, random, surroundings, rounds);
  const written = scratch.slice(0, writeMessage(message, scratch));
  return random.oneIn(12) ? mutateRaw(written, random, 1) : written;
}

/** Changes that know nothing of what the bytes mean. */
function mutateRaw(bytes: Uint8Array, random: Random, rounds: number): Uint8Array {
  let result: Uint8Array = new Uint8Array(bytes);
  for (let round = 0; round < rounds; round++) {
    const at = random.below(result.length + 1);
    switch (random.below(8)) {
      case 0:
        result[at] ^= 1 << random.below(8);
        break;
      case 1:
        result[at] = random.word();
        break;
      case 2:
        writeWord(result, at & ~1, 2, random.word());
        break;
      case 3:
        writeWord(result, at & ~3, 4, random.word());
        break;
      case 4:
        result = result.subarray(0, at);
        break;
      case 5:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + 1 + random.below(8))]);
        break;
      case 6:
        if (result.length < LARGE) result = insert(result, at, result.subarray(random.below(at + 1), at));
        break;
      default: {
        const noise = new Uint8Array(random.oneIn(50) ? random.below(MAX_DATAGRAM) : random.below(32));
        random.fill(noise);
        if (result.length < LARGE) result = insert(result, at, noise);
      }
    }
  }
  return result;
}

function insert(bytes: Uint8Array, at: number, inserted: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]).subarray(0, MAX_DATAGRAM);
}

function writeWord(bytes: Uint8Array, at: number, size: number, value: number): void {
  for (let index = 0; index < size; index++) {
    if (at + index < bytes.length) bytes[at + index] = value >>> (8 * (size - 1 - index));
  }
}
