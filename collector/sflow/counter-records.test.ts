/** Counter records, with values counted out by hand from sFlow Version 5, §5.3, and sFlow Host Structures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNTER_RECORDS, type CounterFormat, fieldsOf, readCounterRecords } from './counter-records.ts';
import { counterSample, datagram, expandedCounterSample, record, text, u32 } from './datagram.fixture.ts';
import { Sample } from './sample.ts';

const HEADER = 28;

function read(sampleHex: string) {
  const bytes = datagram([sampleHex]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sample = new Sample();
  assert.equal(sample.read(view, HEADER, bytes.length), undefined);
  return readCounterRecords(view, sample);
}

/** The values of the first record by their names. */
function valuesOf(sampleHex: string): Record<string, unknown> {
  const [{ format, values }] = read(sampleHex).records;
  return Object.fromEntries([...fieldsOf(format)].map(([name, { at }]) => [name, values[at]]));
}

const u64 = (value: bigint) => value.toString(16).padStart(16, '0');
// 88 bytes: ifIndex 7, Ethernet, 10 Gbit/s, full duplex, up and up.
const INTERFACE =
  u32(7, 6) +
  u64(10_000_000_000n) +
  u32(1, 3) +
  u64(2n ** 60n + 1n) +
  u32(11, 12, 13, 14, 15, 16) +
  u64(22n) +
  u32(23, 24, 25, 26, 27, 2);

test('an interface’s counters', () => {
  assert.equal(INTERFACE.length / 2, 88);
  for (const sample of [counterSample([record(1, INTERFACE)]), expandedCounterSample([record(1, INTERFACE)])])
    assert.deepEqual(valuesOf(sample), {
      ifIndex: 7,
      ifType: 6,
      ifSpeed: 10_000_000_000n,
      ifDirection: 1,
      ifStatus: 3,
      ifInOctets: 2n ** 60n + 1n,
      ifInUcastPkts: 11,
      ifInMulticastPkts: 12,
      ifInBroadcastPkts: 13,
      ifInDiscards: 14,
      ifInErrors: 15,
      ifInUnknownProtos: 16,
      ifOutOctets: 22n,
      ifOutUcastPkts: 23,
      ifOutMulticastPkts: 24,
      ifOutBroadcastPkts: 25,
      ifOutDiscards: 26,
      ifOutErrors: 27,
      ifPromiscuousMode: 2,
    });
});

test('what has all its bits set is not known', () => {
  const values = valuesOf(counterSample([record(5, u32(12) + 'f'.repeat(16) + u32(-1, 2, 3, 4))]));
  assert.deepEqual(values, {
    ...{ vlan_id: 12, octets: undefined, ucastPkts: undefined },
    ...{ multicastPkts: 2, broadcastPkts: 3, discards: 4 },
  });
});

test('the load of a host, and records of other lengths than is known', () => {
  // 1.5, 0.25 and 2 as IEEE 754 has them.
  const values = valuesOf(counterSample([record(2003, `3fc000003e80000040000000${u32(1, 200, 8)}`)]));
  assert.equal(values.load_one, 1.5);
  assert.equal(values.load_five, 0.25);
  assert.equal(values.load_fifteen, 2);
  assert.equal(values.cpu_num, 8);
  assert.equal(values.cpu_speed, undefined);
  const longer = valuesOf(counterSample([record(1, INTERFACE + u32(99))]));
  assert.equal(longer.ifPromiscuousMode, 2);
});

test('names of the interface and of the host; what is not known is skipped', () => {
  const host = record(2000, text('leaf-1') + '00'.repeat(16) + u32(3, 2) + text('6.1'));
  const { records, ...names } = read(
    counterSample([record(4_242, u32(1)), record(1005, text('Ethernet7')), record(1, INTERFACE), host]),
  );
  assert.deepEqual(names, { portName: 'Ethernet7', hostName: 'leaf-1' });
  assert.deepEqual(
    records.map(({ format }) => format),
    [1],
  );
});

test('a name that states more than its record has is cut at its end', () => {
  for (const body of ['', u32(0), u32(200), `${u32(200)}41424344`])
    assert.equal(
      read(counterSample([record(1005, body), record(1, INTERFACE)])).portName,
      body.endsWith('44') ? 'ABCD' : undefined,
    );
});

test('lengths of all records, as their structures have them', () => {
  const lengths: Record<CounterFormat, number> = {
    ...{ 1: 88, 2: 52, 5: 28, 1001: 28, 2003: 80, 2004: 72, 2005: 52, 2006: 40 },
  };
  for (const [format, length] of Object.entries(lengths)) {
    const { fields } = COUNTER_RECORDS[Number(format) as CounterFormat];
    const total = Object.values(fields).reduce((sum, type) => sum + (type === 64 ? 8 : 4), 0);
    assert.equal(total, length, format);
  }
});
