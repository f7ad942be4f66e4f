/** Expressions on what real exporters sent, held against the CEL library on the spans that these flows become. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parseExpression } from '../../crds/selection/expression.ts';
import type { AttributeValue, Span } from '../../test/otlp/decode.ts';
import { createHarness } from '../pipeline/pipeline.fixture.ts';
import { listCaptures, readCapture } from '../replay/captures.ts';

const packets = listCaptures([join(import.meta.dirname, '../../test/captures')]).flatMap((file, index) =>
  readCapture(file).packets.map(({ payload }) => ({ payload, address: `10.0.${index >> 8}.${index & 255}` })),
);

function replay(filter?: string): Span[] {
  const { receive, flows, count } = createHarness({ selection: { filter } });
  for (const { payload, address } of packets) receive(payload, { address });
  assert.equal(count('selectionErrors'), 0);
  return flows();
}

/** The attributes as the library wants them. */
function nested(attributes: Span['attributes']): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(attributes)) {
    const parts = name.split('.');
    const last = parts.pop()!;
    let group = root;
    for (const part of parts) {
      group[part] ??= {};
      group = group[part] as Record<string, unknown>;
    }
    group[last] = value;
  }
  return root;
}

/** One comparison each, so that a flow without the attribute is `ofAbsent`. */
const EXPRESSIONS: [text: string, ofAbsent: boolean][] = [
  ['destination.port == 53', false],
  ['source.port != 443', true],
  ['destination.port in [53, 80, 123, 443, 445, 993, 3389, 5353, 8080]', false],
  ['source.port < destination.port', false],
  ["network.transport == 'tcp'", false],
  ["network.transport in ['udp', 'icmp']", false],
  ["network.type != 'ipv6'", true],
  ["cidr('10.0.0.0/8').containsIP(source.address)", false],
  ["cidr('192.168.0.0/16').containsIP(ip(destination.address))", false],
  ["cidr('2000::/3').containsIP(source.address)", false],
  ['ip(source.address).isGlobalUnicast()', false],
  ['math.bitAnd(flow.tcp.flags.bits, 2) != 0', false],
  ['flow.bytes.delta >= 1000', false],
  ['flow.packets.delta > 1', false],
  ['flow.bytes.delta > flow.packets.delta * 100', false],
  ['netflow.interface.ingress.index == 0', false],
  ['source.as.number != 0', true],
  ['flow.ip.dscp.id == 0', false],
  ["flow.end_reason == 'idle_timeout'", false],
  ["netflow.firewall.event == 'denied'", false],
  ["flow.direction == 'forward'", false],
  ["source.address.startsWith('1')", false],
];

suite('a filter on captured flows', () => {
  const all = replay();

  test('of true keeps all as they are', () => {
    assert.deepEqual(replay('true').map(comparable), all.map(comparable));
  });

  for (const [text, ofAbsent] of EXPRESSIONS) {
    test(text, () => {
      const parsed = parseExpression(text);
      assert.ok('evaluate' in parsed);
      const expected = all.filter(({ attributes }) => {
        const complete = [...parsed.attributes].every((name) => attributes[name] !== undefined);
        return complete ? parsed.evaluate(nested(attributes)) : ofAbsent;
      });
      assert.deepEqual(replay(text).map(comparable), expected.map(comparable));
    });
  }
});

function comparable({ name, attributes }: Span): [string, Record<string, AttributeValue>] {
  return [name, attributes];
}
