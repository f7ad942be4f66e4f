import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parse } from 'yaml';
import { collectorConfig } from '../../crds/collector-config.ts';
import { CollectorError } from '../common/errors.ts';
import { COMMANDS } from './commands.ts';
import { formatConfig, loadConfig } from './config.ts';
import { at, type Given, load, run } from './load.fixture.ts';

test('without anything the defaults hold', () => {
  assert.deepEqual(run({}), collectorConfig.parse({}));
  assert.deepEqual(run({ file: '' }), collectorConfig.parse({}));
  assert.deepEqual(run({ file: '# only a comment\n' }), collectorConfig.parse({}));
});

test('the file that was read is named, and can be read again; flags still win, and mistakes are told', () => {
  const contents = ['logLevel: warn', 'logLevel: error\nworkers: 2', 'logLevel: loud'];
  const loaded = loadConfig(['--config', 'c.yaml', '--workers', '3'], {}, () => contents.shift()!);
  assert.ok(loaded.kind === 'run');
  assert.equal(loaded.configFile, 'c.yaml');
  assert.deepEqual(loaded.read(), { ...loaded.config, logLevel: 'error' });
  const wrong = loaded.read();
  assert.ok(wrong instanceof CollectorError);
  assert.match(wrong.message, /\n {2}logLevel: "loud" must be one of .* \(from c\.yaml:1:1\)$/);
});

suite('flags win over the environment, it over the file, that over the defaults', () => {
  const cases: { field: string; given: Given; is: unknown }[] = [
    { field: 'logLevel', given: {}, is: 'info' },
    { field: 'logLevel', given: { file: 'logLevel: warn' }, is: 'warn' },
    { field: 'logLevel', given: { file: 'logLevel: warn', env: { LOG_LEVEL: 'ERROR' } }, is: 'error' },
    { field: 'logLevel', given: { env: { LOG_LEVEL: 'WARNING' } }, is: 'warn' },
    { field: 'logLevel', given: { env: { LOG_LEVEL: 'CRITICAL' } }, is: 'error' },
    { field: 'logLevel', given: { env: { LOG_LEVEL: 'error' }, flags: ['--log-level', 'debug'] }, is: 'debug' },
    { field: 'logLevel', given: { env: { LOG_LEVEL: 'nonsense' }, flags: ['--log-level', 'debug'] }, is: 'debug' },
    { field: 'logLevel', given: { file: 'logLevel: warn', env: { LOG_LEVEL: ' ' } }, is: 'warn' },
    { field: 'logLevel', given: { file: '{"logLevel": "warn"}' }, is: 'warn' },
    { field: 'listeners[0].port', given: { env: { NETFLOW_LISTEN_PORT: '9995' } }, is: 9995 },
    { field: 'listeners[0].host', given: { env: { NETFLOW_LISTEN_HOST: '127.0.0.1' } }, is: '127.0.0.1' },
    {
      field: 'listeners',
      given: {
        file: 'listeners: [{ port: 1 }, { name: b, port: 2 }]',
        env: { NETFLOW_LISTEN_PORT: '3', NETFLOW_LISTEN_HOST: '::1' },
      },
      is: [
        { protocol: 'netflow', name: 'netflow', host: '::1', port: 3 },
        { protocol: 'netflow', name: 'b', host: '::', port: 2 },
      ],
    },
    {
      field: 'listeners',
      given: {
        file: 'listeners: [{ port: 1 }, { name: b, port: 2 }]',
        env: { NETFLOW_LISTEN_PORT: '3' },
        flags: ['--listen', '[::1]:4', '--listen=127.0.0.1:5', '--listen', ':6', '--listen', '7'],
      },
      is: [
        { protocol: 'netflow', name: 'netflow', host: '::1', port: 4 },
        { protocol: 'netflow', name: 'netflow-2', host: '127.0.0.1', port: 5 },
        { protocol: 'netflow', name: 'netflow-3', host: '::', port: 6 },
        { protocol: 'netflow', name: 'netflow-4', host: '::', port: 7 },
      ],
    },
    {
      field: 'listeners',
      given: { flags: ['--listen', 'netflow://:2055', '--listen', 'sflow://[::1]:6343'] },
      is: [
        { protocol: 'netflow', name: 'netflow', host: '::', port: 2055 },
        { protocol: 'sflow', name: 'sflow-2', host: '::1', port: 6343 },
      ],
    },
    {
      field: 'allowedSources',
      given: { file: 'allowedSources: [10.0.0.0/8]', flags: ['--allow', '192.0.2.1', '--allow', '2001:db8::/32'] },
      is: ['192.0.2.1', '2001:db8::/32'],
    },
    { field: 'workers', given: { flags: ['--workers', '3'] }, is: 3 },
    { field: 'workers', given: { file: 'workers: 3', flags: ['--workers', 'auto'] }, is: 'auto' },
    {
      field: 'selection.filter',
      given: { file: 'selection: { filter: "true" }', flags: ['--filter', 'destination.port == 443'] },
      is: 'destination.port == 443',
    },
    {
      field: 'http',
      given: { flags: ['--http', '127.0.0.1:0'] },
      is: { enabled: true, host: '127.0.0.1', port: 0, names: [] },
    },
    {
      field: 'http',
      given: { file: 'http: { host: "::1" }', flags: ['--http', '80'] },
      is: { enabled: true, host: '::1', port: 80, names: [] },
    },
    { field: 'http', given: { flags: ['--http', 'off'] }, is: { enabled: false, host: '::', port: 9464, names: [] } },
    {
      field: 'http',
      given: { file: 'http: { enabled: false }', flags: ['--http', ':80'] },
      is: { enabled: true, host: '::', port: 80, names: [] },
    },
    { field: 'templates.stateDir', given: { flags: ['--state-dir', '/var/lib/n'] }, is: '/var/lib/n' },
    { field: 'receiveBuffer', given: { file: 'receiveBuffer: 1048576' }, is: 1_048_576 },
    { field: 'receiveBuffer', given: { file: 'receiveBuffer: 4Mi' }, is: 4_194_304 },
    { field: 'shutdownGrace', given: { file: 'shutdownGrace: 1.5s' }, is: 1_500 },
    {
      field: 'metrics.otlp.endpoint',
      given: { file: 'otlp: &o { endpoint: "x:1" }\nmetrics: { otlp: *o }' },
      is: 'x:1',
    },
  ];
  for (const { field, given, is } of cases) {
    test(`${field} of ${JSON.stringify(given)}`, () => assert.deepEqual(at(run(given), field), is));
  }
});

