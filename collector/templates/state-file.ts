/**
 * Known templates on disk, so that a restarted collector decodes from the first packet: exporters may not send them
 * again for half an hour.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../crds/common/log.ts';
import { type Announced, apart, templateFile } from '../../crds/template.ts';
import { CollectorError } from '../common/errors.ts';
import type { KnownTemplates } from './known.ts';

const FILE = 'templates.json';
/** Changes are written together, this long after the first. */
const WRITE_DELAY_MS = 2_000;

export type StateFile = {
  /** Writes what has not been written yet. */
  flush(): void;
};

/**
 * Opens the state file in `folder`, which is made when it does not exist: `known` learns what it holds, and from then on
 * is written to it. A damaged file is logged and replaced. Throws a CollectorError when the folder can't be used.
 */
export function openStateFile(folder: string, known: KnownTemplates, log: Log): StateFile {
  const path = join(folder, FILE);
  let timer: NodeJS.Timeout | undefined;

  for (const announced of read()) known.add({ ...announced, adopted: true });
  write();
  known.onNews(() => {
    timer ??= setTimeout(tryToWrite, WRITE_DELAY_MS).unref();
  });

  function read(): Announced[] {
    try {
      mkdirSync(folder, { recursive: true });
      const { templates, facts } = templateFile.parse(JSON.parse(readFileSync(path, 'utf8')));
      return [...templates, ...facts];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      if ((error as NodeJS.ErrnoException).code) throw new CollectorError('E_STATE_DIR', `${path} (${error})`, error);
      log.warn('the template state file is damaged: starting without it', { path, error: String(error) });
      return [];
    }
  }

  function write(): void {
    clearTimeout(timer);
    timer = undefined;
    const temporary = `${path}.${process.pid}`;
    try {
      writeFileSync(temporary, JSON.stringify(apart(known.list())));
      renameSync(temporary, path);
    } catch (error) {
      throw new CollectorError('E_STATE_DIR', `${path} (${error})`, error);
    }
  }

  function tryToWrite(): void {
    try {
      write();
    } catch (error) {
      log.error('the template state file cannot be written', { error: String(error) });
    }
  }

  return {
    flush() {
      if (timer) tryToWrite();
    },
  };
}
