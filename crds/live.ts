/** Which parts of a collector's configuration change without a restart. */
import type { CollectorConfig } from './collector-config.ts';

/** Parts that a running collector takes when its file changes, each as a whole. Everything else needs a restart. */
export const LIVE_PARTS = [
  'allowedSources',
  'exporters',
  'spans',
  'elements',
  'selection',
  'flowMetrics',
  'sflow',
  'logLevel',
] as const satisfies readonly (keyof CollectorConfig)[];

type LivePart = (typeof LIVE_PARTS)[number];

/** Whether a field at the top of the configuration is such a part. */
export function isLive(part: string): part is LivePart {
  return (LIVE_PARTS as readonly string[]).includes(part);
}
