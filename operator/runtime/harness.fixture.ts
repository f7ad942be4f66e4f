/** What most tests here begin with: kinds, a logger that keeps its lines, and a client to a server in memory. */

import { createLog, type Log } from '../../crds/common/log.ts';
import { seeded } from '../../test/random.ts';
import { ApiServer } from './api-server.fixture.ts';
import { type Client, createClient } from './client.ts';
import { type Handler, inMemory, withFaults } from './fault-server.fixture.ts';
import { createMetrics } from './metrics.ts';
import type { KubeObject, Resource } from './resource.ts';
import { activeSpanIds } from './tracing.ts';
import { VirtualClock } from './virtual-clock.fixture.ts';

export type Thing = KubeObject & { spec?: { value?: number; defaulted?: boolean; child?: string } };

export const PARENTS: Resource<Thing> = {
  apiVersion: 'test.example/v1',
  kind: 'Parent',
  plural: 'parents',
  namespaced: true,
};
export const CHILDREN: Resource<Thing> = {
  apiVersion: 'test.example/v1',
  kind: 'Child',
  plural: 'children',
  namespaced: true,
};

/** One for all: instruments are costly to make and tests look at differences only. */
export const METRICS = createMetrics({ 'service.name': 'test' });

export const MANAGER = 'test-manager';

export function thing(name: string, value: number, more: Partial<Thing['metadata']> = {}): Thing {
  const { apiVersion, kind } = PARENTS;
  return { apiVersion, kind, metadata: { name, namespace: 'default', ...more }, spec: { value } };
}

/** A log that keeps every line: its clock runs so fast that no repetition is left out. */
export function keptLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  let time = 0;
  const now = () => (time += 60_000);
  return { log: createLog('debug', (line) => lines.push(line), { now, context: activeSpanIds }), lines };
}

export function clientOf(handle: Handler, clock?: VirtualClock): Client {
  return createClient({ transport: inMemory(handle), fieldManager: MANAGER, metrics: METRICS, clock });
}

/** A world on a virtual clock whose faults all come from `seed`; `rate` is their chance and may be changed. */
export type World = {
  clock: VirtualClock;
  random: () => number;
  server: ApiServer;
  client: Client;
  faults: { rate: number };
  stop: AbortController;
};

export function createWorld(seed: number, rate: number): World {
  const clock = new VirtualClock();
  const random = seeded(seed);
  const server = new ApiServer(clock);
  const faults = { rate };
  const handle = withFaults(server.handle, { clock, random: seeded(seed + 1e6), rate: () => faults.rate, slow: 5_000 });
  return { clock, random, server, client: clientOf(handle, clock), faults, stop: new AbortController() };
}

/** How many seeds a simulation runs: `RUNTIME_SCHEDULES`, or few enough for each `npm test`. */
const SCHEDULES = Number(process.env.RUNTIME_SCHEDULES ?? 50);

/** Runs a simulation with each seed; names the seed that fails. `RUNTIME_SEED` runs that one only. */
export async function eachSeed(run: (seed: number) => Promise<void>): Promise<void> {
  const only = process.env.RUNTIME_SEED;
  const seeds = only ? [Number(only)] : Array.from({ length: SCHEDULES }, (_, index) => index);
  for (const seed of seeds) {
    try {
      await run(seed);
    } catch (error) {
      throw new Error(`with RUNTIME_SEED=${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
}
