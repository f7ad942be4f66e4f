/** What is wrong with a datagram that cannot be read, in words: not asked before it is known to be wrong. */
import type { PacketHeader } from './header.ts';

/** Where a message stops making sense, in bytes from its beginning, what it is that does, and why. */
export type Fault = { offset: number; of: 'header' | 'set' | 'value'; what: string };

/** Offset of the length of an IPFIX message, and of the count of v1, v5 and v7. */
const EXTENT_OFFSET = 2;

/** Of a message whose header says another extent than its datagram has. */
export function headerFault(view: DataView, { version, length, count }: PacketHeader, size: number): Fault {
  const what =
    version === 10
      ? `the message states ${view.getUint16(EXTENT_OFFSET)} bytes, its datagram has ${size}`
      : `the header states ${count} records, ${size - length} bytes follow it`;
  return { offset: EXTENT_OFFSET, of: 'header', what };
}

/** Of a set that says where it ends. */
export function setFault(offset: number, length: number, left: number): Fault {
  return {
    offset,
    of: 'set',
    what:
      length < 4
        ? `a set states ${length} bytes, its own header has 4`
        : `a set states ${length} bytes, ${left} are left`,
  };
}

/** Of a set in which a value is longer than what is left. */
export function valueFault(offset: number, template: number): Fault {
  return { offset, of: 'value', what: `a value runs over the end of a set of template ${template}` };
}

/** What a datagram seems to be whose version is none that is read. */
export function kindOf(bytes: Uint8Array): string {
  const version = bytes[0] * 256 + bytes[1];
  if (version === 8) return 'NetFlow v8: aggregated flows';
  if (version === 0 && bytes[2] === 0 && SFLOW_VERSIONS.includes(bytes[3])) return `sFlow v${bytes[3]}`;
  if (bytes.subarray(0, TEXT_LENGTH).every(isText)) return 'text, as of syslog';
  return `version ${version}`;
}

/** sFlow's version is of 32 bits (sflow.org, sFlow Version 5, §5). */
const SFLOW_VERSIONS = [2, 4, 5];
const TEXT_LENGTH = 16;

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
