import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collectorConfig } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import type { ToldFact } from '../devices/facts.ts';
import { type CounterName, PACKET_ERRORS } from '../ledger/ledger.ts';
import { readSpans } from '../telemetry/spans.ts';
import type { Announcement } from '../templates/announcement.ts';
import { createHarness, hex, ipfix, NOW, NOW_SECONDS, v5, v9 } from './pipeline.fixture.ts';

/** Template 256: one octet, the protocol. In v9 the id of its set is another. */
const TEMPLATE = '0002 000c  0100 0001  0004 0001';
const V9_TEMPLATE = '0000 000c  0100 0001  0004 0001';
/** Four flows of it. */
const DATA = '0100 0008  06 11 01 3a';
const ONE = '0100 0005  06';
/** Template 257: an interface name of variable length; then a record of it that overruns its set. */
const VARIABLE = '0002 000c  0101 0001  0052 ffff';
const OVERRUN = '0101 0006 ff00';
/** Options template 258: domain and systemInitTimeMilliseconds. */
const OPTIONS = '0003 0012  0102 0002 0001  0095 0004  00a0 0008';

const announcement = (change: Partial<Announcement> = {}): Announcement => ({
  ...{ listener: 'netflow', address: '10.0.0.1', port: 50_000, version: 10, domain: 0, options: false },
  exportTime: NOW_SECONDS,
  receivedAt: NOW_SECONDS * 1000,
  record: Uint8Array.of(1, 0, 0, 1, 0, 4, 0, 1),
  ...change,
});

describe('the spans of a packet', () => {
  for (const [name, packet, expected] of [
    [
      'v1',
      hex(`0001 0001 00000064 65920080 00000000 ${'00'.repeat(52)}`),
      { version: 1n, size: 68n, sets: 1n, flows: 1n },
    ],
    [
      'v5',
      v5(2, { sequence: 7, engine: 258 }),
      { version: 5n, size: 120n, sets: 1n, flows: 2n, sequence: 7n, domain: 258n },
    ],
    ['v5 without flows', v5(0), { version: 5n, size: 24n, sets: 1n, flows: 0n, sequence: 0n, domain: 0n }],
    [
      'v7',
      hex(`0007 0001 00000064 65920080 00000000 00000009 00000000 ${'00'.repeat(52)}`),
      { version: 7n, size: 76n, sets: 1n, flows: 1n, sequence: 9n },
    ],
    [
      'v9',
      v9(V9_TEMPLATE + DATA, { sequence: 8, domain: 2 ** 32 - 1 }),
      { version: 9n, size: 40n, sets: 2n, flows: 4n, sequence: 8n, domain: 4_294_967_295n, templates: 1n },
    ],
    [
      'IPFIX',
      ipfix(TEMPLATE + DATA + ONE, { sequence: 2 ** 32 - 1, domain: 5 }),
      { version: 10n, size: 41n, sets: 3n, flows: 5n, sequence: 4_294_967_295n, domain: 5n, templates: 1n },
    ],
    [
      'IPFIX, a set without its template',
      ipfix(`${DATA} 0101 0005 00 ${DATA}`),
      { version: 10n, size: 37n, sets: 3n, flows: 0n, sequence: 0n, domain: 0n, missing: 3n },
    ],
    [
      'IPFIX, a message without sets',
      ipfix(''),
      { version: 10n, size: 16n, sets: 0n, flows: 0n, sequence: 0n, domain: 0n },
    ],
  ] as [string, Buffer, Record<string, bigint>][]) {
    test(name, () => {
      const { receive, spans } = createHarness();
      receive(packet, { address: '::ffff:10.0.0.9', port: 4_096 }, NOW - 0.5);
      const root = spans().find(({ parentSpanId }) => parentSpanId === '')!;
      const { sequence, domain, templates = 0n, missing = 0n } = expected;
      assert.deepEqual(root.attributes, {
        'netflow.version': expected.version,
        'netflow.exporter.address': '10.0.0.9',
        'netflow.exporter.port': 4_096n,
        ...(domain === undefined ? {} : { 'netflow.observation_domain.id': domain }),
        ...(sequence === undefined ? {} : { 'netflow.sequence': sequence }),
        'netflow.packet.size': expected.size,
        'netflow.flow.count': expected.flows,
        'netflow.flow.exported': expected.flows,
        'netflow.templates.count': templates,
        'netflow.templates.missing': missing,
      });
      assert.deepEqual([root.name, root.kind, root.status.code], ['netflow.export', 'INTERNAL', 'UNSET']);
      assert.equal(root.startTimeUnixNano, BigInt(NOW) * 1_000_000n - 500_000n);
      assert.equal(root.endTimeUnixNano, BigInt(NOW) * 1_000_000n);
      const parse = spans().find((span) => span.name === 'netflow.parse_packet')!;
      assert.deepEqual([parse.kind, parse.attributes], ['INTERNAL', { 'netflow.sets': expected.sets }]);
      for (const span of spans()) {
        assert.equal(span.traceId, root.traceId);
        assert.equal(span.flags, 0x101);
        if (span !== root) assert.equal(span.parentSpanId, root.spanId);
      }
      assert.equal(new Set(spans().map(({ spanId }) => spanId)).size, spans().length);
    });
  }

  test('name the device behind a mediator as soon as options data tell it', () => {
    const { receive, spans } = createHarness();
    const options = '0003 0012  0102 0002 0001  0082 0004  0029 0008';
    receive(ipfix(`${options} 0102 0010 0a090807 0000000000000001`, { domain: 3 }));
    receive(ipfix('', { domain: 3, sequence: 1 }));
    receive(ipfix('', { domain: 4 }));
    assert.deepEqual(
      spans()
        .filter(({ parentSpanId }) => parentSpanId === '')
        .map(({ attributes }) => attributes['netflow.original_exporter.address']),
      ['10.9.8.7', '10.9.8.7', undefined],
    );
  });
});

