import type { CollectorConfig } from '../../../crds/collector-config.ts';
import type { Ledger } from '../../ledger/ledger.ts';
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
  namesWithoutEffect: readonly string[];
  startTime: number;
  live: boolean;
  ready: boolean;
  ledger: Ledger;
  recent: Recent;
  sockets: readonly SocketState[];
  exporters: readonly ExporterState[];
};

/** Says what it has to say about one thing, which may be nothing. `now` is Unix milliseconds. */
export type Rule = (input: AdviceInput, now: number) => Advice[];

export function seconds(recent: Recent): string {
  return `${Math.round(recent.seconds)} s`;
}

export function minutes(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}

export function size(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.round(bytes / 2 ** 10)} KiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

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
