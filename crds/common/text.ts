/** Texts of others, made short enough to be shown. */

/** At most `max` characters; what was cut ends in `…`. */
export function clip(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1)}…` : text;
}

/** `a, b and 3 more`: names, each once and in order, of which at most `max` are written out. */
export function listed(names: Iterable<string>, max: number): string {
  const sorted = [...new Set(names)].sort();
  const more = sorted.length > max ? ` and ${sorted.length - max} more` : '';
  return `${sorted.slice(0, max).join(', ')}${more}`;
}
