/**
 * Sends spans. The only file that constructs objects of the tracing SDK, and only loaded where spans are sent; all
 * others use the OpenTelemetry API, which does nothing until this runs.
 */
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as HttpExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-node';

export type TraceProtocol = 'grpc' | 'http/protobuf';

const EXPORTERS: Record<TraceProtocol, new () => SpanExporter> = { grpc: GrpcExporter, 'http/protobuf': HttpExporter };

/**
 * From now on spans of the API are sent; the SDK reads the standard variables (endpoint, headers, TLS, sampler,
 * resource attributes) itself. `report` is told what went wrong. The function returned sends what is left.
 */
export function exportSpans(
  service: Record<string, string>,
  protocol: TraceProtocol,
  report: (detail: string) => void,
): () => Promise<void> {
  const ignore = () => {};
  diag.setLogger(
    { error: report, warn: report, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes(service))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new EXPORTERS[protocol]())],
  });
  provider.register();
  return () => provider.shutdown();
}
