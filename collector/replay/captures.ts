/** From files and folders to export packets: which files, in which order, and what is in each. */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readCaptureFile } from './files.ts';
import { AWAITED, FrameReader } from './frames.ts';
import { fitDatagrams, readIpfixFile } from './ipfix-file.ts';
import { type Fault, isPcap, readPcap } from './pcap.ts';
import { isPcapng, readPcapng } from './pcapng.ts';
import { isCutOff, splitPackets, versionOf } from './raw.ts';

/** One export packet to be sent. */
export type ExportPacket = {
  payload: Buffer;
  /** Who sent it: the address in the capture; for raw files, which have none, their folder. */
  source: string;
  /** The port that it came from; left out where that is not known. */
  sourcePort?: number;
  /** When it was captured or, from an IPFIX file, exported, in Unix milliseconds; undefined for raw packets. */
  time: number | undefined;
};

/** What a file holds. */
export type Capture = {
  packets: ExportPacket[];
  /** How many frames, or sets of an IPFIX file, are left out, by why. */
  skipped: Map<string, number>;
  unit: 'frame' | 'set';
  fault: Fault | undefined;
};

const CAPTURE_NAME = /\.(pcap|pcapng|cap|ipfix|yaf|bin|dat|dump)(\.gz|\.zst)?$/i;
const CONTENT_MARK = /(opt)?(tpl|template)|data/i;
/** Where the header of an IPFIX message has its Export Time, in Unix seconds (RFC 7011 §3.1). */
const EXPORT_TIME_AT = 4;
const byName = new Intl.Collator('en', { numeric: true }).compare;

/**
 * The capture files that `paths` name: files as given; of folders, what ends in .pcap, .pcapng, .cap, .ipfix, .yaf,
 * .bin, .dat or .dump, compressed or not, by name, but `x_tpl` and `x_template` before `x_data`, so that data finds its
 * template. Throws what the file system throws (ENOENT).
 */
export function listCaptures(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (!statSync(path).isDirectory()) return [path];
    const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => CAPTURE_NAME.test(name));
    return files.sort(templatesFirst).map((name) => join(path, name));
  });
}

function templatesFirst(a: string, b: string): number {
  const [x, y] = [a, b].map((name) => {
    const mark = CONTENT_MARK.exec(name);
    return { stem: mark ? name.slice(0, mark.index) : name, isTemplate: mark !== null && !/^data$/i.test(mark[0]) };
  });
  return byName(x.stem, y.stem) || Number(y.isTemplate) - Number(x.isTemplate) || byName(a, b);
}

/**
 * Reads one file. With `port`, every datagram sent to that port is taken, whatever is in it; else those that begin as
 * an export packet does. Throws what the file system throws, and an Error for damaged data.
 */
export function readCapture(file: string, port?: number): Capture {
  const { bytes, isTruncated } = readCaptureFile(file);
  const capture: Capture = { packets: [], skipped: new Map(), unit: 'frame', fault: undefined };
  if (isPcap(bytes) || isPcapng(bytes)) readFrames(bytes, port, capture);
  else if (versionOf(bytes) === 10) readMessages(bytes, dirname(file), capture);
  else if (versionOf(bytes) !== undefined) readRaw(bytes, dirname(file), capture);
  if (isTruncated) capture.fault ??= { at: bytes.length, why: 'truncated' };
  return capture;
}

function skip({ skipped }: Capture, why: string, count = 1): void {
  skipped.set(why, (skipped.get(why) ?? 0) + count);
}

function readFrames(bytes: Buffer, port: number | undefined, capture: Capture): void {
  const reader = new FrameReader();
  const frames = isPcap(bytes) ? readPcap(bytes) : readPcapng(bytes);
  let next = frames.next();
  for (; !next.done; next = frames.next()) {
    const datagram = reader.read(next.value);
    if (datagram === AWAITED) continue;
    if (typeof datagram === 'string') {
      skip(capture, datagram);
      continue;
    }
    const { source, sourcePort, payload, destinationPort } = datagram;
    if (port !== undefined && destinationPort !== port) skip(capture, `to other ports than ${port}`);
    else if (port === undefined && versionOf(payload) === undefined)
      skip(capture, 'that begin as no export packet does');
    else capture.packets.push({ payload, source, sourcePort, time: next.value.time });
  }
  if (reader.fragments > 0) skip(capture, AWAITED, reader.fragments);
  capture.fault = next.value;
}

function readMessages(bytes: Buffer, source: string, capture: Capture): void {
  const { messages, fault } = readIpfixFile(bytes);
  const isFile = messages.length > 1;
  capture.unit = 'set';
  capture.fault = fault;
  capture.packets = fitDatagrams(messages, (why) => skip(capture, why)).map((payload) => {
    return { payload, source, time: isFile ? payload.readUInt32BE(EXPORT_TIME_AT) * 1000 : undefined };
  });
}

function readRaw(bytes: Buffer, source: string, capture: Capture): void {
  const payloads = splitPackets(bytes);
  const last = payloads.at(-1)!;
  if (isCutOff(last)) capture.fault = { at: bytes.length - last.length, why: 'truncated' };
  capture.packets = payloads.map((payload) => ({ payload, source, time: undefined }));
}
