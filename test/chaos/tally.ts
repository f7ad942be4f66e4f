/**
 * A backend that keeps nothing but which flows came: each flow carries its number as its bytes, and a bit stands for
 * each that has arrived. So ten million flows take a megabyte.
 */
import { type Answer, listenOtlp, type SinkOptions } from '../otlp/sink.ts';

/** A version 5 record's counter of bytes, behind the header (Cisco's NetFlow Export Datagram Formats, version 5). */
const HEADER = 24;
const RECORD = 48;
const BYTES = 20;
const SEQUENCE = 16;

/** A span's attribute: the key, then the length of its value, the tag of an integer, and the integer. */
const KEY = Buffer.from('flow.bytes.delta');
const INTEGER = 0x18;

/** Answers a request of `size` bytes. */
type Decide = (request: { size: number; headers: Record<string, string> }) => Answer;

export type Tally = {
  /** Port that it listens on. */
  port: number;
  /** Flows that came, each counted once; of those with a number from `from` on, and below `to`. */
  arrived(from?: number, to?: number): number;
  /** Flows that came more often than once. */
  readonly repeats: number;
  /** Flows that it said it rejected, though it counts them. */
  readonly rejected: number;
  /** Requests that were accepted. */
  readonly requests: number;
  /** How requests are answered from now on. */
  answer(answer: Answer | Decide): void;
  close(): Promise<void>;
};

/** Counts flows with numbers below `most`. */
export async function startTally(options: SinkOptions, most: number): Promise<Tally> {
  const bits = new Uint8Array(Math.ceil(most / 8));
  let decide: Decide = () => ({ kind: 'accept' });
  let [repeats, rejected, requests] = [0, 0, 0];

  const server = await listenOtlp(options, (body, headers) => {
    const answer = decide({ size: body.length, headers });
    if (answer.kind === 'partial') rejected += answer.rejectedSpans;
    else if (answer.kind !== 'accept') return answer;
    requests++;
    for (const number of numbersIn(body)) {
      const bit = 1 << (number & 7);
      if (bits[number >>> 3] & bit) repeats++;
      bits[number >>> 3] |= bit;
    }
    return answer;
  });
  return {
    port: server.port,
    arrived(from = 0, to = most) {
      let count = 0;
      for (let number = from; number < to; number++) count += (bits[number >>> 3] >>> (number & 7)) & 1;
      return count;
    },
    get repeats() {
      return repeats;
    },
    get rejected() {
      return rejected;
    },
    get requests() {
      return requests;
    },
    answer: (answer) => {
      decide = typeof answer === 'function' ? answer : () => answer;
    },
    close: server.close,
  };
}

/** The numbers of the flows in a request. */
export function* numbersIn(body: Buffer): Generator<number> {
  for (let at = body.indexOf(KEY); at >= 0; at = body.indexOf(KEY, at)) {
    at += KEY.length + 2;
    if (body[at++] !== INTEGER) throw new Error(`no integer at ${at}`);
    let number = 0;
    let weight = 1;
    for (; body[at] >= 0x80; weight *= 0x80) number += (body[at++] & 0x7f) * weight;
    yield number + body[at] * weight;
  }
}

/** A version 5 packet like `packet`, whose flows are numbered from `first` on. */
export function numbered(packet: Buffer, first: number): Buffer {
  const copy = Buffer.from(packet);
  copy.writeUInt32BE(first, SEQUENCE);
  for (let at = HEADER, number = first; at < copy.length; at += RECORD) copy.writeUInt32BE(number++, at + BYTES);
  return copy;
}
