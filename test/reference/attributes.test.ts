/**
 * The reference has attributes of its own, from the standards and docs/spans.md; the table of attributes has
 * them for the collector. Here both are asked for every element by itself, and for what is made of several.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import {
  type AbstractDataType,
  findElement,
  findV9Element,
  REVERSE_PEN,
} from '../../collector/decode/elements/elements.ts';
import { PROFILES, type Profile } from '../../crds/attributes/attribute.ts';
import { ATTRIBUTES } from '../../crds/attributes/table.ts';
import { namesOf } from '../../crds/spans/profiles.ts';
import { NATURAL_LENGTH } from '../fuzz/elements.ts';
import { ipfixMessage, v5Packet, v9Packet } from '../generator/packet.ts';
import { dataSet, encodeRecord, type Field, optionsTemplateSet, templateSet, type Values } from '../generator/set.ts';
import type { SpanTree } from '../otlp/normalize.ts';
import { comparable, LOOPBACK, throughPipeline, throughReference } from './compare.ts';

/** Names of the table that the reference does not have, or has with other values, and why. */
const DISAGREEMENTS: Record<string, string> = {
  'flow.sampling.probability': 'the selection decides it, and the reference selects nothing',
  'peer.service': 'there are no services here',
  'service.peer.name': 'there are no services here',
};

type Version = 9 | 10;
type Element = { field: Field; type: AbstractDataType };

const EXPORT_TIME = 1_760_000_000;
const RECEIVED = EXPORT_TIME * 1000 + 250;
/** Larger than any registered number that v9 and IPFIX share. */
const MAX_IANA = 1_024;
/** In every record, so that the padding of a set is not another. */
const FLOW_ID: Field = { id: 148, length: 8 };
const TEXT = Buffer.from('netflow to traces');

/** Records of more than one element, by id. */
const COMBINED: Record<number, number>[] = [
  { 4: 1, 11: 0x0301 },
  { 4: 58, 11: 0x8000 },
  { 305: 1, 306: 99, 1: 1_000, 2: 10 },
  { 8: 0x0a000001, 12: 0x0a000002, 4: 6, 7: 50_000, 11: 443, 1: 1_000, 2: 10 },
];

/** IPv4 in IPv6: two headers, the outer one first. */
const TUNNEL = {
  fields: [
    ...[27, 28].map((id) => ({ id, length: 16 })),
    ...[4, 7, 11, 8, 12, 4, 7, 11].map((id) => ({ id, length: 4 })),
  ],
  records: [{ 27: Buffer.alloc(16, 1), 28: Buffer.alloc(16, 2), 4: 17, 7: 1_000, 11: 4_789, 8: 1, 12: 2 }],
};

function elementsOf(version: Version): Element[] {
  const ids = Array.from({ length: MAX_IANA }, (_, id) => id);
  const found = (id: number, enterprise?: number): Element[] => {
    const element = version === 9 ? findV9Element(id) : findElement(enterprise ?? 0, id);
    if (!element) return [];
    return [{ field: { id, enterprise, length: NATURAL_LENGTH[element.type] ?? 5 }, type: element.type }];
  };
  if (version === 10) return ids.flatMap((id) => [...found(id), ...found(id, REVERSE_PEN)]);
  const ofVendors = Array.from({ length: 0x8000 }, (_, index) => 0x8000 + index);
  return [...ids, ...ofVendors].flatMap((id) => found(id));
}

/** Each element in records of its own: small numbers, and text. */
function recordsOf({ field, type }: Element): Values[] {
  const texts = [{ [field.id]: TEXT.subarray(0, field.length) }];
  return type === 'unsigned8'
    ? [...Array.from({ length: 10 }, (_, value) => ({ [field.id]: value })), ...texts]
    : texts;
}

