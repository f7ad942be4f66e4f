/**
 * Floods that once cost a collector its memory, or others their state; a good exporter sends beside each. Bounds are of
 * memory that is in use after all, and of work that was done: there are no times in them.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ipfixMessage, v5Packet } from '../generator/packet.ts';
import { dataSet, optionsTemplateSet, type Template, templateSet } from '../generator/set.ts';
import { DOCUMENTED_PEN, TYPE_RECORDS, typeRecord } from '../generator/type-record.ts';
import { START_MS, startFlood } from './beside.ts';

const MIB = 2 ** 20;
/** What fits into a packet of Ethernet, and into the largest datagram. */
const [SMALL, LARGE] = [1_440, 65_400];

const address = (index: number): string => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;

/** So many templates from an id on, of fields of one byte; unlike those of another seed. */
function templates(count: number, fields: number, seed = 0, first = 256): Template[] {
  return Array.from({ length: count }, (_, index) => ({
    id: first + index,
    fields: Array.from({ length: fields }, (_, field) => ({ id: 1 + ((index + field * 7 + seed) % 430), length: 1 })),
  }));
}

suite('options data', () => {
  test('of 60 KB, each of a made-up domain', () => {
    const flood = startFlood();
    const fields = [95, 96].map((id) => ({ id, length: 29_000 }));
    const template = optionsTemplateSet(10, [{ id: 256, scope: [{ id: 149, length: 4 }], fields }]);
    const record = Buffer.alloc(4 + 58_000, 'x');
    const message = ipfixMessage({ exportTime: START_MS / 1_000, sequence: 0, domain: 0 }, [
      template,
      dataSet(256, [record]),
    ]);
    for (let domain = 0; domain < 38_000; domain++) {
      message.writeUInt32BE(domain, 12);
      message.writeUInt32BE(domain, message.length - record.length);
      flood.receive('10.0.0.1', message);
    }
    flood.check(32 * MIB);
    assert.ok(flood.count('budgetExceeded.domains') > 36_000);
  });

  test('of names as long as they may be, of a hundred exporters', () => {
    const flood = startFlood();
    const fields = [82, 83].map((id) => ({ id, length: 250 }));
    const template = optionsTemplateSet(10, [{ id: 256, scope: [{ id: 10, length: 4 }], fields }]);
    const record = Buffer.alloc(504, 'x');
    for (let exporter = 0; exporter < 100; exporter++) {
      flood.send(address(exporter), 1, template);
      for (let packet = 0; packet < 25; packet++) {
        const records = Array.from({ length: 120 }, (_, index) => {
          record.writeUInt32BE(packet * 120 + index, 0);
          return Buffer.from(record);
        });
        flood.send(address(exporter), 1, dataSet(256, records));
      }
    }
    assert.ok(flood.count('budgetExceeded.options') > 200_000);
    flood.check(192 * MIB);
  });

  test('that name elements of a template, others in each packet', () => {
    const flood = startFlood();
    const fields = Array.from({ length: 100 }, (_, index) => ({
      id: 1 + index,
      length: 1,
      enterprise: DOCUMENTED_PEN,
    }));
    flood.send('10.0.0.1', 1, templateSet(10, [{ id: 256, fields }]), optionsTemplateSet(10, [TYPE_RECORDS]));
    for (let packet = 0; packet < 10_000; packet++) {
      const record = typeRecord(1 + (packet % 200), `n${packet}`.padEnd(128, 'x'));
      flood.send('10.0.0.1', 1, dataSet(TYPE_RECORDS.id, [record]), dataSet(256, [Buffer.alloc(100, 1)]));
    }
    assert.ok(flood.count('budgetExceeded.compiling') > 9_000);
    flood.check(32 * MIB);
  });

  test('whose values alternate', () => {
    const flood = startFlood();
    const template = optionsTemplateSet(10, [
      { id: 256, scope: [{ id: 10, length: 1 }], fields: [{ id: 34, length: 1 }] },
    ]);
    flood.send('10.0.0.1', 1, template);
    const before = flood.facts;
    for (let packet = 0; packet < 2_000; packet++) {
      const records = Array.from({ length: 700 }, (_, index) =>
        Buffer.of(index & 255, 1 + ((packet + (index >> 8)) & 1)),
      );
      flood.send('10.0.0.1', 1, dataSet(256, records));
    }
    assert.ok(flood.facts - before <= 16_384, `${flood.facts - before} facts`);
    assert.ok(flood.count('budgetExceeded.announcing') > 10_000);
    assert.ok(flood.count('budgetExceeded.describing') > 1_300_000);
    flood.check(16 * MIB);
  });
});

