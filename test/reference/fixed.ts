/** NetFlow v1, v5 and v7: records of a fixed layout, read as if a template with IANA's elements described them. */
import type { FlowRecord, Header, Packet } from './packet.ts';

/** Element, offset in the record, length. */
type Layout = [id: number, offset: number, length: number][];

const V1: Layout = [
  [8, 0, 4],
  [12, 4, 4],
  [15, 8, 4],
  [10, 12, 2],
  [14, 14, 2],
  [2, 16, 4],
  [1, 20, 4],
  [22, 24, 4],
  [21, 28, 4],
  [7, 32, 2],
  [11, 34, 2],
  [4, 38, 1],
  [5, 39, 1],
  [6, 40, 1],
];

const V5: Layout = [
  ...V1.slice(0, 11),
  [6, 37, 1],
  [4, 38, 1],
  [5, 39, 1],
  [16, 40, 2],
  [17, 42, 2],
  [9, 44, 1],
  [13, 45, 1],
];

const V7: Layout = [...V5, [43, 48, 4]];

/** Records of v1 end with 8 reserved bytes by Cisco's description, and with 4 by softflowd and Wireshark. */
const V1_SHORT_RECORD = 48;

const FORMATS = {
  1: { header: 16, record: 52, layout: V1 },
  5: { header: 24, record: 48, layout: V5 },
  7: { header: 24, record: 52, layout: V7 },
};

export function decodeFixed(bytes: Uint8Array, version: 1 | 5 | 7): Packet | undefined {
  const format = FORMATS[version];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < format.header) return undefined;
  const header: Header = {
    version,
    exportTime: (BigInt(view.getUint32(8)) * 1_000n + BigInt(view.getUint32(12)) / 1_000_000n) * 1_000_000n,
    sysUptime: view.getUint32(4),
  };
  if (version !== 1) header.sequence = view.getUint32(16);
  if (version === 5) {
    header.domain = view.getUint16(20);
    header.samplingInterval = view.getUint16(22) & 0x3fff;
  }
  const empty = { header, size: bytes.length, sets: 0, templates: 0, missing: 0, flows: [], optionsRecords: 0 };
  const count = view.getUint16(2);
  const stride =
    version === 1 && bytes.length === format.header + count * V1_SHORT_RECORD ? V1_SHORT_RECORD : format.record;
  const fitting = Math.floor((bytes.length - format.header) / stride);
  if (count > fitting) return { ...empty, malformed: `${count} records announced, ${fitting} present` };
  const flows = Array.from({ length: count }, (_, index): FlowRecord => {
    const record = bytes.subarray(format.header + index * stride);
    const values = format.layout.map(([id, offset, length]) => ({
      pen: 0,
      id,
      bytes: record.subarray(offset, offset + length),
      variable: false,
    }));
    return { values, template: 0 };
  });
  return { ...empty, sets: 1, flows };
}
