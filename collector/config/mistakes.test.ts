import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Given, load } from './load.fixture.ts';

suite('a mistake is refused with its field, what was found, what is allowed and who says so', () => {
  const cases: [given: Given, ...told: (string | RegExp)[]][] = [
    // The file: values.
    [{ file: 'listeners: [{ port: 70000 }]' }, 'listeners[0].port: 70000 is too big, at most 65535 (from c.yaml:1:15)'],
    [{ file: 'listeners: [{ port: -1 }]' }, 'listeners[0].port: -1 is too small, at least 0 (from c.yaml:1:15)'],
    [{ file: 'listeners: [{ port: 20.5 }]' }, 'listeners[0].port: 20.5 must be a whole number (from c.yaml:1:15)'],
    [{ file: 'listeners: [{ port: "2055" }]' }, 'listeners[0].port: "2055" must be a whole number (from c.yaml:1:15)'],
    [
      { file: 'selection: { sampling: { probability: 10% } }' },
      'selection.sampling.probability: "10%" must be a number (from c.yaml:1:26)',
    ],
    [
      { file: 'spans: { attributes: { rename: { source.port: x, destination.port: x } } }' },
      'spans.attributes.rename["destination.port"]: must not give two attributes one name (from c.yaml:1:50)',
    ],
    [
      { file: 'spans: { attributes: { rename: { source.port: sport, source.adress: sender } } }' },
      'spans.attributes.rename["source.adress"]: must rename attributes that the profile has; write their names on the left, as the profile has them (from c.yaml:1:54)',
    ],
    [
      { file: 'spans: { attributes: { rename: { source.port: source.mac, source.mac: netflow.mac } } }' },
      /^spans\.attributes\.rename\["source\.port"\]: must not give a name that the profile has, .* \(from c\.yaml:1:34\)$/,
      /^spans\.attributes\.rename\["source\.mac"\]: must not give a name that the profile has, /,
    ],
    [
      {
        file: 'spans: { attributes: { constants: [{ attributes: { a: x } }, { attributes: { a: y, source.mac: z } }] } }',
      },
      /^spans\.attributes\.constants\[1\]\.attributes\["source\.mac"\]: must not have a name that the profile has, /,
    ],
    [
      { file: 'spans: { attributes: { rename: { source.mac: a }, constants: [{ attributes: { b: x, a: y } }] } }' },
      'spans.attributes.constants[0].attributes.a: must not have a name that rename gives to another attribute (from c.yaml:1:85)',
    ],
    [
      { file: 'selection: { filter: source.port in [1, 2] }' },
      /^c\.yaml:1:37: Unexpected flow-seq-start at node end; write text with signs such as \[ , ! in quotes$/,
      /^c\.yaml:1:38: Unexpected scalar at node end$/,
      /^c\.yaml:1:42: /,
      /^c\.yaml:1:44: /,
    ],
    [
      { file: 'selection:\n  filter: !has(source.port)' },
      'c.yaml:2:11: Unresolved tag: !has(source.port); write text with signs such as [ , ! in quotes',
    ],
    [{ file: 'listeners: []' }, 'listeners: a list has too few entries, at least 1 (from c.yaml:1:1)'],
    [{ file: 'listeners: 2055' }, 'listeners: 2055 must be a list (from c.yaml:1:1)'],
    [{ file: 'listeners: [2055]' }, 'listeners[0]: 2055 must be a mapping (from c.yaml:1:13)'],
    [
      { file: `listeners: [${Array.from({ length: 17 }, (_, i) => `{ name: n${i}, port: ${i + 1} }`)}]` },
      'listeners: a list has too many entries, at most 16 (from c.yaml:1:1)',
    ],
    [{ file: 'listeners: [{ host: router1 }]' }, /^listeners\[0\]\.host: "router1" must be an IPv4 or IPv6 address/],
    [
      { file: 'listeners: [{ name: Edge }]' },
      /^listeners\[0\]\.name: "Edge" must start with a letter and have at most/,
    ],
    [{ file: 'listeners: [{ name: a234567890123456 }]' }, /^listeners\[0\]\.name: "a234567890123456" must start/],
    [
      { file: 'listeners: [{ name: a, port: 1 }, { name: a, port: 2 }]' },
      'listeners[1].name: "a" must differ from listeners[0].name, "a" (from c.yaml:1:37)',
    ],
    [
      { file: 'listeners: [{ protocol: netflow9 }]' },
      'listeners[0].protocol: "netflow9" must be one of netflow, sflow (from c.yaml:1:15)',
    ],
    [
      { file: 'listeners: [{ protocol: sflow }, { name: any, port: 6343 }]' },
      'listeners[1].port: 6343 must differ from listeners[0], which has the same host and port (from c.yaml:1:47)',
    ],
    [
      { file: 'listeners: [{ protocol: sflow }, { protocol: sflow, port: 1 }]' },
      'listeners[1].name: must differ from listeners[0].name, "sflow" (from c.yaml:1:34)',
    ],
    [
      { file: 'listeners: [{ name: a }, { name: b }]' },
      'listeners[1].port: must differ from listeners[0], which has the same host and port (from c.yaml:1:26)',
    ],
    [
      { file: 'listeners: [{ name: a, host: "::1" }, { name: b, host: "0:0:0:0:0:0:0:1" }]' },
      'listeners[1].port: must differ from listeners[0], which has the same host and port (from c.yaml:1:39)',
    ],
    [
      { file: 'allowedSources: [10.0.0.0/33]' },
      /^allowedSources\[0\]: "10\.0\.0\.0\/33" must be an address or a prefix/,
    ],
    [{ file: 'allowedSources: [10.0.0.0/]' }, /^allowedSources\[0\]: "10\.0\.0\.0\/" must be/],
    [{ file: 'allowedSources: ["::/129"]' }, /^allowedSources\[0\]: "::\/129" must be/],
    [{ file: 'allowedSources: [10]' }, /^allowedSources\[0\]: 10 must be an address or a prefix/],
    [{ file: 'allowedSources: 10.0.0.0/8' }, 'allowedSources: "10.0.0.0/8" must be a list (from c.yaml:1:1)'],
    [{ file: 'workers: many' }, 'workers: "many" must be auto or a whole number from 1 to 64 (from c.yaml:1:1)'],
    [{ file: 'workers: 0' }, 'workers: 0 must be auto or a whole number from 1 to 64 (from c.yaml:1:1)'],
    [{ file: 'workers: 65' }, 'workers: 65 must be auto or a whole number from 1 to 64 (from c.yaml:1:1)'],
    [{ file: 'receiveBuffer: 32MB' }, /^receiveBuffer: "32MB" must be a size such as 64Mi, 512Ki or 1048576/],
    [
      { file: 'receiveBuffer: -1' },
      'receiveBuffer: -1 must be a size such as 64Mi, 512Ki or 1048576 (from c.yaml:1:1)',
    ],
    [{ file: 'receiveBuffer: 9999999999999Gi' }, /^receiveBuffer: "9999999999999Gi" must be a size/],
    [{ file: 'receiveBuffer: true' }, /^receiveBuffer: true must be a size/],
    [
      { file: 'shutdownGrace: 15' },
      'shutdownGrace: 15 must be a duration such as 500ms, 10s, 5m or 24h (from c.yaml:1:1)',
    ],
    [{ file: 'shutdownGrace: 15sec' }, /^shutdownGrace: "15sec" must be a duration/],
    [{ file: 'shutdownGrace: -5s' }, /^shutdownGrace: "-5s" must be a duration/],
    [{ file: 'logLevel: trace' }, 'logLevel: "trace" must be one of debug, info, warn, error (from c.yaml:1:1)'],
    [
      { file: 'otlp: { protocol: http/json }' },
      'otlp.protocol: "http/json" must be one of grpc, http/protobuf (from c.yaml:1:9)',
    ],
    [
      { file: 'otlp: { compression: snappy }' },
      'otlp.compression: "snappy" must be one of none, gzip, zstd (from c.yaml:1:9)',
    ],
    [{ file: 'otlp: { timeout: 0s }' }, 'otlp.timeout: "0s" must be longer than 0 (from c.yaml:1:9)'],
    [{ file: 'otlp: { insecure: yes }' }, 'otlp.insecure: "yes" must be true or false (from c.yaml:1:9)'],
    [{ file: 'otlp: { endpoint: "" }' }, 'otlp.endpoint: "" must not be empty (from c.yaml:1:9)'],
    [
      { file: 'otlp: { endpoint: ftp://x }' },
      /^otlp\.endpoint: "ftp:\/\/x" has the unknown scheme .* \(from c\.yaml:1:9\)$/,
    ],
    [{ file: 'otlp: { endpoint: tempo }' }, /^otlp\.endpoint: "tempo" has neither a scheme nor a port/],
    [
      { file: 'otlp: { endpoint: "x:1", protocol: http/protobuf }' },
      /^otlp\.endpoint: "x:1" has no http:\/\/ or https:\/\//,
    ],
    [
      { file: 'metrics: { otlp: { endpoint: x } }' },
      /^metrics\.otlp\.endpoint: "x" has neither .* \(from c\.yaml:1:20\)$/,
    ],
    [
      { file: 'otlp: { headers: { "a b": x } }' },
      'otlp.headers["a b"]: must be the name of an HTTP header (from c.yaml:1:20)',
    ],
    [{ file: 'otlp: { headers: { a: "s3cret\\n" } }' }, 'otlp.headers.a: must be printable ASCII (from c.yaml:1:20)'],
    [{ file: 'otlp: { headers: { a: 53 } }' }, 'otlp.headers.a: must be text (from c.yaml:1:20)'],
    [
      { file: 'otlp: { queue: { memory: 512Ki } }' },
      /^otlp\.queue\.memory: "512Ki" must not be smaller than otlp\.batch\.maxSize/,
    ],
    [
      { file: 'otlp: { batch: { maxSize: 8Mi } }' },
      'otlp.batch.maxSize: "8Mi" must be from 16Ki to 3Mi (from c.yaml:1:18)',
    ],
    [
      { file: 'otlp: { batch: { maxSize: 1Ki } }' },
      'otlp.batch.maxSize: "1Ki" must be from 16Ki to 3Mi (from c.yaml:1:18)',
    ],
    [
      { file: 'otlp: { retry: { initialInterval: 1m } }' },
      /^otlp\.retry\.maxInterval: must not be shorter than initialInterval/,
    ],
    [{ file: 'otlp: { concurrency: 65 }' }, 'otlp.concurrency: 65 is too big, at most 64 (from c.yaml:1:9)'],
    [{ file: 'otlp: ' }, 'otlp: is left empty, but must be a mapping (from c.yaml:1:1)'],
    [{ file: 'otlp: [a]' }, 'otlp: a list must be a mapping (from c.yaml:1:1)'],
    [{ file: 'spans: { attributes: { exclude: [""] } }' }, /^spans\.attributes\.exclude\[0\]: "" must not be empty/],
    [{ file: 'limits: { fieldsPerTemplate: 100000 }' }, /^limits\.fieldsPerTemplate: 100000 is too big/],
    [{ file: 'spans: { resourceAttributes: { a.b: 1 } }' }, /^spans\.resourceAttributes\["a\.b"\]: 1 must be text/],
    [{ file: `logLevel: ${'x'.repeat(10_000)}` }, /^logLevel: "x{59}… must be one of/],
    // The file: unknown keys, and files that are none.
    [{ file: 'lisenters: []' }, 'lisenters: unknown key; did you mean listeners? (from c.yaml:1:1)'],
    [{ file: 'log_level: info' }, /^log_level: unknown key; did you mean logLevel\?/],
    [{ file: 'otlp: { protocl: grpc }' }, 'otlp.protocl: unknown key; did you mean protocol? (from c.yaml:1:9)'],
    [{ file: 'endpoint: x' }, /^endpoint: unknown key; did you mean otlp\.endpoint\?/],
    [{ file: 'port: 2055' }, /^port: unknown key; did you mean listeners\[\]\.port\?/],
    [
      { file: 'listeners: [{ address: x }]' },
      /^listeners\[0\]\.address: unknown key; known here: protocol, name, host, port/,
    ],
    [{ file: '__proto__: 1' }, /^__proto__: unknown key/],
    [{ file: '- a' }, 'the configuration: a list must be a mapping (from c.yaml:1:1)'],
    [{ file: 'just text' }, 'the configuration: "just text" must be a mapping (from c.yaml:1:1)'],
    [{ file: 'a: [1\nb: 2' }, /^c\.yaml:\d+:\d+: /],
    [{ file: 'workers: 1\nworkers: 2' }, /^c\.yaml:2:1: Map keys must be unique/],
    [{ file: 'a: 1\n---\nb: 2' }, /^c\.yaml:\d:\d: .*multiple documents/],
    [{ file: 'workers: *nowhere' }, /^c\.yaml(:1:10)?: Unresolved alias/],
    [{ file: '{"workers": 1,, }' }, /^c\.yaml:1:\d+: /],
    // The environment.
    [
      { env: { NETFLOW_LISTEN_PORT: '70000' } },
      'listeners[0].port: 70000 is too big, at most 65535 (from NETFLOW_LISTEN_PORT)',
    ],
    [{ env: { NETFLOW_LISTEN_PORT: 'x' } }, 'listeners[0].port: "x" must be a whole number (from NETFLOW_LISTEN_PORT)'],
    [
      { env: { NETFLOW_LISTEN_HOST: 'eth0' } },
      'listeners[0].host: "eth0" must be an IPv4 or IPv6 address (from NETFLOW_LISTEN_HOST)',
    ],
    [{ env: { LOG_LEVEL: 'loud' } }, 'logLevel: "loud" must be one of debug, info, warn, error (from LOG_LEVEL)'],
    [
      { env: { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' } },
      'otlp.protocol: "http/json" must be one of grpc, http/protobuf (from OTEL_EXPORTER_OTLP_PROTOCOL)',
    ],
    [
      { env: { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/xml' } },
      'otlp.protocol: "http/xml" must be one of grpc, http/protobuf (from OTEL_EXPORTER_OTLP_TRACES_PROTOCOL)',
    ],
    [
      { env: { OTEL_EXPORTER_OTLP_TIMEOUT: '10s' } },
      'OTEL_EXPORTER_OTLP_TIMEOUT: "10s" must be a whole number of milliseconds',
    ],
    [
      { env: { OTEL_EXPORTER_OTLP_TIMEOUT: '10s', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m:1' } },
      'OTEL_EXPORTER_OTLP_TIMEOUT: "10s" must be a whole number of milliseconds',
    ],
    [{ env: { LOG_LEVEL: 'constructor' } }, /^logLevel: "constructor" must be one of/],
    [
      { env: { OTEL_EXPORTER_OTLP_TIMEOUT: '0' } },
      'otlp.timeout: "0ms" must be longer than 0 (from OTEL_EXPORTER_OTLP_TIMEOUT)',
    ],
    [{ env: { OTEL_EXPORTER_OTLP_INSECURE: 'yes' } }, 'OTEL_EXPORTER_OTLP_INSECURE: "yes" must be true or false'],
    [
      { env: { OTEL_EXPORTER_OTLP_COMPRESSION: 'br' } },
      /^otlp\.compression: "br" .*\(from OTEL_EXPORTER_OTLP_COMPRESSION\)/,
    ],
    [{ env: { OTEL_EXPORTER_OTLP_HEADERS: 's3cret' } }, /^OTEL_EXPORTER_OTLP_HEADERS: must be NAME=VALUE/],
    [{ env: { OTEL_EXPORTER_OTLP_HEADERS: '=s3cret' } }, /^OTEL_EXPORTER_OTLP_HEADERS: must be NAME=VALUE/],
    [{ env: { OTEL_EXPORTER_OTLP_HEADERS: 'a=s3cret%zz' } }, /^OTEL_EXPORTER_OTLP_HEADERS: must have % in values/],
    [
      { env: { OTEL_EXPORTER_OTLP_HEADERS: 'a=s3cret%0A' } },
      'otlp.headers.a: must be printable ASCII (from OTEL_EXPORTER_OTLP_HEADERS)',
    ],
    [
      { env: { OTEL_EXPORTER_OTLP_HEADERS: 'a b=s3cret' } },
      /^otlp\.headers\["a b"\]: must be the name of an HTTP header/,
    ],
    [
      { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://u:s3cret@h:1' } },
      /^otlp\.endpoint: "https:\/\/…@h:1" holds a user or password.*\(from OTEL_EXPORTER_OTLP_ENDPOINT\)$/,
    ],
    [
      { env: { OTEL_METRICS_EXPORTER: 'console' } },
      'OTEL_METRICS_EXPORTER: "console" must be one of otlp, prometheus, none',
    ],
    [{ env: { OTEL_TRACES_EXPORTER: 'otlp,zipkin' } }, 'OTEL_TRACES_EXPORTER: "zipkin" must be one of otlp, none'],
    [
      { env: { OTEL_SDK_DISABLED: 'yes', OTEL_TRACES_EXPORTER: 'console' } },
      'OTEL_TRACES_EXPORTER: "console" must be one of otlp, none',
      'OTEL_SDK_DISABLED: "yes" must be true or false',
    ],
    [
      { env: { OTEL_METRIC_EXPORT_INTERVAL: '1m' } },
      'OTEL_METRIC_EXPORT_INTERVAL: "1m" must be a whole number of milliseconds',
    ],
    [
      { env: { OTEL_METRICS_EXPORTER: 'otlp' } },
      /^metrics\.otlp\.endpoint: is not set, but OTEL_METRICS_EXPORTER asks/,
    ],
    // Flags.
    [{ flags: ['--lisen', ':1'] }, '--lisen: unknown flag; did you mean --listen?'],
    [{ flags: ['--frobnicate'] }, '--frobnicate: unknown flag; --help lists them'],
    [{ flags: ['-x'] }, '-x: unknown flag; --help lists them'],
    [{ flags: ['-listen', ':2055'] }, '-listen: unknown flag; did you mean --listen?'],
    [{ flags: ['-addr=:8080'] }, '-addr: unknown flag; --help lists them'],
    [{ flags: ['2055'] }, '2055: is neither a command nor a flag; values follow their flag, as in --listen :2055'],
    [{ flags: ['rreplay'] }, 'rreplay: no such command; did you mean replay?'],
    [{ flags: ['--workers', '2', 'demo'] }, 'demo: a command comes first, and flags of its own after it'],
    [{ flags: ['--listen'] }, '--listen: needs a value: --listen HOST:PORT'],
    [{ flags: ['--listen', '--check'] }, '--listen: needs a value: --listen HOST:PORT'],
    [{ flags: ['--listen='] }, '--listen: needs a value: --listen HOST:PORT'],
    [{ flags: ['--config'] }, '--config: needs a value: --config FILE'],
    [{ flags: ['--check=yes'] }, '--check: takes no value'],
    [{ flags: ['--workers', '1', '--workers', '2'] }, '--workers: is given twice'],
    [
      { flags: ['--listen', '::1:2055'] },
      /^--listen: "::1:2055" must be PORT, :PORT, ADDRESS:PORT or, for IPv6, \[ADDRESS\]:PORT/,
    ],
    [{ flags: ['--listen', 'netflow'] }, /^--listen: "netflow" must be PORT/],
    [
      { flags: ['--listen', 'ipfix://:4739'] },
      /^--listen: "ipfix:.* must be PORT, .*; sflow:\/\/ may stand before it$/,
    ],
    [{ flags: ['--listen', ':70000'] }, 'listeners[0].port: 70000 is too big, at most 65535 (from --listen :70000)'],
    [
      { flags: ['--listen', ':1', '--listen', 'h:2'] },
      /^listeners\[1\]\.host: "h" must be an IPv4 .* \(from --listen h:2\)$/,
    ],
    [
      { flags: ['--listen', ':1', '--listen', '[::]:1'] },
      'listeners[1].port: 1 must differ from listeners[0], which has the same host and port (from --listen [::]:1)',
    ],
    [{ flags: ['--allow', '10/8'] }, /^allowedSources\[0\]: "10\/8" must be an address .* \(from --allow 10\/8\)$/],
    [
      { flags: ['--workers', 'all'] },
      'workers: "all" must be auto or a whole number from 1 to 64 (from --workers all)',
    ],
    [
      { flags: ['--trace-url', 'http://localhost:16686'] },
      'http.traceUrl: "http://localhost:16686" must be an http:// or https:// URL with {traceId} in it (from --trace-url http://localhost:16686)',
    ],
    [{ flags: ['--http', 'x'] }, /^--http: "x" must be PORT/],
    [{ flags: ['--http', ':99999'] }, 'http.port: 99999 is too big, at most 65535 (from --http :99999)'],
    [{ flags: ['--otlp-header', 's3cret'] }, '--otlp-header: must be NAME=VALUE (not shown: it may hold a secret)'],
    [
      { flags: ['--otlp-header', 'a b=s3cret'] },
      'otlp.headers["a b"]: must be the name of an HTTP header (from --otlp-header)',
    ],
    [{ flags: ['--otlp-endpoint', 'http://u:s3cret@h'] }, /^otlp\.endpoint: .*\(from --otlp-endpoint http:\/\/…@h\)$/],
    // All at once.
    [
      { flags: ['--nope', '--log-level', 'x'], env: { OTEL_EXPORTER_OTLP_TIMEOUT: 'y' }, file: 'workers: 0\nz: 1' },
      '--nope: unknown flag; --help lists them',
      'OTEL_EXPORTER_OTLP_TIMEOUT: "y" must be a whole number of milliseconds',
      'workers: 0 must be auto or a whole number from 1 to 64 (from c.yaml:1:1)',
      'logLevel: "x" must be one of debug, info, warn, error (from --log-level x)',
      /^z: unknown key/,
    ],
    [
      { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://h' }, file: 'otlp: 5' },
      'otlp: 5 must be a mapping (from c.yaml:1:1)',
    ],
    [{ flags: ['--nope'], file: 'a: [' }, /^--nope/, /^c\.yaml:1:\d+: /],
  ];
  for (const [given, ...told] of cases) {
    test(JSON.stringify(given).slice(0, 120), () => {
      const found = mistakes(given);
      for (const [index, expected] of told.entries()) {
        if (typeof expected === 'string') assert.equal(found[index], expected);
        else assert.match(found[index] ?? '', expected);
      }
      assert.equal(found.length, told.length, found.join('\n'));
      assert.doesNotMatch(found.join(), /s3cret/);
    });
  }
});

test('a file of aliases that multiply is refused', () => {
  const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`)}]`);
  assert.match(mistakes({ file: `a0: &a0 x\n${levels.join('\n')}` }).join(), /^c\.yaml: Excessive alias count/);
});

/** The mistakes told, one a line, without the two lines around them. */
function mistakes(given: Given): string[] {
  const loaded = load(given);
  assert.equal(loaded.kind, 'print');
  assert.equal(loaded.exitCode, 2);
  const lines = loaded.text.trimEnd().split('\n');
  assert.match(lines[0], /^error E_CONFIG: the configuration is not valid: \d+ mistakes?$/);
  assert.match(lines.at(-1)!, /^ {2}→ /);
  return lines.slice(1, -1).map((line) => line.trim());
}
