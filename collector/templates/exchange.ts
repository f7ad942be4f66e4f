/**
 * Shares templates with the other collectors of the resource, by way of the operator: tells what was learned here, takes
 * what was learned elsewhere.
 */
import {
  type AnnouncedTemplate,
  fillMessage,
  type TemplateReply,
  type TemplateRequest,
  type TemplateState,
  templateIdentity,
} from '../../crds/template.ts';
import type { KnownTemplates } from './known.ts';

export type Exchange = {
  /**
   * Tells all news and takes all there is. Rejects with what `send` rejects with; the next round makes up for it, as for
   * a registry that has forgotten what it was told.
   */
  round(): Promise<void>;
  /** Whether there is something to tell, or, by what the operator says it has, something to take. */
  due(has: TemplateState | undefined): boolean;
};

export type ExchangeOptions = {
  known: KnownTemplates;
  /** Brings a request to the operator and resolves with its answer. */
  send(request: TemplateRequest): Promise<TemplateReply>;
  /** Called with each template that another collector has learned. */
  onLearned(template: AnnouncedTemplate): void;
};

export function createExchange({ known, send, onLearned }: ExchangeOptions): Exchange {
  let registry: string | undefined;
  let cursor = 0;
  /** Not told yet, to the registry of the last answer. */
  const untold = new Map<string, AnnouncedTemplate>();
  const note = (template: AnnouncedTemplate): void => {
    untold.set(templateIdentity(template), template);
  };
  for (const template of known.list()) note(template);
  known.onNews(note);

  return {
    async round() {
      for (let more = true; more || untold.size > 0; ) {
        const told = fillMessage(untold.values());
        const reply = await send({ registry, cursor, templates: told });
        for (const template of told) {
          const identity = templateIdentity(template);
          if (untold.get(identity) === template) untold.delete(identity);
        }
        const forgotten = registry !== undefined && registry !== reply.registry;
        registry = reply.registry;
        cursor = reply.cursor;
        more = reply.more;
        for (const template of reply.templates) {
          if (!known.add(template)) continue;
          untold.delete(templateIdentity(template)); // where it came from
          onLearned(template);
        }
        if (!forgotten) continue;
        for (const template of known.list()) note(template);
        return; // two that take turns would never let it end
      }
    },
    due: (has) => untold.size > 0 || (has !== undefined && (has.registry !== registry || has.cursor > cursor)),
  };
}
