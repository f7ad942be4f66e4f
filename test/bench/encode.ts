/**
 * Micro-bench of decode, select and encode: a fixed corpus through the pipeline, no sockets, no backend.
 *
 *     node test/bench/encode.ts [ROUNDS]
 *
 * CPU of the thread, in µs a flow, best and median of interleaved rounds; `bytes` are those of OTLP for a flow.
 */
import { readNetworks } from '../../collector/networks/networks.ts';
import { Pipeline } from '../../collector/pipeline.ts';
import { COUNTER, createCounters } from '../../collector/telemetry/ledger.ts';
import { createLog } from '../../collector/telemetry/log.ts';
import { type CollectorConfigInput, collectorConfig } from '../../crds/collector-config.ts';
import type { Family } from '../generator/flow.ts';
import { buildTraffic, type TrafficPacket, type Version } from '../generator/traffic.ts';
import { networksCsv } from './networks.ts';
import { median } from './report.ts';
import { VARIANTS } from './subject.ts';

/** Flows in one timed pass over a corpus: about 100 ms. */
const FLOWS_PER_ROUND = 200_000;
/** Rounds before the clock counts, so that the code is compiled. */
const WARM_UP_ROUNDS = 3;
/** The corpus never changes: its times stand still with this clock. */
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

const CORPORA: { name: string; version: Version; family: Family; config?: CollectorConfigInput }[] = [
  { name: 'v5', version: 5, family: 4 },
  { name: 'v9 IPv4', version: 9, family: 4 },
  { name: 'v9 IPv6', version: 9, family: 6 },
  { name: 'IPFIX IPv4', version: 10, family: 4 },
  { name: 'IPFIX IPv6', version: 10, family: 6 },
  ...Object.entries(VARIANTS).map(([name, config]) => {
    return { name: `v9 IPv4 ${name}`, version: 9, family: 4, config } as const;
  }),
  { name: 'v9 IPv6 networks', version: 9, family: 6, config: VARIANTS.networks },
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
const networks = readNetworks(networksCsv(), () => true);

const subjects = CORPORA.map(({ name, version, family, config }) => {
  const packets = buildTraffic({ version, family, packets: 256, now: NOW });
  return { name, run: createRun(packets, config), costs: [] as number[], bytesPerFlow: 0 };
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

function createRun(
  packets: readonly TrafficPacket[],
  config: CollectorConfigInput = {},
): () => { microsecondsPerFlow: number; bytesPerFlow: number } {
  const counters = createCounters();
  const sequences = new Map<number, number>();
  let bytes = 0;
  const pipeline = new Pipeline({
    config: collectorConfig.parse(config),
    networks,
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
