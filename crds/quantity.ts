import { z } from 'zod';

const SIZE = /^(\d+)(Ki|Mi|Gi|k|M|G)?$/;
const SIZE_UNITS = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, k: 1e3, M: 1e6, G: 1e9 } as const;

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const DURATION_UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** A size as Kubernetes writes quantities (`64Mi`, `1Gi`, `1500`); read as a number of bytes. */
export const size = z
  .union([z.int().nonnegative(), z.string().regex(SIZE, 'must be a size such as 64Mi, 512Ki or 1048576')])
  .transform((text): number => {
    if (typeof text === 'number') return text;
    const [, digits, unit] = SIZE.exec(text)!;
    return Number(digits) * (unit ? SIZE_UNITS[unit as keyof typeof SIZE_UNITS] : 1);
  });

/** A duration as Kubernetes writes them (`500ms`, `10s`, `5m`, `24h`); read as milliseconds. */
export const duration = z
  .string()
  .regex(DURATION, 'must be a duration such as 500ms, 10s, 5m or 24h')
  .transform((text): number => {
    const [, digits, unit] = DURATION.exec(text)!;
    return Number(digits) * DURATION_UNITS[unit as keyof typeof DURATION_UNITS];
  });
