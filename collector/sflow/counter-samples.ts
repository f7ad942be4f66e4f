/**
 * Counter samples on their way to metrics: what a worker has read since they were handed over last. The main thread
 * takes them (`telemetry/counter-sums.ts`).
 */
import type { CounterKind } from '../../crds/sflow.ts';
import { COUNTER_RECORDS, type CounterRecords, readCounterRecords } from './counter-records.ts';
import type { Sample } from './sample.ts';

/** Samples that wait; they are handed over each second, and take some 500 bytes each. */
const MAX_WAITING = 10_000;

/** Who sent a sample, and when it was received. */
export type SampleOrigin = {
  /** Address of the exporter; and of the agent in hexadecimal digits, when it is another. */
  exporter: string;
  agent: string | undefined;
  subAgent: number;
  /** Milliseconds since the agent was started, modulo 2³². */
  uptimeMs: number;
  /** Unix milliseconds, and those of a clock that nobody sets. */
  receivedMs: number;
  monotonicMs: number;
};

export type CounterSample = SampleOrigin & Pick<Sample, 'sourceClass' | 'sourceIndex' | 'sequence'> & CounterRecords;

export class CounterSamples {
  #waiting: CounterSample[] = [];
  #dropped = 0;

  /** Reads the records of these kinds. */
  add(view: DataView, sample: Readonly<Sample>, origin: SampleOrigin, kinds: readonly CounterKind[]): void {
    if (this.#waiting.length === MAX_WAITING) {
      this.#dropped++;
      return;
    }
    const { sourceClass, sourceIndex, sequence } = sample;
    const { records, ...names } = readCounterRecords(view, sample);
    const asked = records.filter(({ format }) => kinds.includes(COUNTER_RECORDS[format].kind));
    if (asked.length > 0)
      this.#waiting.push({ ...origin, sourceClass, sourceIndex, sequence, ...names, records: asked });
  }

  /** What came since the last time, and how many samples found no room. */
  take(): { samples: CounterSample[]; dropped: number } {
    const taken = { samples: this.#waiting, dropped: this.#dropped };
    this.#waiting = [];
    this.#dropped = 0;
    return taken;
  }
}