suite('templates', () => {
  for (const [name, packetSize, packets] of [
    ['as many as a datagram holds', LARGE, 100],
    ['of packets of Ethernet', SMALL, 5_000],
  ] as const) {
    test(`${name}: few are learned, and those that are repeated are not learned again`, () => {
      const flood = startFlood();
      const count = Math.floor(packetSize / 8);
      const set = templateSet(10, templates(Math.min(count, 900), 1));
      for (let packet = 0; packet < packets; packet++) flood.send('10.0.0.1', 1, set);
      assert.equal(flood.learned, Math.min(count, 900));
      for (let packet = 0; packet < packets; packet++)
        flood.send('10.0.0.2', 1, templateSet(10, templates(count, 1, packet)));
      assert.ok(flood.learned <= 900 + 1_024, `${flood.learned}`);
      assert.ok(flood.count('budgetExceeded.learning') > count * (packets - 1) - 2_048);
      flood.check(16 * MIB);
    });
  }

  test('1,024 of each of 70 sources, whose data come too', () => {
    const flood = startFlood();
    for (let round = 0; round < 3; round++) {
      for (let exporter = 0; exporter < 70; exporter++) {
        const all = templates(1_024, 2, exporter + round);
        for (let at = 0; at < all.length; at += 512) {
          const some = all.slice(at, at + 512);
          const data = some.map(({ id }) => dataSet(id, [Buffer.alloc(4)]));
          flood.send(address(exporter), 1, templateSet(10, some));
          flood.send(address(exporter), 1, ...data);
        }
      }
      flood.wait(60_000);
    }
    assert.ok(flood.count('budgetExceeded.templates') > 5_000);
    // Of which the plans that look for top talkers take 3, and code that plans of one shape do not share 9.
    flood.check(144 * MIB);
  });

  test('of many fields, whose data come too, until no more plans are kept', () => {
    const flood = startFlood();
    for (let round = 0; round < 20; round++) {
      for (let exporter = 0; exporter < 4; exporter++) {
        const all = templates(20, 60, 20 * round + 97 * exporter);
        const data = all.map(({ id }) => dataSet(id, [Buffer.alloc(60)]));
        flood.send(address(exporter), 1, templateSet(10, all), ...data);
      }
      flood.wait(1_000);
    }
    assert.ok(flood.count('budgetExceeded.plans') > 50);
    assert.ok(flood.count('budgetExceeded.compiling') > 50);
    flood.check(160 * MIB);
  });
});

suite('made-up sources', () => {
  test('of 24 bytes each', () => {
    const flood = startFlood();
    const packet = v5Packet({ sysUptime: 0, unixSecs: 0, sequence: 0 }, []);
    assert.equal(packet.length, 24);
    for (let source = 0; source < 35_000; source++) flood.receive(address(source), packet);
    assert.ok(flood.count('budgetExceeded.exporters') > 17_000);
    flood.check(64 * MIB);
  });

  test('each with a flow', () => {
    const flood = startFlood();
    const packet = v5Packet({ sysUptime: 0, unixSecs: 0, sequence: 0 }, [Buffer.alloc(48)]);
    for (let source = 0; source < 35_000; source++) {
      flood.receive(address(source), packet);
      if (source % 1_000 === 0) flood.wait(1_000);
    }
    flood.check(80 * MIB);
  });

  test('each with templates, as data come', () => {
    const flood = startFlood();
    for (let source = 0; source < 20_000; source++) {
      const some = templates(8, 2, source);
      flood.send(address(source), 1, templateSet(10, some), dataSet(256, [Buffer.alloc(4)]));
      if (source % 1_000 === 0) flood.wait(1_000);
    }
    flood.check(224 * MIB, { forged: true });
  });
});

test('66,000 made-up domains', () => {
  const flood = startFlood();
  for (let domain = 0; domain < 66_000; domain++) flood.send(address(domain % 66), domain);
  assert.ok(flood.count('budgetExceeded.domains') > 30_000);
  flood.check(64 * MIB);
});

test('data that wait, of 40 sources', () => {
  const flood = startFlood();
  const set = dataSet(999, [Buffer.alloc(1_400)]);
  for (let packet = 0; packet < 40_000; packet++) flood.send(address(packet % 40), 1, set);
  assert.ok(flood.count('budgetExceeded.held_bytes') > 20_000);
  assert.ok(flood.count('heldBytes') <= 16 * MIB);
  flood.check(32 * MIB);
});

test('data that wait, and templates that take turns which they do not fit', () => {
  const flood = startFlood();
  const waiting = Buffer.alloc(1_400, 1);
  for (let packet = 0; packet < 700; packet++) flood.send('10.0.0.1', 1, dataSet(256, [waiting]));
  const turns = [0, 1].map((turn) => templateSet(10, [{ id: 256, fields: [{ id: 1, length: 2_000 + turn }] }]));
  for (let packet = 0; packet < 10_000; packet++) flood.send('10.0.0.1', 1, turns[packet % 2]);
  assert.ok(flood.learned < 10, `${flood.learned}`);
  flood.check(8 * MIB);
});
