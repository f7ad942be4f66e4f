import { SCOPE_SPANS, SPAN } from '../../otlp/tags.ts';

/**
 * The start of a span, with zeros for what varies: length, trace_id, span_id, start_time_unix_nano, end_time_unix_nano;
 * flags say sampled, and that the parent is known not to be remote.
 */
// biome-ignore format: one line a field of the message
export const HEAD = [
  SCOPE_SPANS.spans, 0, 0,
  SPAN.traceId, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  SPAN.spanId, 8, 0, 0, 0, 0, 0, 0, 0, 0,
  SPAN.startTimeUnixNano, 0, 0, 0, 0, 0, 0, 0, 0,
  SPAN.endTimeUnixNano, 0, 0, 0, 0, 0, 0, 0, 0,
  SPAN.flags, 1, 1, 1, 0, 0,
];
