/**
 * What a backend draws as its graph of services, by the documented rules of the Collector's service graph connector and
 * Tempo's metrics generator: a CLIENT and a SERVER span that is its child, of one trace, are a call from the one's
 * `service.name` to the other's. A span of either kind without its partner waits in a store.
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
  const clients = new Map(
    spans.filter(({ kind }) => kind === 'CLIENT').map((span) => [keyOf(span.traceId, span.spanId), span]),
  );
  const calls: Record<string, number> = {};
  const waiting: Span[] = [];
  for (const server of spans.filter(({ kind }) => kind === 'SERVER')) {
    const key = keyOf(server.traceId, server.parentSpanId);
    const client = clients.get(key);
    clients.delete(key);
    if (!client) waiting.push(server);
    else {
      const edge = `${client.resource['service.name']} → ${server.resource['service.name']}`;
      calls[edge] = (calls[edge] ?? 0) + 1;
    }
  }
  return { calls, waiting: [...waiting, ...clients.values()] };
}
