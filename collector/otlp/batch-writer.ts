/**
 * Where spans are written: the batch that is being filled. Plans append spans to `bytes` from `position` on; `seal`
 * makes them a complete `ExportTraceServiceRequest` and hands it on. Spans of several resources are written with these.
 */
import { Buffer } from 'node:buffer';
import type { Batch } from './batch.ts';
import { type AttributeValue, attribute, message, varint } from './protobuf-writer.ts';
import { EXPORT_TRACE_SERVICE_REQUEST, INSTRUMENTATION_SCOPE, RESOURCE, RESOURCE_SPANS, SCOPE_SPANS } from './tags.ts';

/**
 * Room for the span that is being written when `maxSize` is passed. The longest comes from a record that
 * fills a datagram: 65,535 bytes, three times as many when they are a string that is not UTF-8, and up to 2,048 keys.
 * Constants add up to 65,536 characters and their tags, names of networks 64 KiB.
 */
const SLACK = 1_024 * 1024;
/**
 * Buffers whose batches may be small: those under way, and some that wait. Beyond them a small batch is copied, lest
 * many of them hold many buffers.
 */
const MAX_LENT = 8;
/** A batch that fills no more of its buffer than this is small. */
const SMALL = 1 / 3;
/**
 * Buffers are used again and again: new ones would be cheap to make, but what they add up to outside the heap makes V8
 * collect all of it. Those that were spare at each of so many calls of `seal` go.
 */
const SEALS_UNUSED = 1_000;
/** Longest tags and lengths of the two messages around the spans. */
const ENVELOPE = 2 * 6;

export class BatchWriter {
  bytes: Buffer<ArrayBuffer>;
  view: DataView<ArrayBuffer>;
  /** Where the next span goes; a writer of spans sets it behind what it wrote. */
  position: number;
  /**
   * Spans that end beyond this belong into the next batch: `carry` brings them there. The longest envelope fits before
   * them, so that a whole request is never larger than `maxSize`, unless one span alone is.
   */
  limit: number;
  /** What the spans of all batches are in, as `ScopeSpans.scope`. */
  readonly scope: Uint8Array;
  /** Whether whole `ResourceSpans` are written, and spans only to be set aside. */
  readonly holdsResources: boolean;
  /** Spans and flow spans since the last `seal`. */
  spans = 0;
  flows = 0;
  readonly #resource: Uint8Array;
  readonly #maxSize: number;
  /** Spans that were set aside; undefined before the first of all. */
  #aside: Buffer<ArrayBuffer> | undefined;
  #asideLength = 0;
  readonly #start: number;
  readonly #push: (batch: Batch) => void;
  readonly #now: () => number;
  /** The last that came back is taken first. */
  readonly #spare: Buffer<ArrayBuffer>[] = [];
  /** How many were spare at least since they were looked through, and how many calls of `seal` ago that was. */
  #unused = 0;
  #seals = 0;
  /** Buffers whose batch is not released. */
  #lent = 0;

  constructor(options: {
    resource: Record<string, AttributeValue>;
    scope: { name: string; version: string };
    maxSize: number;
    holdsResources?: boolean;
    push: (batch: Batch) => void;
    now: () => number;
  }) {
    const attributes = Object.entries(options.resource).map(([name, value]) =>
      attribute(RESOURCE.attributes, name, value),
    );
    this.#resource = message(RESOURCE_SPANS.resource, ...attributes);
    const { name, version } = options.scope;
    this.scope = message(
      SCOPE_SPANS.scope,
      message(INSTRUMENTATION_SCOPE.name, Buffer.from(name)),
      message(INSTRUMENTATION_SCOPE.version, Buffer.from(version)),
    );
    this.#start = ENVELOPE + this.#resource.length + this.scope.length;
    this.#maxSize = options.maxSize;
    this.limit = options.maxSize;
    this.holdsResources = options.holdsResources ?? false;
    this.#push = options.push;
    this.#now = options.now;
    this.position = this.#start;
    this.bytes = this.#allocate();
    this.view = viewOf(this.bytes);
  }

  /** Whether there is nothing to seal. */
  get empty(): boolean {
    return this.position === this.#start && this.#asideLength === 0;
  }

