/** What every span starts and ends with. */
import { setFlagsFromString } from 'node:v8';
import { LINK, SPAN } from '../../otlp/tags.ts';
import type { PlanCode } from './code.ts';
import { emitConversation, hasConversation } from './conversation.ts';
import type { FieldSet } from './fieldset.ts';
import { HEAD } from './head.ts';
import * as runtime from './runtime.ts';

/**
 * Bytecode of what V8 inlines into one function. Its default, 920, is used up before the end of a plan, and what is
 * then called in earnest has its numbers boxed: 6 % of a flow. Bench: test/bench/encode.ts.
 */
setFlagsFromString('--max-inlined-bytecode-size-cumulative=4000');
/**
 * V8 would keep what was compiled of each plan's source, in case that comes again, over ten collections of the whole
 * heap.
 */
setFlagsFromString('--no-compilation-cache');

/** Places of what varies, relative to the first byte of `ScopeSpans.spans`. */
const TRACE_ID = 5;
const SPAN_ID = 23;
const START_TIME = 32;
const END_TIME = 41;
const PARENT_SPAN_ID = 57;
/** Tag and length come before the message itself. */
const PREFIX = 3;

const PARENT = [SPAN.parentSpanId, 8, 0, 0, 0, 0, 0, 0, 0, 0];

/** A link to another trace, and the places of its ids. */
// biome-ignore format: one line a field of the message
const LINK_TO = [
  SPAN.links, 33,
  LINK.traceId, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  LINK.spanId, 8, 0, 0, 0, 0, 0, 0, 0, 0,
  LINK.flags, 1, 1, 0, 0,
];
const [LINK_TRACE_ID, LINK_SPAN_ID] = [4, 22];

/** Appends the variables that statements use for a moment. */
export function declareVariables(code: PlanCode): void {
  code.line('let x = 0, n = 0, h = 0, m;');
}

/**
 * Appends ids and flags. `c.trace` has the trace id of the packet and the id of its root; any other span gets one of
 * its own. A span is a child of that root, or else linked to it, in a trace with another id; or this if `c.paired`,
 * else that.
 */
export function startSpan(code: PlanCode, kind: 'root' | 'child' | 'linked' | 'linked if paired'): void {
  code.line('const b = p, g = c.trace;');
  code.bytes(...HEAD);
  const writeWords = (at: number, words: readonly number[]): void => {
    for (const [index, word] of words.entries()) code.line(`w.setInt32(b + ${at + 4 * index}, g[${word}], true);`);
  };
  const [traceId, rootId] = [
    [0, 1, 2, 3],
    [4, 5],
  ];
  const emitLink = (): void => {
    code.bytes(...LINK_TO);
    writeWords(HEAD.length + LINK_TRACE_ID, traceId);
    writeWords(HEAD.length + LINK_SPAN_ID, rootId);
  };
  const emitParent = (): void => {
    code.bytes(...PARENT);
    writeWords(TRACE_ID, traceId);
    writeWords(PARENT_SPAN_ID, rootId);
  };
  if (kind === 'root') {
    writeWords(TRACE_ID, traceId);
    writeWords(SPAN_ID, rootId);
    return;
  }
  if (kind === 'child') emitParent();
  else if (kind === 'linked') emitLink();
  else {
    code.block('if (c.paired) {', emitLink);
    code.block('else {', emitParent);
  }
  code.line(`c.ids.writeSpanId(w, b + ${SPAN_ID});`);
}

/** Writes the id of a trace of its own into a span that is linked: that of the flow's conversation, or any. */
export function emitTraceId(code: PlanCode, fields: FieldSet, of: 'flow' | 'conversation'): void {
  if (of === 'conversation' && hasConversation(fields)) emitConversation(code, fields, TRACE_ID);
  else code.line(`c.ids.writeTraceId(w, b + ${TRACE_ID});`);
}

/** Appends the times, from expressions of Unix milliseconds and of nanoseconds beyond. */
export function writeTimes(code: PlanCode, start: readonly [string, string], end: readonly [string, string]): void {
  code.line(`r.nanos(w, b + ${START_TIME}, ${start}); r.nanos(w, b + ${END_TIME}, ${end});`);
}

/** Appends the length of the span, and the place behind it as the result; if `c.paired`, that behind the server's. */
export function endPair(code: PlanCode, sampled: boolean): void {
  code.line(`n = p - b - ${PREFIX};`);
  code.line('if (n < 128 || n > 16383) p = r.resizeSpan(u, b, p);');
  code.line('else { u[b + 1] = n & 127 | 128; u[b + 2] = n >> 7; }');
  const mark = sampled ? 'c.mark' : code.constant(new Uint8Array());
  code.line(`return c.paired ? r.completePair(u, w, q0, j, b, q1, p, l, ${mark}, c) : p;`);
}

/** Appends the length of the span, and the place behind it as the result. */
export function endSpan(code: PlanCode): void {
  code.line(`n = p - b - ${PREFIX};`);
  code.line('if (n < 128 || n > 16383) return r.resizeSpan(u, b, p);');
  code.line('u[b + 1] = n & 127 | 128; u[b + 2] = n >> 7; return p;');
}

/** Turns code into a function. Profiles show it by its name. */
export function compile<T>(code: PlanCode, name: string, parameters: string): T {
  const body = `'use strict'; const ${name} = (${parameters}) => {\n${code.source()}\n}; return ${name};`;
  return new Function('r', 'SIZE', 'MORE', 'k', body)(runtime, runtime.SIZE, runtime.MORE, code.constants) as T;
}
