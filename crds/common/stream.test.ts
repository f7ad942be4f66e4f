import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readUpTo } from './stream.ts';

for (const [name, pieces, read] of [
  ['nothing', [], ''],
  ['as much as may come', ['ab', '', 'cd'], 'abcd'],
  ['more than may come', ['ab', 'cd', 'e'], undefined],
] as const) {
  test(`a stream with ${name}`, async () => {
    let ended = false;
    async function* stream() {
      try {
        for (const piece of pieces) yield Buffer.from(piece);
      } finally {
        ended = true;
      }
    }
    assert.equal((await readUpTo(stream(), 4))?.toString(), read);
    assert.ok(ended);
  });
}

test('a stream that breaks', async () => {
  async function* stream() {
    yield Buffer.from('ab');
    throw new Error('broken');
  }
  await assert.rejects(readUpTo(stream(), 4), { message: 'broken' });
});
