/**
 * Known templates on disk, so that a restarted collector decodes from the first packet: exporters may not send them
 * again for half an hour. The file is JSON with an entry on each line, so that what is left of a damaged one can be
 * read.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../crds/common/log.ts';
import { announcedFact } from '../../crds/fact.ts';
import { type Announced, announcedTemplate, apart } from '../../crds/template.ts';
import { CollectorError } from '../common/errors.ts';
import { fileState } from '../files/file-state.ts';
import type { KnownTemplates } from './known.ts';

const FILE = 'templates.json';
/** What another process, or one that was killed, is writing; removed once it is this old. */
const UNFINISHED = /^templates\.json\..+/;
const ABANDONED_MS = 60_000;
/** Changes are written together, this long after the first; what could not be written is tried again so much later. */
const WRITE_DELAY_MS = 2_000;
const RETRY_MS = 5_000;
/** A disk that is full, which may have room again: no mistake. */
const FULL = ['ENOSPC', 'EDQUOT'];

export type StateFile = {
  /** Writes what has not been written yet. */
  flush(): void;
  /** Why it could not be written last; undefined when it could. */
  readonly error: string | undefined;
};

/**
 * Opens the state file in `folder`, which is made when it does not exist: `known` learns what it holds, and from then
 * on is written to it. Entries that are damaged are logged and left out. Other processes may use the same folder: what
 * they have written meanwhile is kept. Throws a CollectorError when the folder can't be used.
 */
export function openStateFile(folder: string, known: KnownTemplates, log: Log): StateFile {
  const path = join(folder, FILE);
  let timer: NodeJS.Timeout | undefined;
  /** The file as it was when it was read or written here. */
  let seen: string | undefined;
  let failure: string | undefined;

  try {
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder).filter((file) => UNFINISHED.test(file))) {
      const { mtimeMs } = statSync(join(folder, name), { throwIfNoEntry: false }) ?? {};
      if (Date.now() - (mtimeMs ?? 0) > ABANDONED_MS) rmSync(join(folder, name), { force: true });
    }
  } catch (error) {
    throw new CollectorError('E_STATE_DIR', `${path} (${error})`, error);
  }
  takeOthers();
  write();
  known.onNews(() => schedule(WRITE_DELAY_MS));

  function schedule(delayMs: number): void {
    timer ??= setTimeout(tryToWrite, delayMs).unref();
  }

  /** Learns what is in the file, unless this process has written it. */
  function takeOthers(): void {
    const state = fileState(path);
    if (state === seen) return;
    seen = state;
    for (const announced of read()) known.add({ ...announced, adopted: true });
  }

  function read(): Announced[] {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw new CollectorError('E_STATE_DIR', `${path} (${error})`, error);
    }
    const { entries, damaged } = parse(text);
    if (damaged > 0) log.warn('the template state file is damaged: what can be read is used', { path, damaged });
    return entries;
  }

  function write(): void {
    clearTimeout(timer);
    timer = undefined;
    takeOthers();
    const temporary = `${path}.${randomBytes(8).toString('hex')}`;
    try {
      writeFileSync(temporary, format(known.list()));
      renameSync(temporary, path);
      seen = fileState(path);
      failure = undefined;
    } catch (error) {
      rmSync(temporary, { force: true });
      if (!FULL.includes((error as NodeJS.ErrnoException).code ?? '')) {
        throw new CollectorError('E_STATE_DIR', `${path} (${error})`, error);
      }
      fail(error);
    }
  }

  function tryToWrite(): void {
    try {
      write();
    } catch (error) {
      fail(error);
    }
  }

  function fail(error: unknown): void {
    failure = String(error);
    log.error('the template state file cannot be written', { error: failure });
    schedule(RETRY_MS);
  }

  return {
    flush() {
      if (timer) tryToWrite();
    },
    get error() {
      return failure;
    },
  };
}

/** With each entry on a line of its own. */
function format(all: readonly Announced[]): string {
  const { templates, facts } = apart(all);
  const list = (entries: readonly Announced[]) =>
    entries.length === 0 ? '[]' : `[\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}\n]`;
  return `{"templates":${list(templates)},"facts":${list(facts)}}`;
}

/** All entries that can be read, and how many there are that can't. */
function parse(text: string): { entries: Announced[]; damaged: number } {
  const candidates = readWhole(text) ?? text.split('\n').flatMap(readLine);
  const entries = candidates.flatMap((candidate): Announced[] =>
    [announcedTemplate.safeParse(candidate).data ?? announcedFact.safeParse(candidate).data].filter(
      (entry) => entry !== undefined,
    ),
  );
  return { entries, damaged: candidates.length - entries.length };
}

function readWhole(text: string): unknown[] | undefined {
  try {
    const { templates, facts = [] } = JSON.parse(text);
    return [...templates, ...facts];
  } catch {
    return undefined;
  }
}

/** The entry on a line of a file that is not whole; undefined for one that is cut off. */
function readLine(line: string): unknown[] {
  // The file's own brackets.
  if (line === '{"templates":[' || line.startsWith('],') || line === ']}') return [];
  try {
    return [JSON.parse(line.replace(/,$/, ''))];
  } catch {
    return [undefined];
  }
}
