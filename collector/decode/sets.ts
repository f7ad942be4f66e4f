/** The sets of a v9 or IPFIX message (RFC 3954 §5, RFC 7011 §3.3), one after another. */
import type { PacketHeader } from './header.ts';
import { readTemplate, type Template } from './template.ts';

/** Bytes of a set's id and length. Fewer at the end of a message, or of a set of templates, are padding. */
const SET_HEADER_LENGTH = 4;
/** Sets with an id from here on hold data of the template with that id. */
const MIN_DATA_SET_ID = 256;

/** What is found in a message, in its order. */
export type SetHandler = {
  /** A set begins, of whatever kind. */
  set(): void;
  template(template: Template): void;
  badTemplate(reason: string): void;
  /** Data from `offset` to `end`; false when a record runs over the end. */
  data(id: number, offset: number, end: number): boolean;
};

/**
 * Hands over what a message holds; returns false when it is malformed and to be discarded whole (RFC 7011 §9.1). A set whose id means nothing is skipped, and so are withdrawals, which have no meaning over UDP.
 */
export function walkSets(view: DataView, header: PacketHeader, maxFields: number, handler: SetHandler): boolean {
  const { version } = header;
  const sets = countSets(view, header);
  const templatesId = version === 9 ? 0 : 2;
  let offset = header.length;
  for (let set = 0; set < sets; set++) {
    handler.set();
    const id = view.getUint16(offset);
    const next = offset + view.getUint16(offset + 2);
    const content = offset + SET_HEADER_LENGTH;
    if (id >= MIN_DATA_SET_ID) {
      if (!handler.data(id, content, next)) return false;
    } else if (id === templatesId || id === templatesId + 1) {
      if (!readTemplates(view, content, next, version as 9 | 10, id !== templatesId, maxFields, handler)) return false;
    }
    offset = next;
  }
  return sets >= 0;
}

/**
 * Number of sets, or -1 when one is shorter than its header or runs over the end. v9 has no length of the whole: zeros
 * behind its last set are padding.
 */
function countSets(view: DataView, { version, length: offset, end }: PacketHeader): number {
  let sets = 0;
  while (offset + SET_HEADER_LENGTH <= end) {
    const length = view.getUint16(offset + 2);
    if (length === 0 && version === 9 && zerosFrom(view, offset, end) === offset) return sets;
    if (length < SET_HEADER_LENGTH || offset + length > end) return -1;
    offset += length;
    sets++;
  }
  return sets;
}

function readTemplates(
  view: DataView,
  offset: number,
  end: number,
  version: 9 | 10,
  options: boolean,
  maxFields: number,
  handler: SetHandler,
): boolean {
  // Some exporters pad a set of templates with more zeros than a record's header has.
  const padding = zerosFrom(view, offset, end);
  while (offset + SET_HEADER_LENGTH <= end && offset < padding) {
    const record = readTemplate(view, offset, end, version, options, maxFields);
    if (record.kind === 'overrun') return false;
    if (record.kind === 'template') handler.template(record.template);
    if (record.kind === 'bad') handler.badTemplate(record.reason);
    offset = record.next;
  }
  return true;
}

/** Where the zeros begin that lead up to `end`. */
function zerosFrom(view: DataView, offset: number, end: number): number {
  while (end > offset && view.getUint8(end - 1) === 0) end--;
  return end;
}
