import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { collectorConfig } from '../../crds/collector-config.ts';
import { createLog } from '../../crds/common/log.ts';
import { parseExpression } from '../../crds/selection/expression.ts';
import { namesWithoutEffect } from '../config/span-names.ts';
import { FileMistake } from '../files/follow.ts';
import { elementKey } from '../span/attributes.ts';
import { createUserElementsFollower } from './follow.ts';
import { readUserElements } from './user-elements.ts';

const HEAD = 'pen,id,name,type,attribute\n';
const read = (text: string) => readUserElements(Buffer.from(text));
const one = (row: string) => [...read(`${HEAD}${row}\n`)];

suite('an element of a row', () => {
  for (const [what, row, expected] of [
    ['is of its enterprise', '32473,1,queueDepth,unsigned32,', [32_473, 1, 'netflow.32473.queueDepth', 'unsigned32']],
    ['or of a vendor with a name', '9,32000,depth,unsigned64,', [9, 32_000, 'netflow.cisco.depth', 'unsigned64']],
    ['has an attribute of its own', '32473,1,url,string,netflow.acme.url', [32_473, 1, 'netflow.acme.url', 'string']],
    ['or is of v9 alone', '0,45000,depth,unsigned32,', [0, 45_000, 'netflow.depth', 'unsigned32']],
    [
      'or as its vendor has it, with another type',
      '6871,14,initialTCPFlags,string,',
      [6_871, 14, 'netflow.cert.initialTCPFlags', 'string'],
    ],
    ['or is one that its vendor calls otherwise', '6871,14,mine,string,', [6_871, 14, 'netflow.cert.mine', 'string']],
  ] as const) {
    test(what, () => {
      const [pen, id, attribute, type] = expected;
      assert.deepEqual(one(row), [[elementKey(pen, id), { attribute, type }]]);
    });
  }
});

test('the example of the documents is right', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/elements.md'), 'utf8');
  const [, example] = /^```csv\n(.*?)^```/ms.exec(page)!;
  assert.deepEqual(
    [...read(example).values()].map(({ attribute }) => attribute),
    ['netflow.32473.queueDepth', 'netflow.acme.policy', 'netflow.acme.latency'],
  );
});

test('columns are in any order, and attribute may be missing', () => {
  const elements = read('type,name,id,pen\nstring,policy,7,32473\r\n');
  assert.deepEqual([...elements.values()], [{ attribute: 'netflow.32473.policy', type: 'string' }]);
});

