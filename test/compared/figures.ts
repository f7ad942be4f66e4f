/** Counts what a program says of captures, by what changes in its output when a field changes. */
import type { Capture, Protocol, Story } from './variants.ts';

/** What is printed of one record, by name. */
export type PrintedRecord = Record<string, unknown>;

/** What a program makes of stories of a protocol: for each, all of its records. */
export type Program = {
  name: string;
  /** What is installed; undefined where nothing is. */
  version(): string | undefined;
  run(stories: readonly Story[], protocol: Protocol): Promise<PrintedRecord[][]>;
  /** How many records of the network one that is printed stands for; 1 unless told. */
  weight?(record: PrintedRecord): number;
};

/** Of one capture: records, and the fields of its templates or structures that come out under a name. */
export type Figures = { records: number; fields: number };

/** The figures of each capture, in their order. */
export async function figuresOf(program: Program, captures: readonly Capture[]): Promise<Figures[]> {
  const figures = new Map<Capture, Figures>();
  for (const [protocol, group] of Map.groupBy(captures, (capture) => capture.protocol)) {
    const next = (await figuresOfGroup(program, protocol, group)).values();
    for (const capture of group) figures.set(capture, next.next().value!);
  }
  return captures.map((capture) => figures.get(capture)!);
}

/** Unchanged, captures run a second time after all others: that tells what changes by itself. */
async function figuresOfGroup(program: Program, protocol: Protocol, captures: readonly Capture[]): Promise<Figures[]> {
  const stories = captures.flatMap(({ story, variants }) => [story, ...variants.map((variant) => variant.story)]);
  const outputs = await program.run([...stories, ...captures.map(({ story }) => story)], protocol);
  const again = outputs.splice(stories.length).values();
  const next = outputs.values();
  return captures.map(({ variants }) => {
    const first = next.next().value!;
    const isStable = stableNames(first, again.next().value!);
    const before = textOf(first, isStable);
    const changed = variants.filter(() => textOf(next.next().value!, isStable) !== before);
    const weights = first.map((record) => program.weight?.(record) ?? 1);
    return { records: weights.reduce((sum, weight) => sum + weight, 0), fields: changed.length };
  });
}

/** What says no more than an element's number would; `ifInUnknownProtos` is a name. */
const UNNAMED = /(?<![a-z])unknown|\.\d+$/i;

/** Tells the names whose values come from the packets: not times of reception, addresses of exporters, identifiers. */
function stableNames(first: readonly PrintedRecord[], second: readonly PrintedRecord[]): (name: string) => boolean {
  const names = new Set([...first, ...second].flatMap((record) => Object.keys(record)));
  const only = (name: string) => (wanted: string) => wanted === name;
  const unstable = [...names].filter((name) => textOf(first, only(name)) !== textOf(second, only(name)));
  return (name) => !unstable.includes(name) && !UNNAMED.test(name);
}

/** The same for the same records, in whatever order they come. */
function textOf(records: readonly PrintedRecord[], isWanted: (name: string) => boolean): string {
  const texts = records.map((record) => {
    return JSON.stringify(
      Object.entries(record)
        .filter(([name]) => isWanted(name))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  });
  return texts.sort().join('\n');
}
