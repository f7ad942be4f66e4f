/**
 * A folder that runs of the collector share, also those that overlap while one replaces the other. Each run has a
 * folder of its own in it, named by what it draws at its start. What a run leaves there is taken over by another, as
 * soon as its owner is gone.
 *
 * An owner listens on a socket in its folder, which nobody else can after its end, however it comes: who is refused
 * there knows that the owner is gone. That holds between containers too; process ids and networks may differ there.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Log } from '../../crds/common/log.ts';
import { CollectorError, type ErrorCode } from '../common/errors.ts';

/** The folders of runs that have ended meanwhile are looked for this often. */
const TAKE_OVER_MS = 5_000;
const OWNER = 'owner';
/** How files end that are being written. */
export const UNFINISHED = '.tmp';
const RUN = /^[0-9a-f]{16}$/;

export type RunFolder = {
  /** What this run has drawn. */
  run: string;
  /** Where this run's files go. */
  path: string;
  /** Of each run that is gone, the paths of its files, in the order in which they were made. */
  abandoned(): Promise<Map<string, string[]>>;
  /** Brings the files of runs that are gone here; resolves with their paths. */
  takeOver(): Promise<string[]>;
  /** Does so now and again and again, as some end later. The function returned stops that, and resolves when it has. */
  keepTakingOver(adopt: (paths: string[]) => void): () => Promise<void>;
  /** Gives the folder up, with what is in it. */
  close(): Promise<void>;
};

export type RunFolderOptions = {
  directory: string;
  /** Of the files in it, with the dot. */
  extension: string;
  /** Of the error when the folder can't be used. */
  code: ErrorCode;
  log: Log;
};

/** Makes this run's folder in `directory`. Rejects with a CollectorError when it can't. */
export async function openRunFolder({ directory, extension, code, log }: RunFolderOptions): Promise<RunFolder> {
  const run = randomBytes(8).toString('hex');
  const path = join(directory, run);
  const server = createServer((socket) => socket.destroy()).unref();
  try {
    // Under another name until there is an owner: nobody may take it for one whose owner is gone.
    const unnamed = join(directory, `.${run}`);
    await mkdir(unnamed, { recursive: true, mode: 0o700 });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(join(unnamed, OWNER), resolve);
    });
    await rename(unnamed, path);
  } catch (error) {
    throw new CollectorError(code, `${directory} (${error})`, error);
  }
  let files = 0;

  async function abandoned(): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    for (const other of await readdir(directory)) {
      const folder = join(directory, other);
      if (!RUN.test(other) || other === run || (await hasOwner(folder))) continue;
      const names = (await readdir(folder)).filter((file) => file.endsWith(extension)).sort(byNumber);
      found.set(
        other,
        names.map((name) => join(folder, name)),
      );
    }
    return found;
  }

  async function takeOver(taken: string[]): Promise<void> {
    for (const [other, paths] of await abandoned()) {
      for (const theirs of paths) {
        const ours = join(path, `adopted-${++files}${extension}`);
        await rename(theirs, ours);
        taken.push(ours);
      }
      const folder = join(directory, other);
      const rest = (await readdir(folder)).filter((file) => file === OWNER || file.endsWith(UNFINISHED));
      for (const name of rest) await rm(join(folder, name), { force: true });
      await rmdir(folder);
    }
  }

  async function tryToTakeOver(): Promise<string[]> {
    const taken: string[] = [];
    try {
      await takeOver(taken);
    } catch (error) {
      // Another run may take the same over: what it has is not there any more.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        log.warn('what earlier runs left can’t be taken over', { directory, error: String(error) });
      }
    }
    return taken;
  }

  return {
    run,
    path,
    abandoned,
    takeOver: tryToTakeOver,
    keepTakingOver(adopt) {
      const stop = new AbortController();
      const done = (async () => {
        while (!stop.signal.aborted) {
          adopt(await tryToTakeOver());
          await setTimeout(TAKE_OVER_MS, undefined, { ref: false, signal: stop.signal }).catch(() => {});
        }
      })();
      return () => {
        stop.abort();
        return done;
      };
    },
    async close() {
      server.close();
      await rm(join(path, OWNER), { force: true });
      // Not when files are left in it.
      await rmdir(path).catch(() => {});
    },
  };
}

function hasOwner(folder: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(join(folder, OWNER));
    socket.on('connect', () => {
      resolve(true);
      socket.destroy();
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
  });
}

/** By the numbers in them: files are named in the order in which they were made. */
function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
