import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { reasons } from './about.ts';
import { ownColumn, PEERS, peerColumn } from './compare.ts';
import { ahead, columnsIn, documentOf } from './document.ts';
import { readCaptures } from './variants.ts';

const STALE = 'docs/compared.md is stale: run "npm run compare" and commit the result';
const document = readFileSync(join(import.meta.dirname, '../../docs/compared.md'), 'utf8');
const captures = readCaptures();
const [, ...peers] = columnsIn(document);

test('the document has what we make of the captures, and says why others show more', async () => {
  const columns = [await ownColumn(captures), ...peers];
  assert.equal(documentOf(captures, columns), document, STALE);
});

test('no reason is left of what is mended', () => {
  const names = [...ahead(captures, columnsIn(document)).keys()].map(({ name }) => name);
  for (const part of reasons)
    assert.ok(
      names.some((name) => name.includes(part)),
      part,
    );
});

suite('and what others make of them, in the version that it tells', () => {
  for (const peer of PEERS) {
    test(peer.name, async (t) => {
      const column = peers.find(({ program }) => program === peer.name)!;
      const version = peer.version();
      if (version !== column.version)
        return t.skip(`${column.version} was compared, ${version ?? 'none'} is installed`);
      assert.deepEqual(await peerColumn(peer, version, captures), column, STALE);
    });
  }
});