describe('packets that can’t be read make no trace', () => {
  for (const [reason, packet] of [
    ['truncated_header', hex('')],
    ['truncated_header', hex('000a 0010')],
    ['unknown_version', hex('0008 0000 0000 0000')],
  ] as const) {
    test(`${reason}, ${packet.length} bytes`, () => {
      const { pipeline, receive, spans, count } = createHarness();
      receive(packet);
      assert.deepEqual(spans(), []);
      assert.deepEqual([count(`packetErrors.${reason}`), count('packets'), pipeline.exporters.size], [1, 1, 0]);
    });
  }

  test('and are counted for an exporter that is known', () => {
    const { pipeline, receive } = createHarness();
    receive(v5(1));
    receive(hex('0008'));
    assert.deepEqual(
      [...pipeline.exporters.values()].map(({ errors, packets }) => [errors, packets]),
      [[1, 1]],
    );
  });
});

describe('of a malformed message what comes before the fault is kept', () => {
  for (const [name, packet, sets, kept] of [
    ['cut off', ipfix(TEMPLATE + DATA + ONE).subarray(0, -1), 2n, 4n],
    ['v5 with more flows than bytes', v5(3).subarray(0, -1), 0n, 0n],
    ['a set shorter than its header', ipfix(`${TEMPLATE} ${DATA} 0100 0003`), 2n, 4n],
    ['v9, a set that overruns', v9(`${V9_TEMPLATE} ${DATA} 0100 0009 06`), 2n, 4n],
    ['a value that overruns its set', ipfix(`${TEMPLATE} ${VARIABLE} ${DATA} ${OVERRUN} ${DATA}`), 4n, 4n],
    ['a value that overruns its set of options', ipfix(`0003 000e 0102 0001 0001 0052 ffff 0102 0006 0500`), 2n, 0n],
  ] as [string, Buffer, bigint, bigint][]) {
    test(name, () => {
      const { pipeline, receive, flows, spans, count } = createHarness();
      receive(v5(2));
      receive(packet);
      receive(v5(1, { sequence: 2 }));
      assert.equal(flows().length, 3 + Number(kept));
      const [, root] = spans().filter(({ parentSpanId }) => parentSpanId === '');
      assert.equal(root.status.code, 'ERROR');
      assert.match(root.status.message, /^malformed: /);
      assert.equal(root.attributes['netflow.flow.count'], kept);
      const parse = spans().find(
        ({ parentSpanId, name }) => parentSpanId === root.spanId && name.startsWith('netflow'),
      );
      assert.deepEqual(parse?.attributes, { 'netflow.sets': sets });
      assert.deepEqual([count('packetErrors.malformed'), count('flows')], [1, 3 + Number(kept)]);
      assert.equal([...pipeline.exporters.values()][0].errors, 1);
    });
  }

  test('and logged', () => {
    const lines: string[] = [];
    const { receive } = createHarness({}, { log: createLog('warn', (line) => lines.push(line)) });
    receive(ipfix('0100 0003'));
    receive(ipfix('0100 0003'));
    assert.equal(lines.length, 1);
    assert.match(lines[0], /"message":"malformed message, .*","exporter":"10.0.0.1","version":10,"domain":0/);
  });

  test('with its templates', () => {
    const { receive, count } = createHarness();
    receive(ipfix(`${TEMPLATE} ${VARIABLE} ${DATA} ${OVERRUN}`));
    assert.deepEqual([count('templates'), count('templatesLearned')], [2, 2]);
  });
});

test('a wrong length of a message that its sets contradict is repaired, counted and logged', () => {
  const lines: string[] = [];
  const { pipeline, receive, flows, count } = createHarness({}, { log: createLog('warn', (line) => lines.push(line)) });
  const packet = ipfix(TEMPLATE + DATA);
  packet.writeUInt16BE(packet.length - 2, 2);
  receive(packet);
  assert.deepEqual([flows().length, count('packetErrors.length_repaired'), count('packetErrors.malformed')], [4, 1, 0]);
  assert.equal([...pipeline.exporters.values()][0].errors, 1);
  assert.match(lines[0], /"message":"message of a wrong length, .*","exporter":"10.0.0.1","version":10,"domain":0/);
});

