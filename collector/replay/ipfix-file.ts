/** Reads IPFIX files: IPFIX messages, one behind the other. RFC 5655 §7 */
import type { Fault } from './pcap.ts';
import { TemplateReader } from './templates.ts';

const VERSION = 10;
const HEADER = 16;
const SEQUENCE_AT = 8;
const SET_HEADER = 4;
/** What UDP over IPv4 carries; a message may have 65,535 bytes. */
const MAX_DATAGRAM = 65_507;

/** Why a set is left out. */
export const TOO_LONG = 'longer than a UDP datagram';

/**
 * The messages of a file that begins with one, as far as their lengths lead. When no message is behind the first, or
 * the first is not whole, the file is no sequence of messages but one packet as it came, for others to find its fault.
 */
export function readIpfixFile(file: Buffer): { messages: Buffer[]; fault: Fault | undefined } {
  const messages: Buffer[] = [];
  let at = 0;
  let length = messageLength(file, at);
  while (length !== undefined && at + length <= file.length) {
    messages.push(file.subarray(at, at + length));
    at += length;
    length = messageLength(file, at);
  }
  if (at === file.length) return { messages, fault: undefined };
  if (length !== undefined) return { messages: at === 0 ? [file] : messages, fault: { at, why: 'truncated' } };
  return messages.length > 1 ? { messages, fault: { at, why: 'damaged' } } : { messages: [file], fault: undefined };
}

/**
 * What the message there states; of one whose header is cut off, the least it can be; undefined if none begins there.
 */
function messageLength(file: Buffer, at: number): number | undefined {
  if (at + 2 > file.length || file.readUInt16BE(at) !== VERSION) return undefined;
  const length = at + SET_HEADER > file.length ? HEADER : file.readUInt16BE(at + 2);
  return length < HEADER ? undefined : length;
}

/**
 * Messages of one file as UDP can carry them: those too long for it are split between sets. Each part has the sequence
 * number of its first record, as if the exporter had sent it so. `skip` is called for each set that is left out, since
 * it is too long by itself.
 */
export function fitDatagrams(messages: readonly Buffer[], skip: (why: string) => void): Buffer[] {
  const fits = ({ length }: Buffer): boolean => length <= MAX_DATAGRAM;
  if (messages.every(fits)) return [...messages];
  const templates = new TemplateReader();
  return messages.flatMap((message) => {
    const records = [...templates.fields(message, '')].filter(({ isFirst }) => isFirst).map(({ at }) => at);
    return fits(message) ? [message] : splitMessage(message, records, skip);
  });
}

/** `records`: where each record stands. */
function splitMessage(message: Buffer, records: readonly number[], skip: (why: string) => void): Buffer[] {
  const parts: Buffer[] = [];
  let start = HEADER;
  const endPart = (end: number): void => {
    if (end > start) parts.push(partOf(message, start, end, records.filter((at) => at < start).length));
    start = end;
  };
  for (let at = HEADER; at < message.length; ) {
    const end = setEnd(message, at);
    if (HEADER + end - start > MAX_DATAGRAM) endPart(at);
    if (HEADER + end - start > MAX_DATAGRAM) {
      skip(TOO_LONG);
      start = end;
    }
    at = end;
  }
  endPart(message.length);
  return parts;
}

function setEnd(message: Buffer, at: number): number {
  const length = at + SET_HEADER <= message.length ? message.readUInt16BE(at + 2) : 0;
  return length < SET_HEADER ? message.length : Math.min(at + length, message.length);
}

/** RFC 7011 §3.1: the sequence number counts the records before the message. */
function partOf(message: Buffer, start: number, end: number, recordsBefore: number): Buffer {
  const part = Buffer.concat([message.subarray(0, HEADER), message.subarray(start, end)]);
  part.writeUInt16BE(part.length, 2);
  part.writeUInt32BE((message.readUInt32BE(SEQUENCE_AT) + recordsBefore) >>> 0, SEQUENCE_AT);
  return part;
}
