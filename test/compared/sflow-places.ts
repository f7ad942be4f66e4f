/**
 * The fields of sFlow's samples (sFlow Version 5, §5; sFlow Dropped Packet Notification Structures; sFlow Port Name) as
 * far as captures have them, and of the headers that are sampled. What only frames what follows is none: numbers of
 * samples, counts, lengths, and types of what comes next.
 */
import { COUNTER_RECORDS } from '../../collector/sflow/counter-records.ts';
import { type Change, changeLast, Places } from './places.ts';
import type { Story } from './variants.ts';

/** Fields of a structure, in their order: bytes of each, none for a text; those without a name are left out. */
type Layout = readonly (readonly [name: string, length: number | 'text'])[];

const SAMPLING: Layout = [
  ['sampling rate', 4],
  ['sample pool', 4],
  ['drops', 4],
];
const [SEQUENCE, COUNT]: Layout = [
  ['', 4],
  ['', 4],
];
/** What a sample has before its records, by format. An interface, and a source, is a class and a number. */
const HEADS: Record<number, Layout> = {
  1: [SEQUENCE, ['source', 4], ...SAMPLING, ['input', 4], ['output', 4], COUNT],
  2: [SEQUENCE, ['source', 4], COUNT],
  3: [SEQUENCE, ['source', 8], ...SAMPLING, ['input', 8], ['output', 8], COUNT],
  4: [SEQUENCE, ['source', 8], COUNT],
  5: [SEQUENCE, ['source', 8], ['drops', 4], ['input', 4], ['output', 4], ['reason', 4], COUNT],
};
const OF_COUNTERS = [2, 4];

const RAW_HEADER = 1;
const FLOW_RECORDS: Record<number, Layout> = {
  [RAW_HEADER]: [
    ['', 4],
    ['frame length', 4],
    ['stripped', 4],
    ['', 4],
  ],
  1001: [
    ['source VLAN', 4],
    ['source priority', 4],
    ['destination VLAN', 4],
    ['destination priority', 4],
  ],
  1036: [['queue', 4]],
  1037: [
    ['number', 4],
    ['name', 'text'],
    ['direction', 4],
  ],
  1038: [['function', 'text']],
};
const PORT_NAME = 1005;

/** Throws on structures that are not listed here: captures must not have fields that nobody counts. */
export function sflowPlaces(story: Story): Places {
  const places = new Places();
  for (const bytes of story) {
    const view = viewOf(bytes);
    let at = view.getUint32(4) === 1 ? 28 : 40;
    for (let left = view.getUint32(at - 4); left > 0; left--) {
      const end = at + 8 + view.getUint32(at + 4);
      addSample(bytes.subarray(at + 8, end), view.getUint32(at), places);
      at = end;
    }
  }
  return places;
}

function addSample(bytes: Uint8Array, format: number, places: Places): void {
  const isOfCounters = OF_COUNTERS.includes(format);
  const what = `sample ${format}`;
  const view = viewOf(bytes);
  let at = addFields(bytes, HEADS[format], what, places);
  for (let left = view.getUint32(at - 4); left > 0; left--) {
    const record = view.getUint32(at);
    const end = at + 8 + view.getUint32(at + 4);
    const body = bytes.subarray(at + 8, end);
    const layout = isOfCounters ? layoutOfCounters(record) : FLOW_RECORDS[record];
    if (!layout) throw new Error(`${import.meta.filename} has no record ${record} of ${what}`);
    const behind = addFields(body, layout, `${what}, record ${record}`, places);
    if (!isOfCounters && record === RAW_HEADER) addFrame(body.subarray(behind), what, places);
    at = end;
  }
}

function layoutOfCounters(record: number): Layout | undefined {
  if (record === PORT_NAME) return [['name', 'text']];
  if (!Object.hasOwn(COUNTER_RECORDS, record)) return undefined;
  const { fields } = COUNTER_RECORDS[record as keyof typeof COUNTER_RECORDS];
  return Object.entries(fields).map(([name, type]) => [name, type === 64 ? 8 : 4]);
}

