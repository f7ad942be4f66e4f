/**
 * Shares templates with the other collectors of the resource, by way of the operator: tells what was learned here,
 * takes what was learned elsewhere.
 */
import {
  type Announced,
  apart,
  fillMessage,
  identityOf,
  type TemplateReply,
  type TemplateRequest,
  type TemplateState,
} from '../../crds/template.ts';
import type { KnownTemplates } from './known.ts';

/** Of more that waits to be told, what is no longer known is left out. */
const PRUNE_AT = 131_072;

export type Exchange = {
  /**
   * Tells all news and takes all there is. Rejects with what `send` rejects with; the next round makes up for it, as
   * for a registry that has forgotten what it was told.
   */
  round(): Promise<void>;
  /** Whether there is something to tell, or, by what the operator says it has, something to take. */
  due(has: TemplateState | undefined): boolean;
};

export type ExchangeOptions = {
  known: KnownTemplates;
  /** Brings a request to the operator and resolves with its answer. */
  send(request: TemplateRequest): Promise<TemplateReply>;
  /** Called with each template and fact that another collector has learned. */
  onLearned(announced: Announced): void;
};

/** Makes what keeps `known` and the registry of the operator alike. */
export function createExchange({ known, send, onLearned }: ExchangeOptions): Exchange {
  let registry: string | undefined;
  let cursor = 0;
  /** Identities of what was not told yet, to the registry of the last answer. What is no longer known is not told. */
  const untold = new Set<string>();
  let pruneAt = PRUNE_AT;
  const note = (announced: Announced): void => {
    untold.add(identityOf(announced));
    if (untold.size <= pruneAt) return;
    for (const identity of untold) if (!known.get(identity)) untold.delete(identity);
    pruneAt = Math.max(PRUNE_AT, 2 * untold.size);
  };
  const find = (identity: string): Announced[] => {
    const announced = known.get(identity);
    if (!announced) untold.delete(identity);
    return announced ? [announced] : [];
  };
  for (const announced of known.list()) note(announced);
  known.onNews(note);

  return {
    async round() {
      for (let more = true; more || untold.size > 0; ) {
        const told = fillMessage(untold.values().flatMap(find));
        const reply = await send({ registry, cursor, ...apart(told) });
        for (const announced of told) {
          const identity = identityOf(announced);
          if (known.get(identity) === announced) untold.delete(identity);
        }
        const forgotten = registry !== undefined && registry !== reply.registry;
        registry = reply.registry;
        cursor = reply.cursor;
        more = reply.more;
        for (const told of [...reply.templates, ...reply.facts]) {
          const announced = known.adopt(told);
          if (!announced) continue;
          untold.delete(identityOf(announced)); // where it came from
          onLearned(announced);
        }
        if (!forgotten) continue;
        for (const announced of known.list()) note(announced);
        return; // two that take turns would never let it end
      }
    },
    due: (has) => untold.size > 0 || (has !== undefined && (has.registry !== registry || has.cursor > cursor)),
  };
}
