import * as z from 'zod';

const count = z.int().min(0);
const rate = z.number().min(0);
const name = z.string().max(253);

const condition = z.strictObject({
  type: z
    .string()
    .max(316)
    .describe(
      'Ready, Progressing, Degraded, ConfigAccepted, Exporting or ReportsFresh; and, only while it is so, Reconciling or Stalled.',
    ),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it is so.'),
  observedGeneration: count.optional().describe('Generation of the resource that this is about.'),
  lastTransitionTime: z.iso.datetime().describe('When the status last changed.'),
  reason: z.string().min(1).max(1_024).describe('One word that says why, for programs.'),
  message: z.string().max(4_096).describe('A sentence that says why, and what to do.'),
});

const nodes = z.strictObject({
  ready: z.string().max(32).optional().describe('available/(desired + lost), as kubectl get shows it.'),
  desired: count.optional().describe('Nodes that should have a collector.'),
  updated: count.optional().describe('Nodes whose collector runs the current specification.'),
  available: count
    .optional()
    .describe('Nodes whose collector is ready, without those that do not report while others do.'),
  reporting: count.optional().describe('Nodes whose collector has reported lately.'),
  lost: count
    .optional()
    .describe('Nodes that should have no collector any more, or are gone, while exporters were sending to them.'),
});

const totals = z.strictObject({
  packets: count.optional().describe('Packets received.'),
  flows: count.optional().describe('Flows decoded.'),
  exported: count.optional().describe('Flows that the backend has taken.'),
  filtered: count.optional().describe('Flows left out by a filter.'),
  sampledOut: count.optional().describe('Flows left out by sampling.'),
  dropped: count.optional().describe('Flows dropped; see droppedByReason.'),
  pending: count.optional().describe('Flows in memory or on disk, of which nothing has become yet.'),
  errors: count.optional().describe('Packets that could not be decoded.'),
  lostFlows: count
    .optional()
    .describe('Flows that exporters sent but that never came, of those whose sequence numbers count flows.'),
  lostPackets: count.optional().describe('Packets that never came, of exporters whose sequence numbers count packets.'),
  lost: count
    .optional()
    .describe(
      'Flows that never came: lostFlows, and an estimate of what was in lostPackets, which were as large as others.',
    ),
  lostBetweenRuns: count
    .optional()
    .describe(
      'Of lost, what came between two runs of a collector. When one was killed, an estimate: some may have come in the second before, and be exported.',
    ),
  restarts: count.optional().describe('Collectors that ended by a crash, or were killed, and started again.'),
});

const ingestion = z.strictObject({
  observedTime: z.iso
    .datetime()
    .optional()
    .describe(
      'When all this was so. It is renewed at least each minute: an older one means that no operator is at work.',
    ),
  windowSeconds: count.optional().describe('Rates are averages over about this many seconds.'),
  packetsPerSecond: rate.optional().describe('Packets received a second.'),
  flowsPerSecond: rate.optional().describe('Flows decoded a second.'),
  errorsPerSecond: rate.optional().describe('Packets a second that could not be decoded.'),
  exportedPerSecond: rate.optional().describe('Flows a second that the backend has taken.'),
  lostPercent: rate.max(100).optional().describe('Flows that never came or were dropped, of all that exporters sent.'),
  exporters: count.optional().describe('Devices that have sent lately.'),
  lastPacketTime: z.iso.datetime().optional().describe('When the last packet came.'),
  totals: totals.optional().describe('Sums over all collectors, those of the past included. They never fall.'),
  droppedByReason: z
    .record(z.string(), count)
    .meta({ maxProperties: 32 })
    .optional()
    .describe('Flows dropped, by reason, summed in the same way.'),
});

const exporter = z.strictObject({
  address: z.string().max(64).describe('Address of the device.'),
  node: name.optional().describe('Node whose collector it sends to.'),
  packetsPerSecond: rate.optional().describe('Packets a second.'),
  flowsPerSecond: rate.optional().describe('Flows a second.'),
  lostPercent: rate.max(100).optional().describe('Flows that never came, of those it sent.'),
});

const node = z.strictObject({
  node: name.describe('Name of the node.'),
  pod: name.optional().describe('Name of the pod.'),
  reason: z.string().max(64).describe('One word that says what is wrong, for programs.'),
  message: z.string().max(512).describe('A sentence that says what is wrong, and what to do.'),
  flowsPerSecond: rate.optional().describe('Flows decoded a second.'),
  lostPercent: rate.max(100).optional().describe('Flows that never came or were dropped.'),
  lastReportTime: z.iso.datetime().optional().describe('When its collector last reported.'),
  exporters: count.optional().describe('Of a node that is lost: devices that were sending to it.'),
  addresses: z
    .array(z.string().max(64))
    .max(5)
    .optional()
    .describe('Of a node that is lost: addresses of the devices that sent most to it.'),
});

/** `status`: what the operator writes; bounded, so that it stays small at any number of nodes. */
export const status = z.strictObject({
  observedGeneration: z
    .int()
    .min(-1)
    .optional()
    .describe('Generation of the resource that the status is about; -1 before the operator has seen it.'),
  reason: z
    .string()
    .max(1_024)
    .optional()
    .describe('The reason of the condition that tells the worst; AllAvailable when all is well.'),
  conditions: z
    .array(condition)
    .max(16)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .optional()
    .describe('What is as it should be, and what is not.'),
  nodes: nodes.optional().describe('Nodes, counted.'),
  ingestion: ingestion.optional().describe('What comes in and goes out, over all nodes.'),
  topExporters: z.array(exporter).max(10).optional().describe('The devices that send most.'),
  worstNodes: z.array(node).max(20).optional().describe('The nodes where most is wrong.'),
});
