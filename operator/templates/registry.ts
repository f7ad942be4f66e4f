/**
 * The templates, and what devices told of themselves, that the collectors of each resource have learned, so that one that starts, or
 * that an exporter has moved to, decodes its first packet. In: what collectors tell; out: what others have told since.
 * Of each the one received last stays. Bounded for each resource: of templates those learned longest ago go, of facts
 * those of the exporter that told most.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Shares } from '../../crds/common/shares.ts';
import { type AnnouncedFact, MAX_FACTS } from '../../crds/fact.ts';
import { exporterOf } from '../../crds/origin.ts';
import {
  type Announced,
  type AnnouncedTemplate,
  apart,
  fillMessage,
  identityOf,
  packTemplates,
  sizeOf,
  type TemplateReply,
  type TemplateRequest,
  type TemplateState,
  unpackTemplates,
} from '../../crds/template.ts';

/** Templates of one resource, and the characters of their records. */
const MAX_TEMPLATES = 16_384;
const MAX_CHARACTERS = 8 * 2 ** 20;
/** A ConfigMap holds 1 MiB, in base64. */
const MAX_COPY_BYTES = 700 * 2 ** 10;

type Entry<T extends Announced> = { announced: T; sequence: number };
/** Both in the order of their sequence numbers, which they share. */
type Known = {
  templates: Map<string, Entry<AnnouncedTemplate>>;
  characters: number;
  facts: Shares<Entry<AnnouncedFact>>;
  sequence: number;
};

export class TemplateRegistry {
  /** Cursors belong to this registry: another one, in another process or term, starts counting anew. */
  readonly #id = randomUUID();
  readonly #resources = new Map<string, Known>();
  readonly #onNews: (key: string) => void;

  /** `onNews` is called with the key of a resource of which a template is new or changed. */
  constructor(onNews: (key: string) => void) {
    this.#onNews = onNews;
  }

  /** Takes what a collector of the resource of that key has learned, and answers what it does not know. */
  exchange(key: string, { registry, cursor, templates, facts = [] }: TemplateRequest): TemplateReply {
    const known = this.#knownOf(key);
    const before = known.sequence;
    for (const announced of [...templates, ...facts]) put(known, announced);
    if (known.sequence > before) this.#onNews(key);
    const since = registry === this.#id ? cursor : 0;
    const news = since === known.sequence ? [] : entriesOf(known).filter(({ sequence }) => sequence > since);
    const message = fillMessage(
      news.sort((one, other) => one.sequence - other.sequence).map(({ announced }) => announced),
    );
    const last = news[message.length - 1]?.sequence ?? known.sequence;
    return { registry: this.#id, cursor: last, ...apart(message), more: last < known.sequence };
  }

  stateOf(key: string): TemplateState {
    return { registry: this.#id, cursor: this.#resources.get(key)?.sequence ?? 0 };
  }

  /** A copy to be kept, compressed; if there is too much, without facts, and of templates those learned last. */
  copy(key: string): Buffer {
    const entries = entriesOf(this.#knownOf(key)).map(({ announced }) => announced);
    for (;;) {
      const copy = packTemplates(entries);
      if (copy.length <= MAX_COPY_BYTES) return copy;
      const { templates, facts } = apart(entries);
      // Without a template flows wait; without a fact they only lack what it tells.
      if (facts.length > 0)
        entries.splice(0, entries.length, ...templates, ...facts.slice(Math.ceil(facts.length / 4)));
      else entries.splice(0, Math.ceil(entries.length / 4));
    }
  }

  /** Takes a copy that was kept. Throws when it is none. */
  load(key: string, copy: Uint8Array): void {
    const known = this.#knownOf(key);
    for (const announced of unpackTemplates(copy)) put(known, announced);
  }

  forget(key: string): void {
    this.#resources.delete(key);
  }

  #knownOf(key: string): Known {
    let known = this.#resources.get(key);
    if (!known) {
      known = { templates: new Map(), characters: 0, facts: new Shares(MAX_FACTS), sequence: 0 };
      this.#resources.set(key, known);
    }
    return known;
  }
}

function entriesOf({ templates, facts }: Known): Entry<Announced>[] {
  return [...templates.values(), ...facts.values()];
}

function put(known: Known, announced: Announced): void {
  const identity = identityOf(announced);
  const old = 'fact' in announced ? known.facts.get(identity) : known.templates.get(identity);
  if (old && old.announced.receivedAt >= announced.receivedAt) return;
  if (old && isSame(old.announced, announced)) {
    old.announced = { ...old.announced, receivedAt: announced.receivedAt };
    return;
  }
  const sequence = ++known.sequence;
  if ('fact' in announced) known.facts.put(exporterOf(announced), identity, { announced, sequence });
  else putTemplate(known, identity, { announced, sequence });
}

function putTemplate(known: Known, identity: string, entry: Entry<AnnouncedTemplate>): void {
  const { templates } = known;
  removeTemplate(known, identity);
  templates.set(identity, entry);
  known.characters += sizeOf(entry.announced);
  for (const oldest of templates.keys()) {
    if (templates.size <= MAX_TEMPLATES && known.characters <= MAX_CHARACTERS) break;
    removeTemplate(known, oldest);
  }
}

function removeTemplate(known: Known, identity: string): void {
  const entry = known.templates.get(identity);
  if (entry && known.templates.delete(identity)) known.characters -= sizeOf(entry.announced);
}

function isSame(one: Announced, other: Announced): boolean {
  if ('fact' in one || 'fact' in other)
    return 'fact' in one && 'fact' in other && isDeepStrictEqual(one.fact, other.fact);
  return one.record === other.record && one.options === other.options && one.data?.record === other.data?.record;
}
