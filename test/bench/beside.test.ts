import assert from 'node:assert/strict';
import { test } from 'node:test';
import { besideDocument, besideRows } from './beside.ts';
import type { Row } from './measure.ts';
import { parseOptions } from './options.ts';

const measured = (row: Row) => ({
  ...row,
  cpuPerFlow: row.subject === 'collector' ? 0.5 : 2,
  cpuRange: [0.5, 2] as [number, number],
  delivered: row.rate,
  loss: row.subject === 'nfcapd' && row.rate === 240_000 ? 0.25 : 0,
  peakRssMib: 100,
  senderCpu: 0,
  sinkCpu: 0,
  othersCores: 0.04,
});

test('every program is measured at one kind of packet and rate before the next', () => {
  const { rows, rounds, overloads, startup, whole } = parseOptions(['--beside']);
  assert.deepEqual([rows, rounds, overloads, startup, whole], [besideRows(), 1, [], false, true]);
  const [first] = rows;
  assert.deepEqual(
    rows.slice(0, 5).map(({ rate, records }) => [rate, records]),
    Array(5).fill([first.rate, first.records]),
  );
  assert.ok(rows.every(({ warmUpRate, records }) => !records || warmUpRate! <= 10_000 * records));
  assert.equal(new Set(rows.slice(0, 5).map(({ subject }) => subject)).size, 5);
});

test('costs are told for a packet and for a flow, with what was lost', () => {
  const place = { cpu: 'a processor', cores: 2, date: '2026-01-02' };
  const document = besideDocument(besideRows().map(measured), place);
  assert.match(document, /\| 4 +\| 10,000 +\| 2\.0 \(0\.50\) +\| 8\.0 \(2\.00\) +\|/);
  assert.match(document, /\| 24 +\| 10,000 +\| 12\.0 \(0\.50\) .*\| 48\.0 \(2\.00\), loses 25\.0 % +\|/);
  assert.match(document, /\| sFlow v5 +\| 0\.50 +\| 2\.00 +\|/);
  assert.match(document, /2026-01-02.*2 cores,\na processor/);
});
