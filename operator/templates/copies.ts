/**
 * The copy of a resource's templates that its pods find when they start, also while no operator runs. It is kept in the
 * cluster, and read back by the next operator.
 */

import type { Log } from '../../crds/common/log.ts';
import type { Clock } from '../runtime/clock.ts';
import { createTrigger, type Source } from '../runtime/controller.ts';
import { instrument, type MetricDefinition, type Metrics } from '../runtime/metrics.ts';
import type { Key } from '../runtime/resource.ts';
import { type RegistryOptions, TemplateRegistry } from './registry.ts';

export const REFUSED_METRIC = {
  name: 'netflow2traces_templates_refused_total',
  type: 'counter',
  description:
    'Templates and facts told by collectors that do not count, by reason: from the future; another pod speaks of that exporter; the quota of the pod.',
  labels: ['reason'],
} as const satisfies MetricDefinition;

/** How often, in milliseconds, a copy changes at most. */
const RENEW_MS = 30_000;

export type Copies = {
  registry: TemplateRegistry;
  /** Keys of resources whose copy is out of date. */
  source: Source;
  /**
   * The copy to keep now, gzip; `staleIn` milliseconds later there will be another, if that is known. `read` gets the
   * one that is kept, and is called once for each resource.
   */
  copyOf(key: Key, read: () => Promise<Uint8Array | undefined>): Promise<{ copy: Buffer; staleIn?: number }>;
  forget(key: Key): void;
};

type Made = { copy: Buffer; revision: number; at: number };

export type CopiesOptions = { clock: Clock; isThere: RegistryOptions['isThere']; metrics: Metrics; log: Log };

/** Makes what copies templates of running collectors for those that start. */
export function createCopies({ clock, isThere, metrics, log }: CopiesOptions): Copies {
  const made = new Map<Key, Made>();
  /** Resources whose news the source has announced, with no copy made since. */
  const told = new Set<Key>();
  const trigger = createTrigger();
  const refused = instrument(metrics.meter, REFUSED_METRIC);
  const registry = new TemplateRegistry({
    clock,
    isThere,
    onNews(key) {
      if (told.has(key)) return;
      told.add(key);
      trigger.fire(key);
    },
    onRefused(collector, { name: pod }, reason, count) {
      refused.add(count, { reason });
      log.warn('templates that a collector tells do not count', { subject: pod, collector, reason, count });
    },
  });

  return {
    registry,

    source: trigger.source,

    async copyOf(key, read) {
      const last = made.get(key);
      if (!last) {
        const kept = await read();
        try {
          if (kept) registry.load(key, kept);
        } catch (error) {
          log.warn('the templates that were kept cannot be read: collectors will tell them again', {
            collector: key,
            error: String(error),
          });
        }
      }
      const now = clock.now();
      const revision = registry.stateOf(key).cursor;
      if (last && revision === last.revision) return { copy: last.copy };
      if (last && now < last.at + RENEW_MS) return { copy: last.copy, staleIn: last.at + RENEW_MS - now };
      told.delete(key);
      const copy = registry.copy(key);
      made.set(key, { copy, revision, at: now });
      return { copy };
    },

    forget(key) {
      made.delete(key);
      told.delete(key);
      registry.forget(key);
    },
  };
}
