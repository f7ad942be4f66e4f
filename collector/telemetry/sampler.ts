/** What happened lately: samples of the ledger, one a second, and the differences between them. */
import { type CounterName, FLOW_DROPS, imbalance, type Ledger, PACKET_ERRORS } from '../ledger/ledger.ts';
import type { CollectorState } from './state.ts';

/** The window over which rates are stated, in samples, that is seconds. */
const WINDOW = 10;
/** The window of what is advised on: so long after its cause is gone, advice stays. */
const LATELY = 300;
/** Samples for the sparklines of the page: two minutes. */
const HISTORY = 120;

/** The counts of the last seconds. */
export type Recent = {
  /** Real length of the window; 0 until there are two samples. */
  seconds: number;
  /** What each counter grew by; for gauges, what they changed by. */
  counts: Ledger;
  /** Packets the kernel dropped at our sockets. */
  socketDrops: number;
  /** The smallest imbalance in the window: a worker may be in the middle of a packet when its row is read. */
  imbalance: number;
};

/** Rates in events a second over `windowSeconds`. */
export type Rates = {
  windowSeconds: number;
  packetsPerSecond: number;
  bytesPerSecond: number;
  flowsPerSecond: number;
  exportedPerSecond: number;
  droppedPerSecond: number;
  errorsPerSecond: number;
  lostPerSecond: number;
};

type Sample = { time: number; ledger: Ledger; socketDrops: number };

/** Takes samples of `state`; call `tick` once a second, with milliseconds of a clock that nobody sets. */
export function createSampler(state: Pick<CollectorState, 'ledger' | 'sockets'>): {
  tick(now: number): void;
  recent(): Recent;
  /** The same over five minutes. */
  lately(): Recent;
  /** Rates second by second, oldest first. */
  history(): Rates[];
} {
  const samples: Sample[] = [];

  return {
    tick(now) {
      const socketDrops = state.sockets().reduce((total, socket) => total + (socket.droppedPackets ?? 0), 0);
      samples.push({ time: now, ledger: state.ledger(), socketDrops });
      if (samples.length > LATELY + 1) samples.shift();
    },
    recent: () => difference(samples.slice(-WINDOW - 1), state.ledger()),
    lately: () => difference(samples, state.ledger()),
    history: () => {
      const shown = samples.slice(-HISTORY - 1);
      return shown.slice(1).map((sample, index) => ratesOf(difference([shown[index], sample], sample.ledger)));
    },
  };
}

/** Rates from counts. */
export function ratesOf({ seconds, counts }: Recent): Rates {
  const rate = (count: number) => (seconds > 0 ? Math.round((count / seconds) * 100) / 100 : 0);
  return {
    windowSeconds: seconds,
    packetsPerSecond: rate(counts.packets),
    bytesPerSecond: rate(counts.packetBytes),
    flowsPerSecond: rate(counts.flows),
    exportedPerSecond: rate(counts.flowsExported),
    droppedPerSecond: rate(
      sumOf(
        counts,
        FLOW_DROPS.map((reason) => `flowsDropped.${reason}` as const),
      ),
    ),
    errorsPerSecond: rate(
      sumOf(
        counts,
        PACKET_ERRORS.map((reason) => `packetErrors.${reason}` as const),
      ),
    ),
    lostPerSecond: rate(counts.lostFlows + counts.lostPackets),
  };
}

function difference(samples: readonly Sample[], now: Ledger): Recent {
  const first = samples[0] ?? { time: 0, ledger: now, socketDrops: 0 };
  const last = samples.at(-1) ?? first;
  const counts = {} as Ledger;
  for (const name of Object.keys(now) as CounterName[]) counts[name] = last.ledger[name] - first.ledger[name];
  const imbalances = samples.map((sample) => imbalance(sample.ledger));
  return {
    seconds: (last.time - first.time) / 1000,
    counts,
    socketDrops: Math.max(0, last.socketDrops - first.socketDrops),
    imbalance: imbalances.reduce(
      (least, value) => (Math.abs(value) < Math.abs(least) ? value : least),
      imbalances[0] ?? 0,
    ),
  };
}

function sumOf(ledger: Ledger, names: readonly CounterName[]): number {
  return names.reduce((total, name) => total + ledger[name], 0);
}
