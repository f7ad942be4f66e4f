/** What each shape costs, as docs/backends.md tells it. It needs no backend. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createCounters } from '../../collector/ledger/ledger.ts';
import { readNetworks } from '../../collector/networks/networks.ts';
import { Pipeline } from '../../collector/pipeline/pipeline.ts';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import { buildTraffic } from '../generator/traffic.ts';
import { decodeRequest } from '../otlp/decode.ts';
import { NETWORKS } from './traffic.ts';

type Spans = NonNullable<CollectorConfigInput['spans']>;
type Costs = { bytes: number; gzip: number; spans: number; traces: number };

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/backends.md'), 'utf8');

/** For each flow. */
function costsOf(spans: Spans): Costs {
  const sum = { bytes: 0, gzip: 0, spans: 0, flows: 0 };
  const traces = new Set<string>();
  const config = collectorConfig.parse({ spans });
  const pipeline = new Pipeline({
    config,
    counters: createCounters(),
    resource: { 'service.name': 'netflow2traces' },
    networks: readNetworks(Buffer.from(NETWORKS), () => true, config.spans.services),
    log: createLog('error'),
    now: () => NOW,
    sink: {
      push({ body, spans, flows, release }) {
        sum.bytes += body.length;
        sum.gzip += gzipSync(body).length;
        sum.spans += spans;
        sum.flows += flows;
        for (const { traceId } of decodeRequest(body)) traces.add(traceId);
        release();
      },
    },
  });
  const packets = buildTraffic({ version: 9, exporters: 1, packets: 100, now: NOW });
  for (const { bytes } of packets) pipeline.receive(bytes, { listener: 0, address: '10.0.0.1', port: 50_000 }, NOW);
  pipeline.flush();
  const each = (total: number) => total / sum.flows;
  return { bytes: each(sum.bytes), gzip: each(sum.gzip), spans: each(sum.spans), traces: each(traces.size) };
}

/** Such as `trace: packet`, `services`. */
function settings(shape: string): Spans {
  const entries = [...shape.matchAll(/`(\w+)(?:: (\w+))?`/g)].map(([, name, value]) => [name, value ?? {}]);
  return Object.fromEntries(entries);
}

const rows = [...DOCUMENT.matchAll(/^\| (`trace: .*?) +\| (\S+) +\| (\S+) +\| (\S+) +\| (\S+) +\|$/gm)];

test('the document has each shape', () => assert.equal(rows.length, 6));

for (const [, shape, ...told] of rows) {
  test(`${shape} costs what the document tells`, () => {
    const costs = Object.values(costsOf(settings(shape)));
    for (const [index, cost] of costs.entries()) {
      // Two digits of small numbers; ids are random, which gzip notices.
      const tolerance = Math.max(0.006, 0.02 * cost);
      assert.ok(Math.abs(Number(told[index]) - cost) <= tolerance, `${told[index]} is told, it is ${cost}`);
    }
  });
}
