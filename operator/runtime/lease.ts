/**
 * Leader election on a Lease. Of all processes that call `lead`, at most one works at a time.
 *
 * Nobody compares clocks of two machines. A leader counts from before it sent its last renewal and stops after
 * `renewDeadline`; the others count from when they saw that renewal and wait `leaseDuration`, which is longer. So it
 * has stopped before any of them starts, however long answers take.
 */

import type { Log } from '../../crds/common/log.ts';
import type { Client } from './client.ts';
import { type Clock, sleep, startDeadline, systemClock } from './clock.ts';
import { isFailure } from './errors.ts';
import type { Metrics } from './metrics.ts';
import { type KubeObject, microTime, type Resource } from './resource.ts';
import { RenewableTerm, type Term } from './term.ts';

export type Lease = KubeObject & {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
};

export const LEASES: Resource<Lease> = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

export type LeaseOptions = {
  client: Client;
  namespace: string;
  name: string;
  /** Differs in every process, also in two of one pod: the pod's name and something random. */
  identity: string;
  metrics: Metrics;
  log: Log;
  clock?: Clock;
  /** Numbers in [0, 1). */
  random?: () => number;
};

/** Milliseconds after which a leader that was not heard of is taken for dead. The same for all replicas. */
const LEASE_DURATION_MS = 15_000;
/** Milliseconds without a renewal after which a leader stops. The rest of the lease is for its last calls to die. */
const RENEW_DEADLINE_MS = 10_000;
/** Milliseconds between renewals. */
const RENEW_PERIOD_MS = 2_000;
/** Milliseconds one attempt may take: two fit into the deadline. */
const ATTEMPT_MS = 4_000;
/**
 * Candidates look after this part of the period, at random: more often than it is renewed, so as to take over early.
 */
const LOOK_MIN = 0.5;
const LOOK_SPREAD = 0.2;

/**
 * Waits for the lease, runs `work`, and gives the lease back when `signal` aborts or `work` ends, so that the next
 * leader starts at once. When the lease is lost it waits again and runs `work` anew. Rejects with what `work` throws,
 * if its term was not over.
 */
