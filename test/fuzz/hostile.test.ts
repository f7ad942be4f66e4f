/** Datagrams made to do harm, by name. The target checks the ledger, the limits and every batch after each of them. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COUNTER, type CounterName } from '../../collector/ledger/ledger.ts';
import { listCaptures, readCapture } from '../../collector/replay/captures.ts';
import { collectorConfig } from '../../crds/collector-config.ts';
import { ipfixMessage, v5Packet, v9Packet } from '../generator/packet.ts';
import { START_MS } from './elements.ts';
import { measureMemory } from './memory.ts';
import { CAPTURES } from './seeds.ts';
import { createTarget } from './target.ts';

const MIB = 2 ** 20;
/** Largest UDP payload over IPv4. */
const MAX_PAYLOAD = 65_507;
const EXPORT_TIME = START_MS / 1000;

/** A pipeline with the default limits. */
function createCollector() {
  const target = createTarget([
    { config: collectorConfig.parse({ limits: { fieldsPerTemplate: 2_048 } }), flushEvery: 1 },
  ]);
  const [counters] = target.ledgers;
  return {
    send: (bytes: Uint8Array, source = 0) => target.run({ profile: 0, datagrams: [{ source, pause: 0, bytes }] }),
    count: (name: CounterName) => counters[COUNTER[name]],
  };
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2);
  return bytes;
}

function set(id: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([words(id, 4 + body.length), body]);
}

/** A template set with one template, of pairs of element and length. */
function template(id: number, fields: readonly (readonly [number, number])[]): Buffer {
  return set(2, words(id, fields.length, ...fields.flat()));
}

function ipfix(...sets: readonly Uint8Array[]): Buffer {
  return ipfixMessage({ exportTime: EXPORT_TIME, sequence: 0, domain: 1 }, sets);
}

function v9(...sets: readonly Uint8Array[]): Buffer {
  return v9Packet({ sysUptime: 0, unixSecs: EXPORT_TIME, sequence: 0, sourceId: 1, count: sets.length }, sets);
}

suite('templates that never advance', () => {
  for (const [name, message] of [
    ['an IPFIX template without fields, with data', ipfix(set(2, words(256, 0)), set(256, Buffer.alloc(4)))],
    ['a v9 template without fields, with data', v9(set(0, words(256, 0)), set(256, Buffer.alloc(4)))],
    [
      'an IPFIX template of empty fields, with data',
      ipfix(
        template(256, [
          [1, 0],
          [2, 0],
        ]),
        set(256, Buffer.alloc(8)),
      ),
    ],
    ['a v9 options template of empty scopes', v9(set(1, words(256, 4, 0, 1, 0)), set(256, Buffer.alloc(8)))],
  ] as const) {
    test(name, () => {
      const { send, count } = createCollector();
      send(message);
      assert.deepEqual([count('templates'), count('flows'), count('optionsRecords')], [0, 0, 0]);
    });
  }

  test('the first of them has 32 bytes', () => {
    assert.equal(ipfix(set(2, words(256, 0)), set(256, Buffer.alloc(4))).length, 32);
  });
});

suite('floods', () => {
  test('of templates, from one source', () => {
    const { send, count } = createCollector();
    const before = measureMemory();
    for (let round = 0; round < 40; round++) {
      const templates = Array.from({ length: 2_500 }, (_, index) => {
        return template(256 + ((round * 2_500 + index) % 65_000), [
          [1 + round, 4],
          [1 + (index % 100), 4],
        ]);
      });
      send(ipfix(...templates));
    }
    assert.equal(count('templatesLearned') + count('budgetExceeded.learning'), 100_000);
    assert.ok(count('templatesLearned') <= 1_024);
    assert.ok(count('templates') <= 1_024);
    assert.ok(measureMemory() - before < 16 * MIB);
  });

  test('of templates as large as they may be, from many sources', () => {
    const { send, count } = createCollector();
    const before = measureMemory();
    const fields = Array.from({ length: 2_000 }, (_, index) => [1 + (index % 400), 4] as const);
    const message = ipfix(...Array.from({ length: 8 }, (_, index) => template(256 + index, fields)));
    for (let source = 0; source < 400; source++) send(message, source);
    assert.equal(count('templatesLearned') + count('budgetExceeded.learning'), 3_200);
    assert.ok(count('templatesLearned') > 1_000);
    assert.ok(measureMemory() - before < 160 * MIB);
  });

  test('of sources, each with a template and data without one', () => {
    const { send, count } = createCollector();
    const before = measureMemory();
    const message = ipfix(template(256, [[1, 4]]), set(257, Buffer.alloc(16)));
    for (let source = 0; source < 60_000; source++) send(message, source);
    assert.ok(count('exporters') <= 16_384);
    assert.ok(count('templates') <= 16_384);
    assert.equal(count('packetErrors.template_missing'), 60_000);
    assert.ok(count('packetErrors.held_discarded') >= 60_000 - 16_384);
    assert.ok(measureMemory() - before < 96 * MIB);
  });

  test('of observation domains', () => {
    const { send, count } = createCollector();
    const before = measureMemory();
    const message = ipfix();
    for (let domain = 0; domain < 300_000; domain++) {
      message.writeUInt32BE(domain, 12);
      send(message, domain % 300);
    }
    assert.equal(count('exporters'), 300);
    assert.ok(measureMemory() - before < 48 * MIB);
  });

  test('of small templates with data, each of which is compiled', () => {
    const { send, count } = createCollector();
    const before = measureMemory();
    for (let round = 0; round < 20; round++) {
      const sets = Array.from({ length: 1_000 }, (_, index) => [
        template(256 + index, [[1 + index, 1 + round]]),
        set(256 + index, Buffer.alloc(1 + round)),
      ]);
      send(ipfix(...sets.flat()));
    }
    assert.equal(count('flows') + count('budgetExceeded.learning'), 20_000);
    assert.ok(count('flows') > 900);
    assert.ok(measureMemory() - before < 128 * MIB);
  });

  test('of data sets without a template, which then comes', () => {
    const { send, count } = createCollector();
    const before = measureMemory();
    for (let packet = 0; packet < 1_000; packet++) send(ipfix(set(256, Buffer.alloc(8_000, 1))));
    assert.ok(count('heldBytes') <= MIB);
    send(ipfix(template(256, [[4, 2]])));
    assert.equal(count('heldBytes'), 0);
    assert.equal(count('flows'), 4_000 * (1_000 - count('packetErrors.held_discarded')));
    assert.ok(measureMemory() - before < 32 * MIB);
  });
});

