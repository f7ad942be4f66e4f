/**
 * The templates, and what devices told of themselves, that the collectors of each resource have learned, so that one
 * that starts, or that an exporter has moved to, decodes its first packet. In: what collectors tell; out: what others
 * have told since. Of each domain of an exporter the word of one pod counts, of the one that spoke of it first, as long
 * as it is there and repeats it now and then. Bounded for each pod and resource: who told most loses what it told
 * first.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Shares } from '../../crds/common/shares.ts';
import type { AnnouncedFact } from '../../crds/fact.ts';
import {
  type Announced,
  type AnnouncedTemplate,
  apart,
  domainOf,
  fillMessage,
  identityOf,
  packTemplates,
  type SpeakingPod,
  sizeOf,
  type TemplateReply,
  type TemplateRequest,
  type TemplateState,
  unpackTemplates,
} from '../../crds/template.ts';
import type { Clock } from '../runtime/clock.ts';

/** Memory of one beyond its characters: measured. */
const OVERHEAD = 512;
/** Of the templates of one resource, and as much of its facts. */
const MAX_BYTES = 16 * 2 ** 20;
/** Domains of exporters whose speaker is known. */
const MAX_SPEAKERS = 16_384;
/** A pod may have this part of each: enough for a resource of one node. */
const POD_SHARE = 1 / 2;
/** Exporters repeat their templates each half hour or more often, and collectors tell so. */
const SILENCE_MS = 75 * 60_000;
/** How far a collector's clock may be ahead. */
const MAX_AHEAD_MS = 300_000;
/** A ConfigMap holds 1 MiB, in base64. */
const MAX_COPY_BYTES = 700 * 2 ** 10;

/**
 * Why what was told does not count: it is from the future, another pod speaks of that exporter, a pod told too much.
 */
const REFUSALS = ['future', 'spoken_for', 'quota'] as const;
export type Refusal = (typeof REFUSALS)[number];

type Entry<T extends Announced> = { announced: T; sequence: number };
type Speaker = { pod: SpeakingPod; at: number };
/** All by the pods that told them. */
type Known = {
  templates: Shares<Entry<AnnouncedTemplate>>;
  facts: Shares<Entry<AnnouncedFact>>;
  /** By `domainOf`. */
  speakers: Shares<Speaker>;
  sequence: number;
};

export type RegistryOptions = {
  clock: Clock;
  /** Whether a pod of the resource of that key is still there. */
  isThere(key: string, pod: SpeakingPod): boolean;
  /** Called with the key of a resource of which a template is new or changed. */
  onNews(key: string): void;
  /** Called with how many words of a pod do not count, or count no longer. */
  onRefused(key: string, pod: SpeakingPod, refusal: Refusal, count: number): void;
};

export class TemplateRegistry {
  /** Cursors belong to this registry: another one, in another process or term, starts counting anew. */
  readonly #id = randomUUID();
  readonly #resources = new Map<string, Known>();
  readonly #options: RegistryOptions;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Takes what a pod of the resource of that key has learned, and answers what it does not know. */
  exchange(key: string, pod: SpeakingPod, request: TemplateRequest): TemplateReply {
    const { registry, cursor, templates, facts = [] } = request;
    const known = this.#knownOf(key);
    const before = known.sequence;
    const refused = new Map<Refusal, number>();
    const refuse = (refusal: Refusal, count = 1) => {
      if (count > 0) refused.set(refusal, (refused.get(refusal) ?? 0) + count);
    };
    for (const announced of [...templates, ...facts]) this.#take(key, known, pod, announced, refuse);
    for (const [refusal, count] of refused) this.#options.onRefused(key, pod, refusal, count);
    if (known.sequence > before) this.#options.onNews(key);
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
    const known = this.#knownOf(key);
    const announced = entriesOf(known).map((entry) => entry.announced);
    for (;;) {
      const told = new Set(announced.map(domainOf));
      const speakers = [...known.speakers.entries()].flatMap(([domain, { pod }]) =>
        told.has(domain) ? [[domain, pod] as const] : [],
      );
      const copy = packTemplates({ announced, speakers: Object.fromEntries(speakers) });
      if (copy.length <= MAX_COPY_BYTES) return copy;
      const { templates, facts } = apart(announced);
      // Without a template flows wait; without a fact they only lack what it tells.
      if (facts.length > 0)
        announced.splice(0, announced.length, ...templates, ...facts.slice(Math.ceil(facts.length / 4)));
      else announced.splice(0, Math.ceil(announced.length / 4));
    }
  }

