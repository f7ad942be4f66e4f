import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesWithoutEffect } from '../../config/span-names.ts';
import { type CounterName, createCounters, type Ledger, sumCounters } from '../../ledger/ledger.ts';
import type { Rejection } from '../../ledger/rejections.ts';
import { exporterFixture, rejectionFixture, socketFixture, stateFixture } from '../state.fixture.ts';
import { advise } from './advice.ts';
import type { AdviceInput } from './rule.ts';

const NOW = 1_800_000_000_000;

type Case = {
  name: string;
  counts?: Partial<Ledger>;
  recent?: Partial<Ledger>;
  /** Of the last five minutes; what is recent, unless told. */
  lately?: Partial<Ledger>;
  input?: Partial<AdviceInput>;
  socketDrops?: number;
  imbalance?: number;
  expected: [severity: string, what: RegExp, remedy: RegExp][];
};

const backend = stateFixture({ otlp: { endpoint: 'http://user:secret@tempo:4317' } }).config;
const forSflow = stateFixture({ listeners: [{ protocol: 'sflow' }], otlp: { endpoint: 'http://tempo:4317' } }).config;
const unverified = stateFixture({ otlp: { endpoint: 'https://tempo:4317', tls: { insecureSkipVerify: true } } }).config;
const misspelt = stateFixture({ spans: { attributes: { exclude: ['source.adress', 'no.such'] } } }).config.spans;
const rejected = (changes: Partial<Rejection>) => rejectionFixture({ lastTime: NOW, ...changes });
const small = socketFixture({ grantedBuffer: 425_984 });

