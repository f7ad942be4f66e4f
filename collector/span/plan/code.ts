/**
 * The code of a record plan while it is being written: JavaScript source that appends protobuf bytes to a batch.
 *
 * Names in the generated source: `s` `v` the packet's bytes and their DataView; `u` `w` the batch's; `o` where the
 * record starts; `p` where the next byte goes; `c` the packet's `PlanContext`;
 * `r` the functions of runtime.ts; `k` the plan's constants; `x` `n` `h` numbers
 * and `m` bytes for a moment.
 *
 * Bytes known when the plan is compiled are stored eight at a time as doubles, which costs one instruction; the last
 * store of a run may write zeros beyond it, which what follows overwrites (the batch has room for them).
 */
import { encodeKey, spanAttribute, varint } from '../../otlp/protobuf-writer.ts';
import { ANY_VALUE, KEY_VALUE, SPAN } from '../../otlp/tags.ts';

/** Longest key whose attribute can be written with a one-byte length, value and tags included. */
const MAX_INLINE_KEY = 90;
/** Bytes of Unix nanoseconds as a varint, from 1972 to 2262. */
const NANOS_LENGTH = 9;

export class PlanCode {
  /** What the source refers to as `k[0]`, `k[1]`, … */
  readonly constants: unknown[] = [];
  #lines: string[] = [];
  #pending: number[] = [];

  /** Appends bytes that are the same for every record. */
  bytes(...bytes: readonly number[]): void {
    this.#pending.push(...bytes);
  }

  /** Appends a statement, after the bytes so far. */
  line(source: string): void {
    this.flush();
    this.#lines.push(source);
  }

  /** Writes a block such as `if (x) {` … `}`; what `body` appends stays inside. */
  block(head: string, body: () => void, tail = '}'): void {
    this.line(head);
    body();
    this.line(tail);
  }

  /** Writes the pending bytes. */
  flush(): void {
    const bytes = this.#pending;
    this.#pending = [];
    for (let at = 0; at < bytes.length; at += 8) this.#lines.push(storeEight(bytes.slice(at, at + 8), at));
    if (bytes.length > 0) this.#lines.push(`p += ${bytes.length};`);
  }

  /** Expression of a value that the plan keeps. */
  constant(value: unknown): string {
    return `k[${this.constants.push(value) - 1}]`;
  }

  /** Expression of an attribute's key, for the functions of runtime.ts. */
  key(attribute: string): string {
    return this.constant(encodeKey(attribute));
  }

  /** Appends a string attribute whose value is known. */
  constantString(attribute: string, value: string): void {
    this.bytes(...spanAttribute(attribute, value));
  }

  /** Appends an int attribute from an expression whose value is an unsigned integer below 2³². */
  uint32(attribute: string, expression: string): void {
    const key = encodeKey(attribute);
    if (key.length > MAX_INLINE_KEY) {
      this.line(`p = r.uint64Attribute(u, p, ${this.key(attribute)}, 0, ${expression});`);
      return;
    }
    const fixed = key.length + 3;
    this.bytes(SPAN.attributes, fixed + 1, ...key, KEY_VALUE.value, 2, ANY_VALUE.intValue);
    this.line(`x = ${expression};`);
    this.line('if (x < 128) u[p++] = x;');
    this.line('else {');
    this.line(`n = SIZE[Math.clz32(x)]; u[p - ${fixed + 1}] = n + ${fixed}; u[p - 2] = n + 1;`);
    this.line(
      'w.setUint32(p, (x & 127) | ((x & 16256) << 1) | ((x & 2080768) << 2) | ((x & 266338304) << 3) | MORE[n], true);',
    );
    this.line('if (n === 5) u[p + 4] = x >>> 28; p += n; }');
  }

  /**
   * Appends an int attribute of Unix nanoseconds, from expressions of milliseconds after 1999 and nanoseconds beyond.
   */
  nanos(attribute: string, ms: string, ns: string): void {
    const content = [...encodeKey(attribute), KEY_VALUE.value, NANOS_LENGTH + 1, ANY_VALUE.intValue];
    this.bytes(SPAN.attributes, ...varint(content.length + NANOS_LENGTH), ...content);
    this.line(`p = r.nanosVarint(u, w, p, ${ms}, ${ns});`);
  }

  /** The source so far. */
  source(): string {
    this.flush();
    return this.#lines.join('\n');
  }
}

function storeEight(bytes: readonly number[], at: number): string {
  const store = new DataView(new ArrayBuffer(8));
  for (const [index, byte] of bytes.entries()) store.setUint8(index, byte);
  if (bytes.length <= 4) return `w.setUint32(p + ${at}, ${store.getUint32(0, true)}, true);`;
  const double = store.getFloat64(0, true);
  if (Number.isFinite(double) && !Object.is(double, -0)) return `w.setFloat64(p + ${at}, ${double}, true);`;
  return `w.setUint32(p + ${at}, ${store.getUint32(0, true)}, true); w.setUint32(p + ${at + 4}, ${store.getUint32(4, true)}, true);`;
}
