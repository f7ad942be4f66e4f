/** Our spans by the rules of Tempo, with what docs/backends.md says to set for it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { demoPackets } from '../../collector/demo/packets.ts';
import { readNetworks } from '../../collector/networks/networks.ts';
import { createHarness, NOW } from '../../collector/pipeline/pipeline.fixture.ts';
import { createShifter } from '../../collector/replay/shift.ts';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import type { Span } from './decode.ts';
import { serviceGraph } from './service-graph.ts';
import { tempoFaults } from './tempo.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The example of the document. */
function documented(): CollectorConfigInput {
  const text = readFileSync(join(ROOT, 'docs/backends.md'), 'utf8');
  const [, example] = /^```yaml\n(# For Tempo\n[\s\S]*?)^```/m.exec(text)!;
  return parse(example);
}

/** The spans of the demo, sent now. */
function demoSpans(config: CollectorConfigInput): Span[] {
  const { services } = collectorConfig.parse(config).spans;
  const networks = readNetworks(readFileSync(join(ROOT, 'test/captures/demo/networks.csv')), () => true, services);
  const { receive, spans } = createHarness(config, { networks });
  const shift = createShifter();
  for (const packet of demoPackets()) receive(shift(packet, NOW));
  return spans();
}

const checked = (spans: readonly Span[]) => tempoFaults({ spans, bytes: 0, now: NOW });

test('the demo, as documented, has no fault and draws the services', () => {
  const spans = demoSpans(documented());
  assert.deepEqual(checked(spans), []);
  assert.equal(serviceGraph(spans).calls['workstation → dns'], 11);
});

test('flows’ own times are too old for its metrics, which is why they are clamped', () => {
  const faults = checked(demoSpans({ spans: { services: {} } }));
  assert.ok(faults.length > 0);
  for (const fault of faults) assert.match(fault, /^flow_\w+: ended [\d.]+ s ago$/);
});

describe('the checker finds', () => {
  const [good] = demoSpans(documented()).filter(({ kind }) => kind === 'INTERNAL');
  const old = good.endTimeUnixNano - 60_000_000_000n;
  for (const [change, fault] of [
    [{ traceId: '0'.repeat(32) }, /trace id/],
    [{ spanId: '00' }, /span id/],
    [{ startTimeUnixNano: good.endTimeUnixNano + 1n }, /ends before it starts/],
    [{ startTimeUnixNano: old, endTimeUnixNano: old }, /ended 6\d(\.\d+)? s ago/],
    [{ resource: {} }, /no service\.name/],
    [{ attributes: { long: 'x'.repeat(2_049) } }, /long of 2049 bytes/],
    [{ kind: 'CLIENT' }, /CLIENT without a partner/],
    [{ kind: 'CONSUMER' }, /CONSUMER without a partner/],
  ] as [Partial<Span>, RegExp][]) {
    test(String(fault), () => {
      const faults = checked([{ ...good, ...change }]);
      assert.equal(faults.length, 1, faults.join());
      assert.match(faults[0], fault);
    });
  }
  test('a trace that is too large', () => {
    assert.deepEqual(tempoFaults({ spans: [], bytes: 5_000_001, now: NOW }), ['5000001 bytes']);
  });
});