suite('full datagrams', () => {
  test('of records of one byte', () => {
    const { send, count } = createCollector();
    send(ipfix(template(256, [[4, 1]])));
    const records = MAX_PAYLOAD - 20;
    send(ipfix(set(256, Buffer.alloc(records, 17))));
    assert.equal(count('flows'), records);
    assert.equal(count('flowsExported'), 4_096);
    assert.equal(count('flowsDropped.record_limit'), records - 4_096);
  });

  test('of records of one byte, in many sets', () => {
    const { send, count } = createCollector();
    send(ipfix(template(256, [[4, 1]])));
    send(ipfix(...Array.from({ length: 8_000 }, () => set(256, Buffer.alloc(4, 17)))));
    assert.equal(count('flows'), 32_000);
    assert.equal(count('flowsExported'), 4_096);
  });

  test('of empty records of variable length', () => {
    const { send, count } = createCollector();
    send(ipfix(template(256, [[82, 65_535]])));
    send(ipfix(set(256, Buffer.alloc(60_000))));
    assert.equal(count('flows'), 60_000);
    assert.equal(count('flowsExported'), 4_096);
  });

  test('of options records of one byte, behind a thousand empty fields', () => {
    const { send, count } = createCollector();
    send(ipfix(set(3, words(256, 1_024, 1, ...Array(1_023).fill([1, 0]).flat(), 1, 1))));
    send(ipfix(set(256, Buffer.alloc(65_000))));
    assert.equal(count('optionsRecords'), 4_096);
  });

  for (const [name, list, listed, content] of [
    ['one list of values of one byte', 291, [4, 1], [3, 0, 4, 0, 1]],
    ['one list of values of no bytes', 291, [4, 1], [3, 0, 4, 0, 0]],
    ['one list of empty values', 291, [4, 1], [3, 0, 82, 255, 255]],
    ['one list of records of one byte', 292, [4, 1], [3, 1, 1]],
    ['one list of records that are lists of such records', 292, [292, 65_535], [3, 1, 1]],
    ['one list of records of no template', 293, [4, 1], [3]],
  ] as const) {
    test(`of ${name}`, () => {
      const { send, count } = createCollector();
      const flow: [number, number][] = [
        [4, 1],
        [list, 65_535],
      ];
      send(ipfix(template(257, [listed]), template(256, flow)));
      for (const filling of [0, 1, 4]) {
        const bytes = Buffer.concat([Buffer.from(content), Buffer.alloc(65_000, filling)]);
        send(ipfix(set(256, Buffer.of(17, 255), words(bytes.length), bytes)));
      }
      assert.equal(count('flowsExported'), 3);
    });
  }

  test('of lists with the longest names, in records of a few bytes', () => {
    const { send, count } = createCollector();
    send(ipfix(template(257, [[292, 65_535], ...Array(20).fill([4, 1])]), template(256, [[292, 48]])));
    // A list of one record: a list of one record without a list, and twenty values.
    const inner = Buffer.concat([Buffer.of(3, 1, 1), Buffer.of(0), Buffer.alloc(20, 17)]);
    const outer = Buffer.concat([Buffer.of(3, 1, 1), Buffer.of(inner.length), inner, Buffer.alloc(20, 17)]);
    send(ipfix(set(256, ...Array.from({ length: 1_300 }, () => outer))));
    assert.equal(count('flowsExported'), 1_300);
    assert.equal(count('packetErrors.list_limit'), 0);
  });

  test('of empty sets', () => {
    const { send, count } = createCollector();
    send(ipfix(...Array.from({ length: 16_000 }, (_, index) => set(256 + index))));
    assert.equal(count('packetErrors.template_missing'), 16_000);
  });

  test('of withdrawals, and a byte that makes none of it padding', () => {
    const { send, count } = createCollector();
    const zeros = Buffer.alloc(65_000);
    zeros[64_999] = 1;
    send(ipfix(set(2, zeros)));
    send(v9(set(0, zeros)));
    assert.equal(count('templates'), 0);
  });

  test('of one value, for each element that may be long', () => {
    const { send, count } = createCollector();
    const value = Buffer.concat([Buffer.of(255), words(65_000), Buffer.alloc(65_000, 0xff)]);
    const elements = [82, 94, 95, 96, 210, 371, 460, 32_767];
    for (const element of elements) {
      send(ipfix(template(256, [[element, 65_535]])));
      send(ipfix(set(256, value)));
    }
    assert.equal(count('flows'), elements.length);
    assert.equal(count('flowsExported'), elements.length);
  });
});

