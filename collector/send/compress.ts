/** Compression of what waits and of what is sent, on the thread pool and so off the receive path. */
import { promisify } from 'node:util';
import { constants, gzip as gzipCallback, zstdCompress, zstdDecompress } from 'node:zlib';

const gzipAsync = promisify(gzipCallback);
const compressAsync = promisify(zstdCompress);
const decompressAsync = promisify(zstdDecompress);

/**
 * Spans are very repetitive: the fastest level leaves an eighth. What repeats is near, and a window that fits a
 * processor's cache finds it as well as the level's own, which is larger, in less time and memory.
 */
const PARAMS = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_windowLog]: 17 };

/** Room for what comes out of a few spans. */
const MIN_CHUNK = 4_096;
/**
 * By this many times spans become smaller at least, so that what comes out finds room at once: each further piece is
 * another turn of the thread pool, and a batch that waits holds all of its room.
 */
const [GZIP_RATIO, ZSTD_RATIO] = [5, 6];

/** A copy of `bytes`, compressed by gzip. */
export function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  return gzipAsync(bytes, { level: constants.Z_BEST_SPEED, chunkSize: room(bytes, GZIP_RATIO) });
}

/** A copy of `bytes`, compressed by zstd. */
export function compress(bytes: Uint8Array): Promise<Uint8Array> {
  return compressAsync(bytes, { params: PARAMS, chunkSize: room(bytes, ZSTD_RATIO) });
}

/** The `length` bytes that `compress` was given. Rejects when it is something else. */
export function decompress(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  return decompressAsync(bytes, {
    maxOutputLength: length,
    chunkSize: Math.max(MIN_CHUNK, length),
  });
}

function room({ length }: Uint8Array, ratio: number): number {
  return Math.max(MIN_CHUNK, Math.ceil(length / ratio));
}
