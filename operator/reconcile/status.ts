import { isDeepStrictEqual } from 'node:util';
import type { Client } from '../runtime/client.ts';
import type { Clock } from '../runtime/clock.ts';
import { updateConditions } from '../runtime/conditions.ts';
import { isFailure } from '../runtime/errors.ts';
import type { Recorder } from '../runtime/events.ts';
import { type Key, keyOf } from '../runtime/resource.ts';
import type { Store } from '../runtime/store.ts';
import { conditionsOf, type Findings, isWarning, newsIn, nodesOf } from './conditions.ts';
import { COLLECTORS, type RawCollector } from './kinds.ts';

/** How often, in milliseconds, a status is written in which nothing changed but counts. */
const WRITE_MS = 10_000;

export type StatusOptions = { client: Client; store: Store<RawCollector>; recorder: Recorder; clock: Clock };

export type StatusReporter = {
  /**
   * Writes what was found into the resource's status and, when a condition came out otherwise, an Event; nothing when
   * all is as it was. Resolves with the milliseconds after which to report again, if it held counts back.
   */
  report(resource: RawCollector, findings: Findings, signal: AbortSignal): Promise<number | undefined>;
  /** The resource is gone. */
  forget(key: Key): void;
};

export function createStatusReporter({ client, store, recorder, clock }: StatusOptions): StatusReporter {
  const written = new Map<Key, number>();

  return {
    async report(resource, findings, signal) {
      const { metadata, status = {} } = resource;
      const key = keyOf(metadata);
      const previous = status.conditions ?? [];
      const conditions = updateConditions(previous, conditionsOf(findings), metadata.generation, clock.wallTime());
      const next = {
        observedGeneration: metadata.generation,
        conditions,
        nodes: { ...status.nodes, ...nodesOf(findings.daemonSet) },
      };
      if (isDeepStrictEqual({ ...status, ...next }, status)) return undefined;

      const news = newsIn(previous, conditions);
      const wait = (written.get(key) ?? Number.NEGATIVE_INFINITY) + WRITE_MS - clock.now();
      if (news.length === 0 && status.observedGeneration === metadata.generation && wait > 0) return wait;
      try {
        store.note(await client.patch(COLLECTORS, metadata, { status: next }, signal, { subresource: 'status' }));
      } catch (error) {
        if (isFailure(error, 'NotFound')) return undefined; // deleted meanwhile
        throw error;
      }
      written.set(key, clock.now());
      for (const condition of news) {
        const { type, reason, message } = condition;
        const severity = isWarning(condition) ? 'Warning' : 'Normal';
        recorder.record({ regarding: resource, type: severity, reason, action: `Set${type}`, note: message });
      }
      return undefined;
    },

    forget: (key) => written.delete(key),
  };
}