test('a file that cannot be read is an error of its own', () => {
  const loaded = loadConfig(['--config', '/nonexistent/c.yaml'], {});
  assert.equal(loaded.kind, 'print');
  assert.equal(loaded.exitCode, 2);
  assert.match(loaded.text, /^error E_CONFIG_FILE: .*\/nonexistent\/c\.yaml \(ENOENT.*\n {2}→ .*\n$/);
});

test('--check shows the whole configuration without header values, and what it shows is a configuration', () => {
  const loaded = load({
    flags: ['--check', '--otlp-header', 'x-key=s3cret', '--listen', '127.0.0.1:1'],
    file: 'metrics: { otlp: { headers: { k: s3cret } } }\nshutdownGrace: 1500ms\notlp: { queue: { memory: 3Gi } }',
  });
  assert.equal(loaded.kind, 'print');
  assert.equal(loaded.exitCode, 0);
  assert.doesNotMatch(loaded.text, /s3cret/);
  const shown = parse(loaded.text);
  assert.deepEqual(shown.otlp.headers, { 'x-key': '(redacted)' });
  assert.equal(shown.shutdownGrace, '1500ms');
  assert.equal(shown.otlp.queue.memory, '3Gi');
  assert.equal(formatConfig(run({ file: loaded.text })), loaded.text);
});

test('--healthcheck asks where the same configuration has the page', () => {
  const loaded = load({ flags: ['--healthcheck', '--http', '127.0.0.1:80'], file: 'http: { port: 81 }' });
  assert.equal(loaded.kind, 'ask');
  assert.deepEqual(
    [loaded.kind === 'ask' && loaded.http.host, loaded.kind === 'ask' && loaded.http.port],
    ['127.0.0.1', 80],
  );
  const wrong = load({ flags: ['--healthcheck', '--http', 'x'] });
  assert.ok(wrong.kind === 'print' && wrong.exitCode === 2);
});

test('--check tells names without effect in comments', () => {
  const loaded = load({ flags: ['--check'], file: 'spans: { attributes: { exclude: [source.adress] } }' });
  assert.ok(loaded.kind === 'print' && loaded.exitCode === 0);
  assert.match(
    loaded.text,
    /^# spans\.attributes\.exclude\[0\]: "source\.adress" .* did you mean source\.address\?\n\w/,
  );
  assert.deepEqual(parse(loaded.text).spans.attributes.exclude, ['source.adress']);
});

test('--help tells flags with the defaults of the schema, variables and examples; --version the version', () => {
  const help = load({ flags: ['--help', '--nonsense'] });
  assert.equal(help.kind === 'print' && help.exitCode, 0);
  assert.match(help.kind === 'print' ? help.text : '', /--listen HOST:PORT [^-]*default \[::\]:2055/);
  if (help.kind === 'print') for (const line of help.text.split('\n')) assert.ok(line.length <= 100, line);
  assert.deepEqual(load({ flags: ['-h'] }), help);
  for (const command of Object.keys(COMMANDS))
    assert.match(help.kind === 'print' ? help.text : '', RegExp(`^  ${command} `, 'm'));
  const version = load({ flags: ['--version'] });
  assert.match(version.kind === 'print' ? version.text : '', /^netflow2traces \d+\.\d+\.\d+\n$/);
});
