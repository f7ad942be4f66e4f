/** Traces of the operator itself: one for each reconcile, with a span for each call to the API server. */
import { trace } from '@opentelemetry/api';
import type { Log, LogFields } from '../../crds/common/log.ts';
import type { TraceProtocol } from './span-export.ts';

const PROTOCOLS: readonly TraceProtocol[] = ['grpc', 'http/protobuf'];

/**
 * How spans are sent: undefined, not at all, as long as OpenTelemetry's variables name no endpoint. Throws an Error
 * that says what to write.
 */
export function traceProtocolIn(env: NodeJS.ProcessEnv): TraceProtocol | undefined {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!endpoint || env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return undefined;
  const [name, value] = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']
    .map((name) => [name, env[name]] as const)
    .find(([, value]) => value) ?? ['', 'grpc'];
  const protocol = PROTOCOLS.find((known) => known === value);
  if (!protocol) throw new Error(`${name} must be ${PROTOCOLS.join(' or ')}, not "${value}"`);
  return protocol;
}

/**
 * Sends spans by `protocol`, if there is one. `service` describes this program: `service.name`, `service.version`.
 * `stop` sends what is left.
 */
export async function startTracing(
  service: Record<string, string>,
  protocol: TraceProtocol | undefined,
  log: Log,
): Promise<{ stop(): Promise<void> }> {
  if (!protocol) return { stop: async () => {} };
  const { exportSpans } = await import('./span-export.ts');
  const report = (detail: string) => log.warn('spans were not sent', { detail });
  const shutdown = exportSpans(service, protocol, report);
  return { stop: () => shutdown().catch((error) => report(String(error))) };
}

/** For lines of a log: the ids of the span that they are written in, if it is one. */
export function activeSpanIds(): LogFields {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
