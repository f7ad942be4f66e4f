/** Which metric each counter of sFlow becomes, and with which attributes. docs/sflow.md says why these. */
import type { Attributes } from '@opentelemetry/api';
import type { COUNTER_RECORDS, CounterFormat } from '../sflow/counter-records.ts';
import type { COUNTER_METRICS } from './metric-table.ts';

type MetricOf<T> = {
  [Name in keyof typeof COUNTER_METRICS]: (typeof COUNTER_METRICS)[Name]['type'] extends T ? Name : never;
}[keyof typeof COUNTER_METRICS];
type FieldOf<F extends CounterFormat> = keyof (typeof COUNTER_RECORDS)[F]['fields'] & string;

/** A field that counts: what it counts by, and what one of its units is of the metric's. */
export type CounterRow<Field extends string = string> = {
  metric: MetricOf<'counter'>;
  field: Field;
  attributes: Attributes;
  unit?: number;
};
/** The value of a field, NaN where the device does not know it. */
type Values<Field extends string> = (field: Field) => number;
/** A value of now, made of fields; NaN when it is not known. */
export type GaugeRow<Field extends string = string> = {
  metric: MetricOf<'gauge'>;
  value(of: Values<Field>): number;
  attributes(of: Values<Field>): Attributes;
};

const RECEIVED = { 'network.io.direction': 'receive' };
const SENT = { 'network.io.direction': 'transmit' };
const READ = { 'disk.io.direction': 'read' };
const WRITTEN = { 'disk.io.direction': 'write' };
const cast = (type: 'unicast' | 'multicast' | 'broadcast') => ({ 'netflow.packet.type': type });

/** Values of ifDirection (sFlow Version 5, §5.3). */
const DUPLEX: readonly (string | undefined)[] = [undefined, 'full', 'half', 'in', 'out'];
/** Bits of ifStatus. */
const [ADMINISTRATIVE, OPERATIONAL] = [1, 2];
/** Of a TruthValue (RFC 2579). */
const TRUE = 1;
/** Percentages are in hundredths of a percent. */
const HUNDREDTHS = 10_000;
const MILLISECOND = 0.001;

function gauge<Field extends string>(
  metric: GaugeRow['metric'],
  value: GaugeRow<Field>['value'],
  attributes: Attributes | GaugeRow<Field>['attributes'] = {},
): GaugeRow<Field> {
  return { metric, value, attributes: typeof attributes === 'function' ? attributes : () => attributes };
}

const flag = (value: number, isSet: (value: number) => boolean): number =>
  Number.isNaN(value) ? value : Number(isSet(value));

const ethernetError = (field: FieldOf<2>, type: string): CounterRow<FieldOf<2>> => ({
  metric: 'hw.network.ethernet.errors',
  field,
  attributes: { 'error.type': type },
});

const cpuTime = (field: FieldOf<2003>, mode: string): CounterRow<FieldOf<2003>> => ({
  metric: 'system.cpu.time',
  field,
  attributes: { 'cpu.mode': mode },
  unit: MILLISECOND,
});

const memory = (state: string) => ({ 'system.memory.state': state });

