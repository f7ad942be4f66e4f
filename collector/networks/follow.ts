/** The file of network names while the collector runs: what it says now, or what is wrong with it. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log } from '../../crds/common/log.ts';
import { isFreeName } from '../../crds/spans/profiles.ts';
import { CollectorError } from '../common/errors.ts';
import { createLook } from '../files/file-state.ts';
import { NetworksMistake } from './csv.ts';
import { MAX_FILE, readNetworks } from './networks.ts';
import type { Networks } from './table.ts';

type Spans = CollectorConfig['spans'];

/** The file of network names. */
export type NetworksState = {
  file: string;
  /** Prefixes in use. */
  prefixes: number;
  /** When they were read, in Unix milliseconds; undefined while there are none. */
  readTime: number | undefined;
  /** What is wrong with the file as it is now. */
  error: string | undefined;
};

export type NetworksFollower = {
  /** Undefined when the configuration names no file. */
  readonly state: NetworksState | undefined;
  /**
   * The names for another configuration. With a file that can't be used it throws a CollectorError, and nothing
   * changes; or, if it is not `strict`, there are no names until the file is in order.
   */
  take(spans: Spans, strict: boolean): Networks | undefined;
  /** To be called repeatedly: true, once, when the file that `take` refused has changed. */
  mended(): boolean;
  /** To be called repeatedly: the names when the file has new ones, undefined when there is nothing new. */
  look(): Networks | undefined;
};

/** `now` in Unix milliseconds. */
export function createNetworksFollower(log: Log, now: () => number = Date.now): NetworksFollower {
  let following:
    | { spans: Spans; changed: () => boolean; networks: Networks | undefined; state: NetworksState }
    | undefined;
  let refused: (() => boolean) | undefined;

  function read(path: string, spans: Spans): { networks: Networks; state: NetworksState } {
    const networks = readFile(path, spans);
    log.info('names of networks were read', { file: path, prefixes: networks.prefixes });
    return { networks, state: { file: path, prefixes: networks.prefixes, readTime: now(), error: undefined } };
  }

  return {
    get state() {
      return following?.state;
    },

    take(spans, strict) {
      refused = undefined;
      const path = spans.attributes.networksFile;
      if (path === undefined) {
        following = undefined;
        return undefined;
      }
      if (following && isDeepStrictEqual(spans, following.spans)) return following.networks;
      const changed = createLook(path);
      // Its present state is no change: it is read below.
      for (let look = 0; look < 2; look++) changed();
      try {
        const { networks, state } = read(path, spans);
        following = { spans, changed, networks, state };
        return networks;
      } catch (error) {
        const { message } = error as CollectorError;
        if (strict) {
          refused = changed;
          throw error;
        }
        log.warn(`spans are without names of networks: ${message}`);
        const state = { file: path, prefixes: 0, readTime: undefined, error: message };
        following = { spans, changed, networks: undefined, state };
        return undefined;
      }
    },

    mended() {
      return refused?.() ?? false;
    },

    look() {
      if (!following?.changed()) return undefined;
      const { spans, networks: last, state } = following;
      try {
        const { networks, state: next } = read(state.file, spans);
        following = { ...following, networks, state: next };
        return networks;
      } catch (error) {
        const { message } = error as CollectorError;
        following = { ...following, state: { ...state, error: message } };
        const rest = last ? 'the last good names of networks stay in use' : 'spans are without names of networks';
        // In the message, by which the log suppresses repetitions: each mistake is logged.
        log.warn(`${rest}: ${message}`);
        return undefined;
      }
    },
  };
}

/** Throws a CollectorError. */
function readFile(path: string, { profile, services, attributes: { rename, constants } }: Spans): Networks {
  const taken = new Set([...Object.values(rename), ...constants.flatMap(({ attributes }) => Object.keys(attributes))]);
  try {
    const stat = statSync(path);
    // A pipe would be waited for.
    if (!stat.isFile()) throw new NetworksMistake('it is no regular file');
    if (stat.size > MAX_FILE) throw new NetworksMistake(`it is larger than ${MAX_FILE} bytes`);
    return readNetworks(readFileSync(path), (name) => isFreeName(profile, name) && !taken.has(name), services);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? 'there is no such file' : message;
    throw new CollectorError('E_NETWORKS_FILE', `spans.attributes.networksFile: ${resolve(path)}: ${what}`, error);
  }
}
