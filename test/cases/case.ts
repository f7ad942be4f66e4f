/** A case as its table has it, and the check that it comes out so. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CounterName } from '../../collector/ledger/ledger.ts';
import { createHarness, NOW } from '../../collector/pipeline/pipeline.fixture.ts';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import type { Span } from '../otlp/decode.ts';

/** What is expected of an attribute: its value, a number for an int, an array of texts; or only whether it is there. */
type Expected = string | number | boolean | readonly string[] | { double: number } | { present: boolean };

export const PRESENT: Expected = { present: true };
export const ABSENT: Expected = { present: false };

/** Milliseconds after the reception of the flow's packet, to the millisecond; or earliest and latest. */
type Moment = number | readonly [earliest: number, latest: number];

/** Attributes that are not named may be there or not. */
export type ExpectedFlow = {
  /** This many flows, one after another, are like this; 1 by default. */
  count?: number;
  attributes?: Record<string, Expected>;
  start?: Moment;
  end?: Moment;
};

/** What a case waits for that still fails: named after the tables. */
export type Part = 'options' | 'tuple' | 'time' | 'loss';

export type Case = {
  /** Name of the file without `.hex`. */
  file: string;
  /** What is shown, told apart from other cases of the same file. */
  shows: string;
  config?: CollectorConfigInput;
  /** Indexes of the lines that are sent: all, unless told. */
  lines?: readonly number[];
  /** Source ports that the lines have in turn. */
  ports?: readonly number[];
  /** Packets are received when their headers say that they were exported; at `NOW` unless told. */
  received?: 'exported';
  flows: readonly ExpectedFlow[];
  /** Whatever order flows come in: each of `flows`, in turn, is the first that it fits. */
  anyOrder?: true;
  counts?: Partial<Record<CounterName, number>>;
  until?: Part;
};

/** Sends the packets of a case through a pipeline. Throws an `AssertionError` when not just what it says comes out. */
export function checkCase({ file, config, lines, ports, received, flows, anyOrder, counts = {} }: Case): void {
  let now = NOW;
  const { receive, spans, flows: flowSpans, count } = createHarness(config, { now: () => now });
  for (const [index, packet] of readPackets(file).entries()) {
    if (lines && !lines.includes(index)) continue;
    if (received === 'exported') now = exportTime(packet);
    receive(packet, ports && { port: ports[index % ports.length] }, now);
  }
  const receptions = new Map(spans().map(({ spanId, startTimeUnixNano }) => [spanId, startTimeUnixNano]));
  const expected = flows.flatMap((flow) => new Array<ExpectedFlow>(flow.count ?? 1).fill(flow));
  const actual = flowSpans();
  assert.equal(actual.length, expected.length, 'flows');
  const check = (span: Span, flow: ExpectedFlow, name: string): void => {
    checkAttributes(span, flow, name);
    const received = receptions.get(span.parentSpanId)!;
    checkMoment(span.startTimeUnixNano - received, flow.start, `start of ${name}`);
    checkMoment(span.endTimeUnixNano - received, flow.end, `end of ${name}`);
  };
  for (const [index, flow] of expected.entries()) {
    const place = anyOrder ? actual.findIndex((span) => passes(() => check(span, flow, 'a flow'))) : 0;
    const [span] = actual.splice(Math.max(0, place), 1);
    check(span, flow, `flow ${index}`);
  }
  for (const [name, value] of Object.entries(counts)) assert.equal(count(name as CounterName), value, name);
}

function passes(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof assert.AssertionError) return false;
    throw error;
  }
}

export function readPackets(file: string): Buffer[] {
  const lines = readFileSync(join(import.meta.dirname, `${file}.hex`), 'latin1')
    .trim()
    .split(/\s+/);
  return lines.map((line) => Buffer.from(line, 'hex'));
}

/** Unix milliseconds. */
function exportTime(packet: Buffer): number {
  return packet.readUInt32BE(packet.readUInt16BE(0) === 10 ? 4 : 8) * 1_000;
}

function isTexts(value: Expected): value is readonly string[] {
  return Array.isArray(value);
}

function checkAttributes({ attributes }: Span, { attributes: expected = {} }: ExpectedFlow, flow: string): void {
  for (const [name, value] of Object.entries(expected)) {
    if (isTexts(value)) {
      assert.deepEqual(attributes[name], value, `${name} of ${flow}`);
    } else if (typeof value === 'object' && 'double' in value) {
      assert.equal(attributes[name], value.double, `${name} of ${flow}`);
    } else if (typeof value === 'object') {
      assert.equal(Object.hasOwn(attributes, name), value.present, `whether ${flow} has ${name}`);
    } else {
      assert.equal(attributes[name], typeof value === 'number' ? BigInt(value) : value, `${name} of ${flow}`);
    }
  }
}

/** A span of no length is stretched, and headers count to the millisecond: a moment may be off by this much. */
const TOLERANCE_MS = 1;

function checkMoment(offset: bigint, moment: Moment | undefined, what: string): void {
  if (moment === undefined) return;
  const [earliest, latest] = typeof moment === 'number' ? [moment - TOLERANCE_MS, moment + TOLERANCE_MS] : moment;
  const ms = Number(offset) / 1e6;
  assert.ok(earliest <= ms && ms <= latest, `${what}: ${ms} ms after reception, expected ${moment}`);
}
