/** Changes to the structure of a v9 or IPFIX message. Each takes a message of its own, which it may change. */
import { randomField, randomFields, randomLength, randomRecord } from './elements.ts';
import { type Message, type MessageSet, setKind, type TemplateRecord, versionOf } from './message.ts';
import type { Random } from './random.ts';

/** What a mutation may draw from besides the message itself. */
export type Surroundings = {
  /** A message of another input, if there is one of the same version. */
  other: Message | undefined;
  /** Templates of the same input. */
  templates: readonly TemplateRecord[];
};

type Mutation = (message: Message, random: Random, surroundings: Surroundings) => void;

/** Above any limit on the fields of a template that the configuration takes. */
const MAX_FIELDS = 2_100;

/** These make new templates, whose plans must be compiled: fifty times the cost of an execution without. */
const OF_TEMPLATES: readonly Mutation[] = [
  changeField,
  changeField,
  changeFields,
  changeTemplate,
  addRecords,
  addRecords,
];
const OF_DATA: readonly Mutation[] = [
  changeHeader,
  changeLength,
  changeSet,
  moveSets,
  splice,
  addRecords,
  addRecords,
  changeRecords,
  changeRecords,
  changeRecords,
];

/** Makes so many changes. */
export function mutateMessage(message: Message, random: Random, surroundings: Surroundings, changes: number): void {
  const mutations = random.oneIn(8) ? OF_TEMPLATES : OF_DATA;
  for (let change = 0; change < changes; change++) random.pick(mutations)(message, random, surroundings);
}

/** Times, sequence number, domain, version: any word of the header. */
function changeHeader(message: Message, random: Random): void {
  const { header } = message;
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const word = 4 + 4 * random.below((header.length - 4) / 4);
  switch (random.below(4)) {
    case 0:
      view.setUint32(word, random.word());
      break;
    case 1:
      view.setUint32(word, (view.getUint32(word) + random.below(64) - 32) >>> 0);
      break;
    case 2:
      view.setUint16(2, random.word());
      break;
    default:
      if (random.oneIn(8)) view.setUint16(0, random.pick([0, 1, 5, 7, 9, 10, 11, random.word() & 0xffff]));
      else view.setUint32(header.length - 4, random.below(3));
  }
}

/** A length that is not that of what it stands for. */
function changeLength(message: Message, random: Random): void {
  const lie = (real: number): number =>
    random.oneIn(2)
      ? Math.max(0, real + random.below(9) - 4)
      : random.pick([0, 1, 3, 4, 5, 65_535, random.below(65_536)]);
  if (message.sets.length === 0 || random.oneIn(4)) {
    message.length = lie(message.header.length);
    return;
  }
  const set = random.pick(message.sets);
  set.length = random.oneIn(5) ? undefined : lie(set.rest.length + 4);
}

function changeSet(message: Message, random: Random, { templates }: Surroundings): void {
  if (message.sets.length === 0) return;
  const set = random.pick(message.sets);
  if (random.oneIn(3)) {
    set.rest = append(set.rest, new Uint8Array(random.below(9)));
  } else if (templates.length > 0 && random.oneIn(2)) {
    set.id = random.pick(templates).id;
  } else {
    set.id = random.pick([0, 1, 2, 3, 4, 255, 256, 257, 65_535, random.below(65_536)]);
  }
}

function moveSets(message: Message, random: Random): void {
  const { sets } = message;
  const at = random.below(sets.length + 1);
  switch (random.below(5)) {
    case 0:
      sets.splice(at, 1);
      break;
    case 1:
      if (at < sets.length) sets.splice(random.below(sets.length), 0, copySet(sets[at]));
      break;
    case 2:
      sets.splice(at, 0, {
        id: random.pick([0, 1, 2, 3, 256, random.below(300)]),
        templates: [],
        rest: new Uint8Array(),
      });
      break;
    case 3:
      sets.reverse();
      break;
    default:
      if (at < sets.length && sets.length < 64)
        sets.push(...Array.from({ length: random.below(12) }, () => copySet(sets[at])));
  }
}

/** Sets of another message: all, or one. */
function splice(message: Message, random: Random, { other }: Surroundings): void {
  if (!other || other.sets.length === 0 || message.sets.length > 64) return;
  const sets = random.oneIn(3) ? other.sets : [random.pick(other.sets)];
  message.sets.splice(random.below(message.sets.length + 1), 0, ...sets.map(copySet));
}

/** Id, length or enterprise number of one field. */
function changeField(message: Message, random: Random): void {
  const template = pickTemplate(message, random);
  if (!template || template.fields.length === 0) return;
  const field = random.pick(template.fields);
  const version = versionOf(message);
  switch (random.below(4)) {
    case 0:
      Object.assign(field, randomField(random, version));
      break;
    case 1:
      field.id = randomField(random, version).id;
      break;
    case 2:
      if (version === 10) field.pen = randomField(random, version).pen;
      break;
    default:
      field.length = randomLength(random, field.id, field.pen ?? 0);
  }
}

