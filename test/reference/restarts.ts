/** Whether an exporter was restarted, and whether data of after that are what a template of before says. */
import { type FieldValue, type Header, type Template, toUnsigned } from './packet.ts';
import { readRecords } from './sets.ts';

const SEQUENCES = 2 ** 32;
/** Farther behind is no late packet. */
const LATE = 10_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** What is remembered of the packets of a domain: the last that was not late, and how many restarts there were. */
export type Epoch = { last: Header; number: number };

/** Takes the header of a packet. */
export function nextEpoch(epoch: Epoch | undefined, header: Header): Epoch {
  if (!epoch) return { last: header, number: 0 };
  const [uptime, uptimeBefore] = [header.sysUptime ?? 0, epoch.last.sysUptime ?? 0];
  const ahead = (header.sequence! - epoch.last.sequence! + SEQUENCES) % SEQUENCES;
  const behind = SEQUENCES - ahead;
  const restarted = { last: header, number: epoch.number + 1 };
  const goesOn = { last: header, number: epoch.number };
  const wraps = SEQUENCES - uptimeBefore + uptime <= HOUR_MS;
  if (uptimeBefore - uptime > MINUTE_MS && !wraps) return ahead > LATE ? restarted : goesOn;
  if (ahead < SEQUENCES / 2) return goesOn;
  const noUptime = uptime === 0 && uptimeBefore === 0;
  if (behind <= LATE && !(noUptime && header.exportTime > epoch.last.exportTime)) return epoch;
  return noUptime && header.sequence! < LATE ? restarted : goesOn;
}

/** Whether a data set is whole records that make sense, and nothing behind them but zeros. May throw a Malformed. */
export function isPlausible(body: Uint8Array, template: Template, header: Header): boolean {
  const records = readRecords(body, template, 'zeros');
  return records.every((values) => isPlausibleRecord(values.slice(template.scopeCount ?? 0), header));
}

function isPlausibleRecord(values: FieldValue[], header: Header): boolean {
  const exportMs = header.exportTime / 1_000_000n;
  const counted = (id: number) => {
    const value = values.findLast((field) => field.pen === 0 && field.id === id && isNumber(field));
    return value && toUnsigned(value.bytes);
  };
  const [octets, packets] = [counted(1), counted(2)];
  if (octets !== undefined && packets !== undefined && packets > octets) return false;
  return values.every(({ pen, id, bytes }) => {
    if (pen !== 0 || !isNumber({ bytes })) return true;
    const value = toUnsigned(bytes);
    const near = (ms: bigint) => ms <= exportMs + BigInt(MINUTE_MS) && ms >= exportMs - BigInt(WEEK_MS);
    if (id === 60) return value === 4n || value === 6n;
    if ((id === 21 || id === 22) && header.version === 9) return value <= BigInt(header.sysUptime! + MINUTE_MS);
    if ((id === 150 || id === 151) && bytes.length === 4) return near(value * 1_000n);
    if ((id === 152 || id === 153) && bytes.length === 8) return near(value);
    return true;
  });
}

function isNumber({ bytes }: Pick<FieldValue, 'bytes'>): boolean {
  return bytes.length > 0 && bytes.length <= 8;
}