const cases: Case[] = [
  { name: 'nothing wrong', expected: [] },
  {
    name: 'no packet yet',
    counts: { packets: 0, lastPacketTime: 0 },
    expected: [
      ['warning', /^No packet received yet on UDP port 2055\.$/, /`[^`]* demo .*--to 127\.0\.0\.1:2055`.*tcpdump/],
    ],
  },
  {
    name: 'no packet yet on a port of the user’s choice',
    counts: { packets: 0, lastPacketTime: 0 },
    input: { sockets: [socketFixture({ port: 9995 })] },
    expected: [['warning', /UDP port 9995\.$/, /`[^`]* demo .*--to 127\.0\.0\.1:9995`/]],
  },
  {
    name: 'no packet yet at an address of the user’s choice',
    counts: { packets: 0, lastPacketTime: 0 },
    input: { sockets: [socketFixture({ address: '2001:db8::1' })] },
    expected: [['warning', /UDP port 2055\.$/, /`[^`]* demo .*--to \[2001:db8::1\]:2055`/]],
  },
  {
    name: 'no packet yet on a port for sFlow',
    counts: { packets: 0, lastPacketTime: 0 },
    input: { sockets: [socketFixture({ port: 6343 })], config: forSflow },
    expected: [['warning', /UDP port 6343\.$/, /Arista EOS: `sflow destination <this host> 6343`/]],
  },
  {
    name: 'only NetFlow where sFlow is meant',
    input: { config: forSflow, exporters: [exporterFixture({ listener: 'sflow', versions: [9] })] },
    expected: [
      ['info', /^The listener sflow, UDP port 6343, is for sFlow, but only NetFlow or IPFIX/, /`protocol: netflow`/],
    ],
  },
  {
    name: 'only sFlow where NetFlow is meant',
    input: { exporters: [exporterFixture({ versions: ['sflow'] })] },
    expected: [
      ['info', /^The listener netflow, UDP port 2055, is for NetFlow and IPFIX, but only sFlow/, /`protocol: sflow`/],
    ],
  },
  {
    name: 'both where NetFlow is meant',
    input: { exporters: [exporterFixture({ versions: [10, 'sflow'] })] },
    expected: [],
  },
  {
    name: 'silence after packets',
    counts: { lastPacketTime: NOW - 600_000 },
    recent: { packets: 0 },
    expected: [['warning', /^No packet for 10 min\.$/, /tcpdump/]],
  },
  {
    name: 'no endpoint',
    input: { config: stateFixture().config },
    expected: [['info', /shown on this page and then discarded/, /--otlp-endpoint http/]],
  },
  {
    name: 'a full disk',
    input: { stateError: 'Error: ENOSPC: no space left on device' },
    expected: [['error', /^The folder of state .*ENOSPC/, /Make room/]],
  },
  {
    name: 'a backend that is not verified',
    input: { config: unverified },
    expected: [['warning', /certificate is not verified/, /otlp\.tls\.caFile/]],
  },
  {
    name: 'a worker does not answer',
    input: { live: false, ready: false },
    expected: [['error', /worker/, /log/]],
  },
  { name: 'not ready', input: { ready: false }, expected: [['warning', /^Not ready/, /log/]] },
  {
    name: 'a wrong configuration',
    input: { reload: { successful: false, successTime: 0, error: '1 mistake', needRestart: ['http.port'] } },
    expected: [['error', /^The last good configuration stays in use: 1 mistake$/, /--check/]],
  },
  {
    name: 'changes that need a restart',
    input: { reload: { successful: true, successTime: 0, error: undefined, needRestart: ['http.port', 'workers'] } },
    expected: [['warning', /changes that are not in use: http\.port, workers\./, /Restart/]],
  },
  {
    name: 'a file of network names that has become wrong',
    input: { networks: { file: 'n.csv', prefixes: 3, readTime: NOW, error: 'n.csv: line 2: it is wrong' } },
    expected: [['warning', /The last good names of networks stay in use: n.csv: line 2/, /read again/]],
  },
  {
    name: 'a file of elements that has become wrong',
    input: { elements: { file: 'e.csv', elements: 3, readTime: NOW, error: 'e.csv: line 2: it is wrong' } },
    expected: [['warning', /The last good names of own elements stay in use: e.csv: line 2/, /read again/]],
  },
  {
    name: 'no file of network names yet',
    input: { networks: { file: 'n.csv', prefixes: 0, readTime: undefined, error: 'n.csv: ENOENT' } },
    expected: [['warning', /Spans are without names of networks: n.csv: ENOENT/, /read again/]],
  },
  {
    name: 'names of attributes that no span has',
    input: { namesWithoutEffect: namesWithoutEffect(misspelt) },
    expected: [
      ['warning', /^spans\.attributes\.exclude\[0\]: "source\.adress" .*; did you mean source\.address\?$/, /`\*`/],
      ['warning', /^spans\.attributes\.exclude\[1\]: "no\.such" is no attribute .* has no effect\.$/, /leave it out/],
    ],
  },
  {
    name: 'kernel drops with a capped buffer',
    input: { sockets: [small] },
    socketDrops: 120,
    expected: [
      ['error', /^The kernel dropped 120 packets in the last 5 min/, /sysctl -w net\.core\.rmem_max=33554432/],
    ],
  },
  {
    name: 'kernel drops with the whole buffer',
    socketDrops: 1,
    expected: [['error', /dropped 1 packet in/, /workers.*receiveBuffer/]],
  },
  {
    name: 'a capped buffer without drops',
    input: { sockets: [small] },
    expected: [['info', /416 KiB where 32 MiB/, /net\.core\.rmem_max/]],
  },
  {
    name: 'an expression that fails',
    recent: { selectionErrors: 7 },
    expected: [['warning', /^An expression of `selection` failed on 7 flows in the last 5 min/, /`has\(\)`/]],
  },
  {
    name: 'a selection that leaves nothing',
    recent: { flows: 100, flowsFiltered: 100 },
    expected: [['warning', /^The selection left out all flows of the last 10 s\.$/, /`selection\.filter`/]],
  },
  {
    name: 'missing templates',
    input: { exporters: [exporterFixture({ heldSets: 3 }), exporterFixture({ heldSets: 1, address: '10.0.0.2' })] },
    expected: [
      ['warning', /^4 data sets from 10\.0\.0\.1, 10\.0\.0\.2 wait for their template\.$/, /template data timeout 60/],
    ],
  },
  {
    name: 'exporters over their budgets',
    recent: { 'budgetExceeded.learning': 12_000, 'budgetExceeded.exporters': 2_048 },
    input: {
      exporters: [exporterFixture({ overBudget: ['learning'] }), exporterFixture({ address: '10.0.0.2' })],
    },
    expected: [
      [
        'warning',
        /^Exporters sent too many packets from new sources: 2,048 of them were .* forgotten in the last/,
        /`allowedSources`/,
      ],
      ['warning', /^10\.0\.0\.1 sent too many new templates: 12,000 of them were refused/, /`limits`/],
    ],
  },
  {
    name: 'templates that flip between layouts',
    input: { exporters: [exporterFixture({ flippingTemplates: true }), exporterFixture({ address: '10.0.0.2' })] },
    expected: [['warning', /^Templates of 10\.0\.0\.1 flip between layouts/, /`templates\.keyBySourcePort`/]],
  },
  {
    name: 'templates that flip between layouts, on one port',
    input: {
      config: { ...backend, templates: { ...backend.templates, keyBySourcePort: true } },
      exporters: [exporterFixture({ flippingTemplates: true })],
    },
    expected: [],
  },
  {
    name: 'exporters that sample at a rate that is not known',
    input: {
      exporters: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.4'].map((address) =>
        exporterFixture({ address, samplesUnrated: true }),
      ),
    },
    expected: [
      [
        'warning',
        /^Flows of 10\.0\.0\.1, 10\.0\.0\.2, 10\.0\.0\.3 and 1 more are sampled/,
        /sampler-table.*`exporters\.sampling`/,
      ],
    ],
  },
  {
    name: 'data that do not fit their template',
    recent: { 'packetErrors.template_mismatch': 2 },
    expected: [['warning', /^2 packets .* hold data that do not fit their template\.$/, /templates more often/]],
  },
  {
    name: 'held sets given up',
    recent: { 'packetErrors.held_discarded': 2 },
    expected: [['error', /^2 data sets given up/, /limits\.heldAge/]],
  },
  {
    name: 'what is not NetFlow',
    recent: { 'packetErrors.unknown_version': 9 },
    expected: [['warning', /^9 packets of the last 5 min are neither NetFlow/, /sFlow/]],
  },
  {
    name: 'what is not NetFlow, by its senders',
    lately: { 'packetErrors.unknown_version': 9, 'packetErrors.source_not_allowed': 1 },
    input: {
      rejections: [
        rejected({ address: '10.0.0.7', detail: 'sFlow v4' }),
        rejected({ address: '10.0.0.8', detail: 'NetFlow v8: aggregated flows' }),
        rejected({ address: '10.0.0.9', detail: 'version 6' }),
        rejected({ address: '10.0.0.10' }),
        rejected({ address: '10.0.0.11', lastTime: NOW - 400_000 }),
        rejected({ address: '10.0.0.12', reason: 'source_not_allowed' }),
      ],
    },
    expected: [
      ['warning', /not allowed: from 10\.0\.0\.12\.$/, /allowedSources/],
      [
        'warning',
        /sFlow \(5\): from 10\.0\.0\.7 \(sFlow v4\), 10\.0\.0\.8 \(NetFlow v8: aggregated flows\), 10\.0\.0\.9 \(version 6\) and 1 more\.$/,
        /sFlow version 5: sFlow of earlier versions, and NetFlow v8/,
      ],
    ],
  },
  {
    name: 'what was wrong minutes ago and is not now',
    recent: {},
    lately: { 'packetErrors.malformed': 1, lostFlows: 10, flows: 90, 'flowsDropped.queue_full': 3, spoolFailures: 1 },
    expected: [
      ['error', /spool on disk could not be written/, /log/],
      ['error', /^3 flows of the last 5 min/, /otlp\.queue\.memory/],
      ['warning', /^1 packet of the last 5 min are malformed/, /`netflow2traces inspect`/],
      ['warning', /10\.0 % of the last 5 min/, /network/],
    ],
  },
  {
    name: 'senders that are hidden behind the gateway of a container',
    input: { gateway: '10.0.0.1' },
    expected: [['warning', /^All packets seem to come from 10\.0\.0\.1, the gateway/, /--network host/]],
  },
  {
    name: 'a sender beside the gateway of a container',
    input: { gateway: '10.0.0.1', exporters: [exporterFixture(), exporterFixture({ address: '10.0.0.2' })] },
    expected: [],
  },
  {
    name: 'sources not allowed',
    recent: { 'packetErrors.source_not_allowed': 1 },
    expected: [['warning', /^1 packet .* not allowed/, /allowedSources/]],
  },
  {
    name: 'sequence gaps',
    recent: { lostFlows: 100, flows: 900 },
    expected: [['warning', /10\.0 % of the last 5 min never came/, /network/]],
  },
  { name: 'a gap too small to tell', recent: { lostFlows: 1, flows: 9_000 }, expected: [] },
  {
    name: 'backend down',
    counts: { lastExportTime: NOW - 180_000, queueBatches: 3, queueBytes: 3 * 2 ** 20, queueOldestTime: NOW - 170_000 },
    recent: { exportRequests: 4, exportFailures: 4 },
    expected: [
      [
        'error',
        /^The backend http:\/\/tempo:4317 has accepted nothing for 3 min; 3 batches \(3 MiB\) wait\.$/,
        /otlp\.protocol/,
      ],
    ],
  },
  {
    name: 'flows that are not to be sent',
    input: { config: stateFixture().config, tracesOff: 'OTEL_SDK_DISABLED=true' },
    expected: [['warning', /^No flows are sent, by `OTEL_SDK_DISABLED=true`/, /^Unset it/]],
  },
  {
    name: 'backend never reached',
    counts: { lastExportTime: 0 },
    recent: { exportRequests: 1, exportFailures: 1 },
    expected: [['error', /has accepted nothing yet/, /credentials/]],
  },
  {
    name: 'backend refuses some requests',
    recent: { exportRequests: 10, exportFailures: 2 },
    expected: [['warning', /slow or refuses some/, /otlp\.concurrency/]],
  },
  {
    name: 'export queue full',
    recent: { 'flowsDropped.queue_full': 1_500 },
    expected: [['error', /^1,500 flows .* queue was full\.$/, /otlp\.queue\.memory/]],
  },
  { name: 'an imbalance while packets come', recent: { packets: 10 }, imbalance: 300, expected: [] },
  {
    name: 'an imbalance at rest',
    recent: { packets: 0 },
    imbalance: 300,
    expected: [['error', /300 flows unaccounted for/, /report/]],
  },
  {
    name: 'flows without times',
    recent: { flows: 90, flowTimesReplaced: 10 },
    expected: [['info', /^11 % of the flows/, /NTP/]],
  },
  {
    name: 'clocks that are off',
    input: {
      exporters: [
        exporterFixture({ clockOffsetSeconds: 7_200.4 }),
        exporterFixture({ clockOffsetSeconds: -820_000_000, address: '10.0.0.2' }),
        exporterFixture({ clockOffsetSeconds: -5, address: '10.0.0.3' }),
        exporterFixture({ clockOffsetSeconds: undefined, address: '10.0.0.4' }),
      ],
    },
    expected: [
      ['info', /^The clock of 10\.0\.0\.1 is 2 h ahead\.$/, /NTP.*corrected meanwhile/],
      ['info', /^The clock of 10\.0\.0\.2 is 9491 d behind\.$/, /NTP/],
    ],
  },
  {
    name: 'a clock that is off and believed',
    input: {
      config: { ...backend, spans: { ...backend.spans, clock: 'exporter' } },
      exporters: [exporterFixture({ clockOffsetSeconds: 61 })],
    },
    expected: [['info', /^The clock of 10\.0\.0\.1 is 61 s ahead\.$/, /`spans\.clock: corrected`/]],
  },
  {
    name: 'late flows',
    input: {
      exporters: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'].map((address) => {
        return exporterFixture({ address, lateness: { from: 64, to: address === '10.0.0.2' ? undefined : 128 } });
      }),
    },
    expected: [
      ['info', /^Flows of 10\.0\.0\.1 end 64 s to 2 min before they arrive\.$/, /inactive timeout to 15 s.*clamped/],
      ['info', /^Flows of 10\.0\.0\.2 end more than 64 s before they arrive\.$/, /active timeout/],
      ['info', /2 min before they arrive\. There are 2 more exporters with late flows\.$/, /timeout/],
    ],
  },
  {
    name: 'late flows, clamped',
    input: {
      config: { ...backend, spans: { ...backend.spans, timestamps: 'clamped' } },
      exporters: [exporterFixture({ lateness: { from: 64, to: 128 } })],
    },
    expected: [],
  },
  {
    name: 'flows that come in time',
    input: { exporters: [exporterFixture({ lateness: { from: 8, to: 64 } })] },
    expected: [],
  },
  {
    name: 'the worst first',
    input: { config: stateFixture().config, exporters: [exporterFixture({ heldSets: 1 })] },
    socketDrops: 5,
    expected: [
      ['error', /kernel/, /./],
      ['warning', /1 data set from/, /./],
      ['info', /endpoint/, /./],
    ],
  },
];

for (const one of cases) {
  const { name, counts = {}, recent = {}, lately = recent, input = {}, socketDrops = 0, imbalance = 0, expected } = one;
  test(`advice: ${name}`, () => {
    const zero: Record<CounterName, number> = sumCounters([createCounters()]);
    const advice = advise(
      {
        config: backend,
        reload: stateFixture().reload,
        networks: undefined,
        elements: undefined,
        namesWithoutEffect: [],
        tracesOff: undefined,
        stateError: undefined,
        startTime: NOW - 3_600_000,
        live: true,
        ready: true,
        ledger: { ...zero, packets: 100, lastPacketTime: NOW - 500, ...counts },
        recent: { seconds: 10, counts: { ...zero, packets: 10, ...recent }, socketDrops, imbalance },
        lately: { seconds: 300, counts: { ...zero, packets: 300, ...lately }, socketDrops, imbalance },
        sockets: [socketFixture()],
        exporters: [exporterFixture()],
        rejections: [],
        gateway: undefined,
        ...input,
      },
      NOW,
    );
    assert.equal(advice.length, expected.length, JSON.stringify(advice));
    for (const [index, [severity, what, remedy]] of expected.entries()) {
      assert.equal(advice[index].severity, severity);
      assert.match(advice[index].what, what);
      assert.match(advice[index].do, remedy);
    }
  });
}
