/**
 * A strict reader of `ExportTraceServiceRequest`, for every batch that a fuzzed pipeline seals. It accepts what the
 * collector may write and nothing else, so an unknown field, a varint with spare bytes or a key said twice is an error.
 */
import { isUtf8 } from 'node:buffer';
import { Violation } from './violation.ts';

/** Room for the attribute keys of one span, a power of two well above the most that a template's fields can give. */
const KEY_TABLE_SIZE = 2 ** 14;
const FLOW_PREFIX = Buffer.from('flow_');
const MAX_VARINT_BYTES = 10;
const MAX_KIND = 5;
const SERVER = 2;
/** Bits of the fields that each span has: trace_id, span_id, name, kind and both times. */
const REQUIRED_SPAN_FIELDS = 0b1_1110_0110;

export class RequestChecker {
  #bytes: Uint8Array = new Uint8Array();
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;
  #spans = 0;
  #flows = 0;
  /** Keys of the span at hand: where each is, its length, and the number of the span that it belongs to. */
  readonly #keyAt = new Int32Array(KEY_TABLE_SIZE);
  readonly #keyLength = new Int32Array(KEY_TABLE_SIZE);
  readonly #keyOwner = new Float64Array(KEY_TABLE_SIZE);
  #owner = 0;

  /**
   * Reads a request, of one resource unless there are those of services; returns how many spans, and flow spans among
   * them, it has. Throws a Violation.
   */
  check(request: Uint8Array, { services = false } = {}): { spans: number; flows: number } {
    this.#begin(request);
    do {
      const end = this.#open(0x0a, request.length);
      if (!services && end !== request.length) this.#fail('more than one ResourceSpans');
      this.#resourceSpans(end);
    } while (this.#at < request.length);
    return { spans: this.#spans, flows: this.#flows };
  }

  #resourceSpans(end: number): void {
    const resourceEnd = this.#open(0x0a, end);
    this.#owner++;
    while (this.#at < resourceEnd) this.#attribute(this.#open(0x0a, resourceEnd));
    const scopeSpansEnd = this.#open(0x12, end);
    if (scopeSpansEnd !== end) this.#fail('something behind ScopeSpans');
    const scopeEnd = this.#open(0x0a, end);
    this.#string(this.#open(0x0a, scopeEnd));
    this.#string(this.#open(0x12, scopeEnd));
    if (this.#at !== scopeEnd) this.#fail('a scope with more than a name and a version');
    if (this.#at === end) this.#fail('a batch without spans');
    while (this.#at < end) this.#span(this.#open(0x12, end));
  }

  /** Reads concatenated `ScopeSpans.spans` fields, as the built-in page gets them. */
  checkSpans(spans: Uint8Array): void {
    this.#begin(spans);
    while (this.#at < spans.length) this.#span(this.#open(0x12, spans.length));
  }

  #begin(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = 0;
    this.#spans = 0;
    this.#flows = 0;
  }

  #span(end: number): void {
    this.#spans++;
    this.#owner++;
    let fields = 0;
    let start = 0;
    let isRoot = true;
    let isServer = false;
    const flows = this.#flows;
    while (this.#at < end) {
      const tag = this.#varint(end);
      const field = tag >>> 3;
      if (field !== 9 && fields & (1 << field)) this.#fail(`field ${field} of a span twice`);
      fields |= 1 << field;
      switch (tag) {
        case 0x0a:
          this.#id(16, end);
          break;
        case 0x12:
          this.#id(8, end);
          break;
        case 0x1a:
          this.#traceState(this.#length(end));
          break;
        case 0x22:
          isRoot = false;
          this.#id(8, end);
          break;
        case 0x2a:
          this.#name(this.#length(end));
          break;
        case 0x30: {
          const kind = this.#varint(end);
          // A server’s span below its client’s is of the same flow.
          if (kind === SERVER) isServer = true;
          if (kind < 1 || kind > MAX_KIND) this.#fail(`kind ${kind}`);
          break;
        }
        case 0x39:
          start = this.#fixed64(end);
          break;
        case 0x41:
          this.#fixed64(end);
          this.#compareTimes(start);
          break;
        case 0x4a:
          this.#attribute(this.#length(end));
          break;
        case 0x6a:
          isRoot = false;
          this.#link(this.#length(end));
          break;
        case 0x7a:
          this.#status(this.#length(end));
          break;
        case 0x85:
          if (this.#at + 4 > end) this.#fail('a fixed32 runs over its end');
          this.#at += 4;
          break;
        default:
          this.#fail(`tag ${tag} in a span`);
      }
    }
    if (isServer) this.#flows = flows;
    if ((fields & REQUIRED_SPAN_FIELDS) !== REQUIRED_SPAN_FIELDS) this.#fail('a span without one of its fields');
    if (isRoot && (fields & (1 << 9)) === 0) this.#fail('a root without attributes');
  }

  #link(end: number): void {
    for (const [tag, size] of [
      [0x0a, 16],
      [0x12, 8],
    ]) {
      if (this.#varint(end) !== tag) this.#fail('a link without an id');
      this.#id(size, end);
    }
    if (this.#varint(end) !== 0x35 || this.#at + 4 !== end) this.#fail('a link without flags');
    this.#at = end;
  }

  #name(end: number): void {
    if (this.#at === end) this.#fail('an empty name');
    if (FLOW_PREFIX.every((byte, index) => this.#bytes[this.#at + index] === byte)) this.#flows++;
    this.#string(end);
  }

  /** `ot=th:T;rv:R`, R not below T: digits compare as the numbers do. */
  #traceState(end: number): void {
    const text = Buffer.from(this.#bytes.subarray(this.#at, end)).toString('latin1');
    const [, threshold, randomness] = /^ot=th:([0-9a-f]{1,14});rv:([0-9a-f]{14})$/.exec(text) ?? [];
    if (threshold === undefined || randomness < threshold) this.#fail(`the tracestate ${text}`);
    this.#at = end;
  }

  /** Start and end come in this order; the end was just read. */
  #compareTimes(start: number): void {
    const end = this.#at - 8;
    const difference =
      this.#view.getUint32(start + 4, true) - this.#view.getUint32(end + 4, true) ||
      this.#view.getUint32(start, true) - this.#view.getUint32(end, true);
    if (start === 0 || difference > 0) this.#fail('a span that ends before it starts');
  }

  #status(end: number): void {
    this.#string(this.#open(0x12, end));
    if (this.#varint(end) !== 0x18 || this.#varint(end) !== 2 || this.#at !== end)
      this.#fail('a status that is not ERROR');
  }

  #attribute(end: number): void {
    const keyEnd = this.#open(0x0a, end);
    this.#key(keyEnd);
    const valueEnd = this.#open(0x12, end);
    if (valueEnd !== end) this.#fail('something behind the value of an attribute');
    this.#value(valueEnd, true);
  }

  #key(end: number): void {
    const bytes = this.#bytes;
    const from = this.#at;
    const length = end - from;
    if (length === 0) this.#fail('an empty key');
    let hash = length;
    for (let at = from; at < end; at++) {
      if (bytes[at] > 126 || bytes[at] < 33) this.#fail('a key that is not printable ASCII');
      hash = Math.imul(hash ^ bytes[at], 0x01000193);
    }
    let slot = (hash ^ (hash >>> 15)) & (KEY_TABLE_SIZE - 1);
    while (this.#keyOwner[slot] === this.#owner) {
      if (this.#keyLength[slot] === length && this.#equal(this.#keyAt[slot], from, length)) {
        this.#fail(`attribute ${Buffer.from(bytes.subarray(from, end))} twice`);
      }
      slot = (slot + 1) & (KEY_TABLE_SIZE - 1);
    }
    this.#keyOwner[slot] = this.#owner;
    this.#keyAt[slot] = from;
    this.#keyLength[slot] = length;
    this.#at = end;
  }

  #equal(a: number, b: number, length: number): boolean {
    for (let index = 0; index < length; index++) if (this.#bytes[a + index] !== this.#bytes[b + index]) return false;
    return true;
  }

  /** An `AnyValue`: exactly one of its kinds that flows have. */
  #value(end: number, mayBeArray: boolean): void {
    switch (this.#varint(end)) {
      case 0x0a:
        this.#string(this.#length(end));
        break;
      case 0x10:
        if (this.#varint(end) > 1) this.#fail('a bool that is neither 0 nor 1');
        break;
      case 0x18:
        this.#varint(end);
        break;
      case 0x21:
        if (this.#at + 8 > end) this.#fail('a double runs over its end');
        this.#at += 8;
        break;
      case 0x2a: {
        if (!mayBeArray) this.#fail('an array in an array');
        const arrayEnd = this.#length(end);
        while (this.#at < arrayEnd) this.#value(this.#open(0x0a, arrayEnd), false);
        break;
      }
      default:
        this.#fail('a value of no known kind');
    }
    if (this.#at !== end) this.#fail('a value that is longer than what is in it');
  }

  #string(end: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    while (at < end && bytes[at] < 128) at++;
    if (at < end && !isUtf8(bytes.subarray(at, end))) this.#fail('a string that is not UTF-8');
    this.#at = end;
  }

  #id(size: number, end: number): void {
    const idEnd = this.#length(end);
    if (idEnd - this.#at !== size) this.#fail(`an id of ${idEnd - this.#at} bytes instead of ${size}`);
    let any = 0;
    for (; this.#at < idEnd; this.#at++) any |= this.#bytes[this.#at];
    if (any === 0) this.#fail('an id of zeros');
  }

  /** Where a time stands; it is not zero. */
  #fixed64(end: number): number {
    const at = this.#at;
    if (at + 8 > end) this.#fail('a fixed64 runs over its end');
    if ((this.#view.getUint32(at) | this.#view.getUint32(at + 4)) === 0) this.#fail('a time of zero');
    this.#at += 8;
    return at;
  }

  /** Reads this tag and a length; returns where the message ends. */
  #open(tag: number, end: number): number {
    if (this.#at >= end || this.#bytes[this.#at] !== tag) this.#fail(`no field with tag ${tag}`);
    this.#at++;
    return this.#length(end);
  }

  #length(end: number): number {
    const contentEnd = this.#varint(end) + this.#at;
    if (contentEnd > end) this.#fail('a message runs over the end of the one it is in');
    return contentEnd;
  }

  /** A varint in its shortest form; exact below 2⁵³. */
  #varint(end: number): number {
    const bytes = this.#bytes;
    let at = this.#at;
    if (at < end && bytes[at] < 128) {
      this.#at++;
      return bytes[at];
    }
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (at >= end) this.#fail('a varint runs over its end');
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (byte === 0 || at - this.#at > MAX_VARINT_BYTES) this.#fail('a varint longer than it must be');
        break;
      }
    }
    this.#at = at;
    return value;
  }

  #fail(what: string): never {
    throw new Violation('otlp', `${what}, at byte ${this.#at} of ${this.#bytes.length}`);
  }
}
