import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { RECORD_HEADER, readRecordHeader, readVersion, SEGMENT_HEADER, VERSION } from './format.ts';

/** How many flows a segment holds that are not done; none when it can't be read. Only headers are read. */
export function flowsLeftIn(path: string): number {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const read = (position: number, length: number) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(file!, bytes, 0, length, position));
    };
    if (readVersion(read(0, SEGMENT_HEADER)) !== VERSION) return 0;
    let flows = 0;
    const { size } = fstatSync(file);
    for (let offset = SEGMENT_HEADER; ; ) {
      const header = readRecordHeader(read(offset, RECORD_HEADER));
      offset += RECORD_HEADER + (header?.length ?? 0);
      // Where its writer was killed, the last one is cut off.
      if (header === undefined || offset > size) return flows;
      if (!header.done) flows += header.flows;
    }
  } catch {
    return 0;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
