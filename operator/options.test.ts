import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseOptions } from './options.ts';

const IMAGE = ['--collector-image', 'collector:1'];

suite('flags', () => {
  test('have defaults, all but the image', () => {
    assert.deepEqual(parseOptions(IMAGE, '1.2.3', 'operators'), {
      kind: 'run',
      options: {
        sight: { namespaces: [], collectors: [] },
        defaults: {
          image: 'collector:1',
          pullPolicy: undefined,
          pullSecrets: [],
          podMonitor: { labels: {}, interval: undefined },
        },
        leaderElectionNamespace: 'operators',
        health: { host: '', port: 8080 },
        page: { names: [], tokenFile: undefined },
        reports: undefined,
        logLevel: 'info',
        traces: undefined,
      },
    });
  });

  test('take an address with a host of either family', () => {
    for (const [address, host] of [
      ['127.0.0.1:81', '127.0.0.1'],
      ['[::1]:81', '::1'],
    ]) {
      const parsed = parseOptions([...IMAGE, '--health', address], '1', 'n');
      assert.deepEqual(parsed.kind === 'run' && parsed.options.health, { host, port: 81 });
    }
  });

  test('name namespaces and collectors, as often as there are some', () => {
    const flags = [
      '--namespace=a',
      '--namespace',
      'b',
      '--namespace=a',
      '--collector-name=edge',
      '--collector-name=core',
    ];
    const parsed = parseOptions([...IMAGE, ...flags], '1', 'n');
    const sight = { namespaces: ['a', 'b'], collectors: ['edge', 'core'] };
    assert.deepEqual(parsed.kind === 'run' && parsed.options.sight, sight);
  });

  test('say how images of collectors are pulled, and how their PodMonitors are found', () => {
    const pulling = [
      '--collector-image-pull-policy=Always',
      '--collector-image-pull-secret=a',
      '--collector-image-pull-secret=b',
    ];
    const monitors = [
      '--pod-monitor-label=release=monitoring',
      '--pod-monitor-label=team=',
      '--pod-monitor-interval=30s',
    ];
    const parsed = parseOptions([...IMAGE, ...pulling, ...monitors], '1', 'n');
    assert.deepEqual(parsed.kind === 'run' && parsed.options.defaults, {
      image: 'collector:1',
      pullPolicy: 'Always',
      pullSecrets: ['a', 'b'],
      podMonitor: { labels: { release: 'monitoring', team: '' }, interval: '30s' },
    });
  });

  test('say who may see the page', () => {
    const names = ['--page-name', 'a.example', '--page-name', 'b.example'];
    const parsed = parseOptions([...IMAGE, '--page-token-file', '/token', ...names], '1', 'n');
    assert.deepEqual(parsed.kind === 'run' && parsed.options.page, {
      names: ['a.example', 'b.example'],
      tokenFile: '/token',
    });
  });

  test('say where collectors report', () => {
    const endpoint = 'https://reports.ns.svc:8443';
    const parsed = parseOptions([...IMAGE, '--reports-endpoint', endpoint, '--reports', ':9'], '1', 'n');
    assert.deepEqual(parsed.kind === 'run' && parsed.options.reports, { endpoint, address: { host: '', port: 9 } });
  });

  for (const [name, args, exitCode, text] of [
    ['help, in 100 columns', ['--help'], 0, /^(.{0,100}\n)* {2}--collector-image IMAGE(.{0,100}\n)*$/],
    ['version', ['--version'], 0, /^netflow2traces-operator 1\.2\.3\n$/],
    ['no image', [], 2, /--collector-image is missing/],
    ['a level that is none', [...IMAGE, '--log-level', 'loud'], 2, /one of debug, info, warn, error/],
    ['an address without a port', [...IMAGE, '--health', '::1'], 2, /\[HOST\]:PORT/],
    ['reports without TLS', [...IMAGE, '--reports-endpoint', 'http://a:1'], 2, /must be https:/],
    ['reports to an address', [...IMAGE, '--reports-endpoint', 'https://10.0.0.1:1'], 2, /must be https:/],
    ['an empty namespace', [...IMAGE, '--namespace='], 2, /--namespace must be a name, not ""/],
    ['a list for a name', [...IMAGE, '--collector-name=a,b'], 2, /--collector-name must be a name, not "a,b"/],
    [
      'a policy that is none',
      [...IMAGE, '--collector-image-pull-policy=always'],
      2,
      /one of Always, IfNotPresent, Never/,
    ],
    ['a label without a value', [...IMAGE, '--pod-monitor-label=release'], 2, /must be KEY=VALUE/],
    ['a flag that is none', ['--colour'], 2, /--colour/],
  ] as const) {
    test(`answer ${name}`, () => {
      const parsed = parseOptions([...args], '1.2.3', 'n');
      assert.ok(parsed.kind === 'print');
      assert.equal(parsed.exitCode, exitCode);
      assert.match(parsed.text, text);
    });
  }

  for (const [env, traces] of [
    [{}, undefined],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'carrier pigeon' }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a' }, 'grpc'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://a' }, 'grpc'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_EXPORTER_OTLP_PROTOCOL: '' }, 'grpc'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, 'http/protobuf'],
    [
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc',
      },
      'grpc',
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_SDK_DISABLED: 'true' }, undefined],
  ] as const) {
    test(`are joined by OpenTelemetry's variables: ${JSON.stringify(env)}`, () => {
      const parsed = parseOptions(IMAGE, '1', 'n', env);
      assert.equal(parsed.kind === 'run' && parsed.options.traces, traces);
    });
  }

  test('are refused with a protocol that is none', () => {
    for (const name of ['OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL']) {
      const parsed = parseOptions(IMAGE, '1', 'n', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', [name]: 'http/json' });
      const text = `netflow2traces-operator: ${name} must be grpc or http/protobuf, not "http/json"\n`;
      assert.deepEqual(parsed, { kind: 'print', text, exitCode: 2 });
    }
  });

  test('name the namespace of the Lease outside of a cluster', () => {
    const parsed = parseOptions([...IMAGE], '1', undefined);
    assert.match(parsed.kind === 'print' ? parsed.text : '', /--leader-election-namespace is missing/);
  });
});