describe('templates', () => {
  test('one that can’t be used is refused, its siblings and its data are not lost', () => {
    const lines: string[] = [];
    const { receive, flows, count } = createHarness({}, { log: createLog('warn', (line) => lines.push(line)) });
    receive(ipfix(`0002 0014 0107 0001 0004 0000 0100 0001 0004 0001 ${DATA}`, { domain: 6 }));
    assert.deepEqual([count('packetErrors.bad_template'), flows().length], [1, 4]);
    assert.match(lines[0], /"exporter":"10.0.0.1","domain":6,"reason":"no field has a length"/);
  });

  test('one that overruns its set is refused, its siblings and other sets are not lost', () => {
    const { receive, flows, count } = createHarness();
    receive(ipfix(`0002 0014 0100 0001 0004 0001 0101 0002 0004 0001 ${DATA}`));
    assert.deepEqual([count('packetErrors.bad_template'), count('packetErrors.malformed'), flows().length], [1, 0, 4]);
  });

  test('more fields than the limit are refused', () => {
    const { receive, count } = createHarness({ limits: { fieldsPerTemplate: 1 } });
    receive(ipfix(`${TEMPLATE} 0002 0010 0101 0002 0004 0001 0005 0001`));
    assert.deepEqual([count('packetErrors.bad_template'), count('templates')], [1, 1]);
  });

  test('withdrawals are ignored (RFC 7011 §8.4)', () => {
    const { receive, flows, templates } = createHarness();
    receive(ipfix(TEMPLATE));
    receive(ipfix('0002 0008 0100 0000'));
    receive(ipfix('0002 0008 0002 0000'));
    receive(ipfix(DATA));
    assert.deepEqual([flows().length, templates.length], [4, 1]);
  });

  test('others hear of one that is new or changed, not of a refresh', () => {
    const { receive, templates, count } = createHarness();
    const changed = '0002 000c  0100 0001  0005 0001';
    for (const template of [TEMPLATE, TEMPLATE, changed, changed]) receive(ipfix(template, { domain: 5 }));
    const second = announcement({ domain: 5, record: hex('0100 0001 0005 0001') });
    assert.deepEqual(
      templates.map((told) => ({ ...told, record: Buffer.from(told.record) })),
      [{ ...second, record: hex('0100 0001 0004 0001') }, second],
    );
    assert.deepEqual([count('templatesLearned'), count('templates')], [2, 1]);
  });

  test('of a domain serve that domain alone', () => {
    const { receive, flows, count } = createHarness();
    receive(ipfix(TEMPLATE, { domain: 1 }));
    receive(ipfix(DATA, { domain: 2 }));
    assert.deepEqual([flows().length, count('packetErrors.template_missing')], [0, 1]);
  });

  test('that nobody used are forgotten, so are sets that waited in vain', () => {
    let now = NOW;
    const { pipeline, receive, count } = createHarness(
      { templates: { maxAge: '1h' }, limits: { heldAge: '1m' } },
      { now: () => now },
    );
    receive(ipfix(`${TEMPLATE} 0101 0005 00`));
    assert.ok(count('heldBytes') > 0);
    now += 60_001;
    pipeline.expire();
    assert.deepEqual([count('heldBytes'), count('packetErrors.held_discarded'), count('templates')], [0, 1, 1]);
    now += 3_600_000;
    pipeline.expire();
    assert.equal(count('templates'), 0);
  });
});

test('a late packet is read by its own templates, which do not stay', () => {
  const { receive, flows } = createHarness();
  receive(ipfix('0002 000c  0100 0001  0006 0001'));
  receive(ipfix(TEMPLATE + ONE, { exportTime: NOW_SECONDS - 1 }));
  receive(ipfix(ONE));
  assert.deepEqual(
    flows().map(({ name, attributes }) => [name, attributes['flow.tcp.flags.bits']]),
    [
      ['flow_unknown_tcp', undefined],
      ['flow_unknown_unknown', 6n],
    ],
  );
});

test('a message of 65,535 bytes', () => {
  const { receive, spans, flows } = createHarness();
  const data = 65_535 - 16 - 12 - 4;
  receive(ipfix(`0002 000c 0100 0001 0001 0200 0100 ${(4 + data).toString(16)} ${'00'.repeat(data)}`));
  assert.equal(flows().length, Math.floor(data / 512));
  assert.equal(spans()[flows().length].attributes['netflow.packet.size'], 65_535n);
});

describe('templates from other workers and from the state file', () => {
  test('are used, and not told again', () => {
    const { pipeline, receive, flows, templates, count } = createHarness();
    pipeline.learn(announcement());
    receive(ipfix(DATA));
    assert.deepEqual([flows().length, templates.length, count('templatesLearned')], [4, 0, 0]);
  });

  test('serve an IPv4 exporter on a dual-stack socket', () => {
    const { pipeline, receive, flows } = createHarness();
    pipeline.learn(announcement());
    receive(ipfix(DATA), { address: '::ffff:10.0.0.1' });
    assert.equal(flows().length, 4);
  });

  test('release what waits for them', () => {
    const { pipeline, receive, flows, count } = createHarness();
    receive(ipfix(DATA));
    pipeline.learn(announcement());
    assert.deepEqual([flows().length, count('heldBytes')], [4, 0]);
  });

  test('do not let in a source that is not allowed', () => {
    const { pipeline, receive, count } = createHarness({ allowedSources: ['10.1.0.0/16'] });
    pipeline.learn(announcement());
    receive(ipfix(DATA));
    assert.equal(count('packetErrors.source_not_allowed'), 1);
    assert.equal(pipeline.exporters.size, 0);
  });

  for (const [name, change] of [
    ['of a listener that is no more', { listener: 'other' }],
    ['that make no sense', { record: Uint8Array.of(1, 0) }],
  ] as [string, Partial<Announcement>][]) {
    test(`${name} are left alone`, () => {
      const { pipeline, count } = createHarness();
      pipeline.learn(announcement(change));
      assert.equal(count('templates'), 0);
    });
  }
});

