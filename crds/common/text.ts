/** Texts of others, made fit to be shown. */

/** What a terminal takes as a command, or as a turn of the direction of writing (Unicode's bidirectional controls). */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** With escapes for what would steer a terminal. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

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
