/** Counters that devices tell by sFlow, as JSON has them. */
import { COUNTER_RECORDS, fieldsOf, readCounterRecords } from '../sflow/counter-records.ts';
import type { Sample } from '../sflow/sample.ts';

export type InspectedCounters = {
  /** The structure by its name, such as `if_counters`. */
  structure: string;
  /** What it is about: `interface 7`. */
  source: string;
  /** Number of the sample, of those of this source. */
  sequence: number;
  /** What the device does not know is left out; numbers that a double can't hold are text. */
  values: Record<string, number | string>;
};

/** By class (sFlow Version 5, §5, `sflow_data_source`). */
const SOURCES = ['interface', 'VLAN', 'entity'];

/** A counter sample, for each record of a structure that is known. */
export function inspectCounters(view: DataView, sample: Readonly<Sample>): InspectedCounters[] {
  const { sourceClass, sourceIndex, sequence } = sample;
  const { records, portName, hostName } = readCounterRecords(view, sample);
  const names = { ...(portName !== undefined && { portName }), ...(hostName !== undefined && { hostName }) };
  return records.map(({ format, values }) => {
    const told = [...fieldsOf(format)].flatMap(([name, { at }]) => {
      const value = values[at];
      return value === undefined ? [] : [[name, typeof value === 'bigint' ? exact(value) : value] as const];
    });
    return {
      structure: COUNTER_RECORDS[format].name,
      source: `${SOURCES[sourceClass] ?? `source of class ${sourceClass}:`} ${sourceIndex}`,
      sequence,
      values: { ...names, ...Object.fromEntries(told) },
    };
  });
}

function exact(value: bigint): number | string {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
}
