/** One record through the pipeline, for tests of what its span says. */
import assert from 'node:assert/strict';
import type { CollectorConfigInput } from '../../crds/collector-config.ts';
import type { Span } from '../../test/otlp/decode.ts';
import { createHarness, hex, ipfix, NOW, v9 } from '../pipeline/pipeline.fixture.ts';

export type RecordOptions = {
  version?: 9 | 10;
  spans?: CollectorConfigInput['spans'];
  receivedMs?: number;
  exportTime?: number;
  /** v9. */
  sysUptime?: number;
  /** Sets that come in a message before. */
  before?: string;
};

/**
 * The span of a record, written as `8 0a000001`: an element's id and its bytes. `29305/1 …` is an element of an
 * enterprise, `82* …` one of variable length.
 */
export function spanOf(record: readonly string[], options: RecordOptions = {}): Span {
  const { version = 10, spans = {}, receivedMs = NOW, exportTime, sysUptime, before } = options;
  const { template, data } = sets(version, record);
  const { receive, flows, count } = createHarness({ spans });
  if (before !== undefined) receive(ipfix(before));
  if (version === 9) receive(v9(template + data, { sysUptime, seconds: exportTime }), {}, receivedMs);
  else receive(ipfix(template + data, { exportTime }), {}, receivedMs);
  assert.equal(count('packetErrors.malformed'), 0);
  assert.equal(flows().length, 1);
  return flows()[0];
}

/** The set with a record's template, number 999, and the set with the record. */
function sets(version: 9 | 10, record: readonly string[]): { template: string; data: string } {
  let specifiers = '';
  let values = '';
  for (const field of record) {
    const [, pen, id, variable, value] = /^(?:(\d+)\/)?(\d+)(\*?) *([0-9a-f ]*)$/.exec(field) ?? assert.fail(field);
    const bytes = hex(value).toString('hex');
    const length = bytes.length / 2;
    specifiers += word(Number(id) | (pen ? 0x8000 : 0)) + (variable ? 'ffff' : word(length));
    if (pen) specifiers += Number(pen).toString(16).padStart(8, '0');
    values += (variable ? (length < 255 ? word(length).slice(2) : `ff${word(length)}`) : '') + bytes;
  }
  return {
    template: set(version === 9 ? 0 : 2, word(999) + word(record.length) + specifiers),
    data: set(999, values),
  };
}

function set(id: number, content: string): string {
  return word(id) + word(4 + content.length / 2) + content;
}

function word(value: number): string {
  return value.toString(16).padStart(4, '0');
}