export async function lead(
  options: LeaseOptions,
  work: (term: Term) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { client, namespace, name, identity, metrics, log, clock = systemClock, random = Math.random } = options;
  const ref = { namespace, name };
  metrics.leader.record(0, { name });

  /** The lease as it was when it last changed before our eyes, and when that was. */
  let seen: { lease: Lease; text: string; time: number } | undefined;

  while (!signal.aborted) {
    const start = await campaign();
    if (start !== undefined && (await serve(start)) === 'finished') return;
  }

  /** Tries until the lease is ours; gives the time before the attempt that got it, or undefined on abort. */
  async function campaign(): Promise<number | undefined> {
    while (!signal.aborted) {
      const start = clock.now();
      if (await succeeds(signal)) return start;
      const look = RENEW_PERIOD_MS * (LOOK_MIN + LOOK_SPREAD * random());
      const untilExpiry = seen ? seen.time + LEASE_DURATION_MS - clock.now() : 0;
      await sleep(clock, untilExpiry > 0 ? Math.min(look, untilExpiry) : look, signal).catch(() => {});
    }
    return undefined;
  }

  /** Runs `work` while the lease, held since `since`, can be renewed. */
  async function serve(since: number): Promise<'finished' | 'lost'> {
    const term = new RenewableTerm(clock, RENEW_DEADLINE_MS, since);
    const onStop = () => term.end('stopping');
    signal.addEventListener('abort', onStop, { once: true });
    if (signal.aborted) onStop();
    metrics.leader.record(1, { name });
    log.info('became the leader', { lease: name, identity });

    let failure: { error: unknown } | undefined;
    let ended = false;
    const working = (async () => {
      try {
        await work(term);
      } catch (error) {
        if (!term.signal.aborted) failure = { error };
      }
      ended = !term.signal.aborted;
      term.end('the work has ended');
    })();
    await renewWhile(term);
    signal.removeEventListener('abort', onStop);
    metrics.leader.record(0, { name });
    log.info('no longer the leader', { lease: name, identity, reason: String(term.signal.reason?.message) });

    await working;
    const finished = ended || signal.aborted;
    if (finished) await release();
    if (failure) throw failure.error;
    return finished ? 'finished' : 'lost';
  }

  /** Renews until the term ends, and ends it when the lease is somebody else's. */
  async function renewWhile(term: RenewableTerm): Promise<void> {
    for (;;) {
      await sleep(clock, RENEW_PERIOD_MS, term.signal).catch(() => {});
      if (term.signal.aborted) return;
      const start = clock.now();
      if (await succeeds(term.signal)) term.renew(start);
      else if (seen && seen.lease.spec?.holderIdentity !== identity) term.lose();
    }
  }

  /** One attempt to acquire or renew. Its errors are logged: the next attempt may succeed. */
  async function succeeds(within: AbortSignal): Promise<boolean> {
    const deadline = startDeadline(clock, ATTEMPT_MS, within);
    try {
      return await attempt(deadline.signal);
    } catch (error) {
      const raced = isFailure(error, 'Conflict') || isFailure(error, 'AlreadyExists');
      if (!within.aborted && !raced) log.warn('a lease could not be renewed', { subject: name, error: String(error) });
      return false;
    } finally {
      deadline.cancel();
    }
  }

  async function attempt(within: AbortSignal): Promise<boolean> {
    if (seen?.lease.spec?.holderIdentity === identity) {
      try {
        see(await client.replace(LEASES, renewal(seen.lease), within));
        return true;
      } catch (error) {
        // Somebody else wrote it, if only a label, or our own last write got through after all: look at it.
        if (!isFailure(error, 'Conflict') && !isFailure(error, 'NotFound')) throw error;
      }
    }
    const current = await client.find(LEASES, ref, within);
    if (current) see(current);
    const holder = seen?.lease.spec?.holderIdentity;
    const alive = seen !== undefined && clock.now() < seen.time + LEASE_DURATION_MS;
    // A lease that somebody deleted still counts: its holder may not know yet.
    if (holder && holder !== identity && alive) return false;
    const lease = renewal(current);
    see(current ? await client.replace(LEASES, lease, within) : await client.create(LEASES, lease, within));
    return true;
  }

  function see(lease: Lease): void {
    const text = JSON.stringify(lease.spec);
    seen = { lease, text, time: seen && seen.text === text ? seen.time : clock.now() };
  }

  /** What to write so that the lease is ours from now on. */
  function renewal(current: Lease | undefined): Lease {
    const now = microTime(clock.wallTime());
    const ours = current?.spec?.holderIdentity === identity;
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: LEASE_DURATION_MS / 1_000,
      acquireTime: ours ? current.spec?.acquireTime : now,
      renewTime: now,
      leaseTransitions: (current?.spec?.leaseTransitions ?? 0) + (ours || !current ? 0 : 1),
    };
    return { apiVersion: LEASES.apiVersion, kind: LEASES.kind, metadata: { ...ref, ...current?.metadata }, spec };
  }

  /** Leaves the lease without a holder. When that fails, the others wait until it has run out. */
  async function release(): Promise<void> {
    const deadline = startDeadline(clock, ATTEMPT_MS, new AbortController().signal);
    try {
      // A renewal that was broken off may have got through: the lease is read anew.
      const lease = await client.find(LEASES, ref, deadline.signal);
      if (lease?.spec?.holderIdentity !== identity) return;
      const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 };
      see(await client.replace(LEASES, { ...lease, spec }, deadline.signal));
    } catch (error) {
      log.warn('a lease could not be given back', { subject: name, error: String(error) });
    } finally {
      deadline.cancel();
    }
  }
}
