import { createHash } from 'node:crypto';

/** Sixteen hexadecimal digits that tell texts apart. */
export function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
