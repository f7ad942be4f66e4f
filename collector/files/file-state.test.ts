import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { createLook, createTextReader, fileState } from './file-state.ts';

suite('a look at a file is true', () => {
  for (const [what, states, answers] of [
    ['once it is known to stand still', 'aaaa', [false, true, false, false]],
    ['when what has changed stands still', 'aabcddd', [false, true, false, false, false, true, false]],
    ['not for a change that was taken back', 'aaba', [false, true, false, false]],
    ['once it is missing for good', 'aa--', [false, true, false, true]],
  ] as const) {
    test(what, () => {
      const state = states[Symbol.iterator]();
      const look = createLook('f', () => String(state.next().value));
      assert.deepEqual(
        answers.map(() => look()),
        answers,
      );
    });
  }
});

test('a file that is written, replaced, reached by another link or removed has another state', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-'));
  t.after(() => rmSync(folder, { recursive: true }));
  // As Kubernetes does: file → ..data/file, ..data → a folder; a new folder, and the link to it renamed over the old.
  const publish = (version: string) => {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'file'), 'as long as ever');
    symlinkSync(version, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  const path = join(folder, 'file');
  const states: string[] = [fileState(path)];
  publish('..1');
  symlinkSync('..data/file', path);
  states.push(fileState(path));
  publish('..2');
  states.push(fileState(path));
  writeFileSync(path, 'longer than ever before');
  states.push(fileState(path));
  assert.equal(new Set(states).size, 4);
  assert.equal(fileState(path), states[3]);
  rmSync(path);
  assert.equal(fileState(path), states[0]);
});

test('a file is read as it is each time, a pipe once', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'netflow2traces-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [file, pipe] = [join(folder, 'file'), join(folder, 'pipe')];
  const readFile = createTextReader();
  writeFileSync(file, 'one');
  assert.equal(readFile(file), 'one');
  writeFileSync(file, 'two');
  assert.equal(readFile(file), 'two');
  execFileSync('mkfifo', [pipe]);
  const readPipe = createTextReader();
  spawn('sh', ['-c', 'echo three > "$0"', pipe]);
  assert.deepEqual([readPipe(pipe), readPipe(pipe)], ['three\n', 'three\n']);
});
