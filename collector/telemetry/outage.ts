/** How long the backend may be away before flows are lost, if as much comes as now. */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log } from '../../crds/common/log.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { CollectorState } from './state.ts';

/** What compression leaves, until there was something to compress. */
const USUAL_RATIO = 1 / 8;

/** Seconds that what is free of the queues' memory, and of the spool, lasts. */
export type OutageHeld = { memorySeconds: number; diskSeconds: number };

/** Undefined while nothing comes, or goes anywhere. */
export function outageHeld(
  { otlp }: Pick<CollectorConfig, 'otlp'>,
  ledger: Ledger,
  { counts, seconds }: { counts: Pick<Ledger, 'sealedBytes'>; seconds: number },
  workers: number,
): OutageHeld | undefined {
  if (otlp.endpoint === undefined || counts.sealedBytes <= 0) return undefined;
  const ratio = ledger.uncompressedBytes > 0 ? ledger.compressedBytes / ledger.uncompressedBytes : USUAL_RATIO;
  const rate = (counts.sealedBytes / seconds) * ratio;
  const { memory, disk } = otlp.queue;
  const last = (bytes: number) => Math.round(Math.max(0, bytes) / rate);
  return { memorySeconds: last(memory * workers - ledger.queueBytes), diskSeconds: last(disk - ledger.spoolBytes) };
}

/**
 * Says so once in the log, as soon as there is a rate: that of the first `intervalMs` with flows. Returns what stops
 * it.
 */
export function announceOutageHeld(
  state: Pick<CollectorState, 'config' | 'ledger'>,
  workers: number,
  log: Log,
  intervalMs = 10_000,
): () => void {
  let before = state.ledger();
  const timer = setInterval(() => {
    const ledger = state.ledger();
    const counts = { sealedBytes: ledger.sealedBytes - before.sealedBytes };
    const seconds = intervalMs / 1_000;
    const held = outageHeld(state.config, ledger, { counts, seconds }, workers);
    if (held) {
      const flowsPerSecond = Math.round((ledger.flows - before.flows) / seconds);
      log.info('at this rate the backend may be away for so long without loss', { flowsPerSecond, ...held });
      clearInterval(timer);
    }
    before = ledger;
  }, intervalMs).unref();
  return () => clearInterval(timer);
}