/** Returns where the fields end. */
function addFields(bytes: Uint8Array, layout: Layout, record: string, places: Places): number {
  let at = 0;
  for (const [position, [name, length]] of layout.entries()) {
    const isText = length === 'text';
    const size = isText ? viewOf(bytes).getUint32(at) : length;
    if (isText) at += 4;
    if (name) places.add(record, position, name, { bytes: bytes.subarray(at, at + size), change: changeLast });
    at += isText ? Math.ceil(size / 4) * 4 : size;
  }
  return at;
}

/** Fields of a header: where they are, and the bit of their last byte that is another then. */
type HeaderField = readonly [name: string, offset: number, length: number, bit?: number];

const ETHERNET: HeaderField[] = [
  ['destination', 0, 6],
  ['source', 6, 6],
];
const TAG: HeaderField[] = [
  ['priority', 0, 1, 5],
  ['VLAN', 0, 2],
];
const IPV4: HeaderField[] = [
  ['DSCP', 1, 1, 2],
  ['identification', 4, 2],
  ['flags', 6, 1, 6],
  ['TTL', 8, 1],
  ['protocol', 9, 1],
  ['checksum', 10, 2],
  ['source', 12, 4],
  ['destination', 16, 4],
];
const IPV6: HeaderField[] = [
  ['DSCP', 1, 1, 6],
  ['flow label', 1, 3],
  ['hop limit', 7, 1],
  ['source', 8, 16],
  ['destination', 24, 16],
];
const PORTS: HeaderField[] = [
  ['source port', 0, 2],
  ['destination port', 2, 2],
];
const ICMP: HeaderField[] = [
  ['type', 0, 1],
  ['code', 1, 1],
  ['checksum', 2, 2],
];
/** By the protocol's number. */
const TRANSPORTS: Record<number, HeaderField[]> = {
  1: ICMP,
  6: [
    ...PORTS,
    ['sequence number', 4, 4],
    ['acknowledgement number', 8, 4],
    ['flags', 13, 1, 3],
    ['window', 14, 2],
    ['checksum', 16, 2],
    ['urgent pointer', 18, 2],
  ],
  17: [...PORTS, ['checksum', 6, 2]],
  58: ICMP,
};
const [VLAN_TAG, IPV4_TYPE, IPV6_TYPE] = [0x8100, 0x0800, 0x86dd];
const HOP_BY_HOP = 0;

/** The headers of a frame of Ethernet; options of IPv4 and TCP, and payload, have no fields here. */
function addFrame(frame: Uint8Array, what: string, places: Places): void {
  const view = viewOf(frame);
  const add = (header: string, at: number, fields: readonly HeaderField[]): void => {
    for (const [name, offset, length, bit = 0] of fields) {
      const change: Change = (bytes) => {
        bytes[bytes.length - 1] ^= 1 << bit;
      };
      const bytes = frame.subarray(at + offset, at + offset + length);
      places.add(`${what}, ${header}`, name, name, { bytes, change });
    }
  };
  add('Ethernet', 0, ETHERNET);
  let at = 12;
  for (; view.getUint16(at) === VLAN_TAG; at += 4) add('802.1Q', at + 2, TAG);
  const type = view.getUint16(at);
  at += 2;
  if (type === IPV4_TYPE) {
    add('IPv4', at, IPV4);
    const protocol = view.getUint8(at + 9);
    add(`protocol ${protocol}`, at + 4 * (view.getUint8(at) & 15), TRANSPORTS[protocol]);
  } else if (type === IPV6_TYPE) {
    add('IPv6', at, IPV6);
    let next = at + 6;
    at += 40;
    for (; view.getUint8(next) === HOP_BY_HOP; at += 8 * (1 + view.getUint8(at + 1))) next = at;
    add('IPv6', next, [['protocol', 0, 1]]);
    const protocol = view.getUint8(next);
    add(`protocol ${protocol}`, at, TRANSPORTS[protocol]);
  } else throw new Error(`${import.meta.filename} has no frames of type ${type}`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
