/**
 * Longest-prefix match in one array of numbers, which threads can share: a level-compressed trie (Nilsson and Karlsson,
 * IP-Address Lookup Using LC-Tries, 1999). A node has one entry for each part of a range of 16-bit values, as many
 * parts as its prefixes are dense: a look is one step for each node, without a search, and the size is in proportion to
 * the number of prefixes, however unevenly these are spread.
 *
 * Node: `[at, base, shift, parts, outside]`, then the entries of its parts. The 16 bits at byte `at` of the address,
 * less `base` and without the last `shift` bits, tell the part; other bits than those of the parts have the entry
 * `outside`. An entry is a label or, negative, the place of a node (its complement).
 */
import type { PrefixList } from './prefixes.ts';

/** Bits of an address that a node looks at. */
const STRIDE = 16;
const MAX_BITS = 2 ** STRIDE - 1;
const HEAD = 5;
/** Parts that a node may have for each of its different neighbouring entries. */
const SPARSENESS = 2;

export type Trie = {
  nodes: Int32Array<SharedArrayBuffer>;
  /** Places of the first nodes of both families. */
  ipv4: number;
  ipv6: number;
};

/** Builds the trie of two lists of sorted, different prefixes. Labels are below 2³¹; 0 is that of no prefix. */
export function buildTrie(ipv4: PrefixList, ipv6: PrefixList): Trie {
  const nodes: number[] = [];
  const roots = [ipv4, ipv6].map((list) => addPrefixes(nodes, list, 0, 0, list.size, 0));
  const shared = new Int32Array(new SharedArrayBuffer(nodes.length * Int32Array.BYTES_PER_ELEMENT));
  shared.set(nodes);
  return { nodes: shared, ipv4: roots[0], ipv6: roots[1] };
}

/** The label of the longest prefix of the address at `at`, which is of the family of `root`. */
export function findLabel(nodes: Int32Array, root: number, v: DataView, at: number): number {
  for (let node = root; ; ) {
    const part = (v.getUint16(at + nodes[node]) - nodes[node + 1]) >>> nodes[node + 2];
    const entry = part < nodes[node + 3] ? nodes[node + HEAD + part] : nodes[node + 4];
    if (entry >= 0) return entry;
    node = ~entry;
  }
}

/** Ranges of 16-bit values beside each other: where each starts, and its entry. */
type Ranges = { starts: number[]; entries: number[] };

/**
 * Adds nodes for the prefixes `from` to `to`, which have all bits before this level in common and go beyond them. Where
 * none of them is, `inherited` is the label. Returns the first node's place.
 */
function addPrefixes(
  nodes: number[],
  list: PrefixList,
  level: number,
  from: number,
  to: number,
  inherited: number,
): number {
  const starts = [0];
  const entries = [inherited];
  const open: { end: number; label: number }[] = [{ end: Number.POSITIVE_INFINITY, label: inherited }];
  const begin = (start: number, entry: number): void => {
    if (starts.at(-1) === start) {
      entries[entries.length - 1] = entry;
    } else if (entries.at(-1) !== entry) {
      starts.push(start);
      entries.push(entry);
    }
  };
  const closeBefore = (start: number): void => {
    while (open.at(-1)!.end < start) {
      const { end } = open.pop()!;
      begin(end + 1, open.at(-1)!.label);
    }
  };

  for (let index = from; index < to; ) {
    const start = list.bits(index, level);
    closeBefore(start);
    const length = list.length(index) - STRIDE * level;
    if (length <= STRIDE) {
      const label = list.label(index);
      open.push({ end: start + 2 ** (STRIDE - length) - 1, label });
      begin(start, label);
      index++;
      continue;
    }
    let next = index + 1;
    while (next < to && list.bits(next, level) === start) next++;
    begin(start, ~addPrefixes(nodes, list, level + 1, index, next, open.at(-1)!.label));
    open.push({ end: start, label: open.at(-1)!.label });
    index = next;
  }
  closeBefore(MAX_BITS);
  return addNode(nodes, (level * STRIDE) / 8, { starts, entries }, 0, starts.length, MAX_BITS + 1);
}

/** Adds the node of the ranges `from` to `to`, which end at `end`, and those of its parts with more than one range. */
function addNode(nodes: number[], at: number, ranges: Ranges, from: number, to: number, end: number): number {
  const { starts, entries } = ranges;
  const outside = entries[from];
  const last = entries[to - 1] === outside ? starts[to - 1] : end;
  const first = from + 1 < to ? starts[from + 1] : last;
  const shift = Math.max(
    sharedZeros(starts, from + 1, to),
    32 - Math.clz32(Math.floor((last - first) / (SPARSENESS * (to - from)))),
  );
  const base = (first >> shift) << shift;
  const parts: number[] = [];
  for (let low = base, range = from; low < last; low += 1 << shift) {
    while (range + 1 < to && starts[range + 1] <= low) range++;
    let next = range + 1;
    while (next < to && starts[next] < low + (1 << shift)) next++;
    parts.push(next === range + 1 ? entries[range] : ~addNode(nodes, at, ranges, range, next, low + (1 << shift)));
    range = next - 1;
  }
  const node = nodes.length;
  nodes.push(at, base, shift, parts.length, outside);
  for (const part of parts) nodes.push(part);
  return node;
}

/** How many zeros all starts `from` to `to` end with. */
function sharedZeros(starts: readonly number[], from: number, to: number): number {
  let bits = 0;
  for (let index = from; index < to; index++) bits |= starts[index];
  return bits === 0 ? 0 : 31 - Math.clz32(bits & -bits);
}
