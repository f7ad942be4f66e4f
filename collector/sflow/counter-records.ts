/**
 * Records of counter samples, as tables: what each field is called by the MIB or structure that it is from, and how
 * many bits it has. sFlow.org: sFlow Version 5, §5.3; sFlow Host Structures; sFlow Port Name. Longer records are read
 * up to what is known of them, shorter ones as far as they go.
 */
import type { CounterKind } from '../../crds/sflow.ts';
import { textOf } from '../devices/identifiers.ts';
import { type Sample, SampleRecord } from './sample.ts';

/** Bits of a counter or another number without a sign; or a number of floating point, of 32 bits. */
type FieldType = 32 | 64 | 'float';
type Layout = { name: string; kind: CounterKind; fields: Readonly<Record<string, FieldType>> };

/** By format, of sFlow.org's own. */
export const COUNTER_RECORDS = {
  1: {
    name: 'if_counters',
    kind: 'interfaces',
    fields: {
      ifIndex: 32,
      ifType: 32,
      ifSpeed: 64,
      ifDirection: 32,
      ifStatus: 32,
      ifInOctets: 64,
      ifInUcastPkts: 32,
      ifInMulticastPkts: 32,
      ifInBroadcastPkts: 32,
      ifInDiscards: 32,
      ifInErrors: 32,
      ifInUnknownProtos: 32,
      ifOutOctets: 64,
      ifOutUcastPkts: 32,
      ifOutMulticastPkts: 32,
      ifOutBroadcastPkts: 32,
      ifOutDiscards: 32,
      ifOutErrors: 32,
      ifPromiscuousMode: 32,
    },
  },
  2: {
    name: 'ethernet_counters',
    kind: 'ethernet',
    fields: {
      dot3StatsAlignmentErrors: 32,
      dot3StatsFCSErrors: 32,
      dot3StatsSingleCollisionFrames: 32,
      dot3StatsMultipleCollisionFrames: 32,
      dot3StatsSQETestErrors: 32,
      dot3StatsDeferredTransmissions: 32,
      dot3StatsLateCollisions: 32,
      dot3StatsExcessiveCollisions: 32,
      dot3StatsInternalMacTransmitErrors: 32,
      dot3StatsCarrierSenseErrors: 32,
      dot3StatsFrameTooLongs: 32,
      dot3StatsInternalMacReceiveErrors: 32,
      dot3StatsSymbolErrors: 32,
    },
  },
  5: {
    name: 'vlan_counters',
    kind: 'vlans',
    fields: { vlan_id: 32, octets: 64, ucastPkts: 32, multicastPkts: 32, broadcastPkts: 32, discards: 32 },
  },
  1001: {
    name: 'processor',
    kind: 'processors',
    fields: { '5s_cpu': 32, '1m_cpu': 32, '5m_cpu': 32, total_memory: 64, free_memory: 64 },
  },
  2003: {
    name: 'host_cpu',
    kind: 'hosts',
    fields: {
      load_one: 'float',
      load_five: 'float',
      load_fifteen: 'float',
      proc_run: 32,
      proc_total: 32,
      cpu_num: 32,
      cpu_speed: 32,
      uptime: 32,
      cpu_user: 32,
      cpu_nice: 32,
      cpu_system: 32,
      cpu_idle: 32,
      cpu_wio: 32,
      cpu_intr: 32,
      cpu_sintr: 32,
      interrupts: 32,
      contexts: 32,
      cpu_steal: 32,
      cpu_guest: 32,
      cpu_guest_nice: 32,
    },
  },
  2004: {
    name: 'host_memory',
    kind: 'hosts',
    fields: {
      mem_total: 64,
      mem_free: 64,
      mem_shared: 64,
      mem_buffers: 64,
      mem_cached: 64,
      swap_total: 64,
      swap_free: 64,
      page_in: 32,
      page_out: 32,
      swap_in: 32,
      swap_out: 32,
    },
  },
  2005: {
    name: 'host_disk_io',
    kind: 'hosts',
    fields: {
      disk_total: 64,
      disk_free: 64,
      part_max_used: 32,
      reads: 32,
      bytes_read: 64,
      read_time: 32,
      writes: 32,
      bytes_written: 64,
      write_time: 32,
    },
  },
  2006: {
    name: 'host_net_io',
    kind: 'hosts',
    fields: {
      bytes_in: 64,
      pkts_in: 32,
      errs_in: 32,
      drops_in: 32,
      bytes_out: 64,
      packets_out: 32,
      errs_out: 32,
      drops_out: 32,
    },
  },
} as const satisfies Record<number, Layout>;

