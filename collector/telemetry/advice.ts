/** What is wrong, and what to do about it: a pure function of the collector's state. */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { FLOW_DROPS, type FlowDrop, type Ledger, PACKET_ERRORS, type PacketError } from './ledger.ts';
import { redactUrl } from './redact.ts';
import type { Recent } from './sampler.ts';
import type { ExporterState, SocketState } from './state.ts';

export type Advice = {
  severity: 'error' | 'warning' | 'info';
  /** What is wrong, in one sentence. */
  what: string;
  /** What to do about it. Commands and settings stand between backticks. */
  do: string;
};

export type AdviceInput = {
  config: CollectorConfig;
  startTime: number;
  live: boolean;
  ready: boolean;
  ledger: Ledger;
  recent: Recent;
  sockets: readonly SocketState[];
  exporters: readonly ExporterState[];
};

/** Silence after which an earlier stream of packets counts as broken off: above usual active timeouts. */
const SILENCE_MS = 5 * 60_000;
/** Age of the oldest batch from which the backend counts as slow or gone. */
const OLD_BATCH_MS = 30_000;
/** Share of lost flows or packets in the window that is worth a word. */
const LOSS = 0.001;
/** Share of flows without usable times that is worth a word. */
const TIMELESS = 0.05;

type Rule = (input: AdviceInput, now: number) => Advice[];

const ORDER = ['error', 'warning', 'info'] as const;

