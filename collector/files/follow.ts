/** A file that the configuration names, while the collector runs: what it says now, or what is wrong with it. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Log } from '../../crds/common/log.ts';
import { CollectorError, type ErrorCode } from '../common/errors.ts';
import { createLook } from './file-state.ts';

/** What is wrong with a file, for people. */
export class FileMistake extends Error {}

/** Throws what is wrong in a line. */
export function fail(line: number, what: string): never {
  throw new FileMistake(`line ${line}: ${what}`);
}

export type FollowedFile = {
  file: string;
  /** When what is in use was read, in Unix milliseconds; undefined while there is nothing. */
  readTime: number | undefined;
  /** What is wrong with the file as it is now. */
  error: string | undefined;
};

/** What is followed. `Count`: the name of the number that the state tells of what is in use. */
export type Followed<Settings, Value, Count extends string> = {
  /** What it brings, for people: `names of networks`. */
  what: string;
  /** The field that names it, and the error when it can't be used. */
  field: string;
  code: ErrorCode;
  maxBytes: number;
  pathOf(settings: Settings): string | undefined;
  /** Throws a FileMistake. */
  read(content: Buffer, settings: Settings): Value;
  count: Count;
  countOf(value: Value): number;
};

export type FileFollower<Settings, Value, Count extends string> = {
  /** Undefined when the configuration names no file. */
  readonly state: FollowedState<Count> | undefined;
  /**
   * What it says for another configuration. With a file that can't be used it throws a CollectorError, and nothing
   * changes; or, if it is not `strict`, there is nothing until the file is in order.
   */
  take(settings: Settings, strict: boolean): Value | undefined;
  /** To be called repeatedly: true, once, when the file that `take` refused has changed. */
  mended(): boolean;
  /** To be called repeatedly: what it says when that is new, undefined when there is nothing new. */
  look(): Value | undefined;
};

export type FollowedState<Count extends string> = FollowedFile & Record<Count, number>;

/** `now` in Unix milliseconds. */
export function createFileFollower<Settings, Value, Count extends string>(
  followed: Followed<Settings, Value, Count>,
  log: Log,
  now: () => number = Date.now,
): FileFollower<Settings, Value, Count> {
  const { what } = followed;
  let following:
    | { settings: Settings; changed: () => boolean; value: Value | undefined; state: FollowedState<Count> }
    | undefined;
  let refused: (() => boolean) | undefined;

  function stateOf(file: FollowedFile, count: number): FollowedState<Count> {
    return { ...file, [followed.count]: count } as FollowedState<Count>;
  }

  function read(path: string, settings: Settings): { value: Value; state: FollowedState<Count> } {
    const value = readFollowed(followed, path, settings);
    const count = followed.countOf(value);
    log.info(`${what} were read`, { file: path, [followed.count]: count });
    return { value, state: stateOf({ file: path, readTime: now(), error: undefined }, count) };
  }

  return {
    get state() {
      return following?.state;
    },

    take(settings, strict) {
      refused = undefined;
      const path = followed.pathOf(settings);
      if (path === undefined) {
        following = undefined;
        return undefined;
      }
      if (following && isDeepStrictEqual(settings, following.settings)) return following.value;
      const changed = createLook(path);
      // Its present state is no change: it is read below.
      for (let look = 0; look < 2; look++) changed();
      try {
        const { value, state } = read(path, settings);
        following = { settings, changed, value, state };
        return value;
      } catch (error) {
        const { message } = error as CollectorError;
        if (strict) {
          refused = changed;
          throw error;
        }
        log.warn(`spans are without ${what}: ${message}`);
        const state = stateOf({ file: path, readTime: undefined, error: message }, 0);
        following = { settings, changed, value: undefined, state };
        return undefined;
      }
    },

    mended() {
      return refused?.() ?? false;
    },

    look() {
      if (!following?.changed()) return undefined;
      const { settings, value: last, state } = following;
      try {
        const { value, state: next } = read(state.file, settings);
        following = { ...following, value, state: next };
        return value;
      } catch (error) {
        const { message } = error as CollectorError;
        following = { ...following, state: { ...state, error: message } };
        const rest = last === undefined ? `spans are without ${what}` : `the last good ${what} stay in use`;
        // In the message, by which the log suppresses repetitions: each mistake is logged.
        log.warn(`${rest}: ${message}`);
        return undefined;
      }
    },
  };
}

/** What a file says. Throws a CollectorError. */
export function readFollowed<Settings, Value>(
  { code, field, maxBytes, read }: Followed<Settings, Value, string>,
  path: string,
  settings: Settings,
): Value {
  try {
    const stat = statSync(path);
    // A pipe would be waited for.
    if (!stat.isFile()) throw new FileMistake('it is no regular file');
    if (stat.size > maxBytes) throw new FileMistake(`it is larger than ${maxBytes} bytes`);
    return read(readFileSync(path), settings);
  } catch (error) {
    const { code: reason, message } = error as NodeJS.ErrnoException;
    const fault = reason === 'ENOENT' ? 'there is no such file' : message;
    throw new CollectorError(code, `${field}: ${resolve(path)}: ${fault}`, error);
  }
}
