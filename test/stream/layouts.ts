/**
 * Templates of the devices of a stream, two of each kind: a device that is restarted may use the other by the same id.
 * Their lengths differ by four, so that up to six records of one, padded, never are whole records of the other.
 */
import type { Field, OptionsTemplate, Template } from '../generator/set.ts';

const FLOWS_ID = 256;
/** Records of a packet, at most. */
export const MAX_RECORDS = 6;

export type Kind = 'v9' | 'v9 with strings' | 'IPFIX';

const VARIABLE = 0xffff;
const fields = (...specifiers: [id: number, length: number][]): Field[] =>
  specifiers.map(([id, length]) => ({ id, length }));
const template = (list: Field[]): Template => ({ id: FLOWS_ID, fields: list });

const V9 = [
  fields([8, 4], [12, 4], [7, 2], [11, 2], [4, 1], [1, 4], [2, 4], [22, 4], [21, 4], [10, 4]),
  fields([12, 4], [8, 4], [4, 1], [7, 2], [11, 2], [2, 4], [1, 4], [21, 4], [22, 4]),
];

export const LAYOUTS: Record<Kind, readonly [Template, Template]> = {
  v9: [template(V9[0]), template(V9[1])],
  'v9 with strings': [template([...fields([82, VARIABLE]), ...V9[0]]), template([...V9[1], ...fields([82, VARIABLE])])],
  IPFIX: [
    template(fields([8, 4], [12, 4], [7, 2], [11, 2], [4, 1], [1, 4], [2, 4], [152, 8], [153, 8])),
    template(fields([12, 4], [8, 4], [4, 1], [7, 2], [11, 2], [2, 4], [1, 4], [153, 8], [152, 8], [10, 4])),
  ],
};

/** Sampling of the whole device. */
export const OPTIONS: Record<9 | 10, OptionsTemplate> = {
  9: { id: 300, scope: [{ id: 1, length: 4 }], fields: fields([34, 4], [35, 1]) },
  10: { id: 300, scope: [{ id: 149, length: 4 }], fields: fields([305, 4], [306, 4]) },
};
