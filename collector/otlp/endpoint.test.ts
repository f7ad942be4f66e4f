import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveTarget, type Signal, type Target } from './endpoint.ts';

const GRPC_TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const GRPC_METRICS = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

type Case = {
  endpoint: string;
  protocol?: 'grpc' | 'http/protobuf';
  insecure?: boolean;
  appendPath?: boolean;
  signal?: Signal;
};

function resolve({
  endpoint,
  protocol = 'grpc',
  insecure = false,
  appendPath = true,
  signal = 'traces',
}: Case): Target {
  return resolveTarget({ endpoint, protocol, insecure, appendPath }, signal, 'otlp.endpoint');
}

const http = { protocol: 'http/protobuf' } as const;
const exact = { ...http, appendPath: false } as const;
const cases: [Case, secure: boolean, authority: string, path: string][] = [
  [{ endpoint: 'http://tempo:4317' }, false, 'tempo:4317', GRPC_TRACES],
  [{ endpoint: 'https://tempo:4317/' }, true, 'tempo:4317', GRPC_TRACES],
  [{ endpoint: 'HTTPS://Tempo' }, true, 'tempo:443', GRPC_TRACES],
  [{ endpoint: 'http://tempo' }, false, 'tempo:80', GRPC_TRACES],
  [{ endpoint: 'tempo:4317' }, true, 'tempo:4317', GRPC_TRACES],
  [{ endpoint: 'tempo:80', insecure: true }, false, 'tempo:80', GRPC_TRACES],
  [{ endpoint: 'tempo:443' }, true, 'tempo:443', GRPC_TRACES],
  [{ endpoint: '[::1]:4317', insecure: true }, false, '[::1]:4317', GRPC_TRACES],
  [{ endpoint: 'https://tempo:4317', insecure: true }, true, 'tempo:4317', GRPC_TRACES],
  [{ endpoint: 'http://tempo:4317', signal: 'metrics' }, false, 'tempo:4317', GRPC_METRICS],
  [{ endpoint: 'dns:///tempo.tracing:4317', insecure: true }, false, 'tempo.tracing:4317', GRPC_TRACES],
  [{ endpoint: 'dns:tempo.tracing:4317' }, true, 'tempo.tracing:4317', GRPC_TRACES],
  [{ endpoint: 'dns:///tempo.tracing' }, true, 'tempo.tracing:443', GRPC_TRACES],
  [{ endpoint: 'dns:4317' }, true, 'dns:4317', GRPC_TRACES],
  [{ endpoint: 'unix:///run/otlp.sock', insecure: true }, false, 'localhost', GRPC_TRACES],
  [{ endpoint: 'http://tempo:4318', ...http }, false, 'tempo:4318', '/v1/traces'],
  [{ endpoint: 'http://tempo:4318/', ...http, signal: 'metrics' }, false, 'tempo:4318', '/v1/metrics'],
  [{ endpoint: 'https://example.com/otlp', ...http }, true, 'example.com:443', '/otlp/v1/traces'],
  [{ endpoint: 'https://example.com/otlp/?key=1', ...http }, true, 'example.com:443', '/otlp/v1/traces?key=1'],
  [{ endpoint: 'https://example.com/custom', ...exact }, true, 'example.com:443', '/custom'],
  [{ endpoint: 'https://example.com', ...exact }, true, 'example.com:443', '/'],
];
for (const [input, secure, authority, path] of cases) {
  test(`endpoint ${JSON.stringify(input)}`, () => {
    const target = resolve(input);
    assert.deepEqual(
      { secure: target.secure, authority: target.authority, path: target.path },
      { secure, authority, path },
    );
  });
}

test('the host of an IPv6 endpoint has no brackets', () => {
  const { host, port } = resolve({ endpoint: 'http://[2001:db8::1]:4317' });
  assert.deepEqual({ host, port }, { host: '2001:db8::1', port: 4317 });
});

for (const [endpoint, path] of [
  ['unix:///run/otlp.sock', '/run/otlp.sock'],
  ['unix:/run/otlp.sock', '/run/otlp.sock'],
  ['unix:otlp.sock', 'otlp.sock'],
]) {
  test(`the socket of ${endpoint}`, () => assert.equal(resolve({ endpoint }).socketPath, path));
}

const refused: [Case, RegExp][] = [
  [{ endpoint: 'tempo' }, /neither a scheme nor a port/],
  [{ endpoint: '' }, /neither a scheme nor a port/],
  [{ endpoint: 'tempo:99999' }, /not a URL/],
  [{ endpoint: 'grpc://tempo:4317' }, /unknown scheme grpc:/],
  [{ endpoint: 'https://tempo:4317/v1/traces' }, /has a path/],
  [{ endpoint: 'https://' }, /not a URL/],
  [{ endpoint: 'http://tempo:4318/v1/traces', ...http }, /ends in \/v1\/traces, which is appended; leave that out/],
  [{ endpoint: 'http://tempo:4318/otlp/v1/metrics/', ...http }, /ends in \/v1\/metrics/],
  [{ endpoint: 'dns://8.8.8.8/tempo:4317' }, /unknown scheme dns/],
  [{ endpoint: 'unix://otlp.sock' }, /unknown scheme unix/],
  [{ endpoint: 'dns:///tempo:4318', ...http }, /unknown scheme dns/],
  [{ endpoint: 'unix:/run/otlp.sock', ...http }, /no http/],
  [{ endpoint: 'tempo:4318', ...http }, /no http:\/\/ or https:\/\//],
];
for (const [input, message] of refused) {
  test(`refused: ${JSON.stringify(input)}`, () => {
    assert.throws(
      () => resolve(input),
      (error: Error) => {
        assert.match(error.message, /^otlp\.endpoint: /);
        assert.match(error.message, message);
        assert.match(error.message, /write for example \S+/);
        return true;
      },
    );
  });
}

test('a password in an endpoint is refused and not shown', () => {
  for (const endpoint of ['https://me:secret@tempo:4317', 'me:secret@tempo:4317']) {
    assert.throws(
      () => resolve({ endpoint }),
      (error: Error) => {
        assert.match(error.message, /belong into headers/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
  }
});
