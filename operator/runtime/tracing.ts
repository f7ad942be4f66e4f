/**
 * Traces of the operator itself: one for each reconcile, with a span for each call to the API server. The only file
 * that constructs objects of the tracing SDK; all others use the OpenTelemetry API, which does nothing until this runs.
 */
import { DiagLogLevel, diag, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { Log, LogFields } from '../../crds/common/log.ts';

/**
 * Sends spans over OTLP/gRPC when OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set; the SDK
 * reads these and the other standard variables (headers, TLS, sampler, resource attributes) itself. `service` describes
 * this program: `service.name`, `service.version`. `stop` sends what is left.
 */
export function startTracing(service: Record<string, string>, log: Log): { stop(): Promise<void> } {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_SDK_DISABLED } = process.env;
  const enabled = OTEL_EXPORTER_OTLP_ENDPOINT || OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  if (!enabled || OTEL_SDK_DISABLED?.toLowerCase() === 'true') return { stop: async () => {} };

  const report = (detail: string) => log.warn('spans were not sent', { detail });
  const ignore = () => {};
  diag.setLogger(
    { error: report, warn: report, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes(service))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  return {
    async stop() {
      try {
        await provider.shutdown();
      } catch (error) {
        report(String(error));
      }
    },
  };
}

/** For lines of a log: the ids of the span that they are written in, if it is one. */
export function activeSpanIds(): LogFields {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
