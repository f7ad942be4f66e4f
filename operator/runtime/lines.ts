import { readUpTo } from '../../crds/common/stream.ts';
import { ApiError } from './errors.ts';

const NEWLINE = 0x0a;

/**
 * Splits a stream of bytes into lines of at most `limit` bytes. Throws an ApiError, `BadResponse`, when a line is
 * longer or the stream ends within one.
 */
export async function* readLines(stream: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<string> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (let chunk of stream) {
    for (;;) {
      const end = chunk.indexOf(NEWLINE);
      const part = end < 0 ? chunk : chunk.subarray(0, end);
      length += part.length;
      if (length > limit) throw new ApiError('BadResponse', `a line is longer than ${limit} bytes`);
      parts.push(part);
      if (end < 0) break;
      const line = Buffer.concat(parts, length).toString();
      parts = [];
      length = 0;
      if (line !== '') yield line;
      chunk = chunk.subarray(end + 1);
    }
  }
  if (length > 0) throw new ApiError('BadResponse', 'the stream was cut within a line');
}

/** Reads a whole stream of at most `limit` bytes. Throws an ApiError, `BadResponse`, when it is longer. */
export async function readText(stream: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const bytes = await readUpTo(stream, limit);
  if (bytes === undefined) throw new ApiError('BadResponse', `the answer is longer than ${limit} bytes`);
  return bytes.toString();
}
