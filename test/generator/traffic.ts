/**
 * The packets of several exporters, made before any clock starts. For each exporter they form a ring that a sender may
 * repeat for ever: the first one brings the templates, which later rounds refresh, and the sender writes the sequence
 * number of each round. Used by the bench, the chaos tests and whoever needs plausible traffic.
 */
import { seeded } from '../random.ts';
import { type Family, type Flow, INTERFACES, randomFlow } from './flow.ts';
import { ipfixMessage, SEQUENCE_OFFSET, v5Packet, v9Packet } from './packet.ts';
import { SAMPLES, sampleRecord, TEMPLATES, templateRecord, v5Record } from './record.ts';
import { dataSet, encodeRecord, type OptionsTemplate, optionsTemplateSet, templateSet } from './set.ts';

export type Version = 5 | 9 | 10;

export type TrafficOptions = {
  version: Version;
  /** IPv4 unless told; v5 knows nothing else. */
  family?: Family;
  /** Exporters send from 127.0.0.2, 127.0.0.3 and so on, each with a source id or domain of its own. */
  exporters?: number;
  /** Data packets for each exporter, before the ring starts again. */
  packets?: number;
  /** Flow records in each packet. */
  records?: number;
  /** Also announce the sampling interval and the names of interfaces in options data. */
  options?: boolean;
  /** Of IPFIX: each record has the beginning of a packet instead of what a device makes of it. */
  samples?: boolean;
  /** Export time, Unix milliseconds. */
  now: number;
  seed?: number;
};

/** A packet that is ready to be sent. */
export type SentPacket = {
  /** Index of the exporter. */
  exporter: number;
  bytes: Buffer;
  flows: number;
  /** Where the sequence number stands and by how much it grows with this packet. */
  sequenceOffset: number;
  sequenceStep: number;
};

export type TrafficPacket = SentPacket & { content: readonly Flow[] };

/** Records in a packet that fit an Ethernet frame: v5 and v9 24, IPFIX 20; fewer for IPv6. */
export const RECORDS = { 4: { 5: 24, 9: 24, 10: 20 }, 6: { 5: 0, 9: 14, 10: 14 } } as const;

/** Records with the beginnings of packets that fit one. */
const SAMPLES_IN_PACKET = 9;

/** Uptime of every exporter at the time of export, milliseconds. */
const SYS_UPTIME = 86_400_000;

const SAMPLER: Record<9 | 10, OptionsTemplate> = {
  9: {
    id: 512,
    scope: [{ id: 1, length: 4 }],
    fields: [
      { id: 34, length: 4 },
      { id: 35, length: 1 },
    ],
  },
  10: {
    id: 512,
    scope: [{ id: 302, length: 4 }],
    fields: [
      { id: 305, length: 4 },
      { id: 306, length: 4 },
    ],
  },
};
/** One in 100: 34 and 35 say it in v9, 305 and 306 in IPFIX. */
const SAMPLING = { 34: 100, 35: 1, 302: 1, 305: 1, 306: 99 };

/** Names and descriptions of interfaces: by scope type 2 in v9, by ingressInterface in IPFIX. */
const INTERFACE: Record<9 | 10, OptionsTemplate> = {
  9: {
    id: 513,
    scope: [{ id: 2, length: 4 }],
    fields: [
      { id: 82, length: 16 },
      { id: 83, length: 32 },
    ],
  },
  10: {
    id: 513,
    scope: [{ id: 10, length: 4 }],
    fields: [
      { id: 82, length: 16 },
      { id: 83, length: 32 },
    ],
  },
};

function interfaceRecord(version: 9 | 10, index: number): Buffer {
  const { scope, fields } = INTERFACE[version];
  const texts = { 82: text(`Gi0/0/${index}`, 16), 83: text(`to customer ${index}`, 32) };
  return encodeRecord([...scope, ...fields], { 2: index, 10: index, ...texts });
}

function text(string: string, length: number): Buffer {
  return Buffer.concat([Buffer.from(string)], length);
}

/** All packets, exporter by exporter, with the sequence numbers of the first round. */
export function buildTraffic(options: TrafficOptions): TrafficPacket[] {
  const { exporters = 4 } = options;
  const random = seeded(options.seed ?? 1);
  return Array.from({ length: exporters }, (_, exporter) => buildRing(options, exporter, random)).flat();
}

function buildRing(options: TrafficOptions, exporter: number, random: () => number): TrafficPacket[] {
  const { version, family = 4, packets = 1_024, now } = options;
  const records = options.records ?? (options.samples ? SAMPLES_IN_PACKET : RECORDS[family][version]);
  const unixSecs = Math.floor(now / 1_000);
  const ring: TrafficPacket[] = [];
  let sequence = 0;

  function add(content: readonly Flow[], sequenceStep: number, bytes: Buffer): void {
    ring.push({
      exporter,
      bytes,
      flows: content.length,
      content,
      sequenceOffset: SEQUENCE_OFFSET[version],
      sequenceStep,
    });
    sequence += sequenceStep;
  }
  function addSets(content: readonly Flow[], records: number, sets: Buffer[], templates = 0): void {
    if (version === 9) {
      const header = { sysUptime: SYS_UPTIME, unixSecs, sequence, sourceId: exporter, count: records + templates };
      add(content, 1, v9Packet(header, sets));
    } else {
      add(content, records, ipfixMessage({ exportTime: unixSecs, sequence, domain: exporter + 1 }, sets));
    }
  }

  if (version !== 5) {
    const ofFlows = options.samples ? [SAMPLES] : Object.values(TEMPLATES[version]);
    const templates = [templateSet(version, ofFlows)];
    if (options.options) {
      const { id, scope, fields } = SAMPLER[version];
      const record = encodeRecord([...scope, ...fields], SAMPLING);
      const interfaces = Array.from({ length: INTERFACES }, (_, index) => interfaceRecord(version, index + 1));
      const ofOptions = optionsTemplateSet(version, [SAMPLER[version], INTERFACE[version]]);
      const data = [dataSet(id, [record]), dataSet(INTERFACE[version].id, interfaces)];
      addSets([], 1 + interfaces.length, [...templates, ofOptions, ...data], 4);
    } else {
      addSets([], 0, templates, 2);
    }
  }
  for (let packet = 0; packet < packets; packet++) {
    const flows = Array.from({ length: records }, () => randomFlow(family, random));
    if (version === 5) {
      const header = { sysUptime: SYS_UPTIME, unixSecs, sequence, engineId: exporter };
      add(
        flows,
        records,
        v5Packet(
          header,
          flows.map((flow) => v5Record(flow, SYS_UPTIME)),
        ),
      );
    } else if (options.samples) {
      addSets(flows, records, [
        dataSet(
          SAMPLES.id,
          flows.map((flow) => sampleRecord(family, flow)),
        ),
      ]);
    } else {
      const clock = version === 9 ? SYS_UPTIME : now;
      const data = flows.map((flow) => templateRecord(version, family, flow, clock));
      addSets(flows, records, [dataSet(TEMPLATES[version][family].id, data)]);
    }
  }
  return ring;
}
