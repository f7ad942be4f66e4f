/**
 * sFlow version 5: datagrams of samples, of which each has records. In: a datagram whose header was read. Out: up to
 * the first fault, where its samples are; flow samples become flows (`expander.ts`), counter samples are for those who
 * ask. What is not known is skipped by its length.
 */
import type { Fault } from '../decode/faults.ts';
import type { PacketHeader } from '../decode/header.ts';
import type { Message } from '../decode/sets.ts';
import { Sample, SampleRecord } from './sample.ts';
import { minLengthOf } from './structures.ts';

const sample = new Sample();
const record = new SampleRecord();

/** Reads the samples of a datagram: whether they are whole, with all their records, and how many are flows. */
export function readSamples(view: DataView, { length, end, count }: PacketHeader): Message {
  const part = { kind: 'samples' as const, offset: length, samples: 0, records: 0 };
  const message = (fault?: Fault): Message => ({ fault, sets: part.samples, parts: [part] });
  for (let at = length; part.samples < count; at = sample.end) {
    const fault = faultOf(view, at, end);
    if (fault) return message(fault);
    part.samples++;
    if (sample.isFlow) part.records++;
  }
  return message();
}

/** Calls `take` with each counter sample; it is filled anew for the next, and `view` is the datagram's. */
export function eachCounterSample(
  view: DataView,
  { offset, samples }: { offset: number; samples: number },
  end: number,
  take: (sample: Readonly<Sample>) => void,
): void {
  for (let at = offset, nth = 0; nth < samples; at = sample.end, nth++) {
    sample.read(view, at, end);
    if (sample.isCounters) take(sample);
  }
}

/** Reads the sample at `at`; returns what is wrong with it or with its records. */
function faultOf(view: DataView, at: number, end: number): Fault | undefined {
  const what = sample.read(view, at, end);
  if (what) return { offset: at, of: 'set', what };
  let next = sample.recordsAt;
  for (let nth = 0; nth < sample.records; nth++, next = record.end) {
    const what = record.read(view, next, sample.end);
    if (what) return { offset: next, of: 'value', what };
    const length = record.end - record.at;
    const shortest = sample.isFlow ? minLengthOf(record.format) : 0;
    if (length < shortest)
      return {
        offset: next,
        of: 'value',
        what: `a record of format ${record.format} has ${length} bytes, not ${shortest}`,
      };
  }
  return undefined;
}
