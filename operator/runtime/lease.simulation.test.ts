import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { seeded } from '../../test/random.ts';
import { ApiServer } from './api-server.fixture.ts';
import { type Client, createClient } from './client.ts';
import { type Handler, inMemory, withFaults } from './fault-server.fixture.ts';
import { fenced } from './fence.ts';
import { eachSeed, keptLog, METRICS, PARENTS, thing } from './harness.fixture.ts';
import { LEASES, type Lease, lead } from './lease.ts';
import type { Term } from './term.ts';
import { VirtualClock } from './virtual-clock.fixture.ts';

type Run = (signal: AbortSignal, dead: () => boolean, onTerm: (term: Term) => void) => Promise<void>;

/** One process that wants to lead, and its successors. Killed, it reaches nobody any more and says no goodbye. */
class Candidate {
  term: Term | undefined;
  terms = 0;
  #life = { dead: false };
  #stop = new AbortController();
  #done: Promise<void> | undefined;
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
    this.start();
  }
  get leads(): boolean {
    return !this.#life.dead && this.term?.valid() === true;
  }
  get killed(): boolean {
    return this.#life.dead;
  }
  start(): void {
    const life = { dead: false };
    const onTerm = (term: Term) => {
      if (life.dead) return;
      this.term = term;
      this.terms++;
    };
    this.#life = life;
    this.term = undefined;
    this.#stop = new AbortController();
    this.#done = this.#run(this.#stop.signal, () => life.dead, onTerm);
  }
  stop(): Promise<void> {
    this.#stop.abort();
    return this.#done as Promise<void>;
  }
  kill(): void {
    this.#life.dead = true;
  }
}

function createElection(seed: number, names: string[], rate: () => number) {
  const clock = new VirtualClock();
  const random = seeded(seed);
  const server = new ApiServer(clock);
  const handle = withFaults(server.handle, { clock, random: seeded(seed + 1e6), rate, slow: 6_000 });
  const { log } = keptLog();
  let overlaps = 0;

  const candidates = names.map(
    (name) =>
      new Candidate((signal, dead, onTerm) => {
        const reach: Handler = (request) => (dead() ? new Promise(() => {}) : handle(request));
        const client = clientWith(reach, clock);
        const options = { client, namespace: 'default', name: 'lock', identity: `${name}-${clock.now()}` };
        const work = async (term: Term) => {
          onTerm(term);
          if (candidates.filter((candidate) => candidate.leads).length > 1) overlaps++;
          // Stays until it is told to go, then takes a moment to clear up.
          await new Promise((resolve) => term.signal.addEventListener('abort', resolve, { once: true }));
          await new Promise<void>((resolve) => clock.after(random() * 500, resolve));
        };
        return lead({ ...options, metrics: METRICS, log, clock, random }, work, signal);
      }),
  );

  return {
    clock,
    random,
    server,
    candidates,
    overlaps: () => overlaps,
    leader: () => candidates.find((c) => c.leads),
  };
}

function clientWith(handle: Handler, clock: VirtualClock): Client {
  return createClient({ transport: inMemory(handle), fieldManager: 'test', metrics: METRICS, clock });
}