// biome-ignore format: a line for each counter
export const COUNTER_ROWS: { [F in CounterFormat]: { counters: CounterRow<FieldOf<F>>[]; gauges: GaugeRow<FieldOf<F>>[] } } = {
  1: {
    counters: [
      { metric: 'hw.network.io', field: 'ifInOctets', attributes: RECEIVED },
      { metric: 'hw.network.io', field: 'ifOutOctets', attributes: SENT },
      { metric: 'hw.network.packets', field: 'ifInUcastPkts', attributes: { ...RECEIVED, ...cast('unicast') } },
      { metric: 'hw.network.packets', field: 'ifInMulticastPkts', attributes: { ...RECEIVED, ...cast('multicast') } },
      { metric: 'hw.network.packets', field: 'ifInBroadcastPkts', attributes: { ...RECEIVED, ...cast('broadcast') } },
      { metric: 'hw.network.packets', field: 'ifOutUcastPkts', attributes: { ...SENT, ...cast('unicast') } },
      { metric: 'hw.network.packets', field: 'ifOutMulticastPkts', attributes: { ...SENT, ...cast('multicast') } },
      { metric: 'hw.network.packets', field: 'ifOutBroadcastPkts', attributes: { ...SENT, ...cast('broadcast') } },
      { metric: 'hw.network.packet.dropped', field: 'ifInDiscards', attributes: RECEIVED },
      { metric: 'hw.network.packet.dropped', field: 'ifInUnknownProtos', attributes: { ...RECEIVED, 'error.type': 'unknown_protocol' } },
      { metric: 'hw.network.packet.dropped', field: 'ifOutDiscards', attributes: SENT },
      { metric: 'hw.errors', field: 'ifInErrors', attributes: RECEIVED },
      { metric: 'hw.errors', field: 'ifOutErrors', attributes: SENT },
    ],
    gauges: [
      gauge('hw.network.bandwidth.limit', (of) => of('ifSpeed') / 8 || Number.NaN),
      gauge('hw.network.up', (of) => flag(of('ifStatus'), (status) => (status & OPERATIONAL) !== 0), (of) => ({
        ...(of('ifType') > 0 && { 'netflow.interface.type': of('ifType') }),
        ...(DUPLEX[of('ifDirection')] && { 'netflow.interface.duplex': DUPLEX[of('ifDirection')] }),
      })),
      gauge('hw.network.enabled', (of) => flag(of('ifStatus'), (status) => (status & ADMINISTRATIVE) !== 0)),
      gauge('hw.network.promiscuous', (of) => flag(of('ifPromiscuousMode'), (mode) => mode === TRUE)),
    ],
  },
  2: {
    counters: [
      ethernetError('dot3StatsAlignmentErrors', 'alignment'),
      ethernetError('dot3StatsFCSErrors', 'fcs'),
      ethernetError('dot3StatsSingleCollisionFrames', 'single_collision'),
      ethernetError('dot3StatsMultipleCollisionFrames', 'multiple_collision'),
      ethernetError('dot3StatsSQETestErrors', 'sqe_test'),
      ethernetError('dot3StatsDeferredTransmissions', 'deferred_transmission'),
      ethernetError('dot3StatsLateCollisions', 'late_collision'),
      ethernetError('dot3StatsExcessiveCollisions', 'excessive_collisions'),
      ethernetError('dot3StatsInternalMacTransmitErrors', 'internal_mac_transmit'),
      ethernetError('dot3StatsCarrierSenseErrors', 'carrier_sense'),
      ethernetError('dot3StatsFrameTooLongs', 'frame_too_long'),
      ethernetError('dot3StatsInternalMacReceiveErrors', 'internal_mac_receive'),
      ethernetError('dot3StatsSymbolErrors', 'symbol'),
    ],
    gauges: [],
  },
  5: {
    counters: [
      { metric: 'network.vlan.io', field: 'octets', attributes: {} },
      { metric: 'network.vlan.packets', field: 'ucastPkts', attributes: cast('unicast') },
      { metric: 'network.vlan.packets', field: 'multicastPkts', attributes: cast('multicast') },
      { metric: 'network.vlan.packets', field: 'broadcastPkts', attributes: cast('broadcast') },
      { metric: 'network.vlan.packet.dropped', field: 'discards', attributes: {} },
    ],
    gauges: [],
  },
  1001: {
    counters: [],
    gauges: [
      gauge('system.cpu.utilization', (of) => of('5s_cpu') / HUNDREDTHS, { 'netflow.cpu.window': '5s' }),
      gauge('system.cpu.utilization', (of) => of('1m_cpu') / HUNDREDTHS, { 'netflow.cpu.window': '1m' }),
      gauge('system.cpu.utilization', (of) => of('5m_cpu') / HUNDREDTHS, { 'netflow.cpu.window': '5m' }),
      gauge('system.memory.limit', (of) => of('total_memory')),
      gauge('system.memory.usage', (of) => of('free_memory'), memory('free')),
      gauge('system.memory.usage', (of) => of('total_memory') - of('free_memory'), memory('used')),
    ],
  },
  2003: {
    counters: [
      cpuTime('cpu_user', 'user'),
      cpuTime('cpu_nice', 'nice'),
      cpuTime('cpu_system', 'system'),
      cpuTime('cpu_idle', 'idle'),
      cpuTime('cpu_wio', 'iowait'),
      cpuTime('cpu_intr', 'interrupt'),
      cpuTime('cpu_sintr', 'softirq'),
      cpuTime('cpu_steal', 'steal'),
    ],
    gauges: [
      gauge('system.cpu.load_average.1m', (of) => of('load_one')),
      gauge('system.cpu.load_average.5m', (of) => of('load_five')),
      gauge('system.cpu.load_average.15m', (of) => of('load_fifteen')),
      gauge('system.cpu.logical.count', (of) => of('cpu_num')),
      gauge('system.uptime', (of) => of('uptime')),
    ],
  },
  2004: {
    counters: [],
    gauges: [
      gauge('system.memory.limit', (of) => of('mem_total')),
      gauge('system.memory.usage', (of) => of('mem_free'), memory('free')),
      gauge('system.memory.usage', (of) => of('mem_buffers'), memory('buffers')),
      gauge('system.memory.usage', (of) => of('mem_cached'), memory('cached')),
      gauge('system.memory.usage', (of) => of('mem_total') - of('mem_free') - of('mem_buffers') - of('mem_cached'), memory('used')),
      gauge('system.paging.usage', (of) => of('swap_free'), { 'system.paging.state': 'free' }),
      gauge('system.paging.usage', (of) => of('swap_total') - of('swap_free'), { 'system.paging.state': 'used' }),
    ],
  },
  2005: {
    counters: [
      { metric: 'system.disk.io', field: 'bytes_read', attributes: READ },
      { metric: 'system.disk.io', field: 'bytes_written', attributes: WRITTEN },
      { metric: 'system.disk.operations', field: 'reads', attributes: READ },
      { metric: 'system.disk.operations', field: 'writes', attributes: WRITTEN },
      { metric: 'system.disk.operation_time', field: 'read_time', attributes: READ, unit: MILLISECOND },
      { metric: 'system.disk.operation_time', field: 'write_time', attributes: WRITTEN, unit: MILLISECOND },
    ],
    gauges: [
      gauge('system.filesystem.limit', (of) => of('disk_total')),
      gauge('system.filesystem.usage', (of) => of('disk_free'), { 'system.filesystem.state': 'free' }),
      gauge('system.filesystem.usage', (of) => of('disk_total') - of('disk_free'), { 'system.filesystem.state': 'used' }),
    ],
  },
  2006: {
    counters: [
      { metric: 'system.network.io', field: 'bytes_in', attributes: RECEIVED },
      { metric: 'system.network.io', field: 'bytes_out', attributes: SENT },
      { metric: 'system.network.packet.count', field: 'pkts_in', attributes: RECEIVED },
      { metric: 'system.network.packet.count', field: 'packets_out', attributes: SENT },
      { metric: 'system.network.packet.dropped', field: 'drops_in', attributes: RECEIVED },
      { metric: 'system.network.packet.dropped', field: 'drops_out', attributes: SENT },
      { metric: 'system.network.errors', field: 'errs_in', attributes: RECEIVED },
      { metric: 'system.network.errors', field: 'errs_out', attributes: SENT },
    ],
    gauges: [],
  },
};
