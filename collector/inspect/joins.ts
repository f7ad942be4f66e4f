/** Which attributes flows have from options data, and from which packet. */
import type { Template } from '../decode/template.ts';
import type { Fact } from '../devices/facts.ts';
import { JOINED_ATTRIBUTES } from '../span/attributes.ts';
import type { AttributeValue } from '../telemetry/spans.ts';

/** An attribute of a flow that options data told, in the packet of that number, of the thing of that id. */
export type Joined = { attribute: string; packet: number; of: Fact['kind']; id: Fact['id'] };

/** A fact, the packet that told it, and how many attributes of flows come from it. */
export type ToldFact = { fact: Fact; packet: number; joined: number };

/** Facts that are remembered of all domains. */
const MAX_FACTS = 100_000;
const SAMPLING_INTERVAL = 'flow.sampling.interval';
/** Elements by which a record tells its rate itself. */
const OWN_RATE = [34, 50, 305, 306, 309, 310, 311];

/** What options data have told so far, by observation domain and then by what they said. */
export class ToldFacts {
  readonly #domains = new Map<string, Map<string, ToldFact[]>>();
  readonly #all: ToldFact[] = [];

  tell(domain: string, facts: readonly Fact[], packet: number): void {
    for (const fact of facts) {
      if (this.#all.length >= MAX_FACTS) return;
      const told = { fact, packet, joined: 0 };
      this.#all.push(told);
      const { kind, id, ...values } = fact;
      for (const [name, value] of Object.entries(values)) this.#at(domain, kind, name, value).push(told);
    }
  }

  /** Attributes of a flow that come from its domain, or from what was told of the whole exporter. */
  joinedTo(flow: Record<string, AttributeValue>, { fields }: Template, domain: string, whole: string): Joined[] {
    const joined: Joined[] = [];
    const elements = fields.map(({ pen, id }) => (pen === 0 ? id : -1));
    const has = (ids: readonly number[]): boolean => ids.some((id) => elements.includes(id));
    const join = (attribute: string, kind: string, name: string): void => {
      const value = flow[attribute];
      if (value === undefined) return;
      const told = [domain, whole].flatMap((at) => this.#find(at, kind, name, value, flow)).at(0);
      if (!told) return;
      told.joined++;
      joined.push({ attribute, packet: told.packet, of: told.fact.kind, id: told.fact.id });
    };
    for (const { attribute, of, by, value, sources } of JOINED_ATTRIBUTES)
      if (has(by) && !has(sources)) join(attribute, of, value);
    if (!has(OWN_RATE)) join(SAMPLING_INTERVAL, 'rate', 'interval');
    return joined;
  }

  /** All that was told, in its order. */
  list(): readonly ToldFact[] {
    return this.#all;
  }

  /** The last one that says so; of several things, the one that the flow names. */
  #find(
    domain: string,
    kind: string,
    name: string,
    value: AttributeValue,
    flow: Record<string, AttributeValue>,
  ): ToldFact | [] {
    const all = this.#domains.get(domain)?.get(keyOf(kind, name, value)) ?? [];
    const named = new Set(Object.values(flow));
    return all.findLast(({ fact: { id } }) => named.has(id)) ?? all.at(-1) ?? [];
  }

  #at(domain: string, kind: string, name: string, value: unknown): ToldFact[] {
    const ofDomain = this.#domains.get(domain) ?? new Map<string, ToldFact[]>();
    this.#domains.set(domain, ofDomain);
    const key = keyOf(kind, name, value);
    const all = ofDomain.get(key) ?? [];
    ofDomain.set(key, all);
    return all;
  }
}

/** Rates are looked for whatever it is that they are told of. */
function keyOf(kind: string, name: string, value: unknown): string {
  return `${kind.startsWith('rate') ? 'rate' : kind} ${name} ${value}`;
}
