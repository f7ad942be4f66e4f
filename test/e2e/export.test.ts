/** Captures of real exporters, replayed, reach the backend whole, over every way to it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { listCaptures, readCapture } from '../../collector/replay/captures.ts';
import { createIdentity } from '../../collector/send/identity.fixture.ts';
import { type Sink, startSink } from '../otlp/sink.ts';
import { createReferenceDecoder } from '../reference/decode.ts';
import { startCollector } from './collector.ts';
import { assertAllExported, distinct, flowSpans, rootSpans } from './spans.ts';

const MAIN = fileURLToPath(new URL('../../collector/main.ts', import.meta.url));
const CAPTURES = ['demo', 'graylog-netflow'].map((name) =>
  fileURLToPath(new URL(`../captures/${name}`, import.meta.url)),
);

/** What a decoder of its own makes of the captures, each from its own source. */
function expected(): { packets: number; flows: number } {
  const decoder = createReferenceDecoder();
  const packets = listCaptures(CAPTURES).flatMap((file) => readCapture(file).packets);
  const flows = packets.reduce((sum, { payload, source }) => {
    const { packet, late } = decoder.decode(payload, { listener: 0, address: source, port: 1 });
    return late.reduce((total, each) => total + each.flows.length, sum + (packet?.flows.length ?? 0));
  }, 0);
  return { packets: packets.length, flows };
}

const { packets, flows } = expected();

for (const protocol of ['grpc', 'http/protobuf'] as const) {
  for (const security of ['plaintext', 'gzip', 'TLS'] as const) {
    test(`${protocol}, ${security}`, async (t) => {
      const env: Record<string, string> = {};
      let tls: { cert: string; key: string } | undefined;
      if (security === 'gzip') env.OTEL_EXPORTER_OTLP_COMPRESSION = 'gzip';
      if (security === 'TLS') {
        const { caFile, cert, key } = createIdentity(t);
        env.OTEL_EXPORTER_OTLP_CERTIFICATE = caFile;
        tls = { cert: cert.toString(), key: key.toString() };
      }
      const sink: Sink = await startSink({ protocol, tls });
      t.after(() => sink.close());
      const args = ['--otlp-endpoint', sink.endpoint, '--otlp-protocol', protocol, '--workers', '1'];
      const collector = await startCollector(t, { args, env });

      const to = `127.0.0.1:${collector.listeners[0].port}`;
      await promisify(execFile)(process.execPath, [MAIN, 'replay', '--to', to, '--distinct-sources', ...CAPTURES]);

      await assertAllExported(collector, flows);
      assert.equal(await collector.stop(), 0);
      const spans = sink.spans();
      assert.equal(rootSpans(spans).length, packets);
      assert.equal(flowSpans(spans).length, flows);
      assert.equal(distinct(spans), spans.length);
      assert.ok(flows > 100);
    });
  }
}
