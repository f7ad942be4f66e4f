/**
 * Names of networks: a CSV file of prefixes and what is known of each comes in; out goes a table in memory that all
 * threads share, by which a record plan copies the names of both ends into a span. docs/spans.md says it for users.
 */
import type { Buffer } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import type { ServiceSettings } from '../../crds/spans/services.ts';
import { FileMistake, fail } from '../files/follow.ts';
import { MAX_PREFIXES, readRows } from './csv.ts';
import { ENDS, NameEncoder } from './names.ts';
import { PrefixList } from './prefixes.ts';
import { REST, ServiceNames } from './services.ts';
import type { Networks } from './table.ts';
import { buildTrie } from './trie.ts';

/** Bytes of a file, unpacked: a row has some 40. */
export const MAX_FILE = 64 * 2 ** 20;
const GZIP = [0x1f, 0x8b];
const NEWLINE = 10;

/**
 * Reads a file, plain or gzip. `isFree` tells whether spans may have an attribute of that name beside those that they
 * have; `settings` which services the rows are of. Throws a FileMistake.
 */
export function readNetworks(
  file: Buffer,
  isFree: (attribute: string) => boolean,
  settings?: ServiceSettings,
): Networks {
  const text = unpacked(file);
  const capacity = Math.min(MAX_PREFIXES, countLines(text));
  const ipv4 = new PrefixList(capacity);
  const ipv6 = new PrefixList(capacity);
  let names = new NameEncoder([]);
  let services: ServiceNames | undefined;
  readRows(
    text,
    (columns) => {
      const taken = columns.flatMap((column) => ENDS.map((end) => `${end}.${column}`)).find((name) => !isFree(name));
      if (taken !== undefined)
        fail(1, `${taken} is an attribute already, by the profile, rename or constants; give that column another name`);
      names = new NameEncoder(columns);
      services = settings && new ServiceNames(columns, settings);
    },
    ({ prefix, values, line }) => {
      const service = services?.numberOf(values, prefix) ?? REST;
      (prefix.ip.family === 4 ? ipv4 : ipv6).add(prefix, labelOf(names, values, service, line), line);
    },
  );
  for (const list of [ipv4, ipv6]) {
    const twice = list.sort();
    if (twice) fail(twice.second, `this prefix stands in line ${twice.first} already`);
  }
  return {
    prefixes: ipv4.size + ipv6.size,
    trie: buildTrie(ipv4, ipv6),
    names: names.share(),
    serviceNames: services?.names ?? [],
  };
}

function labelOf(names: NameEncoder, values: readonly string[], service: number, line: number): number {
  try {
    return names.label(values, service);
  } catch (error) {
    return fail(line, (error as Error).message);
  }
}

function unpacked(file: Buffer): Buffer {
  if (!GZIP.every((byte, index) => file[index] === byte)) {
    if (file.length > MAX_FILE) throw new FileMistake(`it is larger than ${MAX_FILE} bytes`);
    return file;
  }
  try {
    return gunzipSync(file, { maxOutputLength: MAX_FILE });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new FileMistake(`it is larger than ${MAX_FILE} bytes when unpacked`);
    throw new FileMistake(`it begins as gzip but cannot be unpacked: ${message}`);
  }
}

function countLines(text: Buffer): number {
  let lines = 1;
  for (const byte of text) if (byte === NEWLINE) lines++;
  return lines;
}