function message(version: Version, templates: { fields: Field[]; records: Values[] }[]): Buffer {
  const sets = templates.flatMap(({ fields, records }, index) => {
    const all = [...fields, FLOW_ID];
    const id = 256 + index;
    return [
      templateSet(version, [{ id, fields: all }]),
      dataSet(
        id,
        records.map((values) => encodeRecord(all, values)),
      ),
    ];
  });
  if (version === 10) return ipfixMessage({ exportTime: EXPORT_TIME, sequence: 1, domain: 1 }, sets);
  return v9Packet({ sysUptime: 1_000_000, unixSecs: EXPORT_TIME, sequence: 1, sourceId: 1, count: sets.length }, sets);
}

const MESSAGES = ([9, 10] as const).flatMap((version) => {
  const single = elementsOf(version).map((element) => ({ fields: [element.field], records: recordsOf(element) }));
  const combined = COMBINED.map((values) => ({
    fields: Object.keys(values).map((id) => ({ id: Number(id), length: 4 })),
    records: [values],
  }));
  return chunks([...single, ...combined, TUNNEL], 100).map((templates) => message(version, templates));
});
/** What a device tells of the interfaces, VRFs and application that a flow names. */
const TOLD: Field[] = [10, 234, 82, 83, 236, 90, 95, 96, 94].map((id) => ({ id, length: 8 }));
const FLOW: Field[] = [10, 14, 234, 235, 95].map((id) => ({ id, length: 8 }));
const NAMING = ([9, 10] as const).map((version) => {
  const text = Buffer.from('to core\0');
  const told = encodeRecord(TOLD, { 10: 1, 234: 1, 82: text, 83: text, 236: text, 90: 7, 95: 1, 96: text, 94: text });
  const flow = encodeRecord(FLOW, { 10: 1, 14: 1, 234: 1, 235: 1, 95: 1 });
  const sets = [
    optionsTemplateSet(version, [{ id: 998, scope: TOLD.slice(0, 1), fields: TOLD.slice(1) }]),
    templateSet(version, [{ id: 999, fields: FLOW }]),
    dataSet(998, [told]),
    dataSet(999, [flow]),
  ];
  if (version === 10) return ipfixMessage({ exportTime: EXPORT_TIME, sequence: 1, domain: 1 }, sets);
  return v9Packet({ sysUptime: 1_000_000, unixSecs: EXPORT_TIME, sequence: 1, sourceId: 1, count: sets.length }, sets);
});
const v5 = v5Packet({ sysUptime: 0, unixSecs: EXPORT_TIME, sequence: 7, sampling: 100 }, [Buffer.alloc(48)]);
/** Ten seconds apart, since templates are learned, and plans compiled, at a bounded rate. */
const DATAGRAMS = [v5, ...MESSAGES, ...NAMING].map((bytes, index) => ({
  bytes,
  source: LOOPBACK,
  receivedMs: RECEIVED + 10_000 * index,
}));

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

function flatten(tree: SpanTree): SpanTree[] {
  return [tree, ...tree.children.flatMap(flatten)];
}

/** Names that only one has, or with other values, and names of the table that neither has. */
function disagreements(profile: Profile): Set<string> {
  const [actual, expected] = [
    comparable(throughPipeline(DATAGRAMS, { spans: { profile }, exporters: { scale: true } }).spans),
    throughReference(DATAGRAMS, { spans: { profile }, exporters: { scale: true } }),
  ].map((trees) => trees.flatMap(flatten));
  assert.equal(actual.length, expected.length);
  const different = new Set<string>();
  const same = new Set<string>();
  for (const [index, { attributes }] of actual.entries()) {
    const others = expected[index].attributes;
    for (const name of Object.keys({ ...attributes, ...others }))
      (isDeepStrictEqual(attributes[name], others[name]) ? same : different).add(name);
  }
  const ofPacket = ATTRIBUTES.filter(({ form }) => form === 'of packet').map(({ name }) => name);
  for (const name of [...namesOf(profile), ...ofPacket]) if (!same.has(name)) different.add(name);
  return different;
}

suite('the table and the reference have the same attributes, but for those told', () => {
  for (const profile of PROFILES)
    test(`profile ${profile}`, () => assert.deepEqual([...disagreements(profile)], Object.keys(DISAGREEMENTS)));
});