/** All that is worth saying at `now` (Unix milliseconds), the worst first. Nothing to say is an empty list. */
export function advise(input: AdviceInput, now: number): Advice[] {
  const rules: Rule[] = [
    health,
    arrival,
    kernelDrops,
    missingTemplates,
    undecodable,
    sequenceGaps,
    backend,
    drops,
    books,
    clocks,
  ];
  const advice = rules.flatMap((rule) => rule(input, now));
  return advice.sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

function health({ live, ready }: AdviceInput): Advice[] {
  if (!live) {
    return [
      error('A worker does not answer.', 'Look for its last message in the log; `/livez` fails until it is back.'),
    ];
  }
  if (ready) return [];
  return [warning('Not ready: starting or stopping.', 'Wait some seconds; if it stays, look for errors in the log.')];
}

function arrival({ ledger, config, sockets, recent }: AdviceInput, now: number): Advice[] {
  const port = sockets[0]?.port ?? config.listeners[0].port;
  if (ledger.packets === 0) {
    return [
      warning(
        `No packet received yet on UDP port ${
          sockets
            .map((socket) => socket.port)
            .filter(unique)
            .join(', ') || port
        }.`,
        `Try it with recorded packets: \`npm run replay -- test/captures/demo\`. Or point a router here, on Cisco IOS: ` +
          `\`flow exporter netflow2traces\`, \`destination <this host>\`, \`transport udp ${port}\`. If it sends already, ` +
          `look at the firewall and at \`tcpdump -ni any udp port ${port}\`.`,
      ),
    ];
  }
  const silence = now - ledger.lastPacketTime;
  if (silence < SILENCE_MS || recent.counts.packets > 0) return [];
  return [
    warning(
      `No packet for ${minutes(silence)}.`,
      `Check the exporters and the way here: \`tcpdump -ni any udp port ${port}\`.`,
    ),
  ];
}

function kernelDrops({ recent, sockets }: AdviceInput): Advice[] {
  const capped = sockets.find((socket) => socket.grantedBuffer < socket.requestedBuffer);
  const raise =
    capped && `Raise the kernel’s limit and restart: \`sysctl -w net.core.rmem_max=${capped.requestedBuffer}\`.`;
  if (recent.socketDrops > 0) {
    return [
      error(
        `The kernel dropped ${count(recent.socketDrops, 'packet')} in the last ${seconds(recent)}: a receive buffer is full.`,
        raise ?? 'Use more workers (`workers`), a larger `receiveBuffer`, or send some exporters to another collector.',
      ),
    ];
  }
  if (!capped) return [];
  return [
    info(
      `The kernel granted a receive buffer of ${size(capped.grantedBuffer)} where ${size(capped.requestedBuffer)} were asked for: bursts may be dropped.`,
      raise!,
    ),
  ];
}

function missingTemplates({ exporters, recent }: AdviceInput): Advice[] {
  const advice: Advice[] = [];
  const waiting = exporters.filter((exporter) => exporter.heldSets > 0);
  const refresh =
    'They are decoded when it comes. Let the exporter send templates more often, on Cisco IOS: `template data timeout 60`.';
  if (waiting.length > 0) {
    const sets = waiting.reduce((total, exporter) => total + exporter.heldSets, 0);
    const names = waiting
      .slice(0, 3)
      .map((exporter) => exporter.address)
      .filter(unique)
      .join(', ');
    const more = waiting.length > 3 ? ` and ${waiting.length - 3} more` : '';
    advice.push(warning(`${count(sets, 'data set')} from ${names}${more} wait for their template.`, refresh));
  }
  if (recent.counts['packetErrors.held_discarded'] > 0) {
    advice.push(
      error(
        `${count(recent.counts['packetErrors.held_discarded'], 'data set')} given up in the last ${seconds(recent)}: no template came in time.`,
        'Let the exporter send templates more often, or raise `limits.heldAge`, `limits.heldBytes` and `limits.heldBytesPerExporter`.',
      ),
    );
  }
  return advice;
}

const UNDECODABLE: Partial<Record<PacketError, [what: string, remedy: string]>> = {
  source_not_allowed: [
    'came from sources that are not allowed',
    'Add their prefix to `allowedSources`, or stop whoever sends them.',
  ],
  unknown_version: [
    'are neither NetFlow (1, 5, 7, 9) nor IPFIX (10)',
    'Something else sends to this port, sFlow for instance: send it elsewhere.',
  ],
  truncated_header: ['are shorter than their header', 'Look at what is sent to this port: scanners send such packets.'],
  malformed: ['are malformed', 'The table of exporters tells whose. Update its software, or report a capture to us.'],
  bad_template: [
    'hold templates that can’t be used',
    'If they have many fields, raise `limits.fieldsPerTemplate`; else update the exporter’s software.',
  ],
};

function undecodable({ recent }: AdviceInput): Advice[] {
  return PACKET_ERRORS.flatMap((reason) => {
    const number = recent.counts[`packetErrors.${reason}`];
    const text = UNDECODABLE[reason];
    if (!text || number <= 0) return [];
    return [warning(`${count(number, 'packet')} of the last ${seconds(recent)} ${text[0]}.`, text[1])];
  });
}

function sequenceGaps({ recent }: AdviceInput): Advice[] {
  const { counts } = recent;
  const lost = Math.max(lostShare(counts.lostFlows, counts.flows), lostShare(counts.lostPackets, counts.packets));
  if (lost < LOSS) return [];
  return [
    warning(
      `Sequence numbers tell that ${(lost * 100).toFixed(1)} % of the last ${seconds(recent)} never came.`,
      'If the sockets below show no drops, they were lost in the network or by the exporter: the table tells whose.',
    ),
  ];
}

function backend({ config, ledger, recent }: AdviceInput, now: number): Advice[] {
  const { endpoint } = config.otlp;
  if (endpoint === undefined) {
    return [
      info(
        'No endpoint is configured: spans are shown on this page and then discarded.',
        'Send them to a tracing backend: `--otlp-endpoint http://localhost:4317`.',
      ),
    ];
  }
  const age = ledger.queueOldestTime > 0 ? now - ledger.queueOldestTime : 0;
  const failing = recent.counts.exportFailures > 0;
  if (!failing && age < OLD_BATCH_MS) return [];
  const since = ledger.lastExportTime > 0 ? `for ${minutes(now - ledger.lastExportTime)}` : 'yet';
  const waiting = `${count(ledger.queueBatches, 'batch', 'batches')} (${size(ledger.queueBytes)}) wait`;
  if (recent.counts.exportRequests > recent.counts.exportFailures) {
    return [
      warning(
        `The backend ${redactUrl(endpoint)} is slow or refuses some requests; ${waiting}.`,
        'The log tells the errors. Raise `otlp.concurrency`, or give the backend more room.',
      ),
    ];
  }
  return [
    error(
      `The backend ${redactUrl(endpoint)} has accepted nothing ${since}; ${waiting}.`,
      'The log tells the error. Check the address, `otlp.protocol` (gRPC listens on 4317, HTTP on 4318), TLS and credentials.',
    ),
  ];
}

const DROPS: Partial<Record<FlowDrop, [what: string, remedy: string]>> = {
  record_limit: ['came in packets with too many records', 'Raise `limits.recordsPerPacket`.'],
  queue_full: ['were dropped because the export queue was full', 'Raise `otlp.queue.memory`, or speed the backend up.'],
  export_refused: [
    'were refused by the backend',
    'The log tells its answer: often credentials, a quota or a size limit.',
  ],
  export_rejected: [
    'were rejected by the backend in part',
    'The log tells its answer: often limits of attributes or rates.',
  ],
  retry_exhausted: ['were given up after retries', 'Bring the backend back, or raise `otlp.retry.maxElapsed`.'],
};

function drops({ recent }: AdviceInput): Advice[] {
  return FLOW_DROPS.flatMap((reason) => {
    const number = recent.counts[`flowsDropped.${reason}`];
    const text = DROPS[reason];
    if (!text || number <= 0) return [];
    return [error(`${count(number, 'flow')} of the last ${seconds(recent)} ${text[0]}.`, text[1])];
  });
}

function books({ config, sockets, recent }: AdviceInput): Advice[] {
  // While packets come, each worker may be in the middle of one.
  const workers = new Set(sockets.map((socket) => socket.worker)).size;
  const tolerance = recent.counts.packets > 0 ? workers * config.limits.recordsPerPacket : 0;
  if (Math.abs(recent.imbalance) <= tolerance) return [];
  return [
    error(
      `The ledger does not balance: ${count(recent.imbalance, 'flow')} unaccounted for.`,
      'This is a bug in netflow2traces. Please report it with the output of `/status`.',
    ),
  ];
}

function clocks({ recent: { counts } }: AdviceInput): Advice[] {
  const timeless = counts.flowTimesReplaced / Math.max(1, counts.flows);
  if (timeless < TIMELESS) return [];
  return [
    info(
      `${Math.round(timeless * 100)} % of the flows have no usable times; their spans have the time of reception.`,
      'Set the exporter’s clock (NTP) and let it export flow start and end. `netflow.time.source` of a span tells why.',
    ),
  ];
}

function lostShare(lost: number, received: number): number {
  return lost > 0 ? lost / (lost + received) : 0;
}

function seconds(recent: Recent): string {
  return `${Math.round(recent.seconds)} s`;
}

function minutes(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}

function size(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.round(bytes / 2 ** 10)} KiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

function unique<T>(value: T, index: number, all: readonly T[]): boolean {
  return all.indexOf(value) === index;
}

function error(what: string, remedy: string): Advice {
  return { severity: 'error', what, do: remedy };
}

function warning(what: string, remedy: string): Advice {
  return { severity: 'warning', what, do: remedy };
}

function info(what: string, remedy: string): Advice {
  return { severity: 'info', what, do: remedy };
}