describe('data before their template (RFC 7011 §9.3)', () => {
  test('join the trace of their packet, with its times, when the template comes', () => {
    const { receive, spans, flows, count } = createHarness();
    receive(ipfix(DATA, { domain: 5 }), {}, NOW - 10_000);
    receive(ipfix(TEMPLATE, { domain: 5, sequence: 4 }));
    const [first, second] = spans().filter(({ parentSpanId }) => parentSpanId === '');
    assert.equal(first.attributes['netflow.templates.missing'], 1n);
    assert.equal(second.attributes['netflow.flow.count'], 0n);
    for (const flow of flows()) {
      assert.deepEqual([flow.traceId, flow.parentSpanId], [first.traceId, first.spanId]);
      assert.equal(flow.startTimeUnixNano, BigInt(NOW - 10_000) * 1_000_000n);
    }
    assert.deepEqual([flows().length, count('flows'), count('heldBytes')], [4, 4, 0]);
  });

  test('also within one message', () => {
    const { receive, flows, count } = createHarness();
    receive(ipfix(DATA + TEMPLATE + ONE));
    assert.equal(flows().length, 5);
    assert.equal(new Set(flows().map(({ traceId }) => traceId)).size, 1);
    assert.equal(count('packetErrors.template_missing'), 1);
  });

  test('are decoded with their own header: v9 uptime', () => {
    const { receive, flows } = createHarness();
    receive(v9('0100 000c 00000bb8 00000fa0', { sysUptime: 5_000 }));
    receive(v9('0000 0010 0100 0002 0016 0004 0015 0004', { sysUptime: 9_000, sequence: 1 }));
    const [{ startTimeUnixNano, endTimeUnixNano }] = flows();
    assert.deepEqual(
      [startTimeUnixNano, endTimeUnixNano],
      [-2_000, -1_000].map((ms) => BigInt(NOW + ms) * 1_000_000n),
    );
  });

  test('that do not fit the template are malformed', () => {
    const { receive, flows, count } = createHarness();
    receive(ipfix(OVERRUN));
    receive(ipfix(VARIABLE));
    assert.deepEqual([flows().length, count('packetErrors.malformed')], [0, 1]);
  });

  test('whose template is gone again at once are counted', () => {
    const { receive, count } = createHarness({ limits: { templatesPerExporter: 1 } });
    receive(ipfix(DATA));
    receive(ipfix(`${TEMPLATE} ${VARIABLE}`));
    assert.deepEqual([count('flows'), count('packetErrors.held_discarded')], [0, 1]);
  });

  test('go with an exporter that has to make room', () => {
    const { receive, count } = createHarness({ limits: { exporters: 1 } });
    receive(ipfix(DATA));
    receive(v5(1), { address: '10.0.0.2' });
    assert.deepEqual([count('heldBytes'), count('packetErrors.held_discarded'), count('exporters')], [0, 1, 1]);
  });
});

describe('options data', () => {
  test('are no flows', () => {
    const { receive, flows, count } = createHarness();
    receive(ipfix(`${OPTIONS} 0102 001c ${'00000000 0000018cc251f400'.repeat(2)}`));
    assert.deepEqual([flows().length, count('flows'), count('optionsRecords')], [0, 0, 2]);
  });

  test('of domain 0 tell of the whole exporter, those of a domain before them', () => {
    const { receive, flows } = createHarness();
    const times = '0002 000c 0100 0001 0016 0004';
    const started = (ms: number): string => `0102 0010 00000000 ${BigInt(ms).toString(16).padStart(16, '0')}`;
    receive(ipfix(`${OPTIONS} ${started(NOW - 9_000)}`));
    receive(ipfix(`${times} 0100 0008 00000001`, { domain: 7 }));
    receive(ipfix(`${OPTIONS} ${started(NOW - 5_000)}`, { domain: 7, sequence: 1 }));
    receive(ipfix('0100 0008 00000001', { domain: 7, sequence: 2 }));
    assert.deepEqual(
      flows().map(({ startTimeUnixNano }) => Number(startTimeUnixNano / 1_000_000n) - NOW),
      [-8_999, -4_999],
    );
  });
});

describe('options data are told to others', () => {
  const started = (ms: number): string => `0102 0010 00000007 ${BigInt(ms).toString(16).padStart(16, '0')}`;
  const flow = '0002 000c 0100 0001 0016 0004  0100 0008 00000001';
  const startOf = ({ flows }: ReturnType<typeof createHarness>) => Number(flows()[0].startTimeUnixNano / 1_000_000n);

  test('as facts, once, and read there as here', () => {
    const here = createHarness();
    for (const ms of [NOW - 9_000, NOW - 9_000, NOW - 5_000]) here.receive(ipfix(OPTIONS + started(ms)));
    assert.deepEqual(
      here.facts.map(({ domain, facts }) => [domain, facts]),
      [
        [7, [{ kind: 'boot', id: 0, ms: NOW - 9_000 }]],
        [7, [{ kind: 'boot', id: 0, ms: NOW - 5_000 }]],
      ],
    );
    const there = createHarness();
    for (const [index, each] of here.facts.entries()) there.pipeline.learn({ ...each, receivedAt: NOW + index });
    there.receive(ipfix(flow, { domain: 7 }));
    assert.equal(startOf(there), NOW - 4_999);
    assert.deepEqual(there.facts, []);
  });

  test('but what the exporter itself said later stays', () => {
    const harness = createHarness();
    harness.receive(ipfix(OPTIONS + started(NOW - 9_000)));
    const [told] = harness.facts;
    harness.receive(ipfix(started(NOW - 5_000)), {}, NOW + 1);
    harness.pipeline.learn(told);
    harness.receive(ipfix(flow, { domain: 7 }));
    assert.equal(startOf(harness), NOW - 4_999);
  });

  test('records of options data, as versions without facts tell them, are read', () => {
    const here = createHarness();
    here.receive(ipfix(OPTIONS));
    const there = createHarness();
    const record = hex(started(NOW - 5_000)).subarray(4);
    there.pipeline.learn({ ...here.templates[0], data: { domain: 7, record } });
    there.receive(ipfix(flow, { domain: 7 }));
    assert.equal(startOf(there), NOW - 4_999);
  });

  test('kinds of facts of a later version are ignored, and those beside them are not', () => {
    const { pipeline, receive, flows } = createHarness();
    const facts: ToldFact[] = [
      { kind: 'clock', id: 0, offset: 5 },
      { kind: 'rate of domain', id: 0, interval: 100, since: 'ever' },
    ];
    const origin = { listener: 'netflow', address: '10.0.0.1', port: 0, version: 10, domain: 7 } as const;
    pipeline.learn({ ...origin, receivedAt: NOW, facts });
    receive(ipfix(flow, { domain: 7 }));
    assert.equal(flows()[0].attributes['flow.sampling.interval'], 100n);
  });

  test('as much as one exporter may have told', () => {
    const harness = createHarness();
    const rates = Array.from({ length: 4_000 }, (_, id) => `${(id + 1).toString(16).padStart(8, '0')}00000064`);
    const length = (4 + 8 * rates.length).toString(16).padStart(4, '0');
    harness.receive(ipfix('0003 0012 0103 0002 0001  012e 0004  0022 0004'));
    for (let sequence = 0; sequence < 5; sequence++) {
      const changed = rates.map((record) => record.slice(0, -1) + sequence);
      harness.receive(ipfix(`0103 ${length} ${changed.join('')}`, { sequence }));
    }
    const told = harness.facts.reduce((sum, { facts }) => sum + facts.length, 0);
    assert.equal(told, 16_384);
  });
});

