/**
 * Events for people: what happened to an object, seen by `kubectl describe` and `kubectl events`. They are written
 * aside: recording never waits, never fails, and never writes more than a bounded number.
 */
import { randomBytes } from 'node:crypto';
import type { Log } from '../../crds/common/log.ts';
import { createTurns } from '../../crds/common/turns.ts';
import type { Client } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { isFailure } from './errors.ts';
import { type KubeObject, microTime, type Resource } from './resource.ts';

/** `events.k8s.io/v1`. */
export type KubeEvent = KubeObject & {
  eventTime: string;
  type: 'Normal' | 'Warning';
  reason: string;
  action: string;
  note: string;
  regarding: { apiVersion: string; kind: string; namespace?: string; name: string; uid?: string };
  reportingController: string;
  reportingInstance: string;
  series?: { count: number; lastObservedTime: string };
};

export const EVENTS: Resource<KubeEvent> = {
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

export type EventInput = {
  regarding: KubeObject;
  type: 'Normal' | 'Warning';
  /** Why, in one CamelCase word. */
  reason: string;
  /** What was done or tried, in one CamelCase word. */
  action: string;
  /** The same, for people. */
  note: string;
};

export type Recorder = {
  record(event: EventInput): void;
  /** Writes what is counted and not written yet, and stops. */
  close(): Promise<void>;
};

export type RecorderOptions = {
  client: Client;
  /** `netflow2traces.io/operator`: a qualified name. */
  controller: string;
  /** The pod's name. */
  instance: string;
  log: Log;
  clock?: Clock;
};

/** An event that happens again within this time, in milliseconds, is counted in the first one's series. */
const SERIES_MS = 360_000;
/** A series is written at most this often, in milliseconds. */
const SERIES_WRITE_MS = 60_000;
/** Series that are kept: beyond it the oldest is let go, and its next event starts another. */
const MAX_SERIES = 1_000;
/** Writes at once or under way, and milliseconds until one more is allowed: what flaps must not fill etcd. */
const BURST = 50;
const REFILL_MS = 1_000;
/** The API refuses longer notes, in bytes. */
const MAX_NOTE_BYTES = 1_024;
/** Milliseconds that the last events get when the program ends. */
const CLOSE_MS = 2_000;

type Series = { event: KubeEvent; count: number; written: number; lastSeen: number; lastWrite: number };

/** Makes what writes Events, at a bounded rate and in series. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { client, controller, instance, log, clock = systemClock } = options;
  const all = new Map<string, Series>();
  const stop = new AbortController();
  let tokens = BURST;
  let refilled = clock.now();
  const inTurn = createTurns();
  let written: Promise<void> = Promise.resolve();
  let pending = 0;
  let cancelFlush: (() => void) | undefined;

  function allowed(): boolean {
    const now = clock.now();
    tokens = Math.min(BURST, tokens + (now - refilled) / REFILL_MS);
    refilled = now;
    if (tokens < 1 || pending >= BURST) return false;
    tokens--;
    return true;
  }

  /** One write after the other; a failure costs an event, nothing more. */
  function enqueue(what: () => Promise<unknown>): void {
    pending++;
    written = inTurn(what)
      .catch((error) => log.warn('an event could not be written', { error: String(error) }))
      .then(() => {
        pending--;
      });
  }

  function writeSeries(series: Series): void {
    series.written = series.count;
    series.lastWrite = clock.now();
    const { namespace, name } = series.event.metadata;
    const patch = { series: { count: series.count, lastObservedTime: microTime(clock.wallTime()) } };
    enqueue(async () => {
      try {
        await client.patch(EVENTS, { namespace, name }, patch, stop.signal);
      } catch (error) {
        // Events expire after an hour; this one begins anew.
        if (!isFailure(error, 'NotFound')) throw error;
        const { event } = series;
        await client.create(EVENTS, { ...event, series: patch.series }, stop.signal);
      }
    });
  }

  /** Writes series that grew, and forgets those that ended. */
  function flush(): void {
    cancelFlush = undefined;
    const now = clock.now();
    for (const [id, series] of all) {
      const due = series.count > series.written && now - series.lastWrite >= SERIES_WRITE_MS;
      if (due && allowed()) writeSeries(series);
      if (series.count === series.written && now - series.lastSeen >= SERIES_MS) all.delete(id);
    }
    if (all.size > 0) cancelFlush = clock.after(SERIES_WRITE_MS, flush);
  }

  return {
    record({ regarding, type, reason, action, note }) {
      const { namespace, name, uid } = regarding.metadata;
      const id = JSON.stringify([uid ?? [namespace, name], type, reason, action, note]);
      const known = all.get(id);
      if (known) {
        known.count++;
        known.lastSeen = clock.now();
      } else if (!allowed()) {
        log.warn('too many events: some were not written', { subject: name, reason, note });
        return;
      } else {
        const event: KubeEvent = {
          apiVersion: EVENTS.apiVersion,
          kind: EVENTS.kind,
          metadata: {
            namespace: namespace ?? 'default',
            name: `${name.slice(0, 230)}.${randomBytes(8).toString('hex')}`,
          },
          eventTime: microTime(clock.wallTime()),
          type,
          reason,
          action,
          note: truncate(note),
          regarding: { apiVersion: regarding.apiVersion, kind: regarding.kind, namespace, name, uid },
          reportingController: controller,
          reportingInstance: instance,
        };
        const now = clock.now();
        if (all.size >= MAX_SERIES) all.delete(all.keys().next().value as string);
        all.set(id, { event, count: 1, written: 1, lastSeen: now, lastWrite: now });
        enqueue(() => client.create(EVENTS, event, stop.signal));
      }
      cancelFlush ??= clock.after(SERIES_WRITE_MS, flush);
    },

    async close() {
      cancelFlush?.();
      for (const series of all.values()) if (series.count > series.written && allowed()) writeSeries(series);
      all.clear();
      const giveUp = clock.after(CLOSE_MS, () => stop.abort());
      await written;
      giveUp();
    },
  };
}

function truncate(note: string): string {
  if (Buffer.byteLength(note) <= MAX_NOTE_BYTES) return note;
  return `${Buffer.from(note)
    .subarray(0, MAX_NOTE_BYTES - 6)
    .toString()
    .replace(/\uFFFD$/, '')}…`;
}
