/**
 * Sequence numbers of packets that are sent again and again: they go on, as those of a device that keeps running do.
 */
import type { ExportPacket } from './captures.ts';
import { sflowAgentEnd, versionOf } from './raw.ts';
import { TemplateReader } from './templates.ts';

/** Where the header has the sequence number, and where what it is counted by: engine, source id, observation domain. */
const LAYOUTS = new Map([
  [5, { sequenceAt: 16, domainAt: 20, domainLength: 2 }],
  [7, { sequenceAt: 16, domainAt: 20, domainLength: 0 }],
  [9, { sequenceAt: 12, domainAt: 16, domainLength: 4 }],
  [10, { sequenceAt: 8, domainAt: 12, domainLength: 4 }],
]);

const MODULUS = 2 ** 32;

/** sFlow counts datagrams by agent and sub-agent (sFlow Version 5, §5). */
function sflowLayout(payload: Buffer) {
  const subAgentAt = sflowAgentEnd(payload)!;
  const domainAt = 4;
  return { sequenceAt: subAgentAt + 4, domainAt, domainLength: subAgentAt + 4 - domainAt };
}

type Sequence = {
  round: number;
  /** By how much this round's numbers are raised. */
  raised: number;
  /** The number after the last one. */
  next: number;
};

/**
 * A function that returns a packet as it would be in a round, 0 being the first, of the same packets: its first one of
 * each exporter and domain has the number after the last one of the round before. The packets of a round must come in
 * order, since templates tell how many records IPFIX packets count.
 */
export function createNumbering(): (packet: ExportPacket, round: number) => Buffer {
  const templates = new TemplateReader();
  const sequences = new Map<string, Sequence>();

  return ({ payload, source }, round) => {
    const version = versionOf(payload);
    const layout =
      version === 'sflow' ? sflowLayout(payload) : version === undefined ? undefined : LAYOUTS.get(version);
    if (!layout) return payload;
    const { sequenceAt, domainAt, domainLength } = layout;
    const domain = payload.toString('hex', domainAt, domainAt + domainLength);
    const key = `${source} ${version} ${domain}`;
    const number = payload.readUInt32BE(sequenceAt);
    let sequence = sequences.get(key);
    if (!sequence) {
      sequence = { round, raised: 0, next: number };
      sequences.set(key, sequence);
    } else if (sequence.round !== round) {
      sequence.round = round;
      sequence.raised = sequence.next - number;
    }
    const raised = (number + sequence.raised) >>> 0;
    const next = (raised + unitsOf(payload, source)) >>> 0;
    // What comes late does not take it back.
    if ((next - sequence.next) >>> 0 < MODULUS / 2) sequence.next = next;
    const numbered = Buffer.from(payload);
    numbered.writeUInt32BE(raised, sequenceAt);
    return numbered;
  };

  /**
   * How many numbers a packet takes: v5 and v7 count flows, v9 and sFlow packets, IPFIX data records (RFC 7011 §3.1).
   */
  function unitsOf(payload: Buffer, source: string): number {
    const version = versionOf(payload);
    if (version === 9 || version === 'sflow') return 1;
    if (version !== 10) return payload.readUInt16BE(2);
    let records = 0;
    for (const { isFirst } of templates.fields(payload, source)) records += Number(isFirst);
    return records;
  }
}
