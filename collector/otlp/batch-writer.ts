/**
 * Where spans are written: the batch that is being filled. Plans append spans to `bytes` from `position` on; `seal`
 * makes them a complete `ExportTraceServiceRequest` and hands it on.
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
 * Buffers that are used again and again: those under way, and some that wait. New ones would be cheap to make, but what
 * they add up to outside the heap makes V8 collect all of it.
 */
const MAX_REUSED = 8;
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
  readonly limit: number;
  /** Spans and flow spans since the last `seal`. */
  spans = 0;
  flows = 0;
  readonly #resource: Uint8Array;
  readonly #scope: Uint8Array;
  readonly #start: number;
  readonly #push: (batch: Batch) => void;
  readonly #now: () => number;
  readonly #spare: Buffer<ArrayBuffer>[] = [];
  /** Buffers whose batch is not released. */
  #lent = 0;

  constructor(options: {
    resource: Record<string, AttributeValue>;
    scope: { name: string; version: string };
    maxSize: number;
    push: (batch: Batch) => void;
    now: () => number;
  }) {
    const attributes = Object.entries(options.resource).map(([name, value]) =>
      attribute(RESOURCE.attributes, name, value),
    );
    this.#resource = message(RESOURCE_SPANS.resource, ...attributes);
    const { name, version } = options.scope;
    this.#scope = message(
      SCOPE_SPANS.scope,
      message(INSTRUMENTATION_SCOPE.name, Buffer.from(name)),
      message(INSTRUMENTATION_SCOPE.version, Buffer.from(version)),
    );
    this.#start = ENVELOPE + this.#resource.length + this.#scope.length;
    this.limit = options.maxSize;
    this.#push = options.push;
    this.#now = options.now;
    this.position = this.#start;
    this.bytes = this.#allocate();
    this.view = viewOf(this.bytes);
  }

  /** Whether there is nothing to seal. */
  get empty(): boolean {
    return this.position === this.#start;
  }

  /** Hands on what was written since the last time, if anything was. */
  seal(): void {
    if (this.empty) return;
    const from = this.#writeEnvelope();
    const [bytes, end, spans, flows] = [this.bytes, this.position, this.spans, this.flows];
    this.position = this.#start;
    this.spans = 0;
    this.flows = 0;
    if (this.#lent >= MAX_REUSED && end - from < bytes.length / 2) {
      this.#push({ body: Buffer.from(bytes.subarray(from, end)), spans, flows, sealedTime: this.#now(), release() {} });
      return;
    }
    this.bytes = this.#spare.pop() ?? this.#allocate();
    this.view = viewOf(this.bytes);
    this.#lent++;
    const release = (): void => {
      this.#lent--;
      if (this.#spare.length < MAX_REUSED) this.#spare.push(bytes);
    };
    this.#push({ body: bytes.subarray(from, end), spans, flows, sealedTime: this.#now(), release });
  }

  /**
   * What was written from `from` on, and is not counted yet, goes into the next batch; what came before is sealed. Alone
   * in its batch it stays, however large it is.
   */
  carry(from: number): void {
    if (from === this.#start) return;
    const [bytes, end] = [this.bytes, this.position];
    this.position = from;
    this.seal();
    this.bytes.set(bytes.subarray(from, end), this.#start);
    this.position = this.#start + end - from;
  }

  #allocate(): Buffer<ArrayBuffer> {
    // One span alone may fill the first of the two rooms, and is there while the next is written.
    return Buffer.allocUnsafeSlow(Math.max(this.limit, this.#start + SLACK) + SLACK);
  }

  /** Writes `ResourceSpans { resource, ScopeSpans { scope, … } }` before the spans; returns where it starts. */
  #writeEnvelope(): number {
    const spans = this.position - this.#start;
    const [resource, scope] = [this.#resource, this.#scope];
    const scopeSpans = [RESOURCE_SPANS.scopeSpans, ...varint(scope.length + spans)];
    const content = resource.length + scopeSpans.length + scope.length;
    const resourceSpans = [EXPORT_TRACE_SERVICE_REQUEST.resourceSpans, ...varint(content + spans)];
    let at = this.#start;
    for (const part of [scope, scopeSpans, resource, resourceSpans]) {
      at -= part.length;
      this.bytes.set(part, at);
    }
    return at;
  }
}

function viewOf(bytes: Buffer<ArrayBuffer>): DataView<ArrayBuffer> {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