describe('rates of the configuration', () => {
  const TWO = '0002 0014 0100 0003  0001 0004  0022 0001  000a 0001';
  const flow = (told: string, index: string) => `0100 000a 00000064 ${told} ${index}`;
  const intervalsOf = ({ flows }: ReturnType<typeof createHarness>) =>
    flows().map(({ attributes }) => attributes['flow.sampling.interval']);

  test('are for what exporters do not tell, and win over it when forced', () => {
    const sampling = [
      { interfaces: [1], rate: 500, force: true },
      { exporters: ['10.0.0.1'], rate: 7 },
    ];
    const harness = createHarness({ exporters: { sampling } });
    harness.receive(ipfix(TWO + flow('00', '01') + flow('14', '01') + flow('00', '02') + flow('14', '02')));
    harness.receive(ipfix(TWO + flow('00', '02')), { address: '192.0.2.1' });
    assert.deepEqual(intervalsOf(harness), [500n, 500n, 7n, 20n, undefined]);
  });

  test('change between packets', () => {
    const harness = createHarness({ exporters: { sampling: [{ rate: 7 }] } });
    harness.receive(ipfix(TWO + flow('00', '02')));
    const config = collectorConfig.parse({ exporters: { sampling: [{ rate: 8 }], scale: true } });
    harness.pipeline.reconfigure({ config, resource: {} });
    harness.receive(ipfix(flow('00', '02'), { sequence: 1 }));
    assert.deepEqual(intervalsOf(harness), [7n, 8n]);
    assert.deepEqual(
      harness.flows().map(({ attributes }) => [attributes['flow.bytes.delta'], attributes['flow.bytes.estimate']]),
      [
        [100n, undefined],
        [100n, 800n],
      ],
    );
  });

  test('for v5: the header goes before a default, not before a forced rate', () => {
    for (const [force, expected] of [
      [false, 100n],
      [true, 7n],
    ] as const) {
      const harness = createHarness({ exporters: { sampling: [{ rate: 7, force }] } });
      harness.receive(v5(1, { sampling: 0x4064 }));
      assert.deepEqual(intervalsOf(harness), [expected]);
    }
  });
});

describe('limits', () => {
  test('of records in a packet: what is beyond is dropped', () => {
    const { receive, flows, spans, count } = createHarness({ limits: { recordsPerPacket: 3 } });
    receive(ipfix(TEMPLATE + ONE + DATA + ONE));
    const [root] = spans().filter(({ parentSpanId }) => parentSpanId === '');
    assert.deepEqual([root.attributes['netflow.flow.count'], root.attributes['netflow.flow.exported']], [6n, 3n]);
    assert.deepEqual([flows().length, count('flows'), count('flowsDropped.record_limit')], [3, 6, 3]);
  });

  test('of templates unlike any before: those that come too fast are not learned, nor are others read for them', () => {
    const { receive, flows, count } = createHarness();
    const oneField = (element: number): string => `0002 000c 0100 0001 ${element.toString(16).padStart(4, '0')} 0001`;
    const packet = (element: number) => ipfix(`${oneField(element)} 0100 0005 2a`);
    for (let element = 1_000; element < 3_000; element++) receive(packet(element));
    assert.equal(flows().length, count('templatesLearned'));
    const refused = count('budgetExceeded.learning');
    assert.ok(refused > 900 && refused < 1_100, String(refused));
    assert.deepEqual([count('templatesLearned'), count('packetErrors.template_missing')], [2_000 - refused, refused]);
    receive(packet(3_000), {}, NOW + 1_000);
    assert.equal(count('templatesLearned'), 2_001 - refused);
    assert.equal(flows().length, 2_001, 'with what waited');
  });

  test('of large templates unlike any before: flows of those that come too fast are dropped, and later ones are not', () => {
    const { receive, flows, count } = createHarness();
    const fields = (element: number): string =>
      `0002 0080 0100 001e ${Array.from({ length: 30 }, (_, index) => `${(element + index).toString(16).padStart(4, '0')} 0001`).join(' ')}`;
    const packet = (element: number) => ipfix(`${fields(element)} 0100 0022 ${'2a'.repeat(30)}`);
    for (let element = 1_000; element < 1_400; element++) receive(packet(element));
    const dropped = count('flowsDropped.plan_limit');
    assert.ok(dropped > 100 && dropped < 200, String(dropped));
    assert.equal(count('budgetExceeded.compiling'), dropped);
    assert.equal(flows().length, 400 - dropped);
    receive(packet(3_000), {}, NOW + 1_000);
    assert.deepEqual([flows().length, count('flowsDropped.plan_limit')], [401 - dropped, dropped]);
  });

  test('of records in a packet: they all count for the sequence', () => {
    const { receive, count } = createHarness({ limits: { recordsPerPacket: 1 } });
    receive(ipfix(TEMPLATE + DATA));
    receive(ipfix(DATA, { sequence: 4 }));
    assert.equal(count('lostFlows'), 0);
  });

  test('of sources', () => {
    const { receive, spans, count } = createHarness({ allowedSources: ['10.0.0.0/24', '2001:db8::/32'] });
    for (const address of ['10.0.0.1', '::ffff:10.0.0.1', '2001:db8::1', '10.0.1.1', '2001:db9::1'])
      receive(v5(1), { address });
    assert.deepEqual([count('packetErrors.source_not_allowed'), count('packets'), count('exporters')], [2, 5, 2]);
    assert.equal(spans().length, 9);
  });
});

