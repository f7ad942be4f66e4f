import * as z from 'zod';

/** Text of a size; see `size`. */
export const SIZE = /^(\d+)(Ki|Mi|Gi|k|M|G)?$/;
const SIZE_UNITS = { Gi: 2 ** 30, Mi: 2 ** 20, Ki: 2 ** 10, G: 1e9, M: 1e6, k: 1e3 } as const;
const SIZE_MESSAGE = 'must be a size such as 64Mi, 512Ki or 1048576';

/** Text of a duration; see `duration`. */
export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const DURATION_UNITS = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const DURATION_MESSAGE = 'must be a duration such as 500ms, 10s, 5m or 24h';

/** A size as Kubernetes writes quantities (`64Mi`, `1Gi`, `1500`); read as a number of bytes. */
export const size = z.codec(
  z.union([z.int().nonnegative(), z.string().regex(SIZE, SIZE_MESSAGE)], SIZE_MESSAGE),
  z.number().max(Number.MAX_SAFE_INTEGER, SIZE_MESSAGE),
  {
    decode: (text) => {
      if (typeof text === 'number') return text;
      const [, digits, unit] = SIZE.exec(text)!;
      return Number(digits) * (unit ? SIZE_UNITS[unit as keyof typeof SIZE_UNITS] : 1);
    },
    encode: formatSize,
  },
);

/** A duration as Kubernetes writes them (`500ms`, `10s`, `5m`, `24h`); read as milliseconds. */
export const duration = z.codec(
  z.string(DURATION_MESSAGE).regex(DURATION, DURATION_MESSAGE),
  z.number().max(Number.MAX_SAFE_INTEGER, DURATION_MESSAGE),
  {
    decode: (text) => {
      const [, digits, unit] = DURATION.exec(text)!;
      return Number(digits) * DURATION_UNITS[unit as keyof typeof DURATION_UNITS];
    },
    encode: formatDuration,
  },
);

/** A number of bytes in the largest unit that leaves no fraction: `64Mi`, `1500`. */
export function formatSize(bytes: number): string | number {
  for (const [unit, factor] of Object.entries(SIZE_UNITS)) {
    if (bytes > 0 && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return bytes;
}

/** A number of milliseconds in the largest unit that leaves no fraction: `24h`, `1500ms`. */
export function formatDuration(milliseconds: number): string {
  for (const [unit, factor] of Object.entries(DURATION_UNITS)) {
    if (milliseconds > 0 && milliseconds % factor === 0) return `${milliseconds / factor}${unit}`;
  }
  return `${milliseconds}ms`;
}
