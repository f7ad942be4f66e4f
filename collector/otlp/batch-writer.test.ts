import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeRequest } from '../../test/otlp/decode.ts';
import type { Batch } from './batch.ts';
import { BatchWriter } from './batch-writer.ts';
import { type AttributeValue, message } from './protobuf-writer.ts';

const NOW = 1_767_323_045_000;

function create(maxSize: number, resource: Record<string, AttributeValue> = { 'service.name': 'test' }) {
  const batches: Batch[] = [];
  const writer = new BatchWriter({
    resource,
    scope: { name: 'scope', version: '1.2.3' },
    maxSize,
    push: (batch) => batches.push(batch),
    now: () => NOW,
  });
  return { writer, batches };
}

/** Appends a span with this name, as one of a flow. */
function write(writer: BatchWriter, name: string): void {
  const span = message(0x12, message(0x2a, Buffer.from(name)));
  const from = writer.position;
  writer.bytes.set(span, from);
  writer.position += span.length;
  if (writer.position > writer.limit) writer.carry(from);
  writer.spans++;
  writer.flows++;
}

const names = ({ body }: Batch): string[] => decodeRequest(body).map(({ name }) => name);

/** Writes spans of 10,000 bytes until one more batch is sealed; returns the number of spans written. */
function fill({ writer, batches }: ReturnType<typeof create>): number {
  const before = batches.length;
  let written = 0;
  for (; batches.length === before; written++) write(writer, `${written}`.padEnd(10_000, '.'));
  return written;
}

test('a batch is a whole request', () => {
  const resource = { 'service.name': 'test', answer: 42, below: -1, ratio: 0.5, on: true, list: ['a', 'b'] };
  const { writer, batches } = create(1_000, resource);
  write(writer, 'one');
  write(writer, 'two');
  writer.spans++;
  writer.seal();
  const [batch] = batches;
  assert.deepEqual([batch.spans, batch.flows, batch.sealedTime], [3, 2, NOW]);
  const spans = decodeRequest(batch.body);
  assert.deepEqual(names(batch), ['one', 'two']);
  assert.deepEqual(spans[0].scope, { name: 'scope', version: '1.2.3' });
  assert.deepEqual(spans[0].resource, { ...resource, answer: 42n, below: -1n });
});

test('nothing is sealed when nothing was written', () => {
  const { writer, batches } = create(1_000);
  writer.seal();
  write(writer, 'one');
  writer.seal();
  writer.seal();
  assert.equal(batches.length, 1);
});

for (const size of [1, 110, 127, 128, 16_200, 16_383, 16_384, 2_097_152]) {
  test(`the envelope around a span of ${size} bytes`, () => {
    const { writer, batches } = create(3 * 2 ** 20);
    write(writer, 'n'.repeat(size));
    writer.seal();
    assert.deepEqual(names(batches[0]), ['n'.repeat(size)]);
  });
}

test('spans are counted anew for each batch', () => {
  const { writer, batches } = create(1_000);
  for (const name of ['one', 'two', 'three']) {
    write(writer, name);
    writer.seal();
  }
  assert.deepEqual(
    batches.map(({ flows }) => flows),
    [1, 1, 1],
  );
  assert.deepEqual(batches.map(names), [['one'], ['two'], ['three']]);
});

for (const maxSize of [16 * 2 ** 10, 2 ** 20]) {
  test(`batches of ${maxSize} bytes are never larger, and keep their bytes until they are released`, () => {
    const created = create(maxSize);
    const { writer, batches } = created;
    let written = 0;
    while (batches.length < 9) written += fill(created);
    writer.seal();
    for (const { body } of batches)
      assert.ok((body.length <= maxSize && body.length > maxSize - 20_000) || body === batches.at(-1)!.body);
    assert.equal(batches.flatMap(names).length, written);
    assert.equal(
      batches.reduce((total, { spans }) => total + spans, 0),
      written,
    );
    for (const batch of batches) assert.equal(names(batch).length, batch.flows);
  });
}

test('a span that is larger than a batch is alone in one', () => {
  const { writer, batches } = create(16 * 2 ** 10);
  const long = 1_000_000;
  for (const length of [10, long, long, 10]) write(writer, 'n'.repeat(length));
  writer.seal();
  assert.deepEqual(
    batches.map((batch) => names(batch).map(({ length }) => length)),
    [[10], [long], [long], [10]],
  );
  assert.deepEqual(
    batches.map(({ flows }) => flows),
    [1, 1, 1, 1],
  );
});

test('the memory of a large batch is used again after its release, and only then', () => {
  const created = create(2 ** 20);
  const buffers = new Set<ArrayBufferLike>();
  for (let round = 0; round < 10; round++) {
    fill(created);
    const { body, release } = created.batches.pop()!;
    buffers.add(body.buffer);
    release();
  }
  assert.equal(buffers.size, 2);
});

test('the memory of batches that piled up is used for the next that do, and goes when none has needed it for long', () => {
  const created = create(2 ** 20);
  const { writer, batches } = created;
  const seen = new Set<ArrayBufferLike>();
  const pileUp = () => {
    for (let batch = 0; batch < 20; batch++) fill(created);
    const fresh = batches.filter(({ body }) => !seen.has(body.buffer)).length;
    for (const { body, release } of batches.splice(0)) {
      seen.add(body.buffer);
      release();
    }
    return fresh;
  };
  const pass = (calls: number) => {
    for (let call = 0; call < calls; call++) writer.seal();
  };
  assert.equal(pileUp(), 20);
  assert.ok(pileUp() <= 1);
  pass(999);
  assert.equal(pileUp(), 0);
  pass(2_000);
  assert.ok(pileUp() >= 19);
});

test('of small batches, eight keep the memory of a large one at most', () => {
  const { writer, batches } = create(2 ** 20);
  for (let batch = 0; batch < 20; batch++) {
    write(writer, 'one');
    writer.seal();
  }
  const large = () => batches.filter(({ body }) => body.buffer.byteLength > 2 ** 20).length;
  assert.equal(large(), 8);
  batches[0].release();
  write(writer, 'one');
  writer.seal();
  assert.equal(large(), 9);
});
