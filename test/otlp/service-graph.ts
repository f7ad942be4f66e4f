/**
 * What a backend draws as its graph of services, by the documented rules of the Collector's service graph connector and
 * Tempo's metrics generator: a CLIENT and a SERVER span that is its child, of one trace, are a call from the one's
 * `service.name` to the other's; so are a PRODUCER and a CONSUMER. A span of these kinds without its partner waits in a
 * store. The checker is ours: neither of the two can be had from the module proxy.
 */
import type { Span } from './decode.ts';

export type ServiceGraph = {
  /** Calls by edge, such as `web → db`. */
  calls: Record<string, number>;
  /** Spans that wait for a partner that never comes. */
  waiting: Span[];
};

export function serviceGraph(spans: readonly Span[]): ServiceGraph {
  const keyOf = (traceId: string, spanId: string) => `${traceId} ${spanId}`;
  const callers = new Map(
    spans
      .filter(({ kind }) => kind === 'CLIENT' || kind === 'PRODUCER')
      .map((span) => [keyOf(span.traceId, span.spanId), span]),
  );
  const calls: Record<string, number> = {};
  const waiting: Span[] = [];
  for (const called of spans.filter(({ kind }) => kind === 'SERVER' || kind === 'CONSUMER')) {
    const key = keyOf(called.traceId, called.parentSpanId);
    const caller = callers.get(key);
    callers.delete(key);
    if (!caller) waiting.push(called);
    else {
      const edge = `${caller.resource['service.name']} → ${called.resource['service.name']}`;
      calls[edge] = (calls[edge] ?? 0) + 1;
    }
  }
  return { calls, waiting: [...waiting, ...callers.values()] };
}
