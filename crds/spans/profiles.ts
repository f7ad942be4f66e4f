/** The profiles of flow spans: which attributes there are, and what each is called. */
import { ATTRIBUTES } from '../selection/attributes.ts';

export const PROFILES = ['flow', 'netflowreceiver', 'minimal'] as const;
export type Profile = (typeof PROFILES)[number];

/** The part of the flows that the selection keeps. In every profile: without it sums over spans would mislead. */
export const PROBABILITY = 'flow.sampling.probability';

/** What expressions may name but the packet's own span says. */
const OF_PACKET = [
  'netflow.version',
  'netflow.exporter.address',
  'netflow.exporter.port',
  'netflow.observation_domain.id',
];

const themselves = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, name]));

const ENDPOINTS = [
  'source.address',
  'source.port',
  'destination.address',
  'destination.port',
  'network.transport',
  'network.type',
];

/**
 * What each profile calls an attribute, by its name in profile `flow` if it is there; what is not listed, it leaves
 * out. Profile `flow` has besides, under `netflow.`, every element without an attribute of its own. `netflowreceiver`
 * is what receiver/netflowreceiver of opentelemetry-collector-contrib writes (its README at a24659b393a8).
 */
export const PROFILE_NAMES: Readonly<Record<Profile, Readonly<Record<string, string>>>> = {
  flow: themselves([...ATTRIBUTES.filter((name) => !OF_PACKET.includes(name)), PROBABILITY]),
  netflowreceiver: {
    ...themselves([...ENDPOINTS, PROBABILITY]),
    'flow.bytes.delta': 'flow.io.bytes',
    'flow.bytes.total': 'flow.io.bytes',
    'flow.packets.delta': 'flow.io.packets',
    'flow.packets.total': 'flow.io.packets',
    'flow.tcp.flags.bits': 'flow.tcp_flags',
    'flow.sampling.interval': 'flow.sampling_rate',
    ...themselves([
      'flow.type',
      'flow.sequence_num',
      'flow.time_received',
      'flow.start',
      'flow.end',
      'flow.sampler_address',
    ]),
  },
  minimal: themselves([
    ...ENDPOINTS,
    'flow.bytes.delta',
    'flow.bytes.total',
    'flow.packets.delta',
    'flow.packets.total',
    'flow.direction',
    PROBABILITY,
  ]),
};

/** Where profile `flow` has the elements that no one can list. */
export const ELEMENTS = 'netflow.';
/** Below `ELEMENTS`, where no element is. */
export const FREE_FOR_USERS = ['netflow.exporter.', 'netflow.interface.'];

/** The names that a profile gives to attributes, each once. */
export function namesOf(profile: Profile): readonly string[] {
  return [...new Set(Object.values(PROFILE_NAMES[profile]))];
}

/** Whether a profile may have an attribute of that name. */
export function isNameOf(profile: Profile, name: string): boolean {
  return namesOf(profile).includes(name) || (profile === 'flow' && name.startsWith(ELEMENTS));
}

/** Whether a user may call something so: no attribute has this name, whatever exporters send. */
export function isFreeName(profile: Profile, name: string): boolean {
  if (namesOf(profile).includes(name)) return false;
  return !name.startsWith(ELEMENTS) || FREE_FOR_USERS.some((prefix) => name.startsWith(prefix));
}
