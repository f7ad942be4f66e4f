/** CSV as spreadsheets save it: a head, then the rows. */
import { isUtf8 } from 'node:buffer';
import { parse } from 'csv-parse/sync';
import { FileMistake, fail } from './follow.ts';

const MAX_ROW = 256 * 1024;
/** Rows that are wrong and told; what is behind the last of them is not looked at. */
const MAX_MISTAKES = 10;

/**
 * Reads CSV: `takeHead` gets the head, `takeRow` the values of each row, as many as the head has, and its line. Both
 * throw a FileMistake at what is wrong. Throws one that tells of all rows that are; `example` is a right head.
 */
export function readCsv(
  text: Buffer,
  example: string,
  takeHead: (columns: readonly string[]) => void,
  takeRow: (values: readonly string[], line: number) => void,
): void {
  let columns = 0;
  const mistakes: string[] = [];

  function take(record: string[], { lines: line }: { lines: number }): null {
    if (columns === 0) {
      columns = record.length;
      takeHead(record);
      return null;
    }
    try {
      if (record.length !== columns) fail(line, `there are ${record.length} values, and ${columns} columns`);
      takeRow(record, line);
    } catch (error) {
      if (!(error instanceof FileMistake)) throw error;
      mistakes.push(error.message);
      if (mistakes.length === MAX_MISTAKES) throw new FileMistake(`${mistakes.join('; ')}; and perhaps more below`);
    }
    return null;
  }

  if (!isUtf8(text)) throw new FileMistake('it is not UTF-8; save it as “CSV UTF-8”');
  try {
    parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      record_delimiter: ['\n', '\r\n'],
      max_record_size: MAX_ROW,
      on_record: take,
    });
  } catch (error) {
    if (error instanceof FileMistake) throw error;
    throw new FileMistake(`it is not CSV: ${(error as Error).message}`);
  }
  if (mistakes.length > 0) throw new FileMistake(mistakes.join('; '));
  if (columns === 0) throw new FileMistake(`it is empty; its first line must be a head such as ${example}`);
}
