import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CollectorError, formatError, listenError } from './errors.ts';

test('an error is printed with its code, what happened, where, and what to do', () => {
  assert.equal(
    formatError(new CollectorError('E_STATE_DIR', '/var/lib/x (EACCES)')),
    'error E_STATE_DIR: the folder for learned templates cannot be used: /var/lib/x (EACCES)\n' +
      '  → Create it and make it writable for the user of this process, or leave templates.stateDir out.\n',
  );
});

test('a failed bind is told by what the system said', () => {
  for (const [code, expected] of [
    ['EADDRINUSE', 'E_PORT_IN_USE'],
    ['EACCES', 'E_LISTEN_PERMISSION'],
    ['EADDRNOTAVAIL', 'E_LISTEN_ADDRESS'],
    ['EMFILE', 'E_LISTEN'],
    [undefined, 'E_LISTEN'],
  ]) {
    const cause = Object.assign(new Error(`bind ${code}`), { code });
    const error = listenError(cause, '[::]:2055');
    assert.equal(error.code, expected);
    assert.match(error.message, /\[::\]:2055 \(bind /);
    assert.equal(error.cause, cause);
  }
});
