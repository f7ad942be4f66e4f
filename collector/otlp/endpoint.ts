import type { CollectorConfig } from '../../crds/collector-config.ts';
import { formatHostPort } from '../../crds/common/host-port.ts';

/** What is sent: it decides the path. */
export type Signal = 'traces' | 'metrics';

/** An HTTP proxy on the way to a backend. */
export type HttpProxy = {
  /** Spoken to over TLS. */
  secure: boolean;
  /** Name or address; an IPv6 address without brackets. */
  host: string;
  port: number;
  /** Value of the Proxy-Authorization header, when the variable holds a user and password. */
  authorization?: string;
};

/** Where requests go. */
export type Target = {
  /** Over TLS. */
  secure: boolean;
  /** Name or address to connect to; an IPv6 address without brackets. */
  host: string;
  port: number;
  /** `host:port` as it stands in the URL: the Host header, or `:authority`. */
  authority: string;
  /** Path and query of a request. */
  path: string;
  /** Path of a Unix domain socket, in place of host and port. */
  socketPath?: string;
  /** What requests go through. */
  proxy?: HttpProxy;
};

const GRPC_PATHS: Record<Signal, string> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
};
const HTTP_PATHS: Record<Signal, string> = { traces: 'v1/traces', metrics: 'v1/metrics' };

const SIGNAL_PATH = /\/v1\/(traces|metrics|logs)\/*$/;

/**
 * Reads an endpoint as the OTLP exporter specification does: the scheme decides between plaintext and TLS; for gRPC
 * `host:port` goes too, and gRPC's `dns:` and `unix:` (naming.md), and `insecure` decides; for HTTP the signal's path
 * is appended unless `appendPath` is false. `field` is the endpoint's path in the configuration. Throws an Error whose
 * message starts with `field` and says what to write.
 */
export function resolveTarget(
  otlp: Pick<CollectorConfig['otlp'], 'protocol' | 'insecure' | 'appendPath'> & { endpoint: string },
  signal: Signal,
  field: string,
): Target {
  const { protocol, insecure, appendPath } = otlp;
  const grpc = protocol === 'grpc';
  const refuse = (problem: string): never => {
    const example = grpc ? 'https://tempo.example:4317 or tempo.example:4317' : 'https://tempo.example:4318';
    const shown = otlp.endpoint.replace(/^(\w+:\/\/)?.*@/, '$1…@');
    throw new Error(`${field}: "${shown}" ${problem}; write for example ${example}`);
  };

  const socketPath = grpc ? /^unix:(?:\/\/(?=\/))?([^/].*|\/[^/].*)$/i.exec(otlp.endpoint)?.[1] : undefined;
  if (socketPath !== undefined) {
    const place = { host: 'localhost', port: 0, authority: 'localhost', path: GRPC_PATHS[signal], socketPath };
    return { secure: !insecure, ...place };
  }
  // A name is looked up with or without saying so.
  const name = grpc ? /^dns:(?:\/\/\/)?(?=[^/])(.*\D.*)$/i.exec(otlp.endpoint)?.[1] : undefined;
  const endpoint = name === undefined ? otlp.endpoint : /:\d+$/.test(name) ? name : `${name}:443`;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(endpoint)?.[1].toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') refuse(`has the unknown scheme ${scheme}://`);
  if (scheme === undefined && !grpc) refuse('has no http:// or https://');
  if (scheme === undefined && !/:\d+$/.test(endpoint)) refuse('has neither a scheme nor a port');
  const text = scheme === undefined ? `http://${endpoint}` : endpoint;
  if (!URL.canParse(text)) refuse('is not a URL');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') refuse('holds a user or password, which belong into headers');
  if (grpc && (url.pathname !== '/' || url.search !== '')) refuse('has a path, which gRPC does not use');

  if (!grpc && appendPath && SIGNAL_PATH.test(url.pathname)) {
    refuse(
      `ends in ${url.pathname.match(SIGNAL_PATH)![0]}, which is appended; leave that out, or set appendPath: false`,
    );
  }

  const secure = scheme === undefined ? !insecure : scheme === 'https';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? defaultPort(scheme) : Number(url.port);
  return {
    secure,
    host,
    port,
    authority: formatHostPort(host, port),
    path: grpc ? GRPC_PATHS[signal] : httpPath(url, appendPath ? HTTP_PATHS[signal] : undefined),
  };
}

/** A URL leaves its scheme's default port out; `host:port` is read as http. */
function defaultPort(scheme: string | undefined): number {
  return scheme === 'https' ? 443 : 80;
}

function httpPath(url: URL, suffix: string | undefined): string {
  const path = suffix === undefined ? url.pathname : `${url.pathname.replace(/\/+$/, '')}/${suffix}`;
  return path + url.search;
}