describe('what never came, by sequence numbers', () => {
  for (const [name, packets, unit, lost] of [
    ['v5 counts flows', [v5(30), v5(10, { sequence: 45 })], 'lostFlows', 15],
    ['v5, each engine for itself', [v5(30, { engine: 1 }), v5(10, { sequence: 45, engine: 2 })], 'lostFlows', 0],
    ['v9 counts packets', [v9(V9_TEMPLATE + DATA), v9(DATA, { sequence: 3, sysUptime: 100_001 })], 'lostPackets', 2],
    [
      'v9 counts packets although a template is missing',
      [0, 1, 2, 3, 6].map((sequence) => v9(DATA, { sequence })),
      'lostPackets',
      2,
    ],
    ['v9 counts flows', [0, 4, 8, 16].map((sequence) => v9(V9_TEMPLATE + DATA, { sequence })), 'lostFlows', 4],
    ['v9, each source id for itself', [v9('', { domain: 1 }), v9('', { sequence: 9, domain: 2 })], 'lostPackets', 0],
    ['IPFIX counts data records', [ipfix(TEMPLATE + DATA), ipfix(DATA, { sequence: 7 })], 'lostFlows', 3],
    [
      'IPFIX counts options data too, templates not',
      [ipfix(`${OPTIONS} 0102 0010 00000000 0000018cc251f400`), ipfix('', { sequence: 1 })],
      'lostFlows',
      0,
    ],
    ['IPFIX with a missing template: resynchronised', [ipfix(DATA), ipfix('', { sequence: 400 })], 'lostFlows', 0],
    ['IPFIX malformed: resynchronised', [ipfix('0100 0003'), ipfix('', { sequence: 400 })], 'lostFlows', 0],
    ['IPFIX malformed: a gap before it counts', [ipfix(''), ipfix('0100 0003', { sequence: 4 })], 'lostFlows', 4],
    ['v1 has none', [hex(`0001 0000 ${'00'.repeat(12)}`), hex(`0001 0000 ${'00'.repeat(12)}`)], 'lostFlows', 0],
  ] as [string, Buffer[], 'lostFlows' | 'lostPackets', number][]) {
    test(name, () => {
      const { pipeline, receive, count } = createHarness();
      for (const packet of packets) receive(packet);
      assert.equal(count(unit), lost);
      assert.equal(count('lostFlows') + count('lostPackets'), lost);
      assert.equal([...pipeline.exporters.values()][0][unit], lost);
    });
  }
});

describe('traces for the page', () => {
  test('are handed over when they are wanted', () => {
    const traces: Uint8Array[] = [];
    let wanted = true;
    const { receive, spans } = createHarness({}, { wantsTrace: () => wanted, onTrace: (trace) => traces.push(trace) });
    receive(ipfix(DATA));
    receive(ipfix(TEMPLATE, { sequence: 4 }));
    wanted = false;
    receive(v5(1));
    const names = traces.map((trace) => readSpans(trace).map(({ name }) => name));
    const packet = ['netflow.export', 'netflow.parse_packet'];
    assert.deepEqual(names, [
      packet,
      packet,
      ['flow_unknown_tcp', 'flow_unknown_udp', 'flow_unknown_icmp', 'flow_unknown_ipv6-icmp'],
    ]);
    assert.equal(new Set([traces[0], traces[2]].flatMap(readSpans).map(({ traceId }) => traceId)).size, 1);
    assert.equal(spans().length, 11);
  });

  test('are whole or not shown', () => {
    const traces: Uint8Array[] = [];
    const { receive, spans } = createHarness(
      { otlp: { batch: { maxSize: '16Ki' } } },
      { wantsTrace: () => true, onTrace: (trace) => traces.push(trace) },
    );
    for (let packet = 0; packet < 40; packet++) receive(v5(15, { sequence: 15 * packet }));
    assert.ok(traces.length > 0 && traces.length < 40);
    for (const trace of traces) assert.equal(readSpans(trace).length, 17);
    assert.equal(spans().length, 40 * 17);
  });
});

