/** The profiles of flow spans: which attributes there are, and what each is called. */
import type { Attribute, Profile } from '../attributes/attribute.ts';
import { ATTRIBUTES } from '../attributes/table.ts';

/** Profiles of an attribute whose row names none. */
const FLOW_ONLY = { flow: true } as const satisfies Attribute['profiles'];

/** What a profile calls an attribute; undefined when it leaves it out. */
export function nameIn(profile: Profile, { name, form, profiles }: Attribute): string | undefined {
  const of: NonNullable<Attribute['profiles']> = profiles ?? (form === 'of packet' ? {} : FLOW_ONLY);
  const given = of[profile] ?? (profile === 'full' ? of.flow : undefined);
  return given === true ? name : given;
}

function namesIn(profile: Profile): ReadonlyMap<string, string> {
  return new Map(
    ATTRIBUTES.flatMap((row) => {
      const name = nameIn(profile, row);
      return name === undefined ? [] : [[row.name, name]];
    }),
  );
}

/**
 * What each profile calls an attribute, by its name in the table; what is not listed, it leaves out. `WITH_ELEMENTS`
 * have besides, under `netflow.`, every element without an attribute of its own. `netflowreceiver` is what
 * receiver/netflowreceiver of opentelemetry-collector-contrib writes (its README at a24659b393a8), `python` what
 * github.com/rknightion/netflow2traces does (src/netflow2traces/utils.py at a569d484b406).
 */
export const PROFILE_NAMES: Readonly<Record<Profile, ReadonlyMap<string, string>>> = {
  flow: namesIn('flow'),
  netflowreceiver: namesIn('netflowreceiver'),
  minimal: namesIn('minimal'),
  full: namesIn('full'),
  python: namesIn('python'),
};

/** Profiles that have every element. */
export const WITH_ELEMENTS: readonly Profile[] = ['flow', 'full'];

/** Where they have the elements that no one can list. */
export const ELEMENTS = 'netflow.';
/** Below `ELEMENTS`, where no element is. */
export const FREE_FOR_USERS = ['netflow.exporter.', 'netflow.interface.'];

/** The names that a profile gives to attributes, each once. */
export function namesOf(profile: Profile): readonly string[] {
  return [...new Set(PROFILE_NAMES[profile].values())];
}

/** Whether a profile may have an attribute of that name. */
export function isNameOf(profile: Profile, name: string): boolean {
  return namesOf(profile).includes(name) || (WITH_ELEMENTS.includes(profile) && name.startsWith(ELEMENTS));
}

/** Names below `FREE_FOR_USERS` of attributes that are not of the record itself: a constant of that name wins. */
export const REPLACEABLE: readonly string[] = ATTRIBUTES.flatMap(({ name, form }) =>
  (form === 'joined' || form === 'computed') && FREE_FOR_USERS.some((prefix) => name.startsWith(prefix)) ? [name] : [],
);

/** Whether a user may call something so: no attribute has this name, whatever exporters send. */
export function isFreeName(profile: Profile, name: string): boolean {
  if (namesOf(profile).includes(name)) return false;
  return !name.startsWith(ELEMENTS) || FREE_FOR_USERS.some((prefix) => name.startsWith(prefix));
}
