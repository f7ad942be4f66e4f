import { isDeepStrictEqual } from 'node:util';

type Mapping = { [key: string]: unknown };

/** The JSON merge patch (RFC 7386) that turns `from` into `to`: what is gone becomes null, lists are sent whole. */
export function mergePatch(from: Mapping, to: Mapping): Mapping {
  const entries = [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key) => {
    const [before, after] = [from[key], to[key]];
    if (isDeepStrictEqual(before, after)) return [];
    if (isMapping(before) && isMapping(after)) return [[key, mergePatch(before, after)] as const];
    return [[key, after ?? null] as const];
  });
  return Object.fromEntries(entries);
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
