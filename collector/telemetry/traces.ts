/** The last traces, kept for the page. They stay as bytes until somebody looks at them. */
import { readRoot, readSpans, type Span, scanSpans } from './spans.ts';
import type { CollectorState } from './state.ts';

const MAX_TRACES = 100;
const MAX_BYTES = 8 * 2 ** 20;
/** Spans of one trace that are shown: more than a packet usually holds, and no more than a page can draw. */
const MAX_SHOWN = 500;
/** Packets whose traces are asked for each second: few enough that a trace can be looked at for ten seconds. */
const TRACES_PER_SECOND = 10;
/** For this long after the page was last read, traces are collected even if a backend takes them too. */
const ATTENTION_MS = 10_000;

/** One trace in the list. */
export type TraceSummary = {
  traceId: string;
  /** When its first part came, in Unix milliseconds. */
  time: number;
  spans: number;
  /** Undefined when only late flows of a packet no longer kept have come. */
  root?: Span;
};

type Entry = { time: number; spans: number; bytes: number; parts: Uint8Array[]; root?: Span };

/** Collects traces from `state`; call `tick` once a second. `onError` gets what is wrong with a trace left out. */
export function createTraceStore(
  state: Pick<CollectorState, 'config' | 'requestTraces' | 'onTrace'>,
  onError: (message: string) => void,
  now: () => number = Date.now,
): {
  tick(): void;
  /** Newest first. */
  list(): TraceSummary[];
  /** The packet's own spans, then those of flows, at most 500. Undefined when the trace is not kept. */
  get(traceId: string): { spans: Span[]; omitted: number } | undefined;
} {
  const entries = new Map<string, Entry>();
  let bytes = 0;
  let lastRead = Number.NEGATIVE_INFINITY;

  function add(part: Uint8Array): void {
    const { traceId, spans } = scanSpans(part);
    if (spans === 0) return;
    const entry = entries.get(traceId) ?? { time: now(), spans: 0, bytes: 0, parts: [] };
    entries.set(traceId, entry);
    entry.parts.push(part.slice());
    entry.spans += spans;
    entry.bytes += part.length;
    bytes += part.length;
    for (const [oldest, { bytes: size }] of entries) {
      if (entries.size <= MAX_TRACES && bytes <= MAX_BYTES) break;
      entries.delete(oldest);
      bytes -= size;
    }
  }

  state.onTrace((part) => {
    try {
      add(part);
    } catch (error) {
      onError(String(error));
    }
  });

  return {
    tick() {
      const shownOnly = state.config.otlp.endpoint === undefined;
      if (shownOnly || now() - lastRead <= ATTENTION_MS) state.requestTraces(TRACES_PER_SECOND);
    },
    list() {
      lastRead = now();
      const newest = [...entries].reverse();
      return newest.map(([traceId, entry]) => {
        entry.root ??= entry.parts.map(readRoot).find((root) => root !== undefined);
        return { traceId, time: entry.time, spans: entry.spans, root: entry.root };
      });
    },
    get(traceId) {
      lastRead = now();
      const entry = entries.get(traceId);
      if (!entry) return undefined;
      const spans = entry.parts.flatMap(readSpans).sort((a, b) => rank(a) - rank(b));
      return { spans: spans.slice(0, MAX_SHOWN), omitted: Math.max(0, spans.length - MAX_SHOWN) };
    },
  };
}

function rank(span: Span): number {
  if (span.parentSpanId === '') return 0;
  return span.name.startsWith('flow_') ? 2 : 1;
}
