import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findElement, findV9Element } from '../../collector/decode/elements/elements.ts';
import { PacketHeader } from '../../collector/decode/header.ts';
import { readSets } from '../../collector/decode/sets.ts';
import { logstashTests, otherCases, telegrafTests } from './cases.ts';

const MAX_FIELDS = 1_000;

/** Elements of captures that no source names. */
const UNNAMED: Record<string, string> = { 'NetFlow v9 0': 'reserved by RFC 3954' };

test('every element of the captures has a name, or none has been published', () => {
  const unnamed = new Set<string>();
  for (const { datagrams } of [...logstashTests().cases, ...telegrafTests().map((test) => test.case), ...otherCases()])
    for (const { bytes } of datagrams) for (const name of unnamedIn(bytes)) unnamed.add(name);
  assert.deepEqual([...unnamed].sort(), Object.keys(UNNAMED).sort());
});

/** The elements without a name of a message's templates; scopes of v9 are none. */
function unnamedIn(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const header = new PacketHeader();
  if (header.read(view, bytes.length) !== undefined || ![9, 10].includes(header.version)) return [];
  const isV9 = header.version === 9;
  return readSets(bytes, view, header, MAX_FIELDS, () => undefined).parts.flatMap((part) => {
    if (part.kind !== 'template') return [];
    const fields = isV9 ? part.template.fields.slice(part.template.scopeFieldCount) : part.template.fields;
    return fields
      .filter(({ pen, id }) => !(isV9 ? findV9Element(id) : findElement(pen, id)))
      .map(({ pen, id }) => (isV9 ? `NetFlow v9 ${id}` : `${pen}/${id}`));
  });
}