suite('mistakes are told with their lines', () => {
  for (const [text, message] of [
    ['', /^it is empty; its first line must be a head such as pen,id,name,type,attribute$/],
    ['pen,id,name\n', /^line 1: there is no column type; the head is pen,id,name,type,attribute$/],
    ['pen,id,name,type,unit\n', /^line 1: "unit" is no column of it/],
    ['pen,id,name,type,pen\n', /^line 1: there are two columns pen$/],
    [`${HEAD}32473,1,a,string\n`, /^line 2: there are 4 values, and 5 columns$/],
    [`${HEAD}acme,1,a,string,\n`, /^line 2: "acme" is no enterprise number; write one such as 32473, or 0 /],
    [`${HEAD}4294967296,1,a,string,\n`, /^line 2: "4294967296" is no enterprise number/],
    [`${HEAD}32473,32768,a,string,\n`, /^line 2: "32768" is no element's number; write one from 0 to 32767$/],
    [`${HEAD}0,65536,a,string,\n`, /^line 2: "65536" is no element's number; write one from 0 to 65535$/],
    [`${HEAD}29305,1,a,string,\n`, /^line 2: 29305 marks the reverse of IANA's elements/],
    [`${HEAD}0,8,a,string,\n`, /^line 2: element 8 is IANA's sourceIPv4Address; spans\.attributes\.rename gives/],
    [
      `${HEAD}0,40001,a,string,\n`,
      /^line 2: spans have an attribute made from 40001 already; spans\.attributes\.rename/,
    ],
    [`${HEAD}32473,1,a b,string,\n`, /^line 2: "a b" is no name; write up to 128 letters/],
    [`${HEAD}32473,1,,string,\n`, /^line 2: "" is no name/],
    [`${HEAD}32473,1,a,uint32,\n`, /^line 2: "uint32" is no type of RFC 7011; there are octetArray, unsigned8, /],
    [
      `${HEAD}32473,1,a,string,acme.url\n`,
      /^line 2: "acme\.url" is no attribute of an element; write one below netflow\./,
    ],
    [`${HEAD}32473,1,a,string,netflow.a-b\n`, /^line 2: "netflow\.a-b" is no attribute/],
    [`${HEAD}32473,1,a,string,netflow.32473.9\n`, /^line 2: netflow\.32473\.9 means an element by its number/],
    [`${HEAD}32473,1,a,string,netflow.exporter.a\n`, /^line 2: names below netflow\.exporter\. are for constants/],
    [`${HEAD}32473,1,a,string,netflow.vlan.id\n`, /^line 2: netflow\.vlan\.id is an attribute already/],
    [`${HEAD}6871,15,initialTCPFlags,string,\n`, /^line 2: netflow\.cert\.initialTCPFlags is an attribute already/],
    [`${HEAD}32473,1,a,string,netflow.ipVersion\n`, /^line 2: netflow\.ipVersion is an attribute already/],
    [`${HEAD}32473,1,a,string,netflow.src_as\n`, /^line 2: netflow\.src_as is an attribute already/],
    [`${HEAD}0,45000,ipVersion,string,\n`, /^line 2: netflow\.ipVersion is an attribute already/],
    [
      `${HEAD}32473,1,a,string,netflow.cisco\n`,
      /^line 2: names of attributes begin with netflow\.cisco\.; write another/,
    ],
    [
      `${HEAD}32473,1,a,string,netflow.acme.a\n32473,2,b,string,netflow.acme.a.b\n`,
      /^line 3: netflow\.acme\.a\.b stands below netflow\.acme\.a, which is an attribute itself/,
    ],
    [
      `${HEAD}32473,1,a,string,netflow.ipVersion.b\n`,
      /^line 2: netflow\.ipVersion\.b stands below netflow\.ipVersion,/,
    ],
    [
      `${HEAD}32473,1,a b,string,\n32473,2,b,string,\n32473,3,c,int,\n`,
      /^line 2: "a b" is no name; [^;]*; line 4: "int" is no type of RFC 7011; [^;]*$/,
    ],
    [
      `${HEAD}${'32473,1,a b,string,\n'.repeat(11)}`,
      /^(?:line \d+: "a b" is no name; [^;]*; ){10}and perhaps more below$/,
    ],
    [`${HEAD}32473,1,a,string,\n32473,01,b,string,\n`, /^line 3: element 01 of 32473 stands in line 2 already$/],
    [`${HEAD}32473,1,a,string,\n32473,2,a,string,\n`, /^line 3: netflow\.32473\.a is the attribute of line 2 already$/],
  ] as const) {
    test(text.slice(HEAD.length).trim() || 'head', () => {
      assert.throws(
        () => read(text),
        (error) => error instanceof FileMistake && message.test(error.message),
      );
    });
  }

  test('more elements than there is room for', () => {
    const rows = Array.from({ length: 16_385 }, (_, id) => `32473,${id},n${id},string,\n`);
    assert.equal(read(HEAD + rows.slice(1).join('')).size, 16_384);
    assert.throws(() => read(HEAD + rows.join('')), /line 16386: there are more than 16384 elements/);
  });
});

test('what the file is wrong in stops a collector, with the field', () => {
  const follower = createUserElementsFollower(createLog('error', () => {}));
  assert.throws(
    () => follower.take({ file: '/nowhere/elements.csv' }, true),
    /E_ELEMENTS_FILE|elements\.file: \/nowhere\/elements\.csv: there is no such file/,
  );
});

suite('an attribute that only the file has can be named', () => {
  const elements = read(`${HEAD}32473,1,depth,unsigned32,netflow.acme.depth\n`);

  test('in expressions', () => {
    assert.ok(!('error' in parseExpression("netflow.acme.depth > 100 && netflow.acme.url == 'x'")));
  });

  test('in dimensions of flow metrics', () => {
    const sets = [{ name: 'depths', dimensions: ['netflow.acme.depth'] }];
    assert.ok(collectorConfig.safeParse({ flowMetrics: { sets } }).success);
  });

  test('in lists of attributes, without a warning', () => {
    const { spans } = collectorConfig.parse({
      spans: { attributes: { include: ['netflow.acme.*'], rename: { 'netflow.acme.depth': 'acme.depth' } } },
    });
    assert.deepEqual(namesWithoutEffect(spans, elements), []);
    assert.equal(namesWithoutEffect(spans).length, 2);
  });
});
