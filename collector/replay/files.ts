/** Reads capture files, also compressed ones. */
import { readFileSync } from 'node:fs';
import { constants, gunzipSync, type ZstdOptions, zstdDecompressSync } from 'node:zlib';

/** By how a file begins: compressed by which program, and how to read it to its end, or as far as it goes. */
const FORMATS = [
  {
    name: 'gzip',
    magic: Buffer.from('1f8b', 'hex'),
    whole: (file: Buffer) => gunzipSync(file),
    part: (file: Buffer) => gunzipSync(file, { finishFlush: constants.Z_SYNC_FLUSH }),
  },
  {
    name: 'zstd',
    magic: Buffer.from('28b52ffd', 'hex'),
    whole: (file: Buffer) => zstdFrames(file, {}),
    part: (file: Buffer) => zstdFrames(file, { finishFlush: constants.ZSTD_e_flush }),
  },
];

/** How Node calls compressed data that end too soon, of both kinds. */
const TRUNCATED = 'Z_BUF_ERROR';

/**
 * The bytes of a file, decompressed if it is by gzip or zstd; `isTruncated` when the compressed data end before their
 * end. Throws what the file system throws, and an error that names the file when its data are damaged.
 */
export function readCaptureFile(path: string): { bytes: Buffer; isTruncated: boolean } {
  const bytes = readFileSync(path);
  const format = FORMATS.find(({ magic }) => bytes.subarray(0, magic.length).equals(magic));
  if (!format) return { bytes, isTruncated: false };
  try {
    return { bytes: format.whole(bytes), isTruncated: false };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === TRUNCATED) return { bytes: format.part(bytes), isTruncated: true };
    throw new Error(`${path}: damaged ${format.name} data (${message})`, { cause: error });
  }
}

/** `zstdDecompressSync` takes one frame; parallel compressors write many. */
function zstdFrames(file: Buffer, options: ZstdOptions): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    // `info` is in Node, not in its types.
    const decompressed = zstdDecompressSync(file.subarray(at), { ...options, info: true } as ZstdOptions) as unknown;
    const { buffer, engine } = decompressed as { buffer: Buffer; engine: { bytesWritten: number } };
    frames.push(buffer);
    if (engine.bytesWritten === 0) break;
    at += engine.bytesWritten;
  }
  return Buffer.concat(frames);
}
