/** Resources made up for property tests: right ones, and ones with a slip or two, drawn from the generated schema. */
import fc from 'fast-check';
import type { StructuralSchema } from '../generate/structural.ts';
import { CEL_RULES, type CelRule } from '../rule.ts';
import { minimal } from './mistakes.fixture.ts';

type Json = string | number | boolean | Json[] | { [key: string]: Json };

/** Texts near the rules' limits, by a word of the rule's message: right ones, and slips. */
const TEXTS: [word: string, texts: Json[]][] = [
  [
    'must be longer than 0',
    ['10s', '500ms', '1.5s', '1m', '0s', '0.0ms', '0.001s', '1.0005s', '0.5ms', '24h', '9999999m'],
  ],
  ['a duration such as', ['0s', '10s', '500ms', '1.5s', '2h', '1d', '10', '1m30s', '.5s', '5.s', '1000000h', '1h ']],
  ['size of a batch', ['1Mi', '64Mi', '1048576', 1_048_576, 1_048_575, '1048575', '1000k', '1G', '1024Ki', '1023Ki']],
  ['a size such as', ['0', 0, '64Mi', '512Ki', 1_500, '1.5Gi', '64MiB', '999999Gi', '1000000Gi', -1, '1k', '007']],
  [
    'a quantity such as',
    ['500m', '2', 2, '512Mi', '1.5', '1.5Gi', '0.5', '1G', '1GB', '-1', '+1', '1e3', '.5', '1.2345'],
  ],
  ['a percentage such as', ['10%', '0%', '100%', 0, 1, 3, '101%', '05%', '10', '1.5%', 100_000, 100_001]],
  ['from 16Ki to 3Mi', ['960Ki', '16Ki', '3Mi', 16_384, '15Ki', '4Mi', '1M', '0']],
  ['an IPv4 or IPv6 address', ['::', '0.0.0.0', '2001:db8::1', '10.0.0', '::ffff:10.0.0.1', 'fe80::1%eth0', '', 'a']],
  ['name of a variable', ['HTTPS_PROXY', 'a', '_', 'NODE_NAME', 'OTEL_X', 'LOG_LEVEL', 'LOG_LEVELS', 'a-b', '1a', '']],
  [
    'an absolute path',
    ['/srv/a', '/a', '/etc/netflow2traces', '/a/../b', '/etc/netflow2traces2', '/', 'a', '/a/', '/a//b'],
  ],
  ['a domain of', ['example', 'a.b.example.', '_a', '-a', 'a b', '', '.']],
  ['name of an option', ['ndots', 'a-b', 'A', '']],
  ['letters and digits', ['5', '', 'a', 'a b']],
  ['at most 57', ['a', 'a-b', 'a'.repeat(57), 'a'.repeat(58), '-a', 'A', '']],
  ['auto or a whole number', ['auto', 1, 64, 0, 65, '2', 'Auto']],
  [
    'an address or a prefix',
    [
      '10.0.0.0/8',
      '10.0.0.1',
      '10.0.0.1/8',
      '2001:db8::/32',
      '::1',
      '::ffff:10.0.0.1',
      '::ffff:a00:1',
      '0:0::ffff:a00:1/100',
      '::a00:1',
      '::10.0.0.1',
      '1::/129',
      '10.0.0.0/08',
      '10.0.0.0/33',
      '010.0.0.1',
      '10.0.0',
      'fe80::1%eth0',
      '::/0',
      '0.0.0.0/0',
      'a',
      '1.2.3.4/',
      '2001:DB8::1',
    ],
  ],
  [
    'must begin with http',
    [
      'https://tempo.example:4317',
      'http://tempo:4317',
      'https://10.0.0.1',
      'http://[::1]:4318/otlp',
      'https://a/b?c=d',
      'https://a?b',
      'https://a/?b',
      'https://a/',
      'https://u:p@a',
      'https://a/@b',
      'HTTPS://a',
      'https:/a',
      'https://',
      'tempo:4317',
      'https://a:65535',
      'https://a:65536',
      'https://1.2.3.256',
      'https://1.2.3',
      'https://[::g]',
      'https://[1.2.3.4]',
      'https://[::ffff:102:304]',
      'https://[::102:304]',
      'https://a_b.c',
      'https://a..b',
      'https://-a',
      'https://a#b',
      'https://[::ffff:1.2.3.4]',
      'https://a.b-',
    ],
  ],
  [
    'name of an HTTP header',
    ['X-Scope-OrgID', 'x-scope-orgid', 'authorization', 'Authorization', 'a b', 'a:', '', 'ü'],
  ],
  ['printable ASCII', ['v', '', 'a\tb', 'a\n', 'é', ' ']],
  ['start with a letter and have', ['netflow', 'a', 'a-b', 'a-', '1a', 'A', '', 'abcdefghijklmno', 'abcdefghijklmnop']],
  ['name of lower-case letters', ['s', 'a.b', 'a-b.c', 'A', 'a_b', '-a', 'a.', '']],
  ['a key of letters', ['k', 'tls.crt', '_', 'a/b', '']],
  ['a key such as', ['k', 'example.com/zone', 'A_b.c', '/a', 'a/', 'Example.com/a', 'a/b/c', '', 'a'.repeat(64)]],
  ['at most 63 letters', ['v', '', 'A-b_c.d', '-a', 'a b', 'a'.repeat(63), 'a'.repeat(64)]],
  ['have no colon', ['12345', 'a:b', '']],
  ['name of an image', ['a', 'r.example:5000/a/b:1@sha256:0', ':a', 'a b']],
];
const KEYS = [
  'k',
  'example.com/zone',
  'app.kubernetes.io/name',
  'netflow2traces.io/x',
  'a b',
  '',
  'service.name',
  'Example.com/a',
];
const PLAIN: Json[] = ['v', 'flow.*', '', 'ö', 'x'.repeat(256), 'x'.repeat(257)];
/** Texts that the API server can't check; the operator does. */
const EXPRESSIONS: Json[] = ['true', 'destination.port == 53', '', ' '.repeat(4_097)];
const DIMENSIONS: Json[] = ['source.address', 'network.transport', 'destination.site'];
const JUNK: Json[] = ['', 'true', 0, 1, -1, 1.5, 2 ** 31, true, false, [], {}, [''], { x: 1 }];
const NUMBERS = [0, 1, 514, 1_023, 1_024, 2_055, 9_464, 65_535, 65_536];
const NAMES = ['edge', 'a', 'a-1', 'a'.repeat(53), 'a'.repeat(54), '1a', 'a.b', 'a-', 'A'];

