import type { CollectorConfig } from '../../crds/collector-config.ts';

const REDACTED = '(redacted)';

/** The configuration without what must stay secret: values of headers, and what a URL may hold besides its location. */
export function redact(config: CollectorConfig): CollectorConfig {
  const hide = <T extends { headers: Record<string, string>; endpoint?: string }>(otlp: T): T => ({
    ...otlp,
    ...(otlp.endpoint === undefined ? {} : { endpoint: redactUrl(otlp.endpoint) }),
    headers: Object.fromEntries(Object.keys(otlp.headers).map((name) => [name, REDACTED])),
  });
  return { ...config, otlp: hide(config.otlp), metrics: { ...config.metrics, otlp: hide(config.metrics.otlp) } };
}

/** An endpoint without user, password, query and fragment. */
export function redactUrl(endpoint: string): string {
  return endpoint.replace(/[?#].*$/s, '').replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/]*@/i, '$1');
}