test('what is received is counted', () => {
  const { pipeline, receive, count } = createHarness();
  receive(v5(2), {}, NOW);
  receive(ipfix(TEMPLATE + DATA), {}, NOW + 5);
  const counts: Partial<Record<CounterName, number>> = {
    ...{ packets: 2, packetBytes: 120 + 36, flows: 6, flowsInFlight: 6, flowTimesReplaced: 6 },
    ...{ templates: 1, templatesLearned: 1, exporters: 1, lastPacketTime: NOW + 5 },
    ...Object.fromEntries(PACKET_ERRORS.map((reason) => [`packetErrors.${reason}`, 0])),
  };
  for (const [name, expected] of Object.entries(counts)) assert.equal(count(name as CounterName), expected, name);
  const [exporter] = pipeline.exporters.values();
  assert.deepEqual([exporter.packets, exporter.bytes, exporter.flows, [...exporter.versions]], [2, 156, 6, [5, 10]]);
  assert.deepEqual([exporter.firstPacketTime, exporter.lastPacketTime], [NOW, NOW + 5]);
});

describe('data that do not fit their template', () => {
  /** Template 256 with a field of four bytes, and data of one with six. */
  const FOUR = '0002 000c  0100 0001  0008 0004';
  const SIX = '0002 0010  0100 0002  0008 0004  0007 0002';
  const OF_SIX = '0100 0010  0a000001 0035 0a000002 0036';

  test('are counted and logged, and decoded by a template that fits', () => {
    const lines: string[] = [];
    const { pipeline, receive, flows, spans, count } = createHarness(
      {},
      { log: createLog('warn', (line) => lines.push(line)) },
    );
    receive(ipfix(FOUR, { domain: 3 }));
    receive(ipfix('0100 000a 0a000001 0035', { domain: 3 }));
    receive(ipfix(`0100 0006 0a00`, { domain: 3 }));
    assert.deepEqual([flows().length, count('packetErrors.template_mismatch')], [1, 1]);
    assert.match(
      lines[0],
      /"data set does not fit its template","exporter":"10.0.0.1","domain":3,"template":256,"setLength":2,"recordLength":4/,
    );
    const last = spans().findLast(({ parentSpanId }) => parentSpanId === '')!;
    assert.equal(last.attributes['netflow.templates.missing'], 1n);
    assert.equal([...pipeline.exporters.values()][0].errors, 1);
    receive(ipfix('0002 000c  0100 0001  0007 0002', { domain: 3 }));
    assert.deepEqual([flows().length, count('heldBytes'), count('packetErrors.template_mismatch')], [2, 0, 1]);
    assert.equal(flows()[1].attributes['source.port'], 0x0a00n);
  });

  test('are counted too when they waited for a template that does not fit them', () => {
    const { receive, flows, count } = createHarness();
    receive(ipfix(OF_SIX));
    receive(ipfix('0002 000c  0100 0001  0008 0010'));
    assert.deepEqual(
      [flows().length, count('packetErrors.template_missing'), count('packetErrors.template_mismatch')],
      [0, 1, 1],
    );
    receive(ipfix(SIX));
    assert.deepEqual([flows().length, count('packetErrors.template_mismatch'), count('heldBytes')], [2, 1, 0]);
  });

  test('but padding of any length that follows its template in one message', () => {
    const { receive, flows, count } = createHarness();
    receive(ipfix(`${SIX} 0100 000f 0a000001 0035 ffffffffff`));
    assert.deepEqual([flows().length, count('packetErrors.template_mismatch')], [1, 0]);
  });
});

