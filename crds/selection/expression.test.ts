import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseExpression } from './expression.ts';

suite('right expressions', () => {
  for (const [text, attributes] of [
    ['source.port == 53', ['source.port']],
    ['has(source.as.number) && netflow.vlan.id in [3, 4]', ['source.as.number', 'netflow.vlan.id']],
    ["ip(source.address).isLoopback() || source.address == '2001:db8::1'", ['source.address']],
    ["cidr('10.0.0.0/8').containsIP(source.address)", ['source.address']],
    ['math.bitAnd(flow.tcp.flags.bits, 0x02) != 0', ['flow.tcp.flags.bits']],
    ['[1, 2].exists(port, port == source.port)', ['source.port']],
    [
      "netflow.postVlanId == 5 && netflow.cisco.something.startsWith('a')",
      ['netflow.postVlanId', 'netflow.cisco.something'],
    ],
    ['true', []],
  ] as const) {
    test(text, () => {
      const parsed = parseExpression(text);
      assert.ok('attributes' in parsed, 'error' in parsed ? parsed.error : '');
      assert.deepEqual([...parsed.attributes], attributes);
    });
  }
});

suite('numbers of attributes that say names', () => {
  for (const [text, named] of [
    ['netflow.natEvent == 4', "netflow.natEvent == 'nat44_session_create'"],
    ['0x81 != netflow.forwardingStatus', "'dropped_acl_deny' != netflow.forwardingStatus"],
    ['flow.end_reason in [1, 2, 77]', "flow.end_reason in ['idle_timeout', 'active_timeout', '77']"],
    ['!(netflow.firewall.event == 3) || 2 > 1', "!(netflow.firewall.event == 'denied') || 2 > 1"],
    ['3 in netflow.tcpOptionsFull', "'window_scale' in netflow.tcpOptionsFull"],
    ['netflow.postVlanId == 4', 'netflow.postVlanId == 4'],
  ] as const) {
    test(text, () => {
      const parsed = parseExpression(text);
      assert.ok('ast' in parsed, 'error' in parsed ? parsed.error : '');
      assert.equal(parsed.ast.input, named);
    });
  }
});

suite('wrong expressions are refused at their column, with what is allowed', () => {
  for (const [text, error] of [
    [
      'source.prot == 53',
      'column 1: no attribute is called source.prot; there are source.address, source.port, source.as.number, source.prefix.length, source.mac',
    ],
    [
      'true && has(flow.octets)',
      'column 13: no attribute is called flow.octets; there are source.…, destination.…, network.…, flow.…, client.…, server.…, netflow.…',
    ],
    [
      "source['port'] == 5",
      'column 1: no attribute is called source; there are source.address, source.port, source.as.number, source.prefix.length, source.mac',
    ],
    ["source.port == '53'", 'column 1: no such overload: int == string; source.port is int'],
    ['source.port', 'column 1: must be true or false, but is int'],
    [
      'flow.end_reason == 2 && source.port < 1 && true == source.port',
      'column 44: no such overload: bool == int; flow.end_reason is string, source.port is int',
    ],
    ['true || netflow.natEvent >= 4', 'column 9: netflow.natEvent is a name, not a number; ask by == or in'],
    ['source.port in [1, 2', 'column 21: Expected RBRACKET, got EOF'],
    ['source.port == 1\n  && source.port = 2', 'line 2, column 18: Unexpected character: =; write =='],
    ['source.port & 2 == 2', 'column 13: Unexpected character: &; write && and ||, and math.bitAnd(a, b) for bits'],
    [
      'protocol == 6',
      'column 1: Unknown variable: protocol; attributes begin with source., destination., network., flow., client., server., netflow., text stands in quotes',
    ],
    ['source.port == 443 and source.port == 1', "column 20: Unexpected character: 'd'; write && and ||"],
    [
      'source.address == 10.0.0.1',
      'column 24: Expected IDENTIFIER, got NUMBER; write an address in quotes, a list in [ ]',
    ],
    [
      "netflow.subTemplateList.0.interfaceName == 'lo'",
      'column 25: Expected IDENTIFIER, got NUMBER; records in lists can’t be named',
    ],
    ["cidr('10.0.0/8').containsIP(source.address)", 'column 6: "10.0.0/8" is no prefix such as 10.0.0.0/8'],
    ["ip('fe80::1%eth0') == ip(source.address)", 'column 4: "fe80::1%eth0" is no IP address'],
    ["source.address == '2001:DB8::1'", 'column 19: "2001:DB8::1" is written 2001:db8::1 in spans'],
    [
      "source.address in ['10.0.0.0/8']",
      `column 20: "10.0.0.0/8" is no IP address; for a prefix write cidr('…').containsIP(…)`,
    ],
    [
      "netflow.application.name.matches('(a+)+')",
      'column 1: matches() is not available; use startsWith, endsWith, contains or ==',
    ],
  ] as const) {
    test(text, () => {
      const parsed = parseExpression(text);
      assert.ok('error' in parsed);
      assert.equal(parsed.error, `is wrong at ${error}`);
    });
  }

  test('one that is too deep', () => {
    const parsed = parseExpression(`${'('.repeat(2_000)}true${')'.repeat(2_000)}`);
    assert.ok('error' in parsed);
  });
});

suite('addresses', () => {
  for (const [text, expected] of [
    ["ip('127.0.0.1').isLoopback()", true],
    ["ip('::1').isLoopback()", true],
    ["ip('::ffff:127.0.0.1').isLoopback()", false],
    ["ip('169.254.1.1').isLinkLocalUnicast()", true],
    ["ip('fe80::1').isLinkLocalUnicast() && !ip('fe80::1').isGlobalUnicast()", true],
    ["ip('224.0.0.1').isLinkLocalMulticast()", true],
    ["ip('10.0.0.1').isGlobalUnicast() && ip('2001:db8::1').isGlobalUnicast()", true],
    ["ip('0.0.0.0').isUnspecified() && !ip('0.0.0.0').isGlobalUnicast()", true],
    ["ip('::').family() == 6 && ip('1.2.3.4').family() == 4", true],
    ["ip('2001:0db8:0:0::1') == ip('2001:db8::1')", true],
    ["string(ip('2001:0DB8:0:0:1:0:0:1')) == '2001:db8::1:0:0:1'", true],
    ["string(ip('::ffff:c000:201')) == '::ffff:192.0.2.1'", true],
    ["cidr('10.0.0.0/8').containsIP('10.255.255.255') && !cidr('10.0.0.0/8').containsIP('11.0.0.0')", true],
    ["cidr('10.1.2.3/8').containsIP('10.0.0.1')", true],
    ["cidr('::/0').containsIP('1.2.3.4')", false],
    ["cidr('0.0.0.0/0').containsIP(ip('1.2.3.4'))", true],
    ["cidr('2001:db8::/33').containsIP('2001:db8:8000::')", false],
    ["cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))", true],
    ["string(cidr('10.1.2.3/8').masked()) == '10.0.0.0/8' && cidr('10.1.2.3/8').prefixLength() == 8", true],
    ["isIP('1.2.3.4') && !isIP('1.2.3') && isCIDR('::/0') && !isCIDR('::') && !isCIDR('::/129')", true],
  ] as const) {
    test(text, () => {
      const parsed = parseExpression(text);
      assert.ok('evaluate' in parsed, 'error' in parsed ? parsed.error : '');
      assert.equal(parsed.evaluate({}), expected);
    });
  }
});
