import type { CollectorConfig } from '../../crds/collector-config.ts';
import { proxyFor } from '../connect/proxy.ts';
import { resolveTarget, type Signal } from '../otlp/endpoint.ts';
import { otlpOfMetrics } from '../otlp/of-metrics.ts';
import type { Mistake, Path } from './setting.ts';

/**
 * What is wrong with the endpoints, and with the proxies on the way to them: the schema takes any text, the protocol
 * decides what it must be.
 */
export function endpointMistakes(
  config: CollectorConfig,
  metricsAskedFor: boolean,
  source: (path: Path) => string | undefined,
): Mistake[] {
  const mistakes = [
    ...check(config.otlp, 'traces', ['otlp', 'endpoint']),
    ...check(otlpOfMetrics(config), 'metrics', ['metrics', 'otlp', 'endpoint']),
  ];
  if (metricsAskedFor && config.metrics.otlp.endpoint === undefined) {
    const what = 'is not set, but OTEL_METRICS_EXPORTER asks for it; OTEL_EXPORTER_OTLP_METRICS_ENDPOINT sets it';
    mistakes.push({ where: 'metrics.otlp.endpoint', what });
  }
  // Of both endpoints the proxy may be the same.
  return mistakes.filter(({ where }, index) => mistakes.findIndex((other) => other.where === where) === index);

  function check({ endpoint, ...otlp }: CollectorConfig['otlp'], signal: Signal, path: Path): Mistake[] {
    if (endpoint === undefined) return [];
    const where = path.join('.');
    try {
      proxyFor(resolveTarget({ ...otlp, endpoint }, signal, where));
      return [];
    } catch (error) {
      const [, place, what] = /^(.*?): (.*)$/s.exec((error as Error).message)!;
      if (place !== where) return [{ where: place, what }];
      const from = source(path);
      // The user's text may hold the password that it is refused for.
      const shown = (from ? `${what} (from ${from})` : what).replaceAll(/\/\/[^/@]*@/g, '//…@');
      return [{ where, what: shown }];
    }
  }
}
