/**
 * The templates, and the options data, that the collectors of each resource have learned, so that one that starts, or
 * that an exporter has moved to, decodes its first packet. In: what collectors tell; out: what others have told since.
 * Of each the one received last stays. Bounded for each resource; what was learned longest ago goes.
 */
import { randomUUID } from 'node:crypto';
import {
  type AnnouncedTemplate,
  fillMessage,
  packTemplates,
  type TemplateReply,
  type TemplateRequest,
  type TemplateState,
  templateIdentity,
  templateSize,
  unpackTemplates,
} from '../../crds/template.ts';

/** Templates of one resource, and the characters of their records. */
const MAX_TEMPLATES = 16_384;
const MAX_CHARACTERS = 8 * 2 ** 20;
/** A ConfigMap holds 1 MiB, in base64. */
const MAX_COPY_BYTES = 700 * 2 ** 10;

type Entry = AnnouncedTemplate & { sequence: number };
/** Entries are in the order of their sequence numbers. */
type Known = { entries: Map<string, Entry>; characters: number; sequence: number };

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
  exchange(key: string, { registry, cursor, templates }: TemplateRequest): TemplateReply {
    const known = this.#knownOf(key);
    const before = known.sequence;
    for (const template of templates) put(known, template);
    if (known.sequence > before) this.#onNews(key);
    const since = registry === this.#id ? cursor : 0;
    const news = since === known.sequence ? [] : known.entries.values().filter(({ sequence }) => sequence > since);
    const message = fillMessage(news);
    const last = message.at(-1)?.sequence ?? known.sequence;
    return {
      registry: this.#id,
      cursor: last,
      templates: message.map(({ sequence: _, ...template }) => template),
      more: last < known.sequence,
    };
  }

  stateOf(key: string): TemplateState {
    return { registry: this.#id, cursor: this.#resources.get(key)?.sequence ?? 0 };
  }

  /** A copy to be kept, compressed; if there are too many, those learned last. */
  copy(key: string): Buffer {
    const entries = [...(this.#resources.get(key)?.entries.values() ?? [])];
    for (;;) {
      const templates = entries.map(({ sequence: _, ...template }) => template);
      const copy = packTemplates(templates);
      if (copy.length <= MAX_COPY_BYTES) return copy;
      entries.splice(0, Math.ceil(entries.length / 4));
    }
  }

  /** Takes a copy that was kept. Throws when it is none. */
  load(key: string, copy: Uint8Array): void {
    const known = this.#knownOf(key);
    for (const template of unpackTemplates(copy)) put(known, template);
  }

  forget(key: string): void {
    this.#resources.delete(key);
  }

  #knownOf(key: string): Known {
    let known = this.#resources.get(key);
    if (!known) {
      known = { entries: new Map(), characters: 0, sequence: 0 };
      this.#resources.set(key, known);
    }
    return known;
  }
}

function put(known: Known, template: AnnouncedTemplate): void {
  const { entries } = known;
  const identity = templateIdentity(template);
  const old = entries.get(identity);
  if (old && old.receivedAt >= template.receivedAt) return;
  if (old && isSame(old, template)) {
    old.receivedAt = template.receivedAt;
    return;
  }
  remove(known, identity, old);
  entries.set(identity, { ...template, sequence: ++known.sequence });
  known.characters += templateSize(template);
  for (const [oldest, entry] of entries) {
    if (entries.size <= MAX_TEMPLATES && known.characters <= MAX_CHARACTERS) break;
    remove(known, oldest, entry);
  }
}

function remove(known: Known, identity: string, entry: Entry | undefined): void {
  if (entry && known.entries.delete(identity)) known.characters -= templateSize(entry);
}

function isSame(one: AnnouncedTemplate, other: AnnouncedTemplate): boolean {
  return one.record === other.record && one.options === other.options && one.data?.record === other.data?.record;
}
