/**
 * Names in `spans.attributes` that are right by the schema and yet have no effect, since no flow span has such an
 * attribute. They are no mistakes that stop a collector: with another profile, or newer tables of elements, there may
 * be one.
 */
import { PROFILES, type Profile } from '../../crds/attributes/attribute.ts';
import { ATTRIBUTES } from '../../crds/attributes/table.ts';
import type { CollectorConfig } from '../../crds/collector-config.ts';
import { ELEMENTS, namesOf, PROFILE_NAMES, WITH_ELEMENTS } from '../../crds/spans/profiles.ts';
import type { UserElements } from '../naming/user-elements.ts';
import { isListed, mayBeNumbered, mayBeTold, nameByNumber, registeredNames } from '../span/element-names.ts';
import { formatPath, type Path } from './setting.ts';
import { nearest } from './suggest.ts';

type Spans = CollectorConfig['spans'];
/** The last character of a pattern, which stands for any rest. */
type Given = { path: Path; name: string; isPattern: boolean };
/** All names of attributes that can be listed, by profile. */
type Names = Readonly<Record<Profile, readonly string[]>>;

/** How many names are listed for one configuration; the rest is only counted. */
const MAX_TOLD = 8;

/**
 * What is wrong with names in `include`, `exclude` and on the left in `rename`: each with its field, and a hint.
 * `elements`: those of the user's file.
 */
export function namesWithoutEffect(
  { profile, attributes: { include, exclude, rename } }: Spans,
  elements: UserElements = new Map(),
): readonly string[] {
  const given: Given[] = [
    ...include.map((name, index) => ({ path: ['include', index], name, isPattern: name.endsWith('*') })),
    ...exclude.map((name, index) => ({ path: ['exclude', index], name, isPattern: name.endsWith('*') })),
    ...Object.keys(rename).map((name) => ({ path: ['rename', name], name, isPattern: false })),
  ];
  if (given.length === 0) return [];

  const ofElements = [...registeredNames(), ...[...elements.values()].map(({ attribute }) => attribute)];
  const names: Names = {
    flow: [...namesOf('flow'), ...ofElements],
    netflowreceiver: namesOf('netflowreceiver'),
    minimal: namesOf('minimal'),
    full: [...namesOf('full'), ...ofElements],
    python: namesOf('python'),
  };
  const wrong = given.filter((one) => !fits(one, profile, names));
  const told = wrong.slice(0, MAX_TOLD).map((one) => {
    const what = `${JSON.stringify(one.name)} ${one.isPattern ? 'fits' : 'is'} no attribute of profile ${profile}`;
    const end = hint(one, profile, rename, names);
    const unless =
      WITH_ELEMENTS.includes(profile) && mayBeTold(one.name.replace(/\*$/, ''))
        ? ' unless an exporter calls an element so'
        : '';
    return `${formatPath(['spans', 'attributes', ...one.path])}: ${what} and has no effect${unless}${end && `; ${end}`}`;
  });
  const rest = wrong.length - told.length;
  return rest > 0 ? [...told, `spans.attributes: ${rest} more names without effect`] : told;
}

function fits({ name, isPattern }: Given, profile: Profile, names: Names): boolean {
  const hasElements = WITH_ELEMENTS.includes(profile);
  if (hasElements && isListed(name)) return true;
  if (!isPattern) return names[profile].includes(name) || (hasElements && nameByNumber(name) === name);
  const prefix = name.slice(0, -1);
  return names[profile].some((known) => known.startsWith(prefix)) || (hasElements && mayBeNumbered(prefix));
}

/** What may have been meant, or why it is not there. */
function hint(one: Given, profile: Profile, rename: Record<string, string>, names: Names): string {
  const { name } = one;
  const before = Object.keys(rename).find((key) => rename[key] === name);
  const same = PROFILE_NAMES[profile].get(name);
  const known = before ?? same ?? (WITH_ELEMENTS.includes(profile) ? nameByNumber(name) : undefined);
  if (known !== undefined) return `did you mean ${known}?`;
  const other = PROFILES.find((other) => fits(one, other, names));
  if (other !== undefined) return `profile ${other} has ${one.isPattern ? 'some' : 'it'}`;
  if (ATTRIBUTES.some((row) => row.form === 'of packet' && row.name === name))
    return 'only the span of the packet has it';
  const near = nearestOf(name, one.isPattern ? [...new Set(names[profile].flatMap(patternsFor))] : names[profile]);
  return near === undefined ? '' : `did you mean ${near}?`;
}

/** What many names have in common says nothing about how close they are. */
function nearestOf(name: string, candidates: readonly string[]): string | undefined {
  const group = name.startsWith(ELEMENTS) ? ELEMENTS : '';
  const rests = candidates.filter((candidate) => candidate.startsWith(group)).map((text) => text.slice(group.length));
  const near = nearest(name.slice(group.length), rests);
  return near && `${group}${near}`;
}

/** `flow.*` and `flow.bytes.*` for `flow.bytes.delta`. */
function patternsFor(name: string): string[] {
  const parts = name.split('.');
  return parts.slice(1).map((_, index) => `${parts.slice(0, index + 1).join('.')}.*`);
}
