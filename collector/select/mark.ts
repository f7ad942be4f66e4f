/**
 * What a sampled span says of its probability: the threshold and the randomness in its tracestate, as OpenTelemetry's
 * specification of consistent probability sampling has it, and an attribute. Both go into the span as they are.
 */
import { Buffer } from 'node:buffer';
import { message, spanAttribute } from '../otlp/protobuf-writer.ts';
import { SPAN } from '../otlp/tags.ts';
import type { Randomness } from './flow-key.ts';

const RANDOMNESS_DIGITS = 14;
const DIGITS = Buffer.from('0123456789abcdef');
const SHOWN_DIGITS = 8;
const NONE = new Uint8Array();

/** Thresholds have 32 bits here: a probability is a multiple of 2⁻³². */
const SCALE = 2 ** 32;

export class Mark {
  /** Of the upper 32 bits of its randomness, the least with which a flow is kept. */
  readonly threshold: number;
  /** The fields of a span; empty when every flow is kept. */
  readonly bytes: Uint8Array;
  readonly #randomnessAt: number;

  /** For flows that are kept with this probability; `attributeName` is left out when it is undefined. */
  constructor(probability: number, attributeName: string | undefined) {
    this.threshold = Math.min(SCALE - 1, Math.round((1 - probability) * SCALE));
    if (this.threshold === 0) {
      this.bytes = NONE;
      this.#randomnessAt = 0;
      return;
    }
    const threshold = this.threshold.toString(16).padStart(8, '0').replace(/0+$/, '');
    const state = message(SPAN.traceState, Buffer.from(`ot=th:${threshold};rv:${'0'.repeat(RANDOMNESS_DIGITS)}`));
    this.#randomnessAt = state.length - RANDOMNESS_DIGITS;
    // As it was asked for: the threshold is the exact one.
    const shown = Number((1 - this.threshold / SCALE).toPrecision(SHOWN_DIGITS));
    this.bytes = attributeName ? Uint8Array.from([...state, ...spanAttribute(attributeName, shown)]) : state;
  }

  /** Puts a flow's randomness in its place. */
  write({ high, low }: Randomness): void {
    let at = this.#randomnessAt;
    for (let shift = 28; shift >= 0; shift -= 4) this.bytes[at++] = DIGITS[(high >>> shift) & 15];
    for (let shift = 20; shift >= 0; shift -= 4) this.bytes[at++] = DIGITS[(low >>> shift) & 15];
  }
}
