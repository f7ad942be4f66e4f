/**
 * Changes to the structure of a datagram of sFlow: samples and their records, with lengths and counts that are right,
 * or not.
 */
import { Buffer } from 'node:buffer';
import type { Random } from './random.ts';

type Part = { format: number; body: Buffer };
type Sample = Part & { head: number; records: Part[] };
export type SflowDatagram = { header: Buffer; samples: Sample[] };

/** Bytes of samples before their records, by format; of others, all. */
const HEADS: Readonly<Record<number, number>> = { 1: 32, 2: 12, 3: 44, 4: 16, 5: 32 };
const FORMATS = [
  ...[1, 2, 3, 4, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1014, 1015, 1020],
  ...[1021, 1022, 1023, 1024, 1025, 1026, 1027, 1029, 1030, 1036, 1037, 1038, 1039, 1040, 1041, 1042, 4095, 17_616_897],
];

/** Undefined when it is none, or not whole. */
export function parseSflow(bytes: Uint8Array): SflowDatagram | undefined {
  // A copy: what is changed must not be the input that it came from.
  const buffer = Buffer.from(bytes);
  if (buffer.length < 24 || buffer.readUInt32BE() !== 5) return undefined;
  const length = 24 + ([0, 4, 16][buffer.readUInt32BE(4)] ?? buffer.length);
  const parts = buffer.length < length ? undefined : partsOf(buffer.subarray(length));
  if (!parts || parts.length === 0) return undefined;
  const samples = parts.map((part) => {
    const head = Math.min(HEADS[part.format] ?? part.body.length, part.body.length);
    const records = partsOf(part.body.subarray(head));
    return records ? { ...part, head, records } : { ...part, head: part.body.length, records: [] };
  });
  return { header: Buffer.from(buffer.subarray(0, length)), samples };
}

/** Makes so many changes; `other` lends samples. */
export function mutateSflow(
  { header, samples }: SflowDatagram,
  other: SflowDatagram | undefined,
  random: Random,
  changes: number,
): Buffer {
  for (let change = 0; change < changes; change++) {
    const at = random.below(samples.length);
    const sample = samples[at];
    const { records } = sample;
    const nth = random.below(records.length + 1);
    switch (random.below(9)) {
      case 0:
        writeWord(header, random);
        break;
      case 1:
        samples.splice(at, 0, structuredCopy(random.pick(other?.samples ?? samples)));
        break;
      case 2:
        if (samples.length > 1) samples.splice(at, 1);
        break;
      case 3:
        writeWord(sample.body.subarray(0, sample.head), random);
        break;
      case 4:
        records.splice(nth, 1);
        break;
      case 5: {
        const lent = random.pick(other?.samples ?? samples).records;
        if (lent.length > 0) records.splice(nth, 0, random.pick(lent));
        break;
      }
      case 6:
        records.splice(nth, 0, { format: random.pick(FORMATS), body: randomWords(random) });
        break;
      case 7:
        if (records[nth]) records[nth] = { ...records[nth], format: random.pick(FORMATS) };
        break;
      default:
        if (records[nth]) {
          const body = Buffer.from(records[nth].body);
          writeWord(body, random);
          records[nth] = { ...records[nth], body };
        }
    }
  }
  return written({ header, samples }, random);
}

function partsOf(bytes: Buffer): Part[] | undefined {
  const parts: Part[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 8 > bytes.length ? bytes.length + 1 : at + 8 + bytes.readUInt32BE(at + 4);
    if (end > bytes.length) return undefined;
    parts.push({ format: bytes.readUInt32BE(at), body: bytes.subarray(at + 8, end) });
    at = end;
  }
  return parts;
}

function structuredCopy(sample: Sample): Sample {
  return { ...sample, body: Buffer.from(sample.body), records: [...sample.records] };
}

function writeWord(bytes: Buffer, random: Random): void {
  if (bytes.length < 4) return;
  const word = random.oneIn(2) ? random.below(300) : random.word() >>> 0;
  bytes.writeUInt32BE(word, 4 * random.below(Math.floor(bytes.length / 4)));
}

function randomWords(random: Random): Buffer {
  const words = Buffer.alloc(4 * random.below(20));
  for (let at = 0; at < words.length; at += 4) {
    words.writeUInt32BE(random.oneIn(2) ? random.below(8) : random.word() >>> 0, at);
  }
  return words;
}

function written({ header, samples }: SflowDatagram, random: Random): Buffer {
  const lie = (real: number): number => (random.oneIn(60) ? random.word() >>> 0 : real);
  const sized = ({ format, body }: Part): Buffer => {
    const prefix = Buffer.alloc(8);
    prefix.writeUInt32BE(format);
    prefix.writeUInt32BE(lie(body.length), 4);
    return Buffer.concat([prefix, body]);
  };
  const all = samples.map(({ format, body, head, records }) => {
    const start = Buffer.from(body.subarray(0, head));
    if (HEADS[format] === head) start.writeUInt32BE(lie(records.length), head - 4);
    return sized({ format, body: Buffer.concat([start, ...records.map(sized)]) });
  });
  header.writeUInt32BE(lie(samples.length), header.length - 4);
  return Buffer.concat([header, ...all]);
}
