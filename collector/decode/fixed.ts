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

function fixedTemplate(version: number, layout: Layout): Template {
  const fields = layout.map(([id, length]) => ({ pen: 0, id, length }));
  const minLength = fields.reduce((total, { length }) => total + length, 0);
  return { version, id: 0, options: false, fields, minLength, variable: false, raw: Buffer.from([version]) };
}

/** The record formats of the versions without templates. */
export const FIXED_TEMPLATES: Readonly<Record<1 | 5 | 7, Template>> = {
  1: fixedTemplate(1, V1),
  5: fixedTemplate(5, V5),
  7: fixedTemplate(7, V7),
};
