/**
 * Who has most of the bytes lately, in bounded memory: sources, destinations, conversations, ports and services of all
 * flows.
 */
import { layOut, type Value } from './dimension.ts';
import type { CountedSet } from './plan.ts';
import type { Texts } from './texts.ts';
import { TopTable } from './top-table.ts';

/** What talkers are looked for by. */
export const TALKERS = {
  sources: ['source.address'],
  destinations: ['destination.address'],
  conversations: ['source.address', 'destination.address'],
  ports: ['server.port', 'network.transport'],
  services: ['server.service.name'],
} as const;
export type TalkerKind = keyof typeof TALKERS;

/** Candidates of each kind: who has 1 part in 512 of the bytes is among them. */
const SIZE = 1_024;
/** Candidates that are handed over, for each that is shown: workers see different parts of a conversation. */
const HANDED_OVER = 4;

/**
 * Of one kind: JSON of the values of the dimensions, by bytes, scaled; each may be too low by `error`, and its packets
 * too.
 */
export type TalkerCounts = {
  kind: TalkerKind;
  talkers: string[];
  bytes: Float64Array;
  packets: Float64Array;
  error: number;
};

type Talkers = CountedSet & { kind: TalkerKind; table: TopTable };

export class TopTalkers {
  readonly sets: readonly Talkers[];

  /** Services only where flows are drawn between services. */
  constructor(hasServices: boolean) {
    const kinds = (Object.keys(TALKERS) as TalkerKind[]).filter((kind) => hasServices || kind !== 'services');
    this.sets = kinds.map((kind) => {
      const { dimensions, width } = layOut(TALKERS[kind]);
      return { kind, dimensions, filter: undefined, table: new TopTable(SIZE, width) };
    });
  }

  /** What came since the last `clear`, for a list of so many. */
  counts(shown: number, texts: Texts): TalkerCounts[] {
    return this.sets.map(({ kind, dimensions, table }) => {
      const top = table.top(HANDED_OVER * shown);
      const valuesOf = (slot: number): (Value | null)[] =>
        dimensions.map((dimension) => dimension.read(table.keys, slot * table.width, texts) ?? null);
      return {
        kind,
        talkers: top.map(({ slot }) => JSON.stringify(valuesOf(slot))),
        bytes: Float64Array.from(top, ({ bytes }) => bytes),
        packets: Float64Array.from(top, ({ packets }) => packets),
        error: table.error,
      };
    });
  }

  clear(): void {
    for (const { table } of this.sets) table.clear();
  }
}
