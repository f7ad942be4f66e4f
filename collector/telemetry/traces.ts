/** The last traces, kept for the page. They stay as bytes until somebody looks at them. */
import type { SeenFlow } from './flow-search.ts';
import { readRoot, readSpans, type Span, scanSpans } from './spans.ts';
import type { CollectorState } from './state.ts';

/** Kept, to be searched, and listed. */
const MAX_TRACES = 2_000;
const MAX_BYTES = 8 * 2 ** 20;
const MAX_LISTED = 100;
/** Spans of one trace that are told at once: more than a packet usually holds. */
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
/** The newest traces, newest first, of so many that are kept: of each second's packets, the first few are. */
export type TraceList = { traces: TraceSummary[]; kept: number; perSecond: number };

type Entry = { time: number; spans: number; bytes: number; parts: Uint8Array[]; root?: Span | undefined };

/** Collects traces from `state`; call `tick` once a second. `onError` gets what is wrong with a trace left out. */
export function createTraceStore(
  state: Pick<CollectorState, 'config' | 'requestTraces' | 'onTrace'>,
  onError: (message: string) => void,
  now: () => number = Date.now,
): {
  tick(): void;
  list(): TraceList;
  /**
   * The packet's own spans, then those of flows: at most 500, from the one at `from` on, of so many. Undefined when the
   * trace is not kept.
   */
  get(traceId: string, from?: number): { spans: Span[]; total: number } | undefined;
  /** All flows that are kept, the latest first. */
  flows(): Iterable<SeenFlow>;
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

  function rootOf(entry: Entry): Span | undefined {
    entry.root ??= entry.parts.map(readRoot).find((root) => root !== undefined);
    return entry.root;
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
      const newest = [...entries].slice(-MAX_LISTED).reverse();
      const traces = newest.map(([traceId, entry]) => {
        const root = rootOf(entry);
        return { traceId, time: entry.time, spans: entry.spans, ...(root && { root }) };
      });
      return { traces, kept: entries.size, perSecond: TRACES_PER_SECOND };
    },
    get(traceId, from = 0) {
      lastRead = now();
      const entry = entries.get(traceId);
      if (!entry) return undefined;
      const spans = entry.parts.flatMap(readSpans).sort((a, b) => rank(a) - rank(b));
      return { spans: spans.slice(from, from + MAX_SHOWN), total: spans.length };
    },
    *flows() {
      lastRead = now();
      for (const [traceId, entry] of [...entries].reverse()) {
        const root = rootOf(entry);
        for (const part of entry.parts.toReversed()) {
          for (const span of readSpans(part)) if (rank(span) === 2) yield { traceId, time: entry.time, span, root };
        }
      }
    },
  };
}

/** 0 for a packet, 1 for its decoding, 2 for a flow. */
function rank(span: Span): number {
  if (span.parentSpanId === '') return 0;
  return span.name === 'netflow.parse_packet' ? 1 : 2;
}
