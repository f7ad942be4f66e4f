/**
 * Longest-prefix match in one array of numbers, which threads can share: a trie that takes 16 bits of an address at
 * each step, so IPv4 needs at most two and IPv6 eight. A node has its prefixes flattened to ranges, each with a value: a
 * label, or the node for the bits that follow. An index by the leading bits of where ranges start leaves about one of
 * them to look at, however unevenly networks are spread. Unlike tables of 2¹⁶ children a node, the size is in proportion
 * to the number of prefixes.
 *
 * Node: `[number of ranges, shift, base, where the ranges are]`, then the index, then a pair for each range, where it
 * starts and its value: a label or, negative, a node's place (its complement). The first starts at 0. Bucket
 * `(bits − base) >> shift` of the index has the last range that starts at or before the bucket does.
 */
import type { PrefixList } from './prefixes.ts';

/** Bits of an address at each step. */
const STRIDE = 16;
const HEAD = 4;
const MAX_BITS = 2 ** STRIDE - 1;

export type Trie = {
  nodes: Int32Array<SharedArrayBuffer>;
  /** Places of the first nodes of both families. */
  ipv4: number;
  ipv6: number;
};

/** Builds the trie of two lists of sorted, different prefixes. Labels are below 2³¹; 0 is that of no prefix. */
export function buildTrie(ipv4: PrefixList, ipv6: PrefixList): Trie {
  const nodes: number[] = [];
  const roots = [ipv4, ipv6].map((list) => addNode(nodes, list, 0, 0, list.size, 0));
  const shared = new Int32Array(new SharedArrayBuffer(nodes.length * Int32Array.BYTES_PER_ELEMENT));
  shared.set(nodes);
  return { nodes: shared, ipv4: roots[0], ipv6: roots[1] };
}

/** The label of the longest prefix of the address at `at`, which is of the family of `root`. */
export function findLabel(nodes: Int32Array, root: number, v: DataView, at: number): number {
  for (let node = root; ; at += STRIDE / 8) {
    const bits = v.getUint16(at);
    const base = nodes[node + 2];
    const ranges = nodes[node + 3];
    const first = node + HEAD;
    let low = 0;
    if (bits >= base) {
      const bucket = (bits - base) >> nodes[node + 1];
      let high = nodes[node] - 1;
      low = high;
      if (bucket < ranges - first) {
        const place = first + bucket;
        low = nodes[place];
        if (place + 1 < ranges) high = nodes[place + 1];
      }
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (nodes[ranges + 2 * middle] <= bits) low = middle;
        else high = middle - 1;
      }
    }
    const value = nodes[ranges + 2 * low + 1];
    if (value >= 0) return value;
    node = ~value;
  }
}

/**
 * Adds the node for the prefixes `from` to `to`, which have all bits before this level in common and go beyond them.
 * Where none of them is, `inherited` is the label. Returns the node's place.
 */
function addNode(
  nodes: number[],
  list: PrefixList,
  level: number,
  from: number,
  to: number,
  inherited: number,
): number {
  const starts = [0];
  const values = [inherited];
  const open: { end: number; label: number }[] = [{ end: Number.POSITIVE_INFINITY, label: inherited }];
  const begin = (start: number, value: number): void => {
    if (starts.at(-1) === start) {
      values[values.length - 1] = value;
    } else if (values.at(-1) !== value) {
      starts.push(start);
      values.push(value);
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
    begin(start, ~addNode(nodes, list, level + 1, index, next, open.at(-1)!.label));
    open.push({ end: start, label: open.at(-1)!.label });
    index = next;
  }
  closeBefore(MAX_BITS);
  return append(nodes, starts, values);
}

function append(nodes: number[], starts: readonly number[], values: readonly number[]): number {
  const node = nodes.length;
  const base = starts[1] ?? MAX_BITS;
  const width = Math.max(0, starts.at(-1)! - base);
  let shift = 0;
  while (width >> shift > starts.length) shift++;
  const index: number[] = [];
  for (let range = 0, bucket = 0; bucket <= width >> shift; bucket++) {
    while (range + 1 < starts.length && starts[range + 1] <= base + (bucket << shift)) range++;
    index.push(range);
  }
  nodes.push(starts.length, shift, base, node + HEAD + index.length);
  for (const range of index) nodes.push(range);
  for (const [position, start] of starts.entries()) nodes.push(start, values[position]);
  return node;
}
