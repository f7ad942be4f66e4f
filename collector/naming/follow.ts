/** The user's file of elements while the collector runs: what it says now, or what is wrong with it. */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log } from '../../crds/common/log.ts';
import { createFileFollower, type FileFollower, type Followed, type FollowedState } from '../files/follow.ts';
import { MAX_FILE, readUserElements, type UserElements } from './user-elements.ts';

type Elements = CollectorConfig['elements'];

/** The user's file of elements, and how many of them are in use. */
export type UserElementsState = FollowedState<'elements'>;

/** How that file is read. */
export const USER_ELEMENTS: Followed<Elements, UserElements, 'elements'> = {
  what: 'names of own elements',
  field: 'elements.file',
  code: 'E_ELEMENTS_FILE',
  maxBytes: MAX_FILE,
  pathOf: ({ file }) => file,
  read: readUserElements,
  count: 'elements',
  countOf: ({ size }) => size,
};

/** `now` in Unix milliseconds. */
export function createUserElementsFollower(
  log: Log,
  now?: () => number,
): FileFollower<Elements, UserElements, 'elements'> {
  return createFileFollower(USER_ELEMENTS, log, now);
}
