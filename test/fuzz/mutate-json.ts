/** Changes JSON as somebody might who knows its form: values at edges, keys of objects, lists; types now and then. */
import type { Random } from './random.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const NUMBERS = [0, -1, 0.5, 1, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 1e308, -1e308];
const STRINGS = [
  ...['', '0', 'x'.repeat(300), 'x'.repeat(5_000), '\0', '\ud800', 'é', '<script>', '"><img src=x>', '$(x)', '../../x'],
  ...['__proto__', 'constructor', '10.0.0.1', '::ffff:10.0.0.1', 'fe80::1%x', 'AQAAAQAEAAE=', 'AAA=', '!'],
];
const KEYS = ['__proto__', 'constructor', 'toString', 'adopted', 'data', 'unknown'];
/** Of what a list has, so many more. */
const MAX_COPIES = 64;

/** Another one, of which something was changed; `value` stays as it is. */
export function mutateJson(value: Json, random: Random): Json {
  const { below, oneIn, pick } = random;
  if (oneIn(40)) return pick<Json>([null, true, [], {}, pick(NUMBERS), pick(STRINGS)]);
  if (typeof value === 'number') return oneIn(2) ? pick(NUMBERS) : value + below(3) - 1;
  if (typeof value === 'string') return oneIn(2) ? pick(STRINGS) : spliced(value, random);
  if (Array.isArray(value)) return mutateList(value, random);
  if (value !== null && typeof value === 'object') return mutateObject(value, random);
  return !value;
}

function mutateList(list: readonly Json[], random: Random): Json[] {
  const { below, pick } = random;
  if (list.length === 0) return [pick<Json>([pick(NUMBERS), pick(STRINGS), {}])];
  const at = below(list.length);
  switch (below(8)) {
    case 0:
      return list.toSpliced(at, 1);
    case 1:
      return [...list, ...Array.from({ length: below(MAX_COPIES) }, () => mutateJson(list[at], random))];
    case 2:
      return list.toReversed();
    default:
      return list.with(at, mutateJson(list[at], random));
  }
}

function mutateObject(object: { [key: string]: Json }, random: Random): Json {
  const { below, pick } = random;
  const entries = Object.entries(object);
  if (entries.length === 0) return Object.fromEntries([[pick(KEYS), pick(STRINGS)]]);
  const at = below(entries.length);
  const [key, content] = entries[at];
  switch (below(12)) {
    case 0:
      return Object.fromEntries(entries.toSpliced(at, 1));
    case 1:
      return Object.fromEntries(entries.with(at, [pick(KEYS), content]));
    case 2:
      return Object.fromEntries([...entries, [pick(KEYS), mutateJson(content, random)]]);
    default:
      return Object.fromEntries(entries.with(at, [key, mutateJson(content, random)]));
  }
}

function spliced(text: string, { below, pick }: Random): string {
  const at = below(text.length + 1);
  return text.slice(0, at) + pick(['', 'A', '=', ' ', text, pick(STRINGS)]) + text.slice(at + below(3));
}
