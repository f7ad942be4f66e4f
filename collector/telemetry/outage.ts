/** How long the backend may be away before flows are lost, if as much comes as now. */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Recent } from './sampler.ts';

/** What compression leaves, until there was something to compress. */
const USUAL_RATIO = 1 / 8;

/** Seconds that what is free of the queues' memory, and of the spool, lasts. */
export type OutageHeld = { memorySeconds: number; diskSeconds: number };

/** Undefined while nothing comes, or goes anywhere. */
export function outageHeld(
  { otlp }: Pick<CollectorConfig, 'otlp'>,
  ledger: Ledger,
  { counts, seconds }: Pick<Recent, 'counts' | 'seconds'>,
  workers: number,
): OutageHeld | undefined {
  if (otlp.endpoint === undefined || counts.sealedBytes <= 0) return undefined;
  const ratio = ledger.uncompressedBytes > 0 ? ledger.compressedBytes / ledger.uncompressedBytes : USUAL_RATIO;
  const rate = (counts.sealedBytes / seconds) * ratio;
  const { memory, disk } = otlp.queue;
  const last = (bytes: number) => Math.round(Math.max(0, bytes) / rate);
  return { memorySeconds: last(memory * workers - ledger.queueBytes), diskSeconds: last(disk - ledger.spoolBytes) };
}
