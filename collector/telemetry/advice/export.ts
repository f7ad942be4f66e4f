/** Whether flows leave, and the books balance. */
import { redactUrl } from '../../config/redact.ts';
import { FLOW_DROPS, type FlowDrop } from '../../ledger/ledger.ts';
import { type Advice, type AdviceInput, count, duration, error, info, size, warning, windowOf } from './rule.ts';

/** Age of the oldest batch from which the backend counts as slow or gone. */
const OLD_BATCH_MS = 30_000;

export function backend({ config, tracesOff, ledger, recent }: AdviceInput, now: number): Advice[] {
  const { endpoint } = config.otlp;
  if (tracesOff !== undefined) {
    return [
      warning(
        `No flows are sent, by \`${tracesOff}\`: spans are shown on this page and then discarded.`,
        'Unset it, and restart the collector, to send them. What is received is counted, and metrics go on.',
      ),
    ];
  }
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
  const since = ledger.lastExportTime > 0 ? `for ${duration(now - ledger.lastExportTime)}` : 'yet';
  const onDisk = ledger.spoolBatches > 0 ? `, and on disk ${count(ledger.spoolBatches, 'batch', 'batches')}` : '';
  const waiting = `${count(ledger.queueBatches, 'batch', 'batches')} (${size(ledger.queueBytes)})${onDisk} wait`;
  if (recent.counts.exportRequests > recent.counts.exportFailures) {
    return [
      warning(
        `The backend ${redactUrl(endpoint)} is slow or refuses some requests; ${waiting}.`,
        'The last error stands under Export, all in the log. Raise `otlp.concurrency`, or give the backend more room.',
      ),
    ];
  }
  return [
    error(
      `The backend ${redactUrl(endpoint)} has accepted nothing ${since}; ${waiting}.`,
      'The error stands under Export, and in the log. Check the address, `otlp.protocol` (gRPC listens on 4317, HTTP on 4318), TLS and credentials.',
    ),
  ];
}

export function verification({ config }: AdviceInput): Advice[] {
  if (!config.otlp.tls.insecureSkipVerify) return [];
  return [
    warning(
      'The backend’s certificate is not verified: anybody on the way can read the flows and the credentials.',
      'Set `otlp.tls.caFile` to the authority that signs it, and leave `otlp.tls.insecureSkipVerify` out.',
    ),
  ];
}

export function spool({ lately }: AdviceInput): Advice[] {
  if (lately.counts.spoolFailures <= 0) return [];
  return [
    error(
      'The spool on disk could not be written or read.',
      'The log has the cause: often a full disk, or rights. Batches wait in memory meanwhile.',
    ),
  ];
}

export function stateFolder({ config, stateError }: AdviceInput): Advice[] {
  if (stateError === undefined) return [];
  return [
    error(
      `The folder of state ${config.templates.stateDir} can’t be written: ${stateError}`,
      'Make room on its disk, or correct its rights: until then a restart costs templates, and nobody knows what a crash has cost.',
    ),
  ];
}

const DROPS: Partial<Record<FlowDrop, [what: string, remedy: string]>> = {
  plan_limit: [
    'came with templates unlike any before, faster than they can be prepared',
    'Look for an exporter that makes up templates, and let only those you know in: `allowedSources`.',
  ],
  record_limit: ['came in packets with too many records', 'Raise `limits.recordsPerPacket`.'],
  queue_full: [
    'were dropped because the export queue was full',
    'Raise `otlp.queue.memory`, give it a disk (`otlp.queue.disk`), or speed the backend up.',
  ],
  spool_full: ['were dropped because the spool on disk was full', 'Raise `otlp.queue.disk`, or speed the backend up.'],
  spool_damaged: ['were in files on disk that are damaged', 'Check the disk under `otlp.queue.directory`.'],
  export_refused: [
    'were refused by the backend',
    'The log has its answer: often a quota, or an address or path that is not that of a backend.',
  ],
  too_large: ['came in packets whose spans are more than the backend takes', 'Raise its limit of a request’s size.'],
  export_rejected: [
    'were rejected by the backend in part',
    'The log has its answer: often limits of attributes or rates.',
  ],
  retry_exhausted: ['were given up after retries', 'Bring the backend back, or raise `otlp.retry.maxElapsed`.'],
};

export function drops({ lately }: AdviceInput): Advice[] {
  return FLOW_DROPS.flatMap((reason) => {
    const number = lately.counts[`flowsDropped.${reason}`];
    const text = DROPS[reason];
    if (!text || number <= 0) return [];
    return [error(`${count(number, 'flow')} of the last ${windowOf(lately)} ${text[0]}.`, text[1])];
  });
}

export function books({ config, sockets, recent }: AdviceInput): Advice[] {
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
