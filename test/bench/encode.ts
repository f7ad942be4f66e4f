/**
 * Micro-bench of decode, select and encode: a fixed corpus through the pipeline, no sockets, no backend.
 *
 *     node test/bench/encode.ts [ROUNDS]
 *
 * CPU of the thread, in µs a flow, best and median of interleaved rounds; `bytes` are those of OTLP for a flow.
 */
import { COUNTER, createCounters } from '../../collector/ledger/ledger.ts';
import { readNetworks } from '../../collector/networks/networks.ts';
import { Pipeline } from '../../collector/pipeline/pipeline.ts';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import type { Family } from '../generator/flow.ts';
import { buildTraffic, type Version } from '../generator/traffic.ts';
import { median } from './report.ts';
import { NETWORKS, VARIANTS } from './subject.ts';

/** Flows in one timed pass over a corpus: about 100 ms. */
const FLOWS_PER_ROUND = 200_000;
/** Rounds before the clock counts, so that the code is compiled. */
const WARM_UP_ROUNDS = 3;
/** The corpus never changes: its times stand still with this clock. */
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Traffic, and how it is read: with a configuration and a file of network names. */
type Corpus = {
  version: Version;
  family: Family;
  options?: boolean;
  samples?: boolean;
  config?: CollectorConfigInput;
  csv?: () => Buffer;
};

const CORPORA: (Corpus & { name: string })[] = [
  { name: 'v5', version: 5, family: 4 },
  { name: 'v9 IPv4', version: 9, family: 4 },
  { name: 'v9 IPv6', version: 9, family: 6 },
  { name: 'IPFIX IPv4', version: 10, family: 4 },
  { name: 'IPFIX IPv6', version: 10, family: 6 },
  { name: 'IPFIX IPv4 samples (315)', version: 10, family: 4, samples: true },
  { name: 'IPFIX IPv6 samples (315)', version: 10, family: 6, samples: true },
  { name: 'v9 IPv4 joins', version: 9, family: 4, options: true },
  { name: 'IPFIX IPv4 joins', version: 10, family: 4, options: true },
  ...Object.entries(VARIANTS).map(([name, config]) => {
    return { name: `v9 IPv4 ${name}`, version: 9, family: 4, config, csv: NETWORKS[name] } as const;
  }),
  ...(['networks-2', 'networks-100k'] as const).map((name) => {
    return { name: `v9 IPv6 ${name}`, version: 9, family: 6, config: VARIANTS[name], csv: NETWORKS[name] } as const;
  }),
  ...(['minimal', 'netflowreceiver'] as const).map((profile) => {
    return { name: `v9 IPv4 ${profile}`, version: 9, family: 4, config: { spans: { profile } } } as const;
  }),
  {
    name: 'v9 IPv4 by the CEL library',
    version: 9,
    family: 4,
    config: { selection: { filter: 'destination.port % 1000 == 53' } },
  },
];

const subjects = CORPORA.map(({ name, ...corpus }) => {
  return { name, run: createRun(corpus), costs: [] as number[], bytesPerFlow: 0 };
});
const rounds = Number(process.argv[2] ?? 10);
for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
  for (const subject of subjects) {
    const { microsecondsPerFlow, bytesPerFlow } = subject.run();
    subject.bytesPerFlow = bytesPerFlow;
    if (round >= 0) subject.costs.push(microsecondsPerFlow);
  }
}
console.table(
  Object.fromEntries(
    subjects.map(({ name, costs, bytesPerFlow }) => [
      name,
      {
        'best µs/flow': Number(Math.min(...costs).toFixed(3)),
        'median µs/flow': Number(median(costs).toFixed(3)),
        bytes: Math.round(bytesPerFlow),
      },
    ]),
  ),
);

function createRun(corpus: Corpus): () => { microsecondsPerFlow: number; bytesPerFlow: number } {
  const packets = buildTraffic({ ...corpus, packets: 256, now: NOW });
  const counters = createCounters();
  const sequences = new Map<number, number>();
  let bytes = 0;
  const config = collectorConfig.parse(corpus.config ?? {});
  const pipeline = new Pipeline({
    config,
    networks: corpus.csv && readNetworks(corpus.csv(), () => true, config.spans.services),
    counters,
    resource: { 'service.name': 'netflow2traces' },
    log: createLog('warn'),
    now: () => NOW,
    sink: {
      push(batch) {
        bytes += batch.body.length;
        batch.release();
      },
    },
  });
  return () => {
    bytes = 0;
    let flows = 0;
    const seen = counters[COUNTER.flows];
    const before = process.cpuUsage();
    while (flows < FLOWS_PER_ROUND) {
      for (const packet of packets) {
        const sequence = sequences.get(packet.exporter) ?? 0;
        packet.bytes.writeUInt32BE(sequence >>> 0, packet.sequenceOffset);
        sequences.set(packet.exporter, sequence + packet.sequenceStep);
        pipeline.receive(packet.bytes, { listener: 0, address: `127.0.0.${2 + packet.exporter}`, port: 40_000 }, NOW);
        flows += packet.flows;
      }
    }
    pipeline.flush();
    const { user, system } = process.cpuUsage(before);
    if (counters[COUNTER.flows] - seen !== flows) throw new Error('the pipeline did not see every flow');
    return { microsecondsPerFlow: (user + system) / flows, bytesPerFlow: bytes / flows };
  };
}