/** Which fields there are. */
function changeFields(message: Message, random: Random): void {
  const template = pickTemplate(message, random);
  if (!template) return;
  const { fields } = template;
  const version = versionOf(message);
  const at = random.below(fields.length + 1);
  switch (random.below(6)) {
    case 0:
      fields.splice(at, 1);
      break;
    case 1:
      if (at < fields.length) fields.splice(random.below(fields.length), 0, { ...fields[at] });
      break;
    case 2:
      fields.splice(at, random.below(fields.length));
      break;
    case 3:
      if (random.oneIn(20)) {
        const field = randomField(random, version);
        fields.push(...Array.from({ length: random.below(MAX_FIELDS - fields.length) }, () => ({ ...field })));
      }
      break;
    default:
      fields.splice(at, 0, ...randomFields(random, version));
  }
}

/** Id, scope and counts of a template; a new one; many of them. */
function changeTemplate(message: Message, random: Random, { templates }: Surroundings): void {
  const template = pickTemplate(message, random);
  const version = versionOf(message);
  if (!template || random.oneIn(6)) {
    const isOptions = random.oneIn(4);
    const fields = Array.from({ length: 1 + random.below(12) }, () => randomFields(random, version)).flat();
    const made = { id: 256 + random.below(8), fields, scopeCount: isOptions ? 1 : undefined };
    const id = (version === 9 ? 0 : 2) + (isOptions ? 1 : 0);
    message.sets.splice(random.below(message.sets.length + 1), 0, { id, templates: [made], rest: new Uint8Array() });
    return;
  }
  switch (random.below(4)) {
    case 0:
      template.id = random.oneIn(4) ? random.word() & 0xffff : random.pick([template, ...templates]).id;
      break;
    case 1:
      template.count = random.oneIn(3)
        ? undefined
        : random.pick([0, 1, template.fields.length + 1, random.word() & 0xffff]);
      break;
    case 2:
      if (template.scopeCount !== undefined) template.scopeCount = random.below(template.fields.length + 2);
      break;
    default: {
      const set = message.sets.find((candidate) => candidate.templates.includes(template))!;
      const copies = random.oneIn(10) ? random.below(300) : 1;
      for (let copy = 0; copy < copies; copy++)
        set.templates.push({ ...copyTemplate(template), id: 256 + random.below(512) });
    }
  }
}

/** Records made up for a template that the message or its input has. */
function addRecords(message: Message, random: Random, { templates }: Surroundings): void {
  const template = pickTemplate(message, random) ?? (templates.length > 0 ? random.pick(templates) : undefined);
  if (!template) return;
  const count = random.oneIn(20) ? random.below(200) : 1 + random.below(3);
  const records = Array.from({ length: count }, () => randomRecord(random, template));
  const set = message.sets.find(({ id }) => id === template.id);
  if (set && random.oneIn(2)) set.rest = append(random.oneIn(3) ? new Uint8Array() : set.rest, ...records);
  else message.sets.push({ id: template.id, templates: [], rest: append(...records) });
}

/** The bytes of a data set. */
function changeRecords(message: Message, random: Random): void {
  const sets = message.sets.filter(({ rest }) => rest.length > 0);
  if (sets.length === 0) return;
  const set = random.pick(sets);
  const { rest } = set;
  switch (random.below(5)) {
    case 0:
      set.rest = rest.subarray(0, random.below(rest.length));
      break;
    case 1:
      set.rest = append(rest, rest.subarray(random.below(rest.length)));
      break;
    case 2:
      set.rest = rest.subarray(random.below(Math.min(rest.length, 64)));
      break;
    default:
      set.rest = new Uint8Array(rest);
      for (let times = 1 + random.below(8); times > 0; times--) {
        const at = random.below(rest.length);
        if (random.oneIn(3)) set.rest[at] ^= 1 << random.below(8);
        else if (random.oneIn(2))
          set.rest.subarray(at, at + random.pick([1, 2, 4, 8, 16])).fill(random.pick([0, 1, 255]));
        else set.rest[at] = random.word();
      }
  }
}

function pickTemplate(message: Message, random: Random): TemplateRecord | undefined {
  const templates = message.sets.flatMap((set) => set.templates);
  return templates.length > 0 ? random.pick(templates) : undefined;
}

/** Templates of a message, for making records of them. */
export function templatesOf(message: Message): TemplateRecord[] {
  const version = versionOf(message);
  return message.sets.filter(({ id }) => setKind(version, id) !== 'data').flatMap(({ templates }) => templates);
}

function copyTemplate(template: TemplateRecord): TemplateRecord {
  return { ...template, fields: template.fields.map((field) => ({ ...field })) };
}

function copySet(set: MessageSet): MessageSet {
  return { ...set, templates: set.templates.map(copyTemplate) };
}

function append(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
