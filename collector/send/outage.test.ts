/** What real backends and what stands before them do, seen by a pipeline and a sender as a worker has them. */
import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { collectorConfig } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import { decodeRequest } from '../../test/otlp/decode.ts';
import { COUNTER, type CounterName, createCounters, imbalance, sumCounters } from '../ledger/ledger.ts';
import { BatchWriter } from '../otlp/batch-writer.ts';
import { message } from '../otlp/protobuf-writer.ts';
import { createSender } from './sender.ts';
import { otlpConfig, startGrpcServer, startHttpServer, transportTo } from './servers.fixture.ts';

const MIB = 2 ** 20;
const FLOW_SIZE = 600;
const FLOWS = 18_000;
const FLOWS_PER_PACKET = 30;
/** Time for a batch to fill: some 100,000 flows a second. */
const BATCH_MS = 15;

/**
 * Sends `FLOWS` flows as batches of the configuration's own size, no faster than room is made for them; returns what
 * became of them. `onSealed` is called when all are in the queue.
 */
async function exportFlows(
  t: TestContext,
  endpoint: string,
  changes: Parameters<typeof otlpConfig>[0] = {},
  onSealed = () => {},
) {
  const counters = createCounters();
  const lines: string[] = [];
  const log = createLog('debug', (line) => lines.push(line));
  const config = otlpConfig(changes);
  const sender = createSender({ transport: transportTo(t, endpoint, changes), config, counters, log });
  const { maxSize } = collectorConfig.parse({}).otlp.batch;
  const writer = new BatchWriter({
    ...{ resource: {}, scope: { name: 'test', version: '1' }, maxSize, now: () => 1 },
    push: (batch) => {
      counters[COUNTER.flows] += batch.flows;
      counters[COUNTER.flowsInFlight] += batch.flows;
      sender.push(batch);
    },
  });
  for (let flow = 0; flow < FLOWS; flow++) {
    const trace = Buffer.alloc(16, 1);
    trace.writeUInt32BE(Math.floor(flow / FLOWS_PER_PACKET));
    const id = Buffer.alloc(8, 1);
    id.writeUInt32BE(flow);
    const span = [message(0x0a, trace), message(0x12, id), message(0x2a, Buffer.from('flow_'.padEnd(FLOW_SIZE, 'x')))];
    const from = writer.position;
    writer.bytes.set(message(0x12, ...span), from);
    writer.position += message(0x12, ...span).length;
    if (writer.position > writer.limit) {
      writer.carry(from);
      do await setTimeout(BATCH_MS);
      while (counters[COUNTER.queueBytes] + 2 * maxSize > config.queue.memory);
    }
    writer.flows++;
    writer.spans++;
  }
  writer.seal();
  onSealed();
  await sender.drain(60_000);
  assert.equal(imbalance(sumCounters([counters])), 0);
  return { lines, read: (...names: CounterName[]) => names.map((name) => counters[COUNTER[name]]) };
}

/** A backend behind a proxy that takes requests of at most `limit` bytes. */
function behindProxy(limit: number, ids: Set<string>): RequestListener {
  return async (request, response) => {
    const body = await buffer(request);
    if (body.length > limit) return response.writeHead(413, { 'content-type': 'text/html' }).end('<html>');
    for (const { spanId } of decodeRequest(body)) ids.add(spanId);
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  };
}

// The first three: nginx's default, "1 MB" as others count it, and a quarter of nginx's.
for (const [limit, refused] of [
  [MIB, false],
  [1_000_000, false],
  [MIB / 4, true],
  [FLOW_SIZE * FLOWS_PER_PACKET * 2, true],
] as const) {
  test(`a proxy that takes ${limit} bytes over HTTP loses nothing`, async (t) => {
    const ids = new Set<string>();
    const endpoint = await startHttpServer(t, behindProxy(limit, ids));
    const { read } = await exportFlows(t, `http://${endpoint}`, { protocol: 'http/protobuf' });
    assert.deepEqual(read('flowsExported'), [FLOWS]);
    assert.equal(ids.size, FLOWS);
    assert.equal(read('exportFailures')[0] > 0, refused);
  });
}

test('packets too large by themselves are dropped, and named so', async (t) => {
  const endpoint = await startHttpServer(t, behindProxy(FLOW_SIZE * FLOWS_PER_PACKET, new Set()));
  const { read, lines } = await exportFlows(t, `http://${endpoint}`, { protocol: 'http/protobuf' });
  const [exported, dropped] = read('flowsExported', 'flowsDropped.too_large');
  assert.equal(exported + dropped, FLOWS);
  // Where a batch ended within a packet, parts of it may be small enough.
  assert.ok(dropped > FLOWS * 0.9);
  assert.match(lines.join(), /Lower otlp\.batch\.maxSize/);
});

test('a gRPC server’s limit of a message', async (t) => {
  const ids = new Set<string>();
  const limit = 300_000;
  const endpoint = await startGrpcServer(t, ({ request }, callback) => {
    if (request.length > limit) {
      return callback({ code: 8, details: `grpc: received message larger than max (${request.length} vs. ${limit})` });
    }
    for (const { spanId } of decodeRequest(request)) ids.add(spanId);
    callback(null, Buffer.alloc(0));
  });
  const { read } = await exportFlows(t, endpoint, { insecure: true });
  assert.deepEqual([read('flowsExported'), ids.size], [[FLOWS], FLOWS]);
});

test('a quota is not a size: nothing is sent in halves', async (t) => {
  const endpoint = await startGrpcServer(t, (_, callback) => callback({ code: 8, details: 'quota exceeded' }));
  const { read } = await exportFlows(t, endpoint, { insecure: true });
  assert.deepEqual(read('flowsDropped.export_refused'), [FLOWS]);
});

test('credentials that expired are waited for', async (t) => {
  let calls = 0;
  const endpoint = await startGrpcServer(t, (_, callback) => {
    if (++calls <= 6) callback({ code: 16, details: 'token is expired' });
    else callback(null, Buffer.alloc(0));
  });
  const retry = { initialInterval: 20, maxInterval: 40, maxElapsed: 60_000 };
  const { read } = await exportFlows(t, endpoint, { insecure: true, retry });
  assert.deepEqual(read('flowsExported'), [FLOWS]);
});

test('the memory holds an outage for longer, as what waits is compressed', async (t) => {
  const ids = new Set<string>();
  let up = false;
  const endpoint = await startGrpcServer(t, ({ request }, callback) => {
    if (!up) return callback({ code: 14, details: 'starting' });
    for (const { spanId } of decodeRequest(request)) ids.add(spanId);
    callback(null, Buffer.alloc(0));
  });
  const memory = 6 * MIB;
  const queue = { memory };
  const retry = { initialInterval: 20, maxInterval: 40, maxElapsed: 60_000 };
  const { read } = await exportFlows(t, endpoint, { insecure: true, queue, retry }, () => {
    up = true;
  });
  assert.ok(read('sealedBytes')[0] > 1.5 * memory);
  assert.deepEqual([read('flowsExported', 'flowsDropped.queue_full'), ids.size], [[FLOWS, 0], FLOWS]);
});

test('a web page is no backend', async (t) => {
  const endpoint = await startHttpServer(t, (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>Welcome</html>');
  });
  const { read } = await exportFlows(t, `http://${endpoint}`, { protocol: 'http/protobuf' });
  assert.deepEqual(read('flowsExported', 'flowsDropped.export_refused'), [0, FLOWS]);
});
