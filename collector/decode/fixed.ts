/**
 * v1, v5 and v7: formats without templates, whose records are described here as if a template had been exported.
 */
import type { Template } from './template.ts';

/** RFC 7012 paddingOctets: bytes that carry nothing. */
const PADDING = 210;

type Layout = readonly (readonly [elementId: number, length: number])[];

// biome-ignore format: one line a group of fields, in the order of the record
const V1: Layout = [
  [8, 4], [12, 4], [15, 4], [10, 2], [14, 2],
  [2, 4], [1, 4], [22, 4], [21, 4], [7, 2], [11, 2],
  [PADDING, 2], [4, 1], [5, 1], [6, 1], [PADDING, 11],
];

// biome-ignore format: one line a group of fields, in the order of the record
const V5: Layout = [
  [8, 4], [12, 4], [15, 4], [10, 2], [14, 2],
  [2, 4], [1, 4], [22, 4], [21, 4], [7, 2], [11, 2],
  [PADDING, 1], [6, 1], [4, 1], [5, 1],
  [16, 2], [17, 2], [9, 1], [13, 1], [PADDING, 2],
];

/** v5's record and, at its end, the address of the router whose cache was bypassed (ipv4RouterSc). */
const V7: Layout = [...V5, [43, 4]];

function fixedFormat(version: number, layout: Layout): Template {
  const fields = layout.map(([id, length]) => ({ pen: 0, id, length }));
  const minLength = fields.reduce((total, { length }) => total + length, 0);
  const raw = Buffer.from([0, 0, version, minLength]);
  return { version, id: 0, options: false, scopeFieldCount: 0, fields, minLength, variable: false, raw };
}

const TEMPLATES = { 1: fixedFormat(1, V1), 5: fixedFormat(5, V5), 7: fixedFormat(7, V7) };
const SHORT_V1 = fixedFormat(1, [...V1.slice(0, -1), [PADDING, 7]]);

/** The format of `count` records that have `size` bytes. softflowd leaves out the last four bytes of v1's. */
export function fixedTemplate(version: 1 | 5 | 7, count: number, size: number): Template {
  return version === 1 && size === count * SHORT_V1.minLength ? SHORT_V1 : TEMPLATES[version];
}
