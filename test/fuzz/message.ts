/**
 * A v9 or IPFIX message taken apart, so that its parts can be changed and put together again. Lengths and counts follow
 * from the parts unless a lie is kept. What can't be taken apart stays as bytes; nothing here throws.
 */

export type FieldSpecifier = {
  id: number;
  length: number;
  /** IPFIX: present when the enterprise bit is set. */
  pen?: number;
};

export type TemplateRecord = {
  id: number;
  fields: FieldSpecifier[];
  /** Of options templates. */
  scopeCount?: number;
  /** What the record says instead of the number of its fields. */
  count?: number;
};

export type MessageSet = {
  id: number;
  /** Of a set of templates; others have bytes alone. */
  templates: TemplateRecord[];
  /** The records of a data set, or what is behind the templates; shared with the datagram, so not to be written to. */
  rest: Uint8Array;
  /** What the set says instead of its length. */
  length?: number;
};

export type Message = {
  header: Uint8Array;
  sets: MessageSet[];
  /** Bytes that are no set. */
  tail: Uint8Array;
  /** What an IPFIX message says instead of its length. */
  length?: number;
};

export const HEADER_LENGTHS: Readonly<Record<number, number>> = { 9: 20, 10: 16 };
const SET_HEADER = 4;
const ENTERPRISE_BIT = 0x8000;

/** Takes a datagram apart; undefined when it is no message of sets. */
export function parseMessage(bytes: Uint8Array): Message | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 2) return undefined;
  const version = view.getUint16(0);
  const headerLength = HEADER_LENGTHS[version];
  if (headerLength === undefined || bytes.length < headerLength) return undefined;
  const sets: MessageSet[] = [];
  let at = headerLength;
  while (at + SET_HEADER <= bytes.length) {
    const length = view.getUint16(at + 2);
    if (length < SET_HEADER || at + length > bytes.length) break;
    sets.push(parseSet(view, bytes, version, at, at + length));
    at += length;
  }
  const stated = version === 10 ? view.getUint16(2) : bytes.length;
  const length = stated === bytes.length ? undefined : stated;
  return { header: new Uint8Array(bytes.subarray(0, headerLength)), sets, tail: bytes.subarray(at), length };
}

export function versionOf({ header }: Message): number {
  return header[0] * 256 + header[1];
}

/** What a set of this id is. */
export function setKind(version: number, id: number): 'templates' | 'options' | 'other' | 'data' {
  const base = version === 9 ? 0 : 2;
  return id === base ? 'templates' : id === base + 1 ? 'options' : id >= 256 ? 'data' : 'other';
}

function parseSet(view: DataView, bytes: Uint8Array, version: number, start: number, end: number): MessageSet {
  const id = view.getUint16(start);
  const kind = setKind(version, id);
  const templates: TemplateRecord[] = [];
  let at = start + SET_HEADER;
  if (kind === 'templates' || kind === 'options') {
    for (;;) {
      const record = parseTemplate(view, version, kind === 'options', at, end);
      if (!record) break;
      templates.push(record.template);
      at = record.next;
    }
  }
  return { id, templates, rest: bytes.subarray(at, end) };
}

function parseTemplate(
  view: DataView,
  version: number,
  options: boolean,
  start: number,
  end: number,
): { template: TemplateRecord; next: number } | undefined {
  let at = start + (options ? 6 : 4);
  if (at > end) return undefined;
  const id = view.getUint16(start);
  let count = view.getUint16(start + 2);
  let scopeCount = options ? view.getUint16(start + 4) : undefined;
  if (id === 0 && count === 0) return undefined;
  if (version === 9 && scopeCount !== undefined) {
    if ((count | scopeCount) & 3) return undefined;
    [count, scopeCount] = [(count + scopeCount) / 4, count / 4];
  }
  const fields: FieldSpecifier[] = [];
  for (let index = 0; index < count; index++) {
    if (at + 4 > end) return undefined;
    const fieldId = view.getUint16(at);
    const length = view.getUint16(at + 2);
    at += 4;
    if (version === 10 && fieldId & ENTERPRISE_BIT) {
      if (at + 4 > end) return undefined;
      fields.push({ id: fieldId & ~ENTERPRISE_BIT, length, pen: view.getUint32(at) });
      at += 4;
    } else {
      fields.push({ id: fieldId, length });
    }
  }
  return { template: { id, fields, scopeCount }, next: at };
}

/** Puts a message together in `into`; returns its length. What does not fit is left out. */
export function writeMessage(message: Message, into: Uint8Array): number {
  const version = versionOf(message);
  const writer = new Writer(into);
  writer.bytes(message.header);
  for (const set of message.sets) writeSet(writer, version, set);
  writer.bytes(message.tail);
  if (version === 10 && message.header.length >= 4) writer.patch(2, message.length ?? writer.at);
  return writer.at;
}

function writeSet(writer: Writer, version: number, { id, templates, rest, length }: MessageSet): void {
  const start = writer.at;
  writer.uint16(id);
  writer.uint16(0);
  for (const template of templates) writeTemplate(writer, version, template);
  writer.bytes(rest);
  writer.patch(start + 2, length ?? writer.at - start);
}

function writeTemplate(writer: Writer, version: number, { id, fields, scopeCount, count }: TemplateRecord): void {
  writer.uint16(id);
  if (scopeCount === undefined) {
    writer.uint16(count ?? fields.length);
  } else if (version === 9) {
    writer.uint16(scopeCount * 4);
    writer.uint16(count ?? (fields.length - scopeCount) * 4);
  } else {
    writer.uint16(count ?? fields.length);
    writer.uint16(scopeCount);
  }
  for (const field of fields) {
    const enterprise = version === 10 && field.pen !== undefined;
    writer.uint16(enterprise ? field.id | ENTERPRISE_BIT : field.id);
    writer.uint16(field.length);
    if (enterprise) {
      writer.uint16(field.pen! >>> 16);
      writer.uint16(field.pen! & 0xffff);
    }
  }
}

/** Appends to a buffer until it is full. */
class Writer {
  at = 0;
  readonly #into: Uint8Array;

  constructor(into: Uint8Array) {
    this.#into = into;
  }

  uint16(value: number): void {
    if (this.at + 2 > this.#into.length) return;
    this.#into[this.at++] = value >> 8;
    this.#into[this.at++] = value;
  }

  bytes(bytes: Uint8Array): void {
    const fitting = bytes.subarray(0, this.#into.length - this.at);
    this.#into.set(fitting, this.at);
    this.at += fitting.length;
  }

  patch(at: number, value: number): void {
    if (at + 2 > this.at) return;
    this.#into[at] = value >> 8;
    this.#into[at + 1] = value;
  }
}
