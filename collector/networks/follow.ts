/** The file of network names while the collector runs: what it says now, or what is wrong with it. */
import type { CollectorConfig } from '../../crds/collector-config.ts';
import type { Log } from '../../crds/common/log.ts';
import { isFreeName } from '../../crds/spans/profiles.ts';
import { createFileFollower, type FileFollower, type FollowedState } from '../files/follow.ts';
import { MAX_FILE, readNetworks } from './networks.ts';
import type { Networks } from './table.ts';

type Spans = CollectorConfig['spans'];

/** The file of network names, and how many prefixes are in use. */
export type NetworksState = FollowedState<'prefixes'>;

/** `now` in Unix milliseconds. */
export function createNetworksFollower(log: Log, now?: () => number): FileFollower<Spans, Networks, 'prefixes'> {
  return createFileFollower(
    {
      what: 'names of networks',
      field: 'spans.attributes.networksFile',
      code: 'E_NETWORKS_FILE',
      maxBytes: MAX_FILE,
      pathOf: ({ attributes }: Spans) => attributes.networksFile,
      read: (content, { profile, services, attributes: { rename, constants } }) => {
        const given = constants.flatMap(({ attributes }) => Object.keys(attributes));
        const taken = new Set([...Object.values(rename), ...given]);
        return readNetworks(content, (name) => isFreeName(profile, name) && !taken.has(name), services);
      },
      count: 'prefixes',
      countOf: ({ prefixes }) => prefixes,
    },
    log,
    now,
  );
}
