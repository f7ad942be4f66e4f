import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeRequest } from '../../test/otlp/decode.ts';
import type { Batch } from './batch.ts';
import { BatchWriter } from './batch-writer.ts';
import { message } from './protobuf-writer.ts';
import { splitRequest } from './split.ts';

/** A request of packets, each given by the lengths of the names of its flows. */
function request(packets: readonly (readonly number[])[]): Batch {
  const batches: Batch[] = [];
  const writer = new BatchWriter({
    resource: { 'service.name': 'test', site: 'fra1' },
    scope: { name: 'scope', version: '1' },
    maxSize: 2 ** 20,
    push: (batch) => batches.push(batch),
    now: () => 0,
  });
  let id = 0;
  for (const [index, flows] of packets.entries()) {
    const names = [...flows.map((length) => `flow_${'x'.repeat(length)}`), 'netflow.export', 'netflow.parse_packet'];
    for (const name of names) {
      const ids = [message(0x0a, new Uint8Array(16).fill(index + 1)), message(0x12, new Uint8Array(8).fill(++id))];
      const span = message(0x12, ...ids, message(0x2a, Buffer.from(name)));
      writer.bytes.set(span, writer.position);
      writer.position += span.length;
      writer.spans++;
      if (name.startsWith('flow_')) writer.flows++;
    }
  }
  writer.seal();
  return batches[0];
}

test('halves hold the same spans, with their resource and scope, and packets whole', () => {
  const whole = request([[10, 20], [5_000], [30], [4_900, 40]]);
  const parts = splitRequest(whole)!;
  assert.deepEqual(
    parts.flatMap(({ body }) => decodeRequest(body)),
    decodeRequest(whole.body),
  );
  assert.deepEqual(
    parts.map(({ spans, flows }) => [spans, flows]),
    [
      [7, 3],
      [7, 3],
    ],
  );
  for (const { body } of parts) assert.ok(body.length < 6_000);
});

test('it goes on down to one packet', () => {
  const queue = [request(Array.from({ length: 13 }, () => [1, 2, 3]))] as { body: Uint8Array; flows: number }[];
  const single: number[] = [];
  for (let next = queue.pop(); next; next = queue.pop()) {
    const parts = splitRequest(next);
    if (parts) queue.push(...parts);
    else single.push(next.flows);
  }
  assert.deepEqual(single, Array(13).fill(3));
});
