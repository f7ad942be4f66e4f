/**
 * Flows between services: the client's span, in the resource of its service, and below it a bare one of the server.
 * Both are whole `ResourceSpans`; other flows are the spans that they were.
 */
import { EXPORT_TRACE_SERVICE_REQUEST, RESOURCE_SPANS, SCOPE_SPANS, SPAN, SPAN_KIND } from '../../otlp/tags.ts';
import type { Service } from '../services.ts';
import type { PlanCode } from './code.ts';
import type { PlanContext } from './context.ts';
import { placeOf } from './ends.ts';
import type { FieldSet } from './fieldset.ts';
import { HEAD } from './head.ts';
import { ofExporter } from './packet.ts';

/** Tag and length of `ResourceSpans`, and of its `ScopeSpans`: lengths of two bytes, as nearly all are. */
const TAG_AND_LENGTH = 3;
/**
 * Of a span: tag and length, as they were written first; then its ids, times and flags, the span's own id among them.
 */
const [PREFIX, FIXED, SPAN_ID, ID_LENGTH] = [3, HEAD.length - 3, 20, 8];

/**
 * Appends `c.paired`, whether the record is a flow between services: of a known direction, with both addresses, and
 * observed where it counts. Then both services follow, `j` and `l`, and room before the span. The direction is in `d`.
 */
export function emitPair(
  code: PlanCode,
  fields: FieldSet,
  exporters: 'none' | 'all' | 'by interface',
  byPoints: boolean,
): void {
  const [source, destination] = [placeOf(fields, 0), placeOf(fields, 1)];
  const counts = byPoints && exporters !== 'none' ? ` && ${ofExporter(fields, exporters)}.counts` : '';
  code.line(`c.paired = ${source && destination ? `d !== 0${counts}` : 'false'};`);
  code.line('const q0 = p; let j, l;');
  if (!source || !destination) return;
  code.block('if (c.paired) {', () => {
    code.line(`j = c.services.of(s, v, ${source.at}, ${source.length});`);
    code.line(`l = c.services.of(s, v, ${destination.at}, ${destination.length});`);
    code.line('if (d === 2) { m = j; j = l; l = m; }');
    code.line(`p += ${2 * TAG_AND_LENGTH} + j.resource.length + c.services.scope.length;`);
  });
}

/** Appends what the client's span says of the server. */
export function emitPeer(code: PlanCode): void {
  code.line('if (c.paired) { u.set(l.peer, p); p += l.peer.length; }');
}

/**
 * Completes the client's `ResourceSpans` at `start`, whose span is from `span` to `end`, and adds the server's; returns
 * where that ends. `name` is where the span's name was before its length was known; `mark`: what is said of its
 * sampling.
 */
export function completePair(
  u: Uint8Array,
  w: DataView,
  start: number,
  client: Service,
  span: number,
  name: number,
  end: number,
  server: Service,
  mark: Uint8Array,
  c: PlanContext,
): number {
  name += contentOf(u, span) - span - PREFIX;
  const nameLength = 2 + u[name + 1];
  const content = FIXED + 2 + ID_LENGTH + nameLength + 2 + mark.length;
  let p = startResource(u, end, server, c.services!.scope, 1 + sizeOf(content) + content);
  u[p] = SCOPE_SPANS.spans;
  p = varint(u, p + 1, content);
  const fixed = contentOf(u, span);
  const id = p + FIXED + 2;
  u.copyWithin(p, fixed, fixed + FIXED);
  c.ids.writeSpanId(w, p + SPAN_ID);
  u[id - 2] = SPAN.parentSpanId;
  u[id - 1] = ID_LENGTH;
  u.copyWithin(id, fixed + SPAN_ID, fixed + SPAN_ID + ID_LENGTH);
  p = id + ID_LENGTH;
  u.copyWithin(p, name, name + nameLength);
  p += nameLength;
  u[p++] = SPAN.kind;
  u[p++] = SPAN_KIND.server;
  u.set(mark, p);
  p += mark.length;
  const room = span - start;
  const before = lengthBefore(client, c.services!.scope, end - span);
  if (before !== room) {
    u.copyWithin(start + before, span, p);
    p += before - room;
  }
  startResource(u, start, client, c.services!.scope, end - span);
  return p;
}

/** Where the content of a span begins, behind its tag and length. */
function contentOf(u: Uint8Array, span: number): number {
  let at = span + 1;
  while (u[at] > 127) at++;
  return at + 1;
}

/** Bytes of `ResourceSpans` before spans of `length` bytes. */
function lengthBefore({ resource }: Service, scope: Uint8Array, length: number): number {
  const inner = scope.length + length;
  const outer = resource.length + 1 + sizeOf(inner) + inner;
  return 1 + sizeOf(outer) + outer - length;
}

/** Writes what is before the spans; returns where these begin. */
function startResource(u: Uint8Array, p: number, { resource }: Service, scope: Uint8Array, length: number): number {
  const inner = scope.length + length;
  u[p] = EXPORT_TRACE_SERVICE_REQUEST.resourceSpans;
  p = varint(u, p + 1, resource.length + 1 + sizeOf(inner) + inner);
  u.set(resource, p);
  p += resource.length;
  u[p] = RESOURCE_SPANS.scopeSpans;
  p = varint(u, p + 1, inner);
  u.set(scope, p);
  return p + scope.length;
}

function varint(u: Uint8Array, p: number, value: number): number {
  for (; value > 127; value >>>= 7) u[p++] = (value & 127) | 128;
  u[p++] = value;
  return p;
}

function sizeOf(value: number): number {
  return value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4;
}