describe('after a restart of its exporter', () => {
  /** IPv4 addresses in two orders, and the FIRST of before; a record of ten seconds before the uptime. */
  const BEFORE = '0000 0014  0100 0003  0008 0004  000c 0004  0016 0004';
  const AFTER = '0000 0014  0100 0003  000c 0004  0008 0004  0016 0004';
  const [UP_LONG, UP_SHORT] = [864_000_000, 2_000];
  const RECORD = '0100 0010  0a000001 c0000202 000003e8';
  const later = { sysUptime: UP_SHORT + 100, sequence: 1 };

  test('data are held until the template is announced again, and read by what it is then', () => {
    const { receive, flows, count } = createHarness();
    receive(v9(`${BEFORE} ${RECORD}`, { sysUptime: UP_LONG, sequence: 500_000 }));
    receive(v9('0100 0010  0a000001 c0000202 00ffffff', { sysUptime: UP_SHORT }));
    assert.deepEqual([flows().length, count('packetErrors.template_missing')], [1, 1]);
    receive(v9(AFTER, later));
    assert.deepEqual(
      flows().map(({ attributes }) => attributes['source.address']),
      ['10.0.0.1', '192.0.2.2'],
    );
    assert.equal(count('heldBytes'), 0);
  });

  test('also when it is announced unchanged', () => {
    const { receive, flows } = createHarness();
    receive(v9(BEFORE, { sysUptime: UP_LONG, sequence: 500_000 }));
    receive(v9('0100 0010  0a000001 c0000202 00ffffff', { sysUptime: UP_SHORT }));
    receive(v9(BEFORE, later));
    receive(v9('0100 0010  0a000001 c0000202 00ffffff', { ...later, sequence: 2 }));
    assert.equal(flows().length, 2);
  });

  test('data that fit in all respects are decoded at once', () => {
    const { receive, flows, count } = createHarness();
    receive(v9(BEFORE, { sysUptime: UP_LONG, sequence: 500_000 }));
    receive(v9(RECORD, { sysUptime: UP_SHORT }));
    assert.deepEqual([flows().length, count('heldBytes')], [1, 0]);
  });

  test('what came before it is not read by a template of after it', () => {
    const { receive, flows, count } = createHarness();
    receive(v9(RECORD, { sysUptime: UP_LONG, sequence: 500_000 }));
    receive(v9(AFTER, { sysUptime: UP_SHORT }));
    assert.deepEqual([flows().length, count('packetErrors.held_discarded'), count('heldBytes')], [0, 1, 0]);
  });

  test('templates of other domains stay', () => {
    const { receive, flows } = createHarness();
    receive(v9(BEFORE, { sysUptime: UP_LONG, sequence: 500_000, domain: 1 }));
    receive(v9(BEFORE, { sysUptime: UP_LONG, sequence: 500_000, domain: 2 }));
    receive(v9('', { sysUptime: UP_SHORT, domain: 1 }));
    receive(v9('0100 0010  0a000001 c0000202 00ffffff', { sysUptime: UP_LONG, sequence: 500_001, domain: 2 }));
    assert.equal(flows().length, 1);
  });

  test('IPFIX, by its sequence', () => {
    const { receive, flows, count } = createHarness();
    const seconds = '0002 0010  0100 0002  0004 0001  0096 0004';
    receive(ipfix(seconds, { sequence: 500_000 }));
    receive(ipfix('0100 0009  06 00000001', { exportTime: NOW_SECONDS + 1 }));
    assert.deepEqual([flows().length, count('packetErrors.template_missing')], [0, 1]);
    receive(ipfix(seconds, { sequence: 1, exportTime: NOW_SECONDS + 2 }));
    assert.equal(flows().length, 1);
  });

  describe('IPFIX, by when options data say that the device was started', () => {
    const [BEFORE, AFTER] = ['0008 0004  000c 0004', '000c 0004  0008 0004'];
    const FLOWS = (fields: string) => `0002 0014  0100 0003  ${fields}  0004 0001`;
    const OPTIONS = '0003 0012  0101 0002 0001  0095 0004 00a0 0008';
    const started = (ms: number, domain = 1) =>
      `0101 0010  ${domain.toString(16).padStart(8, '0')} ${ms.toString(16).padStart(16, '0')}`;
    const [LONG_AGO, JUST_NOW] = [NOW - 864_000_000, NOW + 3_000];
    const RECORD = '0100 000d  0a000001 c0000202 06';
    /** Two bytes behind the record: it need not be of that template. */
    const DOUBTFUL = '0100 000f  0a000001 c0000202 06 0102';
    const harness = (before = BEFORE) => {
      const all = createHarness();
      let sequence = 0;
      const receive = (sets: string, second: number, domain = 1) =>
        all.receive(ipfix(sets, { sequence: sequence++, domain, exportTime: NOW_SECONDS + second }));
      receive(FLOWS(before) + OPTIONS + started(LONG_AGO), 0);
      const sources = () => all.flows().map(({ attributes }) => attributes['source.address']);
      return { ...all, receive, sources };
    };

    test('data are held until the template is announced again', () => {
      const { receive, sources, count } = harness();
      receive(started(JUST_NOW), 5);
      receive(DOUBTFUL, 6);
      assert.deepEqual([sources().length, count('packetErrors.template_missing')], [0, 1]);
      receive(FLOWS(AFTER), 7);
      assert.deepEqual(sources(), ['192.0.2.2']);
    });

    test('in the same message, before or behind', () => {
      for (const sets of [DOUBTFUL + started(JUST_NOW), started(JUST_NOW) + DOUBTFUL]) {
        const { receive, sources, count } = harness();
        receive(sets, 5);
        assert.deepEqual([sources().length, count('packetErrors.template_missing')], [0, 1]);
        receive(FLOWS(AFTER), 6);
        assert.deepEqual(sources(), ['192.0.2.2']);
      }
    });

    test('templates that were announced since stay, and data that wait', () => {
      const { receive, sources, count } = harness();
      receive(FLOWS(AFTER), 4);
      receive('0102 000d  0a000003 c0000204 06', 4);
      receive(started(JUST_NOW), 5);
      receive(DOUBTFUL, 6);
      assert.deepEqual(sources(), ['192.0.2.2']);
      receive('0002 0014  0102 0003  0008 0004  000c 0004  0004 0001', 7);
      assert.deepEqual([sources().at(-1), count('heldBytes')], ['10.0.0.3', 0]);
    });

    test('of domain 0 it is true of all, of another of that', () => {
      for (const [domain, flows] of [
        [0, 0],
        [2, 1],
      ]) {
        const { receive, sources } = harness();
        receive(OPTIONS + started(LONG_AGO, domain), 0, 3);
        receive(started(JUST_NOW, domain), 5, 3);
        receive(DOUBTFUL, 6);
        assert.equal(sources().length, flows);
      }
    });

    test('a start that moves by less than a minute, or back, or is told first is none', () => {
      for (const ms of [LONG_AGO + 60_000, LONG_AGO - 864_000_000]) {
        const { receive, sources } = harness();
        receive(started(ms), 5);
        receive(DOUBTFUL, 6);
        assert.equal(sources().length, 1);
      }
      const { receive, sources } = harness();
      receive(started(JUST_NOW, 7), 5);
      receive(DOUBTFUL, 6);
      assert.equal(sources().length, 1);
    });

    test('data that fit in all respects are decoded at once', () => {
      const { receive, sources } = harness();
      receive(started(JUST_NOW), 5);
      receive(RECORD, 6);
      assert.equal(sources().length, 1);
    });
  });
});
