import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTemplate } from './make-template.ts';
import { Run } from './run.ts';

const [ONE, OTHER] = [1, 2].map((id) => makeTemplate(10, 256, [{ pen: 0, id, length: 4 }]));

function createRun() {
  const taken: { id: number; bytes: number[] }[] = [];
  const run = new Run(({ fields }, count) =>
    taken.push({ id: fields[0].id, bytes: [...run.bytes.subarray(0, count)] }),
  );
  const write = (template: typeof ONE, byte: number) => {
    run.bytes[run.begin(template, 1)] = byte;
    run.end++;
  };
  return { run, taken, write };
}

test('a run ends where the template is another one, and where it is finished', () => {
  const { run, taken, write } = createRun();
  write(ONE, 1);
  write(ONE, 2);
  write(OTHER, 3);
  write(ONE, 4);
  run.finish();
  run.finish();
  assert.deepEqual(taken, [
    { id: 1, bytes: [1, 2] },
    { id: 2, bytes: [3] },
    { id: 1, bytes: [4] },
  ]);
});

test('a run ends before its bytes do', () => {
  const { run, taken, write } = createRun();
  const size = run.bytes.length - 1;
  write(ONE, 1);
  assert.equal(run.begin(ONE, size), 1);
  assert.deepEqual(taken, []);
  run.end += size;
  write(ONE, 3);
  assert.deepEqual(taken, [{ id: 1, bytes: [1, 0] }]);
  assert.equal(run.end, 1);
});
