import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { at, load, run } from './load.fixture.ts';

suite('the OpenTelemetry variables', () => {
  const P = 'OTEL_EXPORTER_OTLP_';
  const cases: { env: NodeJS.ProcessEnv; flags?: string[]; file?: string; is: Record<string, unknown> }[] = [
    {
      env: { [`${P}ENDPOINT`]: 'http://a:4318/x', [`${P}PROTOCOL`]: 'http/protobuf' },
      is: { 'otlp.endpoint': 'http://a:4318/x', 'otlp.appendPath': true, 'otlp.protocol': 'http/protobuf' },
    },
    {
      env: { [`${P}ENDPOINT`]: 'http://a:1', [`${P}TRACES_ENDPOINT`]: 'http://b:2' },
      is: { 'otlp.endpoint': 'http://b:2', 'otlp.appendPath': false, 'metrics.otlp.endpoint': undefined },
    },
    {
      env: { [`${P}TRACES_ENDPOINT`]: 'http://b:2' },
      flags: ['--otlp-endpoint', 'http://c:3'],
      is: { 'otlp.endpoint': 'http://c:3', 'otlp.appendPath': true },
    },
    {
      env: { [`${P}ENDPOINT`]: 'http://a:1' },
      file: 'otlp: { endpoint: "http://f:9", appendPath: false }',
      is: { 'otlp.endpoint': 'http://a:1', 'otlp.appendPath': true },
    },
    { env: { [`${P}ENDPOINT`]: '', [`${P}TRACES_ENDPOINT`]: '  ' }, is: { 'otlp.endpoint': undefined } },
    {
      env: { [`${P}PROTOCOL`]: 'grpc', [`${P}TRACES_PROTOCOL`]: 'http/protobuf' },
      is: { 'otlp.protocol': 'http/protobuf' },
    },
    { env: { [`${P}TIMEOUT`]: '2500' }, is: { 'otlp.timeout': 2_500 } },
    { env: { [`${P}TIMEOUT`]: '1', [`${P}TRACES_TIMEOUT`]: '2' }, is: { 'otlp.timeout': 2 } },
    { env: { [`${P}COMPRESSION`]: 'gzip' }, is: { 'otlp.compression': 'gzip' } },
    { env: { [`${P}COMPRESSION`]: 'gzip', [`${P}TRACES_COMPRESSION`]: 'none' }, is: { 'otlp.compression': 'none' } },
    { env: { [`${P}CERTIFICATE`]: '/ca.pem' }, is: { 'otlp.tls.caFile': '/ca.pem' } },
    {
      env: { [`${P}CLIENT_CERTIFICATE`]: '/c.pem', [`${P}TRACES_CLIENT_KEY`]: '/k.pem' },
      is: { 'otlp.tls.certFile': '/c.pem', 'otlp.tls.keyFile': '/k.pem' },
    },
    { env: { [`${P}INSECURE`]: 'TRUE' }, is: { 'otlp.insecure': true } },
    { env: { [`${P}INSECURE`]: 'true', [`${P}TRACES_INSECURE`]: 'false' }, is: { 'otlp.insecure': false } },
    {
      env: { [`${P}HEADERS`]: ' a = 1 , Authorization=Basic%20eDp5PQ==,,b=' },
      is: { 'otlp.headers': { a: '1', Authorization: 'Basic eDp5PQ==', b: '' } },
    },
    {
      env: { [`${P}HEADERS`]: 'a=1,b=1,c=1', [`${P}TRACES_HEADERS`]: 'b=2,c=2' },
      flags: ['--otlp-header', 'C=3=4', '--otlp-header', 'd=4'],
      file: 'otlp: { headers: { A: f, E: f } }',
      is: { 'otlp.headers': { A: '1', E: 'f', b: '2', c: '3=4', d: '4' } },
    },
    {
      env: { [`${P}METRICS_ENDPOINT`]: 'http://m:1', [`${P}HEADERS`]: 'a=1', [`${P}METRICS_HEADERS`]: 'b=2' },
      is: {
        'otlp.endpoint': undefined,
        'otlp.headers': { a: '1' },
        'metrics.otlp.endpoint': 'http://m:1',
        'metrics.otlp.appendPath': false,
        'metrics.otlp.headers': { a: '1', b: '2' },
      },
    },
    {
      env: { [`${P}METRICS_ENDPOINT`]: 'http://m:1', [`${P}METRICS_TEMPORALITY_PREFERENCE`]: 'Delta' },
      is: { 'metrics.otlp.temporality': 'delta' },
    },
    {
      env: { [`${P}ENDPOINT`]: 'http://a:1', OTEL_METRICS_EXPORTER: 'prometheus, otlp' },
      is: { 'metrics.otlp.endpoint': 'http://a:1', 'metrics.otlp.appendPath': true },
    },
    {
      env: { OTEL_METRICS_EXPORTER: 'otlp' },
      file: 'metrics: { otlp: { endpoint: "http://f:1" } }',
      is: { 'metrics.otlp.endpoint': 'http://f:1' },
    },
    {
      env: { OTEL_METRICS_EXPORTER: 'none', [`${P}METRICS_ENDPOINT`]: 'http://m:1' },
      file: 'metrics: { otlp: { endpoint: "http://f:1" } }',
      is: { 'metrics.otlp.endpoint': undefined },
    },
    {
      env: { OTEL_METRICS_EXPORTER: '' },
      file: 'metrics: { otlp: { endpoint: "http://f:1" } }',
      is: { 'metrics.otlp.endpoint': 'http://f:1' },
    },
    // As Python programs write it.
    { env: { [`${P}PROTOCOL`]: 'http' }, is: { 'otlp.protocol': 'http/protobuf' } },
    { env: { [`${P}PROTOCOL`]: 'GRPC', [`${P}TRACES_PROTOCOL`]: 'HTTP' }, is: { 'otlp.protocol': 'http/protobuf' } },
    {
      env: {
        [`${P}METRICS_ENDPOINT`]: 'http://prometheus:9090/api/v1/otlp/v1/metrics',
        [`${P}METRICS_PROTOCOL`]: 'http',
      },
      is: { 'metrics.otlp.protocol': 'http/protobuf', 'metrics.otlp.appendPath': false },
    },
    // Of metrics alone.
    {
      env: {
        [`${P}TIMEOUT`]: '1',
        [`${P}TRACES_TIMEOUT`]: '2',
        [`${P}COMPRESSION`]: 'gzip',
        [`${P}METRICS_COMPRESSION`]: 'none',
        [`${P}CERTIFICATE`]: '/ca.pem',
        [`${P}METRICS_CLIENT_CERTIFICATE`]: '/c.pem',
        [`${P}METRICS_CLIENT_KEY`]: '/k.pem',
        [`${P}METRICS_ENDPOINT`]: 'm:1',
        [`${P}METRICS_INSECURE`]: 'true',
        OTEL_METRIC_EXPORT_INTERVAL: '15000',
      },
      is: {
        'otlp.timeout': 2,
        'otlp.compression': 'gzip',
        'otlp.insecure': false,
        'otlp.tls.certFile': undefined,
        'metrics.otlp.timeout': 1,
        'metrics.otlp.compression': 'none',
        'metrics.otlp.insecure': true,
        'metrics.otlp.tls': { caFile: '/ca.pem', certFile: '/c.pem', keyFile: '/k.pem' },
        'metrics.otlp.interval': 15_000,
      },
    },
    {
      env: { [`${P}HEADERS`]: 'a=secret', [`${P}METRICS_HEADERS`]: 'b=2', OTEL_METRIC_EXPORT_INTERVAL: '5000' },
      file: 'metrics: { otlp: { endpoint: "http://f:1", headers: { c: f } } }',
      is: { 'metrics.otlp.headers': { b: '2', c: 'f' }, 'metrics.otlp.interval': 5_000 },
    },
    // No flows are sent, whatever else is said; metrics go on.
    {
      env: { OTEL_SDK_DISABLED: 'True', [`${P}ENDPOINT`]: 'http://a:1', OTEL_METRICS_EXPORTER: 'otlp' },
      file: 'otlp: { endpoint: "http://f:9" }',
      is: { 'otlp.endpoint': undefined, 'metrics.otlp.endpoint': 'http://a:1' },
    },
    {
      env: { OTEL_TRACES_EXPORTER: 'none' },
      flags: ['--otlp-endpoint', 'http://a:1'],
      is: { 'otlp.endpoint': undefined },
    },
    {
      env: { OTEL_TRACES_EXPORTER: 'otlp', OTEL_SDK_DISABLED: 'false', [`${P}ENDPOINT`]: 'http://a:1' },
      is: { 'otlp.endpoint': 'http://a:1' },
    },
  ];
  for (const { is, ...given } of cases) {
    test(JSON.stringify(given), () => {
      const config = run(given);
      for (const [field, value] of Object.entries(is)) assert.deepEqual(at(config, field), value, field);
    });
  }
});

