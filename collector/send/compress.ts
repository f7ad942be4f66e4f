/** Compression by zstd of what waits and of what is sent, on the thread pool and so off the receive path. */
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';

const compressAsync = promisify(zstdCompress);
const decompressAsync = promisify(zstdDecompress);

/** Spans are very repetitive: the fastest level leaves an eighth. */
const PARAMS = { [constants.ZSTD_c_compressionLevel]: 1 };

/** Room for what comes out, so that it comes at once: each piece is another turn of the thread pool. */
const MIN_CHUNK = 4_096;

/** A copy of `bytes`, compressed. */
export function compress(bytes: Uint8Array): Promise<Uint8Array> {
  return compressAsync(bytes, { params: PARAMS, chunkSize: Math.max(MIN_CHUNK, bytes.length >> 2) });
}

/** The `length` bytes that `compress` was given. Rejects when it is something else. */
export function decompress(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  return decompressAsync(bytes, {
    maxOutputLength: length,
    chunkSize: Math.max(MIN_CHUNK, length),
  });
}
