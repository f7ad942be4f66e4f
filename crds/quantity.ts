import * as z from 'zod';
import { celString, intOrText, withCel, withRules } from './rule.ts';

/**
 * Text of a size; see `size`. The digits are as many as keep it exact in a double: all sizes are below 2⁵³. The API
 * server takes a size for text as long as a request, and counts the rule's cost by the length of the pattern: it must
 * be short.
 */
export const SIZE = /^(\d{1,15}|\d{1,12}(Ki|k)|\d{1,9}Mi?|\d{1,6}Gi?)$/;
const SIZE_UNITS = { Gi: 2 ** 30, Mi: 2 ** 20, Ki: 2 ** 10, G: 1e9, M: 1e6, k: 1e3 } as const;

/** Text of a duration; see `duration`: of whole milliseconds, and as many as fit into Go's, which CEL computes with. */
export const DURATION =
  /^([0-9]{1,12}ms|[0-9]{1,9}(\.[0-9]{1,3})?s|[0-9]{1,7}(\.[0-9]{1,3})?m|[0-9]{1,6}(\.[0-9]{1,3})?h)$/;
const DURATION_UNITS = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const DURATION_MESSAGE = 'must be a duration such as 500ms, 10s, 5m or 24h';
const MAX_DURATION_LENGTH = 24;

const sizeText = intOrText(0, 999_999_999_999_999, SIZE, 'must be a size such as 64Mi, 512Ki or 1048576');

/** A size as Kubernetes writes quantities (`64Mi`, `1Gi`, `1500`); read as a number of bytes. */
export const size = z
  .codec(sizeText, z.number(), {
    decode: (text) => {
      const [, digits, unit] = /^([0-9]+)(.*)$/.exec(String(text))!;
      return Number(digits) * (unit ? SIZE_UNITS[unit as keyof typeof SIZE_UNITS] : 1);
    },
    encode: formatSize,
  })
  .meta({ ...sizeText.meta() });

/** A duration as Kubernetes writes them (`500ms`, `10s`, `5m`, `24h`); read as whole milliseconds. */
export const duration = withCel(
  z.codec(
    z.string(DURATION_MESSAGE).max(MAX_DURATION_LENGTH, DURATION_MESSAGE).regex(DURATION, DURATION_MESSAGE),
    z.number(),
    {
      decode: (text) => {
        const [, digits, unit] = /^([0-9.]+)(.*)$/.exec(text)!;
        return Math.round(Number(digits) * DURATION_UNITS[unit as keyof typeof DURATION_UNITS]);
      },
      encode: formatDuration,
    },
  ),
  { rule: `self.matches(${celString(DURATION.source)})`, message: DURATION_MESSAGE },
);

/** A duration longer than 0. */
export const positiveDuration = withRules(duration, {
  check: (milliseconds) => milliseconds > 0,
  cel: "self.matches('[1-9]')",
  message: 'must be longer than 0',
});

/** A number of bytes in the largest unit that leaves no fraction: `64Mi`, `1500`. */
function formatSize(bytes: number): string | number {
  for (const [unit, factor] of Object.entries(SIZE_UNITS)) {
    if (bytes > 0 && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return bytes;
}

/** A number of milliseconds in the largest unit that leaves no fraction: `24h`, `1500ms`. */
function formatDuration(milliseconds: number): string {
  for (const [unit, factor] of Object.entries(DURATION_UNITS)) {
    if (milliseconds > 0 && milliseconds % factor === 0) return `${milliseconds / factor}${unit}`;
  }
  return `${milliseconds}ms`;
}