test('a variable by which no flows are sent is told', () => {
  for (const [env, told] of [
    [{ OTEL_SDK_DISABLED: 'true', OTEL_TRACES_EXPORTER: 'none' }, 'OTEL_SDK_DISABLED=true'],
    [{ OTEL_SDK_DISABLED: ' ', OTEL_TRACES_EXPORTER: ' none' }, 'OTEL_TRACES_EXPORTER=none'],
    [{ OTEL_TRACES_EXPORTER: '' }, undefined],
  ] as const) {
    const loaded = load({ env });
    assert.equal(loaded.kind === 'run' && loaded.tracesOff, told);
    const check = load({ env, flags: ['--check'] });
    const line = `# no flows are sent, by ${told}; what is received is counted, and metrics go on\n`;
    assert.ok(check.kind === 'print' && check.text.startsWith(line) === (told !== undefined));
  }
});

suite('variables without effect are told', () => {
  const cases: [env: NodeJS.ProcessEnv, ...told: RegExp[]][] = [
    [{ OTEL_SERVICE_VERSION: '1', OTEL_RESOURCE_ATTRIBUTES: 'a=b', OTEL_LOGS_EXPORTER: 'none', LOG_LEVL: 'x' }],
    [{ OTEL_BSP_MAX_QUEUE_SIZE: '1', OTEL_TRACES_SAMPLER: '' }, /^OTEL_BSP_MAX_QUEUE_SIZE has no effect: otlp\.batch/],
    [{ OTEL_TRACES_SAMPLER_ARG: '0.1' }, /^OTEL_TRACES_SAMPLER_ARG has no effect: selection says/],
    [{ OTEL_LOGS_EXPORTER: 'otlp' }, /^OTEL_LOGS_EXPORTER has no effect: the log goes to standard error$/],
    [{ OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '9' }, /: spans\.attributes says/],
    [{ OTEL_EXPORTER_OTLP_ENDPIONT: 'x' }, /: it is not known; did you mean OTEL_EXPORTER_OTLP_ENDPOINT\?$/],
    [{ OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc' }, /: no metrics are pushed; OTEL_METRICS_EXPORTER=otlp asks/],
    [{ OTEL_METRIC_EXPORT_INTERVAL: '9', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m' }],
    // What Kubernetes sets for a Service named otel-collector, and what is of another language's SDK.
    [{ OTEL_COLLECTOR_PORT_4317_TCP: 'tcp://10.0.0.1:4317', OTEL_PYTHON_LOG_CORRELATION: 'true' }],
  ];
  for (const [env, ...told] of cases) {
    test(JSON.stringify(env), () => {
      const loaded = load({ env });
      assert.equal(loaded.kind, 'run');
      const found = loaded.kind === 'run' ? loaded.variablesWithoutEffect : [];
      assert.equal(found.length, told.length, found.join('\n'));
      for (const [index, expected] of told.entries()) assert.match(found[index], expected);
    });
  }
});