  /** Bytes of the spans that were set aside since the last `seal`. */
  get asideLength(): number {
    return this.#asideLength;
  }

  /** Spans that were set aside since the last `seal`. */
  get aside(): Uint8Array {
    return this.#aside?.subarray(0, this.#asideLength) ?? new Uint8Array();
  }

  /** Hands on what was written since the last time, if anything was. */
  seal(): void {
    if (++this.#seals === SEALS_UNUSED) this.#forgetUnused();
    if (this.empty) return;
    const from = this.holdsResources ? this.#appendAside() : this.#writeEnvelope();
    const [bytes, end, spans, flows] = [this.bytes, this.position, this.spans, this.flows];
    this.position = this.#start;
    this.limit = this.#maxSize;
    this.#asideLength = 0;
    this.spans = 0;
    this.flows = 0;
    if (this.#lent >= MAX_LENT && end - from < bytes.length * SMALL) {
      this.#push({ body: Buffer.from(bytes.subarray(from, end)), spans, flows, sealedTime: this.#now(), release() {} });
      return;
    }
    this.bytes = this.#spare.pop() ?? this.#allocate();
    this.view = viewOf(this.bytes);
    this.#unused = Math.min(this.#unused, this.#spare.length);
    this.#lent++;
    const release = (): void => {
      this.#lent--;
      this.#spare.push(bytes);
    };
    this.#push({ body: bytes.subarray(from, end), spans, flows, sealedTime: this.#now(), release });
  }

  /**
   * What was written from `from` on, and is not counted yet, goes into the next batch; what came before is sealed.
   * Alone in its batch it stays, however large it is. Returns where it is then.
   */
  carry(from: number): number {
    if (from === this.#start && this.#asideLength === 0) return from;
    const carried = Buffer.from(this.bytes.subarray(from, this.position));
    this.position = from;
    this.seal();
    this.bytes.set(carried, this.#start);
    this.position = this.#start + carried.length;
    return this.#start;
  }

  /**
   * With whole `ResourceSpans` among what is written, for a span that was written from `from` on and is none: it goes
   * to those of our own resource.
   */
  setAside(from: number): void {
    const length = this.position - from;
    this.#aside ??= this.#allocate();
    this.#aside.set(this.bytes.subarray(from, this.position), this.#asideLength);
    this.#asideLength += length;
    this.limit -= length;
    this.position = from;
  }

  #forgetUnused(): void {
    this.#spare.splice(0, this.#unused);
    this.#unused = this.#spare.length;
    this.#seals = 0;
  }

  #allocate(): Buffer<ArrayBuffer> {
    // One span alone may fill the first of the two rooms, and is there while the next is written.
    return Buffer.allocUnsafeSlow(Math.max(this.limit, this.#start + SLACK) + SLACK);
  }

  /** Writes `ResourceSpans { resource, ScopeSpans { scope, … } }` before the spans; returns where it starts. */
  #writeEnvelope(): number {
    const parts = this.#envelope(this.position - this.#start);
    let at = this.#start;
    for (const part of parts.reverse()) {
      at -= part.length;
      this.bytes.set(part, at);
    }
    return at;
  }

  /** Writes the spans that were set aside behind the others, as `ResourceSpans`; returns where those start. */
  #appendAside(): number {
    const { aside } = this;
    for (const part of aside.length > 0 ? [...this.#envelope(aside.length), aside] : []) {
      this.bytes.set(part, this.position);
      this.position += part.length;
    }
    return this.#start;
  }

  /** What is before spans of `length` bytes. */
  #envelope(length: number): Uint8Array[] {
    const [resource, { scope }] = [this.#resource, this];
    const scopeSpans = [RESOURCE_SPANS.scopeSpans, ...varint(scope.length + length)];
    const content = resource.length + scopeSpans.length + scope.length;
    const resourceSpans = [EXPORT_TRACE_SERVICE_REQUEST.resourceSpans, ...varint(content + length)];
    return [Uint8Array.from(resourceSpans), resource, Uint8Array.from(scopeSpans), scope];
  }
}

function viewOf(bytes: Buffer<ArrayBuffer>): DataView<ArrayBuffer> {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
