/** Texts of --help: paragraphs, and tables of what can be typed, in lines that 100 columns show. */

const WIDTH = 100;

/**
 * Breaks a text between words; its lines are `indent` columns from the left, but for the first, which is there already.
 */
export function wrap(text: string, indent: number): string {
  const line = RegExp(`(.{1,${WIDTH - indent}}|\\S+)(?: +|$)`, 'g');
  return Array.from(text.matchAll(line), ([, words]) => words).join(`\n${' '.repeat(indent)}`);
}

/**
 * Rows of what can be typed and what it means. That is `column` columns from the left, by default three behind the
 * longest that can be typed, and below what is too long. A row with nothing to type goes on with the one before.
 */
export function table(
  rows: readonly (readonly [typed: string, meaning: string])[],
  column = Math.max(...rows.map(([typed]) => typed.length)) + 5,
): string {
  return rows
    .map(([typed, meaning]) => {
      const left = `  ${typed}`;
      const start = left.length + 2 <= column ? left.padEnd(column) : `${left}\n${' '.repeat(column)}`;
      return `${start}${wrap(meaning, column)}\n`;
    })
    .join('');
}
