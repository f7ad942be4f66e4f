import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { at, run } from './load.fixture.ts';

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
  ];
  for (const { is, ...given } of cases) {
    test(JSON.stringify(given), () => {
      const config = run(given);
      for (const [field, value] of Object.entries(is)) assert.deepEqual(at(config, field), value, field);
    });
  }
});
