/** How the text of flags and environment variables is read. What the schema checks is left to the schema. */
import type { Path } from './setting.ts';

/** Where a text's values go, or, when it cannot be read, what would be allowed. */
export type Reading = { path: Path; value: unknown }[] | { allowed: string };

/** A reader that puts the text into one field as it is. */
export function text(...path: Path): (text: string) => Reading {
  return (value) => [{ path, value }];
}

/** A reader of a whole number. Other text goes on as it is: the schema refuses it, or knows it, as in `auto`. */
export function number(...path: Path): (text: string) => Reading {
  return (value) => [{ path, value: /^-?\d+$/.test(value) ? Number(value) : value }];
}

/** A reader of a duration given as a number of milliseconds. */
export function milliseconds(...path: Path): (text: string) => Reading {
  return (value) =>
    /^\d+$/.test(value) ? [{ path, value: `${value}ms` }] : { allowed: 'must be a whole number of milliseconds' };
}

/** A reader of `true` and `false`, in any case. */
export function boolean(...path: Path): (text: string) => Reading {
  return (value) => {
    const lower = value.toLowerCase();
    return lower === 'true' || lower === 'false'
      ? [{ path, value: lower === 'true' }]
      : { allowed: 'must be true or false' };
  };
}