suite('templates of 2,048 fields', () => {
  for (const [name, length] of [
    ['of one byte', 1],
    ['of eight bytes', 8],
    ['of thirty bytes', 30],
  ] as const) {
    test(name, () => {
      const { send, count } = createCollector();
      send(
        ipfix(
          template(
            256,
            Array.from({ length: 2_048 }, (_, index) => [1 + (index % 500), length] as const),
          ),
        ),
      );
      send(ipfix(set(256, Buffer.alloc(2_048 * length, 0xc3))));
      assert.deepEqual([count('templates'), count('flowsExported')], [1, 1]);
    });
  }

  test('one more is refused', () => {
    const { send, count } = createCollector();
    send(
      ipfix(
        template(
          256,
          Array.from({ length: 2_049 }, () => [1, 1] as const),
        ),
      ),
    );
    assert.deepEqual([count('templates'), count('packetErrors.bad_template')], [0, 1]);
  });
});

suite('variable length everywhere', () => {
  const fields = Array.from({ length: 500 }, (_, index) => [1 + index, 65_535] as const);
  const short = Buffer.concat(Array.from({ length: 500 }, (_, index) => Buffer.alloc(1 + (index % 20), index % 20)));
  const long = Buffer.concat(
    Array.from({ length: 500 }, (_, index) =>
      Buffer.concat([Buffer.of(255), words(index % 20), Buffer.alloc(index % 20)]),
    ),
  );
  for (const [name, data, flows, malformed] of [
    ['prefixes of one byte', short, 1, 0],
    ['prefixes of three bytes', long, 1, 0],
    ['no values', Buffer.alloc(500), 1, 0],
    ['a prefix that is cut off', Buffer.concat([Buffer.alloc(499), Buffer.of(255)]), 0, 1],
    ['a value that runs over its set', Buffer.concat([Buffer.alloc(499), Buffer.of(254, 0)]), 0, 1],
  ] as const) {
    test(name, () => {
      const { send, count } = createCollector();
      send(ipfix(template(256, fields)));
      send(ipfix(set(256, data)));
      assert.deepEqual([count('flows'), count('packetErrors.malformed')], [flows, malformed]);
    });
  }
});

suite('headers that promise more than there is', () => {
  const v5 = v5Packet({ sysUptime: 0, unixSecs: EXPORT_TIME, sequence: 0 }, [Buffer.alloc(48)]);
  v5.writeUInt16BE(65_535, 2);
  const longer = ipfix(set(256, Buffer.alloc(4))).subarray(0, -1);
  longer.writeUInt16BE(65_535, 2);
  for (const [name, bytes] of [
    ['a v5 packet of 65,535 records', v5],
    ['an IPFIX message of 65,535 bytes', longer],
  ] as const) {
    test(name, () => {
      const { send, count } = createCollector();
      send(bytes);
      assert.deepEqual([count('flows'), count('packetErrors.malformed')], [0, 1]);
    });
  }
});

test('every capture, cut off at every length', () => {
  const { send, count } = createCollector();
  let sent = 0;
  for (const file of listCaptures([CAPTURES])) {
    for (const { payload } of readCapture(file).packets.slice(0, 4)) {
      for (let length = 0; length <= payload.length; length++) {
        send(payload.subarray(0, length), sent % 4);
        sent++;
      }
    }
  }
  assert.ok(sent > 10_000);
  assert.equal(count('packets'), sent);
});