/** Right ones come first, and often: a resource with many slips tells little about each. */
const oftenFirst = (values: readonly Json[]) =>
  fc.oneof({ weight: 19, arbitrary: fc.constant(values[0]) }, { weight: 1, arbitrary: fc.constantFrom(...values) });

/** Values that a schema of the CustomResourceDefinition takes, mostly. */
function valuesFor(schema: StructuralSchema): fc.Arbitrary<Json> {
  if (schema.enum) return fc.constantFrom(...(schema.enum as Json[]));
  const rules = (schema[CEL_RULES] ?? []) as CelRule[];
  if (schema.type === 'string' || schema['x-kubernetes-int-or-string']) {
    if (schema.description?.startsWith('CEL expression')) return oftenFirst(EXPRESSIONS);
    if (schema.description?.startsWith('Name of a dimension')) return fc.constantFrom(...DIMENSIONS);
    const known = TEXTS.find(([word]) => rules.some(({ message }) => message.includes(word)));
    return oftenFirst(known?.[1] ?? PLAIN);
  }
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'number') {
    const { minimum = 0, maximum = 1 } = schema;
    return fc.oneof(fc.double({ min: minimum, max: maximum, noNaN: true }), fc.constantFrom(...NUMBERS));
  }
  if (schema.type === 'integer') {
    const { minimum = 0, maximum = 2 ** 31 } = schema;
    return fc.oneof({ weight: 9, arbitrary: fc.integer({ min: minimum, max: maximum }) }, fc.constantFrom(...NUMBERS));
  }
  if (schema.items) return fc.array(valuesFor(schema.items), { maxLength: 2 });
  if (schema.additionalProperties) {
    return fc.dictionary(oftenFirst(KEYS) as fc.Arbitrary<string>, valuesFor(schema.additionalProperties), {
      maxKeys: 2,
    });
  }
  const properties = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const value = valuesFor(field);
    if (schema.required?.includes(name)) return [name, value] as const;
    return [name, fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })] as const;
  });
  return fc.record(Object.fromEntries(properties)).map((value) => JSON.parse(JSON.stringify(value)));
}

/** One slip somewhere in `value`: a value of another kind, a missing field, an unknown one, an entry twice. */
function slip(value: Json, pick: number, junk: Json): Json {
  if (typeof value !== 'object') return junk;
  const keys = Object.keys(value);
  const choice = pick % (keys.length + 2);
  const deeper = Math.floor(pick / (keys.length + 2));
  if (Array.isArray(value)) {
    if (choice === keys.length) return [...value, ...value.slice(0, 1)];
    if (choice > keys.length) return junk;
    return value.map((item, index) => (index === choice ? slip(item, deeper, junk) : item));
  }
  if (choice === keys.length) return { ...value, unknown: junk };
  if (choice > keys.length) return junk;
  const { [keys[choice]]: chosen, ...rest } = value;
  return deeper % 7 === 6 ? rest : { ...value, [keys[choice]]: slip(chosen, deeper, junk) };
}

/** Resources of the schema of a CustomResourceDefinition's `spec`, half of them with a slip. */
export function resources(spec: StructuralSchema): fc.Arbitrary<unknown> {
  const slips = fc.tuple(fc.nat(2 ** 20), fc.constantFrom(...JUNK));
  const wrong = fc.tuple(valuesFor(spec), slips).map(([value, [pick, junk]]) => slip(value, pick, junk));
  return fc
    .tuple(oftenFirst(NAMES) as fc.Arbitrary<string>, fc.oneof(valuesFor(spec), wrong))
    .map(([name, spec]) => ({ ...minimal(), metadata: { name, namespace: 'default' }, spec }));
}
