/**
 * Learned templates on disk, so that a restarted collector decodes from the first packet: exporters may not send them
 * again for half an hour. In: announcements of new templates; out: those of the last run.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { CollectorError } from '../errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { Announcement } from './announcement.ts';

const FILE = 'templates.json';
/** Changes are written together, this long after the first. */
const WRITE_DELAY_MS = 2_000;

const stateFile = z.object({
  templates: z.array(
    z.object({
      listener: z.string(),
      address: z.string(),
      port: z.int(),
      version: z.union([z.literal(9), z.literal(10)]),
      domain: z.int(),
      options: z.boolean(),
      exportTime: z.int(),
      record: z.base64().transform((text) => Uint8Array.from(Buffer.from(text, 'base64'))),
    }),
  ),
});

export type StateFile = {
  /** The templates that were kept; the least recently learned first. */
  templates(): Announcement[];
  add(announcement: Announcement): void;
  /** Writes what is not written yet. */
  flush(): void;
};

/**
 * Opens the state file in `folder`, which is made when it does not exist; `limit` bounds the templates kept. A
 * damaged file is logged and replaced. Throws a CollectorError when the folder can't be used.
 */
export function openStateFile(folder: string, limit: number, log: Log): StateFile {
  const path = join(folder, FILE);
  const kept = new Map<string, Announcement>();
  let timer: NodeJS.Timeout | undefined;

  for (const announcement of read()) keep(announcement);
  write();

  function read(): Announcement[] {
    try {
      mkdirSync(folder, { recursive: true });
      return stateFile.parse(JSON.parse(readFileSync(path, 'utf8'))).templates;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      if ((error as NodeJS.ErrnoException).code) throw new CollectorError('E_STATE_DIR', `${path} (${error})`, error);
      log.warn('the template state file is damaged: starting without it', { path, error: String(error) });
      return [];
    }
  }

  function keep(announcement: Announcement): void {
    const { listener, address, port, version, domain, record } = announcement;
    const key = [listener, address, port, version, domain, record[0], record[1]].join(' ');
    kept.delete(key);
    kept.set(key, announcement);
    for (const oldest of kept.keys()) {
      if (kept.size <= limit) break;
      kept.delete(oldest);
    }
  }

  function write(): void {
    clearTimeout(timer);
    timer = undefined;
    const templates = [...kept.values()].map((announcement) => ({
      ...announcement,
      record: Buffer.from(announcement.record).toString('base64'),
    }));
    const temporary = `${path}.${process.pid}`;
    try {
      writeFileSync(temporary, JSON.stringify({ templates }));
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
    templates: () => [...kept.values()],
    add(announcement) {
      keep(announcement);
      timer ??= setTimeout(tryToWrite, WRITE_DELAY_MS).unref();
    },
    flush() {
      if (timer) tryToWrite();
    },
  };
}
