import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { COMMANDS } from './config/commands.ts';

const PROGRAM = join(import.meta.dirname, 'main.ts');

describe('--help fits into 100 columns', () => {
  for (const command of Object.keys(COMMANDS)) {
    test(command, async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, command, '--help']);
      assert.match(stdout, RegExp(`^Usage: netflow2traces ${command} `, 'm'));
      for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line);
    });
  }
});
