/**
 * One collector as its reports show it, over restarts and silences. Pure: a report and the time go in, the next state
 * comes out. Rates are differences of counters of one boot over the collector's own time; so a restart, a lost report
 * or a wrong clock can't make one negative or absurd.
 */
import { NOTHING, type ReportCounters } from '../../crds/account.ts';
import type { Report } from '../../crds/report.ts';
import type { PodIdentity } from '../reports/reviewer.ts';

type Sample = { uptime: number; counters: ReportCounters };

export type Reporter = {
  /** It reports, or should. */
  pod: PodIdentity;
  /** When it was first expected or heard of, by the clock's `now`. */
  since: number;
  /** What it last reported; undefined before its first report. */
  heard?: {
    /** When its last report came, by the clock's `now` and in Unix milliseconds. */
    at: number;
    wallTime: number;
    /** Milliseconds after which it was told to report again. */
    interval: number;
    report: Report;
    /** Within the window that rates are stated over, oldest first; all of the report's boot. */
    samples: readonly Sample[];
    /** The last few boots before this one: their reports are out of date. */
    pastBoots: readonly string[];
  };
};

/** Rates are stated over this many intervals between reports. */
export const WINDOW_INTERVALS = 2;
/** A collector that is late by this fraction of its interval is silent. It adds some jitter itself. */
const LATE = 1.5;
/** Milliseconds that a pod has, from when it is first known, to send its first report. */
export const START_MS = 60_000;
/** Below this length, in milliseconds, no rate is stated. */
const MIN_WINDOW_MS = 1_000;
const MAX_PAST_BOOTS = 8;

/** `interval`: what the collector is told. A `replayed` report is not newer than what is known, and changes nothing. */
export function hear(
  reporter: Reporter,
  report: Report,
  time: { now: number; wallTime: number; interval: number },
): Reporter | 'replayed' {
  const before = reporter.heard;
  const { now: at, wallTime, interval } = time;
  const sample = { uptime: report.uptime, counters: report.counters };
  if (!before || before.report.boot !== report.boot) {
    const pastBoots = before ? [before.report.boot, ...before.pastBoots].slice(0, MAX_PAST_BOOTS) : [];
    if (pastBoots.includes(report.boot)) return 'replayed';
    // One that has just started began at 0.
    const young = report.uptime <= interval * WINDOW_INTERVALS;
    const samples = young ? [{ uptime: 0, counters: NOTHING.counters }, sample] : [sample];
    return { ...reporter, heard: { at, wallTime, interval, report, samples, pastBoots } };
  }
  if (report.uptime <= before.report.uptime) return 'replayed';
  const samples = isReset(before.report.counters, report.counters)
    ? [sample]
    : addSample(before.samples, sample, interval);
  return { ...reporter, heard: { at, wallTime, interval, report, samples, pastBoots: before.pastBoots } };
}

/** Keeps the window and what is needed to fill it; of samples too close together, only the last. */
function addSample(samples: readonly Sample[], sample: Sample, interval: number): Sample[] {
  const [previous, last] = samples.slice(-2);
  const close = last !== undefined && sample.uptime - previous.uptime < interval / 2;
  const next = [...(close ? samples.slice(0, -1) : samples), sample];
  const start = sample.uptime - interval * WINDOW_INTERVALS;
  const first = next.findLastIndex(({ uptime }) => uptime <= start);
  return next.slice(Math.max(0, Math.min(first, next.length - 2)));
}

function isReset(before: ReportCounters, after: ReportCounters): boolean {
  return Object.entries(after).some(([name, value]) => value < before[name as keyof ReportCounters]);
}

/** How much each counter grew per second, over the window; undefined while nothing can be said. */
export function ratesOf({ heard }: Reporter): ReportCounters | undefined {
  const first = heard?.samples[0];
  const last = heard?.samples.at(-1);
  if (!first || !last || last.uptime - first.uptime < MIN_WINDOW_MS) return undefined;
  const seconds = (last.uptime - first.uptime) / 1_000;
  const rates = Object.entries(last.counters).map(
    ([name, value]) => [name, (value - first.counters[name as keyof ReportCounters]) / seconds] as const,
  );
  return Object.fromEntries(rates) as ReportCounters;
}

/** When it will be silent, if it does not report until then, by the clock's `now`. */
export function dueTime({ since, heard }: Reporter): number {
  return heard ? heard.at + heard.interval * LATE : since + START_MS;
}
