/** Whether flows have times that can be used, and come in time. */
import type { UsualLateness } from '../../ledger/lateness.ts';
import type { ExporterState } from '../state.ts';
import { type Advice, type AdviceInput, duration, info } from './rule.ts';

/** Share of flows without usable times that is worth mentioning. */
const TIMELESS = 0.05;
/** Exporters that are told of one by one. */
const MAX_NAMED = 3;
/** A clock that is off by more is corrected. */
export const CLOCK_ERROR_S = 5;
/** Flows that come later than this are too late for metrics that Tempo makes of spans: it waits 30 s. */
export const LATE_S = 30;

export function clocks({ recent: { counts } }: AdviceInput): Advice[] {
  const timeless = counts.flowTimesReplaced / Math.max(1, counts.flows);
  if (timeless < TIMELESS) return [];
  return [
    info(
      `${Math.round(timeless * 100)} % of the flows have no usable times; their spans have the time of reception.`,
      'Set the exporter’s clock (NTP) and let it export flow start and end. `netflow.time.source` on a span says why.',
    ),
  ];
}

export function wrongClocks({ exporters, config }: AdviceInput): Advice[] {
  const wrong = exporters.filter(({ clockOffsetSeconds = 0 }) => Math.abs(clockOffsetSeconds) > CLOCK_ERROR_S);
  const effect =
    config.spans.clock === 'corrected'
      ? 'Times of its flows are corrected meanwhile.'
      : 'With `spans.clock: corrected` its flows are where they belong.';
  return named(wrong, 'with a wrong clock', ({ address, clockOffsetSeconds: offset = 0 }) => [
    `The clock of ${address} is ${duration(Math.abs(offset) * 1_000)} ${offset > 0 ? 'ahead' : 'behind'}.`,
    `Set it (NTP). ${effect}`,
  ]);
}

export function lateFlows({ exporters, config }: AdviceInput): Advice[] {
  if (config.spans.timestamps !== 'flow') return [];
  const late = exporters.filter(({ lateness }) => lateness && lateness.from > LATE_S);
  return named(late, 'with late flows', ({ address, lateness }) => [
    `Flows of ${address} end ${range(lateness!)} before they arrive.`,
    'Set its inactive timeout to 15 s and its active timeout to 60 s, on Cisco IOS: `cache timeout inactive 15`, ' +
      '`cache timeout active 60`. Or set `spans.timestamps: clamped`, if the backend leaves out what ended more than 30 s ago.',
  ]);
}

/** How late flows are, for people: one time, or from which to which. */
export function range({ from, to }: UsualLateness): string {
  const least = duration(from * 1_000);
  return to === undefined ? `more than ${least}` : `${least} to ${duration(to * 1_000)}`;
}

/** Something about each of the first exporters, and how many more there are. */
function named(
  exporters: readonly ExporterState[],
  what: string,
  tell: (exporter: ExporterState) => [what: string, remedy: string],
): Advice[] {
  const rest = exporters.length - MAX_NAMED;
  return exporters.slice(0, MAX_NAMED).map((exporter, index) => {
    const [text, remedy] = tell(exporter);
    const others = rest === 1 ? 'is one more exporter' : `are ${rest} more exporters`;
    const more = index === MAX_NAMED - 1 && rest > 0 ? ` There ${others} ${what}.` : '';
    return info(text + more, remedy);
  });
}
