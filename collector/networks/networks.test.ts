import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { FileMistake } from '../files/follow.ts';
import { writeNames } from './names.ts';
import { MAX_FILE, readNetworks } from './networks.ts';
import type { Networks } from './table.ts';
import { findLabel } from './trie.ts';

const read = (text: string | Buffer, isFree: (name: string) => boolean = () => true) =>
  readNetworks(Buffer.from(text), isFree);

/** The attributes of both ends for an address of IPv4, as latin1: what matters is the text in them. */
function namesOf({ trie, names }: Networks, address: string): string[] {
  const view = new DataView(Uint8Array.from(address.split('.').map(Number)).buffer);
  const label = findLabel(trie.nodes, trie.ipv4, view, 0);
  return ([0, 1] as const).map((end) => {
    const bytes = Buffer.alloc(4_096);
    const length = writeNames(names, label, end, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
    return bytes.toString('latin1', 0, length);
  });
}

const attribute = (name: string, value: string) => {
  const key = `\n${String.fromCharCode(name.length)}${name}`;
  const content = `\x12${String.fromCharCode(value.length + 2)}\n${String.fromCharCode(value.length)}${value}`;
  return `J${String.fromCharCode(key.length + content.length)}${key}${content}`;
};

suite('a file of networks', () => {
  test('gives both ends the values of the longest prefix', () => {
    const networks = read('prefix,site,service\n10.0.0.0/8,zrh1,\n10.1.0.0/16,bern,dns\n2001:db8::/32,zrh1,\n');
    assert.equal(networks.prefixes, 3);
    assert.deepEqual(namesOf(networks, '10.200.0.1'), [
      attribute('source.site', 'zrh1'),
      attribute('destination.site', 'zrh1'),
    ]);
    assert.deepEqual(namesOf(networks, '10.1.0.1'), [
      attribute('source.site', 'bern') + attribute('source.service', 'dns'),
      attribute('destination.site', 'bern') + attribute('destination.service', 'dns'),
    ]);
    assert.deepEqual(namesOf(networks, '11.0.0.1'), ['', '']);
  });

  test('an empty cell is nothing, and no shorter prefix shows through', () => {
    const networks = read('site,prefix,service\na,10.0.0.0/8,b\n,10.1.0.0/16,c\n,10.2.0.0/16,\n');
    assert.equal(namesOf(networks, '10.1.0.0')[0], attribute('source.service', 'c'));
    assert.equal(namesOf(networks, '10.2.0.0')[0], '');
  });

  for (const [what, text] of Object.entries({
    'with a byte order mark': '\ufeffprefix,site\n10.0.0.0/8,a\n',
    'with the line ends of Windows': 'prefix,site\r\n10.0.0.0/8,a\r\n',
    'with empty lines and blanks': '\nprefix , site\n\n 10.0.0.0/8 , a \n\n',
    'with quotes': 'prefix,site\n"10.0.0.0/8","a"\n',
    'with an address': 'prefix,site\n10.0.0.1,a\n',
    'compressed by gzip': gzipSync('prefix,site\n10.0.0.0/8,a\n'),
  })) {
    test(what, () => assert.equal(namesOf(read(text), '10.0.0.1')[0], attribute('source.site', 'a')));
  }

  test('may have no rows yet', () => assert.equal(read('prefix,site\n').prefixes, 0));
});

suite('a wrong file is refused at its line', () => {
  const row = (text: string) => `prefix,site\n10.0.0.0/8,a\n${text}\n`;
  const long = 'x'.repeat(2_049);
  const cases: [text: string | Buffer, message: RegExp][] = [
    ['', /^it is empty; its first line must be a head such as prefix,site$/],
    ['10.0.0.0/8,a\n', /^line 1: the head "10.0.0.0\/8,a" has no column prefix; write prefix,site or the like, with/],
    ['prefix;site\n10.0.0.0/8;a\n', /^line 1: the head "prefix;site" has no column prefix; .*, with commas$/],
    [Buffer.from(row('11.0.0.0/8,Zürich'), 'latin1'), /^it is not UTF-8; save it as “CSV UTF-8”$/],
    [Buffer.from('\ufeffprefix,site\n', 'utf16le'), /^it is not UTF-8/],
    ['prefix\n', /^line 1: the head has no column beside prefix$/],
    ['prefix,site,site\n', /^line 1: there are two columns site$/],
    ['prefix,prefix,site\n', /^line 1: there are two columns prefix$/],
    ['prefix,a b\n', /^line 1: "a b" is no name for a column/],
    ['prefix,\n', /^line 1: "" is no name for a column/],
    [`prefix,${Array.from({ length: 17 }, (_, index) => `c${index}`)}\n`, /^line 1: there are more than 16 columns/],
    ['prefix,address\n', /^line 1: source.address is an attribute already, by the profile, rename or constants; give/],
    [row('10.0.0.0/33,a'), /^line 3: "10.0.0.0\/33" is no prefix; write one such as 10.20.0.0\/16 or 2001:db8::\/32$/],
    [row('10.0.0.1/24,a'), /^line 3: 10.0.0.1\/24 has bits set behind its length; write 10.0.0.0\/24$/],
    [row(',a'), /^line 3: "" is no prefix/],
    [row('11.0.0.0/8'), /^line 3: there are 1 values, and 2 columns$/],
    [row('11.0.0.0/8,a,b'), /^line 3: there are 3 values, and 2 columns$/],
    [row('\n\n10.0.0.0/8,b'), /^line 5: this prefix stands in line 2 already$/],
    [row(`11.0.0.0/8,${long}`), /^line 3: "x{40}…" is longer than 2048 bytes$/],
    [row('11.0.0.0/8,"a'), /^it is not CSV: .*line 3/],
    [gzipSync('prefix,site\n').subarray(0, 12), /^it begins as gzip but cannot be unpacked: /],
    [gzipSync(Buffer.alloc(MAX_FILE + 1, 10)), /^it is larger than 67108864 bytes when unpacked$/],
  ];
  for (const [text, message] of cases) {
    test(String(message), () => {
      const isFree = (name: string) => name !== 'source.address';
      assert.throws(
        () => read(text, isFree),
        (error) => error instanceof FileMistake && message.test(error.message),
      );
    });
  }
});
