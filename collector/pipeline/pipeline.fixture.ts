/** A pipeline for tests: datagrams go in; spans, counts, templates and traces come out. */
import assert from 'node:assert/strict';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import { decodeRequest, type Span } from '../../test/otlp/decode.ts';
import { COUNTER, type CounterName, createCounters, imbalance, sumCounters } from '../ledger/ledger.ts';
import type { Announcement, FactsAnnouncement } from '../templates/announcement.ts';
import { Pipeline, type PipelineOptions } from './pipeline.ts';

/** When packets are received and exported by default. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
export const NOW_SECONDS = NOW / 1000;
export const SOURCE = { listener: 0, address: '10.0.0.1', port: 50_000 };

/** Bytes from hexadecimal text; white space is for the reader. */
export function hex(text: string): Buffer {
  const digits = text.replace(/\s/g, '');
  assert.ok(digits.length % 2 === 0 && !/[^0-9a-f]/i.test(digits), `not hexadecimal: ${text}`);
  return Buffer.from(digits, 'hex');
}

/** An IPFIX message of these sets, each whole and in hexadecimal. */
export function ipfix(
  sets: string,
  {
    sequence = 0,
    domain = 0,
    exportTime = NOW_SECONDS,
  }: { sequence?: number; domain?: number; exportTime?: number } = {},
): Buffer {
  const body = hex(sets);
  return Buffer.concat([uint16(10), uint16(16 + body.length), uint32(exportTime, sequence, domain), body]);
}

/** A v9 packet of these FlowSets. Its count is wrong on purpose: it must not matter. */
export function v9(
  sets: string,
  { sequence = 0, domain = 0, sysUptime = 100_000, seconds = NOW_SECONDS } = {},
): Buffer {
  return Buffer.concat([uint16(9), uint16(7), uint32(sysUptime, seconds, sequence, domain), hex(sets)]);
}

/** A v5 packet of `flows` records of zeros. */
export function v5(flows: number, { sequence = 0, sysUptime = 100_000, engine = 0, sampling = 0 } = {}): Buffer {
  const header = [
    uint16(5),
    uint16(flows),
    uint32(sysUptime, NOW_SECONDS, 0, sequence),
    uint16(engine),
    uint16(sampling),
  ];
  return Buffer.concat([...header, Buffer.alloc(48 * flows)]);
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 255);
}

function uint32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

export type Harness = {
  pipeline: Pipeline;
  /** What was told to other workers. */
  templates: Announcement[];
  facts: FactsAnnouncement[];
  receive(packet: Uint8Array, source?: Partial<typeof SOURCE>, receivedMs?: number): void;
  /** All spans so far, in their order. Each batch is checked: it is valid OTLP and as many spans as it says. */
  spans(): Span[];
  /** Spans of flows so far. */
  flows(): Span[];
  count(name: CounterName): number;
};

/** Makes a pipeline. Whenever a count is asked for, the ledger must balance. */
export function createHarness(config: CollectorConfigInput = {}, options: Partial<PipelineOptions> = {}): Harness {
  const counters = createCounters();
  const spans: Span[] = [];
  const templates: Announcement[] = [];
  const facts: FactsAnnouncement[] = [];
  let batchedFlows = 0;
  const pipeline = new Pipeline({
    config: collectorConfig.parse(config),
    counters,
    resource: { 'service.name': 'test' },
    sink: {
      push(batch) {
        const decoded = decodeRequest(batch.body);
        assert.equal(batch.spans, decoded.length);
        assert.equal(batch.flows, decoded.filter(isFlow).length);
        batchedFlows += batch.flows;
        spans.push(...decoded);
        batch.release();
      },
    },
    log: createLog('error'),
    now: () => NOW,
    onNews: (announcement) => {
      if ('facts' in announcement) facts.push(announcement);
      else templates.push(announcement);
    },
    ...options,
  });
  const flush = (): Span[] => {
    pipeline.flush();
    return spans;
  };
  return {
    pipeline,
    templates,
    facts,
    receive: (packet, source = {}, receivedMs = NOW) => pipeline.receive(packet, { ...SOURCE, ...source }, receivedMs),
    spans: flush,
    flows: () => flush().filter(isFlow),
    count(name) {
      flush();
      const ledger = sumCounters([counters]);
      assert.equal(imbalance(ledger), 0, 'the ledger balances');
      assert.equal(ledger.flowsInFlight, batchedFlows, 'flows in flight are those in batches');
      return counters[COUNTER[name]];
    },
  };
}

/** A server's span below its client's is of the same flow. */
function isFlow({ name, kind }: Span): boolean {
  return name.startsWith('flow_') && kind !== 'SERVER';
}
