/** From files and folders to export packets: which files, in which order, and what is in each. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodeFrame } from './frames.ts';
import { isPcap, readPcap } from './pcap.ts';
import { isPcapng, readPcapng } from './pcapng.ts';
import { splitPackets, versionOf } from './raw.ts';

/** One export packet to be sent. */
export type ExportPacket = {
  payload: Buffer;
  /** Who sent it: the address in the capture; for raw files, which have none, their folder. */
  source: string;
  /** When it was captured, in Unix milliseconds; undefined for raw files. */
  time: number | undefined;
};

/** What a file holds: its export packets, and how many datagrams it has that can't be replayed. */
export type Capture = { packets: ExportPacket[]; fragments: number; cutOff: number };

const CAPTURE_NAME = /\.(pcap|pcapng|cap|bin|dat|dump)$/i;
const CONTENT_MARK = /(opt)?(tpl|template)|data/i;
const byName = new Intl.Collator('en', { numeric: true }).compare;

/**
 * The capture files that `paths` name: files as given; of folders, what ends in .pcap, .pcapng, .cap, .bin, .dat or
 * .dump, by name, but `x_tpl` and `x_template` before `x_data`, so that data finds its template.
 * Throws what the file system throws (ENOENT).
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
 * an export packet does.
 */
export function readCapture(file: string, port?: number): Capture {
  const bytes = readFileSync(file);
  const capture: Capture = { packets: [], fragments: 0, cutOff: 0 };
  if (!isPcap(bytes) && !isPcapng(bytes)) {
    const payloads = versionOf(bytes) === undefined ? [] : splitPackets(bytes);
    capture.packets = payloads.map((payload) => ({ payload, source: dirname(file), time: undefined }));
    return capture;
  }
  for (const frame of isPcap(bytes) ? readPcap(bytes) : readPcapng(bytes)) {
    const datagram = decodeFrame(frame);
    if (datagram === 'fragment') capture.fragments++;
    else if (datagram === 'cut off') capture.cutOff++;
    else if (datagram !== 'not udp') {
      const { source, payload, destinationPort } = datagram;
      const wanted = port === undefined ? versionOf(payload) !== undefined : destinationPort === port;
      if (wanted) capture.packets.push({ payload, source, time: frame.time });
    }
  }
  return capture;
}
