/**
 * The sets of a v9 or IPFIX message (RFC 3954 §5, RFC 7011 §3.3), up to the first fault. RFC 7011 §9.1 discards a
 * malformed message whole; the sets before its fault are kept here, since one that was cut off would else cost them
 * all.
 */
import { type Fault, setFault, valueFault } from './faults.ts';
import { countRecords, MISMATCH, OVERRUN } from './fit.ts';
import type { PacketHeader } from './header.ts';
import { countPlausible } from './plausible.ts';
import { MIN_DATA_SET_ID, SET_HEADER_LENGTH } from './set-header.ts';
import { LEARN_ALL, type Learning, readTemplate, type Template } from './template.ts';

/** Records of one template, from `offset` to `end`. */
export type DataSet = {
  kind: 'data';
  id: number;
  template: Template;
  offset: number;
  end: number;
  records: number;
};

/** Data of a template that is not known, or that do not fit the one that is. */
export type UnknownData = {
  kind: 'unknown data';
  id: number;
  offset: number;
  end: number;
  misfit: Template | undefined;
};

/** Samples of sFlow, from `offset` on; `records` are those that stand for packets. */
export type Samples = { kind: 'samples'; offset: number; samples: number; records: number };

/** What is found in a message, in its order. */
export type Part =
  | { kind: 'template'; template: Template }
  | { kind: 'bad template'; offset: number; reason: string }
  /** Its data are not those of the one that was known of this id. */
  | { kind: 'refused template'; id: number }
  | DataSet
  | UnknownData
  | Samples;

export type KnownTemplate = {
  readonly template: Template;
  /** The exporter stands by it though its sets leave more than padding explains: what they leave is padding. */
  readonly padded: boolean;
  /** The exporter was restarted since it announced it, and may mean another by now. */
  readonly stale: boolean;
};

export type Message = {
  /** A set or record runs over the end of the message; what comes before it is read, what comes after it is not. */
  fault: Fault | undefined;
  /** Sets of whatever kind, up to the fault. */
  sets: number;
  parts: Part[];
};

/**
 * Reads the sets of a message. Data belong to the last template of their id that the message has before them, else to
 * the one that `find` knows; `learning` tells which templates are made. A set whose id means nothing is skipped, and so
 * are withdrawals: they have no meaning over UDP (RFC 7011 §8.4).
 */
export function readSets(
  bytes: Uint8Array,
  view: DataView,
  header: PacketHeader,
  maxFields: number,
  find: (id: number) => KnownTemplate | undefined,
  learning: Learning = LEARN_ALL,
): Message {
  const parts: Part[] = [];
  /** Templates of this very message, which are surely those of its data. */
  let fresh: Map<number, KnownTemplate | undefined> | undefined;
  const templatesId = header.version === 9 ? 0 : 2;
  let offset = header.length;
  let sets = 0;
  while (offset + SET_HEADER_LENGTH <= header.end && !isPadding(view, offset, header)) {
    const id = view.getUint16(offset);
    const next = offset + view.getUint16(offset + 2);
    const content = offset + SET_HEADER_LENGTH;
    if (next < content || next > header.end)
      return { fault: setFault(offset, next - offset, header.end - offset), sets, parts };
    sets++;
    if (id >= MIN_DATA_SET_ID) {
      const known = fresh?.has(id) ? fresh.get(id) : find(id);
      const template = known?.template;
      const records = known ? countOf(known, bytes, content, next, header) : MISMATCH;
      if (records === OVERRUN) return { fault: valueFault(offset, id), sets, parts };
      if (template && records >= 0) parts.push({ kind: 'data', id, template, offset: content, end: next, records });
      else
        parts.push({
          kind: 'unknown data',
          id,
          offset: content,
          end: next,
          misfit: known?.stale ? undefined : template,
        });
    } else if (id === templatesId || id === templatesId + 1) {
      const options = id !== templatesId;
      const found = readTemplates(view, content, next, header.version as 9 | 10, options, maxFields, learning);
      fresh ??= new Map();
      for (const part of found) {
        if (part.kind === 'template') fresh.set(part.template.id, { ...part, padded: true, stale: false });
        if (part.kind === 'refused template') fresh.set(part.id, undefined);
      }
      parts.push(...found);
    }
    offset = next;
  }
  return { fault: undefined, sets, parts };
}

function countOf(known: KnownTemplate, bytes: Uint8Array, offset: number, end: number, header: PacketHeader): number {
  const { template, padded, stale } = known;
  if (stale) return countPlausible(bytes, template, offset, end, header);
  return countRecords(bytes, template, offset, end, padded);
}

/** v9 has no length of the whole message: zeros behind its last set are padding. */
function isPadding(view: DataView, offset: number, { version, end }: PacketHeader): boolean {
  return version === 9 && view.getUint16(offset + 2) === 0 && zerosFrom(view, offset, end) === offset;
}

type TemplatePart = Extract<Part, { kind: 'template' | 'bad template' | 'refused template' }>;

/** The templates of a set. */
function readTemplates(
  view: DataView,
  offset: number,
  end: number,
  version: 9 | 10,
  options: boolean,
  maxFields: number,
  learning: Learning,
): TemplatePart[] {
  const parts: TemplatePart[] = [];
  // Some exporters pad a set of templates with more zeros than a record's header has.
  const padding = zerosFrom(view, offset, end);
  while (offset + SET_HEADER_LENGTH <= end && offset < padding) {
    const record = readTemplate(view, offset, end, version, options, maxFields, learning);
    if (record.kind === 'template') parts.push({ kind: 'template', template: record.template });
    if (record.kind === 'refused') parts.push({ kind: 'refused template', id: record.id });
    if (record.kind === 'bad') parts.push({ kind: 'bad template', offset, reason: record.reason });
    offset = record.next;
  }
  return parts;
}

/** Where the zeros begin that lead up to `end`. */
function zerosFrom(view: DataView, offset: number, end: number): number {
  while (end > offset && view.getUint8(end - 1) === 0) end--;
  return end;
}
