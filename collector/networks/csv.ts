/** The rows of a file of network names: what they are, or the line that is wrong. */
import { clip } from '../../crds/common/text.ts';
import { Cidr, parseCidr, parseIp } from '../../crds/selection/address.ts';
import { readCsv } from '../files/csv.ts';
import { fail } from '../files/follow.ts';

/** Prefixes of a file; a million take some 45 MB, shared by all threads. */
export const MAX_PREFIXES = 1_000_000;
/** Columns beside `prefix`. */
const MAX_COLUMNS = 16;
/** Bytes of a value: as much as backends take. */
const MAX_VALUE = 2_048;
/** How much of a value that is too long is shown, in characters. */
const MAX_SHOWN = 41;
const PREFIX = 'prefix';
const COLUMN = /^[!-~]{1,128}$/;

export type Row = { prefix: Cidr; values: string[]; line: number };

/**
 * Reads CSV: a head with `prefix` and other columns, then the rows, each of which `take` gets. Throws a FileMistake at
 * the first line that is wrong.
 */
export function readRows(text: Buffer, takeColumns: (columns: string[]) => void, take: (row: Row) => void): void {
  let prefix = -1;
  let columns: number[] = [];
  let rows = 0;

  function takeHead(head: readonly string[]): void {
    prefix = head.indexOf(PREFIX);
    if (prefix < 0)
      fail(
        1,
        `the head "${head.join().slice(0, 64)}" has no column ${PREFIX}; write prefix,site or the like, with commas`,
      );
    columns = [...head.keys()].filter((column) => column !== prefix);
    const names = columns.map((column) => head[column]);
    const wrong = names.find((name) => !COLUMN.test(name));
    if (wrong !== undefined) fail(1, `"${wrong}" is no name for a column; write letters, digits and signs, no spaces`);
    const twice = names.find((name, index) => names.indexOf(name) < index || name === PREFIX);
    if (twice !== undefined) fail(1, `there are two columns ${twice}`);
    if (names.length === 0) fail(1, 'the head has no column beside prefix');
    if (names.length > MAX_COLUMNS) fail(1, `there are more than ${MAX_COLUMNS} columns beside prefix`);
    takeColumns(names);
  }

  function takeRow(row: readonly string[], line: number): void {
    if (++rows > MAX_PREFIXES) fail(line, `there are more than ${MAX_PREFIXES} prefixes`);
    const values = columns.map((column) => row[column]);
    const long = values.find((value) => Buffer.byteLength(value) > MAX_VALUE);
    if (long !== undefined) fail(line, `"${clip(long, MAX_SHOWN)}" is longer than ${MAX_VALUE} bytes`);
    take({ prefix: prefixOf(row[prefix], line), values, line });
  }

  readCsv(text, 'prefix,site', takeHead, takeRow);
}

function prefixOf(text: string, line: number): Cidr {
  const ip = text.includes('/') ? undefined : parseIp(text);
  const prefix = ip ? new Cidr(ip, ip.family === 4 ? 32 : 128) : parseCidr(text);
  if (!prefix) fail(line, `"${text.slice(0, 64)}" is no prefix; write one such as 10.20.0.0/16 or 2001:db8::/32`);
  const network = prefix.masked();
  if (network.ip.value !== prefix.ip.value) fail(line, `${prefix} has bits set behind its length; write ${network}`);
  return prefix;
}
