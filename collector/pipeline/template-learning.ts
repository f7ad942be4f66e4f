/** Templates on their way: which are taken, what becomes of them, and who is told. */
import { RateBudget } from '../common/rate-budget.ts';
import type { Learning, Template } from '../decode/template.ts';
import { COUNTER, type Counters } from '../ledger/ledger.ts';
import { type Announcement, announce } from '../templates/announcement.ts';
import { type HeldSet, templateKey } from '../templates/exporter.ts';
import type { TemplateStore } from '../templates/store.ts';
import type { Packet } from './packet.ts';

/** A template that is new costs as much time as so many fields, and as it takes to look at so many bytes that wait. */
const TEMPLATE_FIELDS = 32;
const TEMPLATE_HELD_BYTES = 4_096;
/** Templates that are new, of an exporter and of all; of one also as many as it may have, at once. */
const LEARNED = { ofOne: { burst: 2_048, perSecond: 20 }, ofAll: { burst: 131_072, perSecond: 2_048 } };

export type TemplateLearningContext = {
  packet: Packet;
  store: TemplateStore;
  counters: Counters;
  templatesPerExporter: number;
  /** The name of a listener, by its index. */
  nameOf(listener: number): string;
  onNews: ((announcement: Announcement) => void) | undefined;
};

export class TemplateLearning implements Learning {
  readonly #context: TemplateLearningContext;
  readonly #budget: RateBudget;

  constructor(context: TemplateLearningContext) {
    this.#context = context;
    const { ofOne, ofAll } = LEARNED;
    const burst = Math.max(ofOne.burst, 2 * context.templatesPerExporter);
    this.#budget = new RateBudget({ ...ofOne, burst }, ofAll);
  }

  known(id: number): Template | undefined {
    const { exporter, header } = this.#context.packet;
    return exporter.templates.get(templateKey(header.version, header.domain, id))?.template;
  }

  admits(fields: number): boolean {
    const { exporter, monotonicMs } = this.#context.packet;
    return this.#budget.take(exporter, 1 + fields / TEMPLATE_FIELDS, monotonicMs);
  }

  /** Takes a template of the packet at hand; returns the held data sets that fit it. */
  take(template: Template): HeldSet[] {
    const { packet, store, counters } = this.#context;
    const { exporter, header, receivedMs, monotonicMs } = packet;
    const exportTime = Math.floor(header.exportMs / 1000);
    const { domain } = header;
    const held = store.heldFor(exporter, templateKey(template.version, domain, template.id));
    if (held > 0) this.#budget.charge(exporter, held / TEMPLATE_HELD_BYTES, monotonicMs);
    const { outcome, released } = store.learn(exporter, domain, template, exportTime, monotonicMs, receivedMs);
    if (outcome === 'new' || outcome === 'changed') counters[COUNTER.templatesLearned]++;
    if (outcome !== 'refreshed' && outcome !== 'late') this.#announce(template, exportTime);
    return released;
  }

  #announce(template: Template, exportTime: number): void {
    const { packet, nameOf, onNews } = this.#context;
    const { exporter, header, receivedMs } = packet;
    const received = { exportTime, receivedAt: receivedMs };
    onNews?.(announce(nameOf(exporter.listener), exporter, header.domain, template, received));
  }
}
