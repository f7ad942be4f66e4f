import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RatesByExporter } from './configured-rates.ts';

const entry = (rate: number, change: { exporters?: string[]; interfaces?: number[]; force?: boolean } = {}) => ({
  ...{ exporters: [], interfaces: [], force: false, rate },
  ...change,
});

test('of entries that fit an exporter and its interfaces, the first counts', () => {
  const rates = new RatesByExporter([
    entry(10, { exporters: ['10.0.0.0/8'], interfaces: [1, 2] }),
    entry(20, { exporters: ['10.0.0.1'] }),
    entry(30, { interfaces: [3], force: true }),
    entry(40),
  ]);
  const of = (address: string, ingress: number, egress: number) => {
    const found = rates.of({ address });
    return [found?.forced(ingress, egress), found?.default(ingress, egress)];
  };
  assert.deepEqual(of('10.0.0.1', 1, 9), [0, 10]);
  assert.deepEqual(of('10.0.0.1', 9, 2), [0, 10]);
  assert.deepEqual(of('10.0.0.1', 3, -1), [30, 20]);
  assert.deepEqual(of('10.9.9.9', 9, 9), [0, 40]);
  assert.deepEqual(of('2001:db8::1', 1, 3), [30, 40]);
});

test('an exporter that no entry is about has none', () => {
  const rates = new RatesByExporter([entry(10, { exporters: ['10.0.0.0/8'] })]);
  assert.equal(rates.of({ address: '192.0.2.1' }), undefined);
  assert.equal(new RatesByExporter([]).of({ address: '10.0.0.1' }), undefined);
});