suite('leader election', () => {
  test('never has two leaders, and always comes to have one', () =>
    eachSeed(async (seed) => {
      let rate = 0.3;
      const { clock, random, server, candidates, overlaps, leader } = createElection(seed, ['a', 'b', 'c'], () => rate);
      for (let step = 0; step < 60; step++) {
        await clock.advance(random() * 5_000);
        const one = candidates[Math.floor(random() * candidates.length)];
        const action = random();
        if (action < 0.1) one.kill();
        else if (action < 0.2 && !one.killed) {
          const stopped = one.stop();
          await clock.advance(20_000);
          await stopped;
          one.start();
        } else if (action < 0.25) touch(server);
        assert.equal(overlaps(), 0, 'two leaders at once');
      }
      rate = 0;
      for (const candidate of candidates) if (candidate.killed) candidate.start();
      await clock.until(() => leader() !== undefined, 60_000);
      await clock.advance(60_000);
      assert.equal(overlaps(), 0, 'two leaders at once');
      assert.equal(candidates.filter((candidate) => candidate.leads).length, 1);
    }));

  test('hands over within 3 s when the leader stops, within 17 s when it is killed', () =>
    eachSeed(async (seed) => {
      const { clock, random, candidates, leader } = createElection(seed, ['a', 'b'], () => 0);
      await clock.advance(0);
      for (const [end, limit] of [
        ['stop', 3_000],
        ['kill', 17_000],
      ] as const) {
        await clock.advance(20_000 + random() * 5_000);
        const first = leader();
        assert.ok(first, 'there is a leader');
        if (end === 'stop') first.stop();
        else first.kill();
        await clock.until(() => leader() !== undefined && leader() !== first, limit);
        first.start();
      }
      assert.ok(candidates.every(({ terms }) => terms > 0));
    }));

  test('a leader without the API server stops in time', async () => {
    let rate = 0;
    const { clock, leader, candidates } = createElection(3, ['a'], () => rate);
    await clock.advance(20_000);
    const { term } = candidates[0];
    assert.ok(leader());
    rate = 1;
    await clock.advance(10_000);
    assert.equal(term?.signal.aborted, true);
  });

  test('a process that slept through its term sends nothing more', async () => {
    const { clock, server, leader } = createElection(4, ['a'], () => 0);
    await clock.advance(5_000);
    const term = leader()?.term as Term;
    const transport = fenced(inMemory(server.handle), term.valid);
    const client = createClient({ transport, fieldManager: 'test', metrics: METRICS, clock });
    const { signal } = new AbortController();
    await client.apply(PARENTS, thing('a', 1), signal);
    clock.freeze(11_000);
    assert.equal(term.signal.aborted, false, 'its timers have not fired yet');
    await assert.rejects(client.apply(PARENTS, thing('a', 2), signal), { name: 'AbortError' });
  });

  test('a deleted lease is no invitation while its holder may be at work', async () => {
    const { clock, server, leader, overlaps } = createElection(5, ['a', 'b'], () => 0);
    await clock.advance(10_000);
    const first = leader();
    server.remove(LEASES, 'default/lock');
    await clock.advance(30_000);
    assert.equal(leader(), first);
    assert.equal(overlaps(), 0);
  });

  test('takes a lease that somebody made without a holder, and leaves its labels', async () => {
    const { clock, server, leader } = createElection(7, ['a', 'b'], () => 0);
    const labels = { made: 'by-helm' };
    const { apiVersion, kind } = LEASES;
    server.edit(LEASES, { apiVersion, kind, metadata: { name: 'lock', namespace: 'default', labels } });
    await clock.until(() => leader() !== undefined, 5_000);
    assert.deepEqual(server.get(LEASES, 'default/lock')?.metadata.labels, labels);
  });

  test('ends with the work, and gives the lease back also when it fails', async () => {
    const clock = new VirtualClock();
    const server = new ApiServer(clock);
    const options = { client: clientWith(server.handle, clock), namespace: 'default', name: 'lock', identity: 'a' };
    const common = { ...options, metrics: METRICS, log: keptLog().log, clock };
    const { signal } = new AbortController();
    for (const error of [undefined, new Error('broken')]) {
      const leading = lead(
        common,
        async () => {
          if (error) throw error;
        },
        signal,
      );
      const ending = error ? assert.rejects(leading, error) : leading;
      await clock.advance(5_000);
      await ending;
      assert.equal((server.get(LEASES, 'default/lock') as Lease).spec?.holderIdentity, '');
      assert.equal(clock.pending, 0);
    }
  });

  test('writes what other implementations expect', async () => {
    const { clock, server, candidates } = createElection(6, ['a'], () => 0);
    await clock.advance(7_000);
    const lease = () => (server.get(LEASES, 'default/lock') as Lease).spec;
    assert.match(lease()?.renewTime ?? '', /^2030-01-01T00:00:06\.000000Z$/);
    assert.match(lease()?.acquireTime ?? '', /^2030-01-01T00:00:00\.000000Z$/);
    assert.equal(lease()?.leaseDurationSeconds, 15);
    assert.equal(lease()?.leaseTransitions, 0);
    candidates[0].stop();
    await clock.advance(1_000);
    assert.equal(lease()?.holderIdentity, '');
    candidates[0].start();
    await clock.advance(3_000);
    assert.equal(lease()?.leaseTransitions, 1);
  });
});

/** Somebody labels the lease. */
function touch(server: ApiServer): void {
  const lease = server.get(LEASES, 'default/lock');
  if (lease)
    server.edit(LEASES, { ...lease, metadata: { ...lease.metadata, labels: { touched: String(server.version) } } });
}