export type CounterFormat = keyof typeof COUNTER_RECORDS;
/** A value; undefined where the device does not know it, or has no such field. */
export type CounterValue = number | bigint | undefined;
/** Values in the order of the format's fields. */
export type CounterRecord = { format: CounterFormat; values: CounterValue[] };
export type CounterRecords = {
  records: CounterRecord[];
  /** What the interface is called, and the host; undefined when the sample does not say. */
  portName: string | undefined;
  hostName: string | undefined;
};

const FIELDS = new Map(
  Object.entries(COUNTER_RECORDS).map(([format, { fields }]) => [
    Number(format) as CounterFormat,
    new Map(Object.entries<FieldType>(fields).map(([name, type], at) => [name, { at, bits: type === 64 ? 64 : 32 }])),
  ]),
);

/** By the name of a field of a format, the place of its value, and how many bits it has. */
export function fieldsOf(format: CounterFormat): ReadonlyMap<string, { at: number; bits: number }> {
  return FIELDS.get(format)!;
}

const [PORT_NAME, HOST_DESCRIPTION] = [1005, 2000];
const MAX_UINT32 = 0xffff_ffff;
const MAX_UINT64 = 2n ** 64n - 1n;

const record = new SampleRecord();

/** Reads those records of a counter sample that are known. The sample and its records fit into the datagram. */
export function readCounterRecords(view: DataView, sample: Readonly<Sample>): CounterRecords {
  const read: CounterRecords = { records: [], portName: undefined, hostName: undefined };
  let at = sample.recordsAt;
  for (let nth = 0; nth < sample.records; nth++, at = record.end) {
    record.read(view, at, sample.end);
    const { format } = record;
    if (format === PORT_NAME) read.portName = readName(view);
    else if (format === HOST_DESCRIPTION) read.hostName = readName(view);
    else if (isCounterFormat(format)) read.records.push({ format, values: readValues(view, format) });
  }
  return read;
}

function isCounterFormat(format: number): format is CounterFormat {
  return Object.hasOwn(COUNTER_RECORDS, format);
}

function readValues(view: DataView, format: CounterFormat): CounterValue[] {
  let { at } = record;
  return Object.values<FieldType>(COUNTER_RECORDS[format].fields).map((type) => {
    const length = type === 64 ? 8 : 4;
    const value = at + length <= record.end ? readValue(view, at, type) : undefined;
    at += length;
    return value;
  });
}

/** What a device can't tell has all its bits set (sFlow Version 5, §5). */
function readValue(view: DataView, at: number, type: FieldType): CounterValue {
  if (type === 'float') return view.getFloat32(at);
  if (type === 64) {
    const value = view.getBigUint64(at);
    return value === MAX_UINT64 ? undefined : value;
  }
  const value = view.getUint32(at);
  return value === MAX_UINT32 ? undefined : value;
}

/**
 * The text at the beginning of the record at hand; undefined when it is empty or does not fit, and cut when it is long.
 */
function readName(view: DataView): string | undefined {
  const at = record.at + 4;
  if (at > record.end) return undefined;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, record.end);
  return textOf(bytes, at, Math.min(view.getUint32(record.at), record.end - at)) || undefined;
}
