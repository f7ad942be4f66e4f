import type { CollectorConfig } from '../../../crds/collector-config.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Rejection } from '../../ledger/rejections.ts';
import type { UserElementsState } from '../../naming/follow.ts';
import type { NetworksState } from '../../networks/follow.ts';
import type { Recent } from '../sampler.ts';
import type { ExporterState, ReloadState, SocketState } from '../state.ts';

export type Advice = {
  severity: 'error' | 'warning' | 'info';
  /** What is wrong, in one sentence. */
  what: string;
  /** What to do about it. Commands and settings stand between backticks. */
  do: string;
};

export type AdviceInput = {
  config: CollectorConfig;
  reload: ReloadState;
  networks: NetworksState | undefined;
  elements: UserElementsState | undefined;
  namesWithoutEffect: readonly string[];
  tracesOff: string | undefined;
  stateError: string | undefined;
  startTime: number;
  live: boolean;
  ready: boolean;
  ledger: Ledger;
  /** Of the last seconds, for what is so now. */
  recent: Recent;
  /** Of the last minutes, for what happens now and then: advice on it stays that long. */
  lately: Recent;
  sockets: readonly SocketState[];
  exporters: readonly ExporterState[];
  rejections: readonly Rejection[];
  gateway: string | undefined;
};

/** Says what it has to say about one thing, which may be nothing. `now` is Unix milliseconds. */
export type Rule = (input: AdviceInput, now: number) => Advice[];

/** The length of what `recent` counts. */
export function windowOf(recent: Recent): string {
  return duration(recent.seconds * 1_000);
}

const UNITS = [
  ['d', 24 * 3_600_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A length of time in the largest unit of which there are two. */
export function duration(ms: number): string {
  const [unit, length] = UNITS.find(([, length]) => ms >= 2 * length) ?? UNITS[3];
  return `${Math.round(ms / length)} ${unit}`;
}

/** A size for people, in KiB or MiB. */
export function size(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.round(bytes / 2 ** 10)} KiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
}

/** A number with the word for what is counted. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

/** For `filter`: keeps the first of values that are the same. */
export function unique<T>(value: T, index: number, all: readonly T[]): boolean {
  return all.indexOf(value) === index;
}

export function error(what: string, remedy: string): Advice {
  return { severity: 'error', what, do: remedy };
}

export function warning(what: string, remedy: string): Advice {
  return { severity: 'warning', what, do: remedy };
}

export function info(what: string, remedy: string): Advice {
  return { severity: 'info', what, do: remedy };
}
