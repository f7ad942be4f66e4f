/**
 * What is fed to a pipeline in one execution: datagrams from several exporters, one after another, and the profile of
 * the pipeline. A file of the corpus holds one input: the profile's number (one byte), then for each datagram its
 * exporter and the pause before it (one byte each), its length (two bytes, big-endian) and its bytes.
 */

export type Datagram = {
  /** Number of the exporter. */
  source: number;
  /** 0 for none, else that many doublings of 1 ms; at most `MAX_PAUSE`. */
  pause: number;
  bytes: Uint8Array;
};

export type Input = { profile: number; datagrams: readonly Datagram[] };

/** 2²⁸ ms are three days: more than any age in the configuration. */
export const MAX_PAUSE = 28;
/** Largest UDP payload, and largest number in the length of a datagram. */
export const MAX_DATAGRAM = 65_535;

const DATAGRAM_HEADER = 4;

export function encodeInput({ profile, datagrams }: Input): Buffer {
  const parts = datagrams.map(({ source, pause, bytes }) => [
    Uint8Array.of(source, pause, bytes.length >> 8, bytes.length & 255),
    bytes,
  ]);
  return Buffer.concat([Uint8Array.of(profile), ...parts.flat()]);
}

/** Throws a RangeError when the file is cut off. */
export function decodeInput(file: Uint8Array): Input {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const datagrams: Datagram[] = [];
  for (let at = 1; at < file.length; ) {
    const length = view.getUint16(at + 2);
    const end = at + DATAGRAM_HEADER + length;
    if (end > file.length) throw new RangeError('the last datagram is cut off');
    const pause = Math.min(file[at + 1], MAX_PAUSE);
    datagrams.push({ source: file[at], pause, bytes: new Uint8Array(file.subarray(at + DATAGRAM_HEADER, end)) });
    at = end;
  }
  return { profile: view.getUint8(0), datagrams };
}

/** Bytes of all datagrams. */
export function sizeOf({ datagrams }: Input): number {
  return datagrams.reduce((size, { bytes }) => size + bytes.length, 0);
}
