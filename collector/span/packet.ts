/** The spans of a packet itself: `netflow.export` at the root of its trace, and `netflow.parse_packet` below it. */
import { Buffer } from 'node:buffer';
import { type PacketHeader, SFLOW } from '../decode/header.ts';
import { message, spanAttribute } from '../otlp/protobuf-writer.ts';
import { SPAN, SPAN_KIND } from '../otlp/tags.ts';
import { PlanCode } from './plan/code.ts';
import type { PlanContext } from './plan/context.ts';
import { compile, declareVariables, endSpan, startSpan, writeTimes } from './plan/span.ts';

/** What the two spans say of a packet. Times are Unix milliseconds, with fractions. */
export class PacketFacts {
  /** The version, address and port of the exporter and, if known, the device behind it: whole attributes. */
  identity: Uint8Array = new Uint8Array();
  version = 0;
  /** -1 when the version has none. */
  domain = -1;
  sequence = -1;
  size = 0;
  sets = 0;
  flows = 0;
  exportedFlows = 0;
  /** Left out by the selection. */
  leftOutFlows = 0;
  /** Without a record plan, as too many were compiled lately. */
  unplannedFlows = 0;
  templates = 0;
  templatesMissing = 0;
  /** Why the packet was malformed; empty when it was not. */
  error = '';
  parseStartMs = 0;
  parseEndMs = 0;
  endMs = 0;

  /** Starts anew, for a packet of `size` bytes. */
  begin({ version, domain, sequence }: PacketHeader, size: number, parseStartMs: number): void {
    this.version = version;
    this.domain = domain;
    this.sequence = sequence;
    this.size = size;
    this.sets = 0;
    this.flows = 0;
    this.exportedFlows = 0;
    this.leftOutFlows = 0;
    this.unplannedFlows = 0;
    this.templates = 0;
    this.templatesMissing = 0;
    this.error = '';
    this.parseStartMs = parseStartMs;
  }
}

/** Whether a packet makes a trace: not if all it brings are flows that are left out. */
export function makesTrace({ flows, leftOutFlows, templatesMissing, error }: PacketFacts): boolean {
  return leftOutFlows === 0 || leftOutFlows < flows || templatesMissing > 0 || error !== '';
}

/** Writes the two spans at `p`; returns where they end. */
export type PacketPlan = (u: Uint8Array, w: DataView, p: number, c: PlanContext, facts: PacketFacts) => number;

/** Compiles the plan of a packet's own spans. It is not called for packets that can't be read at all. */
export function compilePacketPlan(): PacketPlan {
  const root = new PlanCode();
  declareVariables(root);
  startSpan(root, 'root');
  writeTimes(root, ['c.receivedMs', 'c.receivedNs'], moment('facts.endMs'));
  root.bytes(...message(SPAN.name, Buffer.from('netflow.export')), SPAN.kind, SPAN_KIND.internal);
  root.block(`if (facts.version === ${SFLOW}) {`, () => root.bytes(...spanAttribute('sflow.version', 5)));
  root.block('else {', () => root.uint32('netflow.version', 'facts.version'));
  root.line('u.set(facts.identity, p); p += facts.identity.length;');
  root.block('if (facts.domain >= 0) {', () => root.uint32('netflow.observation_domain.id', 'facts.domain'));
  root.block('if (facts.sequence >= 0) {', () => root.uint32('netflow.sequence', 'facts.sequence'));
  root.uint32('netflow.packet.size', 'facts.size');
  root.uint32('netflow.flow.count', 'facts.flows');
  root.uint32('netflow.flow.exported', 'facts.exportedFlows');
  root.uint32('netflow.templates.count', 'facts.templates');
  root.uint32('netflow.templates.missing', 'facts.templatesMissing');
  root.line("if (facts.error !== '') p = r.errorStatus(u, p, facts.error);");
  endSpan(root);

  const parse = new PlanCode();
  declareVariables(parse);
  startSpan(parse, 'child');
  writeTimes(parse, moment('facts.parseStartMs'), moment('facts.parseEndMs'));
  parse.bytes(...message(SPAN.name, Buffer.from('netflow.parse_packet')), SPAN.kind, SPAN_KIND.internal);
  parse.uint32('netflow.sets', 'facts.sets');
  endSpan(parse);

  const parameters = 'u, w, p, c, facts';
  const writeRoot = compile<PacketPlan>(root, 'writePacket', parameters);
  const writeParse = compile<PacketPlan>(parse, 'writePacket', parameters);
  return (u, w, p, c, facts) => writeParse(u, w, writeRoot(u, w, p, c, facts), c, facts);
}

function moment(ms: string): [string, string] {
  return [`Math.floor(${ms})`, `Math.floor((${ms} - Math.floor(${ms})) * 1e6)`];
}
