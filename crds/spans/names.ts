/** Names of attributes that users give: `rename`, `constants`, and the rules that keep each name in a span once. */
import * as z from 'zod';
import { PROFILES, type Profile } from '../attributes/attribute.ts';
import { CIDR } from '../listen.ts';
import { mapping, type Rule, text, withRules } from '../rule.ts';
import { ELEMENTS, FREE_FOR_USERS, isFreeName, isNameOf, namesOf, REPLACEABLE, WITH_ELEMENTS } from './profiles.ts';

/** Characters of all constants together: as much as a span has room for. */
const MAX_CONSTANTS = 65_536;
const MAX_INTERFACES = 256;

const NAME = /^[!-~]{1,256}$/;
const NAME_MESSAGE = 'must be a name of 1 to 256 letters, digits and signs, without spaces';

export const rename = mapping(NAME, text(NAME, 256, NAME_MESSAGE), 64, NAME_MESSAGE)
  .default({})
  .describe('Other names for attributes: the name that the profile has, and the one to be sent.');

const interfaces = z.array(z.int().min(0).max(4_294_967_295)).max(MAX_INTERFACES).default([]);

const constant = z.strictObject({
  exporters: z
    .array(CIDR)
    .max(256)
    .default([])
    .describe('Addresses or prefixes of the exporters whose flows get them. Empty: all.'),
  ingressInterfaces: interfaces.describe('Only flows that came in by one of these, by SNMP index. Empty: all.'),
  egressInterfaces: interfaces.describe('Only flows that went out by one of these, by SNMP index. Empty: all.'),
  attributes: mapping(NAME, z.string().max(2_048), 16, NAME_MESSAGE).describe('Names and values.'),
});

type Constants = z.output<typeof constant>[];

export const constants = withRules(z.array(constant).max(256), {
  check: (all) => lengthOf(all) <= MAX_CONSTANTS,
  cel: `self.map(c, c.attributes.map(k, size(k) + size(c.attributes[k])).sum()).sum() <= ${MAX_CONSTANTS}`,
  message: `must have at most ${MAX_CONSTANTS} characters in all names and values together`,
})
  .default([])
  .describe(
    'Attributes with a fixed value. Every entry that fits a flow counts; if several set the same name, the last.',
  );

function lengthOf(constants: Constants): number {
  const entries = constants.flatMap(({ attributes }) => Object.entries(attributes));
  return entries.reduce((total, [name, value]) => total + name.length + value.length, 0);
}

type Named = { profile: Profile; attributes: { rename: Record<string, string>; constants: Constants } };

const celList = (names: readonly string[]) => `['${names.join("', '")}']`;
const celNames = PROFILES.slice(1).reduce(
  (rest, profile) => `self.profile == '${profile}' ? ${celList(namesOf(profile))} : ${rest}`,
  celList(namesOf(PROFILES[0])),
);
const celIsFree = (name: string) =>
  `!(${name} in (${celNames})) && (!${name}.startsWith('${ELEMENTS}') || ${FREE_FOR_USERS.map((free) => `${name}.startsWith('${free}')`).join(' || ')})`;
const FREE = `that the profile has, nor one below ${ELEMENTS} but for ${FREE_FOR_USERS.map((free) => `${free}…`).join(' and ')}`;

type Entry = readonly PropertyKey[];

const entriesOf = (rename: Record<string, string>, isWrong: (entry: [string, string], index: number) => boolean) =>
  Object.entries(rename)
    .filter(isWrong)
    .map(([name]): Entry => [name]);

const namesIn = (constants: Constants, isWrong: (name: string) => boolean) =>
  constants.flatMap(({ attributes }, index) =>
    Object.keys(attributes)
      .filter(isWrong)
      .map((name): Entry => [index, 'attributes', name]),
  );

/** Rules for `spans` as a whole. */
export const nameRules: readonly Rule<Named>[] = [
  {
    wrongEntries: ({ profile, attributes: { rename } }) => entriesOf(rename, ([name]) => !isNameOf(profile, name)),
    cel: `self.attributes.rename.all(k, k in (${celNames}) || self.profile in ${celList(WITH_ELEMENTS)} && k.startsWith('${ELEMENTS}'))`,
    message: 'must rename attributes that the profile has; write their names on the left, as the profile has them',
    path: ['attributes', 'rename'],
  },
  {
    wrongEntries: ({ attributes: { rename } }) => {
      const given = Object.values(rename);
      return entriesOf(rename, ([, name], index) => given.indexOf(name) < index);
    },
    cel: 'self.attributes.rename.all(a, self.attributes.rename.exists_one(b, self.attributes.rename[a] == self.attributes.rename[b]))',
    message: 'must not give two attributes one name',
    path: ['attributes', 'rename'],
  },
  {
    wrongEntries: ({ profile, attributes: { rename } }) => entriesOf(rename, ([, name]) => !isFreeName(profile, name)),
    cel: `self.attributes.rename.all(k, ${celIsFree('self.attributes.rename[k]')})`,
    message: `must not give a name ${FREE}`,
    path: ['attributes', 'rename'],
  },
  {
    wrongEntries: ({ profile, attributes: { constants } }) =>
      namesIn(constants, (name) => !isFreeName(profile, name) && !REPLACEABLE.includes(name)),
    cel: `self.attributes.constants.all(c, c.attributes.all(k, k in ${celList(REPLACEABLE)} || ${celIsFree('k')}))`,
    message: `must not have a name ${FREE}`,
    path: ['attributes', 'constants'],
  },
  {
    wrongEntries: ({ attributes: { rename, constants } }) => {
      const given = new Set(Object.values(rename));
      return namesIn(constants, (name) => given.has(name));
    },
    cel: 'self.attributes.rename.all(k, !self.attributes.constants.exists(c, self.attributes.rename[k] in c.attributes))',
    message: 'must not have a name that rename gives to another attribute',
    path: ['attributes', 'constants'],
  },
];