  /** Takes a copy that was kept. Throws when it is none. */
  load(key: string, copy: Uint8Array): void {
    const known = this.#knownOf(key);
    const { clock } = this.#options;
    const { announced, speakers } = unpackTemplates(copy);
    for (const [domain, pod] of Object.entries(speakers)) {
      if (!known.speakers.get(domain)) known.speakers.put(pod.uid, domain, { pod, at: clock.now() });
    }
    for (const one of announced) {
      if (one.receivedAt > clock.wallTime() + MAX_AHEAD_MS) continue;
      const teller = known.speakers.get(domainOf(one))?.pod.uid ?? '';
      const receivedAt = Math.min(one.receivedAt, clock.wallTime());
      const found = find(known, one);
      if (!found || found.announced.receivedAt < receivedAt) put(known, teller, { ...one, receivedAt });
    }
  }

  forget(key: string): void {
    this.#resources.delete(key);
  }

  #take(
    key: string,
    known: Known,
    pod: SpeakingPod,
    told: Announced,
    refuse: (refusal: Refusal, count?: number) => void,
  ): void {
    const { clock, isThere } = this.#options;
    const [now, wallTime] = [clock.now(), clock.wallTime()];
    if (told.receivedAt > wallTime + MAX_AHEAD_MS) {
      refuse('future');
      return;
    }
    const announced = { ...told, receivedAt: Math.min(told.receivedAt, wallTime) };
    const domain = domainOf(announced);
    const old = find(known, announced);
    const same = old !== undefined && isSame(old.announced, announced);
    const speaker = known.speakers.get(domain);
    const counts = speaker && now - speaker.at < SILENCE_MS && isThere(key, speaker.pod);
    if (counts && speaker.pod.uid !== pod.uid) {
      if (!same && !announced.adopted) refuse('spoken_for');
      return;
    }
    if (announced.adopted) {
      if (!old) refuse('quota', put(known, pod.uid, announced));
      return;
    }
    if (old && !same && old.announced.receivedAt >= announced.receivedAt) return;
    let gone = known.speakers.put(pod.uid, domain, { pod, at: now });
    if (same) old.announced = { ...announced, receivedAt: Math.max(old.announced.receivedAt, announced.receivedAt) };
    else gone += put(known, pod.uid, announced);
    refuse('quota', gone);
  }

  #knownOf(key: string): Known {
    let known = this.#resources.get(key);
    if (!known) {
      const weightOf = ({ announced }: Entry<Announced>) => OVERHEAD + sizeOf(announced);
      const maxOfOwner = MAX_BYTES * POD_SHARE;
      known = {
        templates: new Shares<Entry<AnnouncedTemplate>>(MAX_BYTES, { maxOfOwner, weightOf }),
        facts: new Shares<Entry<AnnouncedFact>>(MAX_BYTES, { maxOfOwner, weightOf }),
        speakers: new Shares(MAX_SPEAKERS, { maxOfOwner: MAX_SPEAKERS * POD_SHARE }),
        sequence: 0,
      };
      this.#resources.set(key, known);
    }
    return known;
  }
}

function entriesOf({ templates, facts }: Known): Entry<Announced>[] {
  return [...templates.values(), ...facts.values()];
}

function find(known: Known, announced: Announced): Entry<Announced> | undefined {
  return ('fact' in announced ? known.facts : known.templates).get(identityOf(announced));
}

/** Returns how many had to go. */
function put(known: Known, teller: string, announced: Announced): number {
  const sequence = ++known.sequence;
  const identity = identityOf(announced);
  if ('fact' in announced) return known.facts.put(teller, identity, { announced, sequence });
  return known.templates.put(teller, identity, { announced, sequence });
}

function isSame(one: Announced, other: Announced): boolean {
  if ('fact' in one || 'fact' in other)
    return 'fact' in one && 'fact' in other && isDeepStrictEqual(one.fact, other.fact);
  return one.record === other.record && one.options === other.options && one.data?.record === other.data?.record;
}
